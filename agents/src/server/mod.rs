//! Servers of the operator, with a file for each kind: its section of the scenario, its compiled
//! parameters, and its behaviour.
//!
//! [`kind`] lists the kinds; `queueing` holds the queueing models that they use.

pub(crate) mod calm_load;
pub(crate) mod check;
pub(crate) mod gateways;
pub(crate) mod group_video;
pub(crate) mod interface;
pub(crate) mod kind;
pub(crate) mod login;
pub(crate) mod offline_messages;
pub(crate) mod presence_and_chat;
pub(crate) mod queueing;
pub(crate) mod section;
pub(crate) mod table;
