//! Servers of the operator: login, presence, chat, offline messages, group video, business gateways.

pub(crate) mod check;
pub(crate) mod gateways;
pub(crate) mod group_video;
pub(crate) mod line_group;
pub(crate) mod login;
pub(crate) mod login_stack;
pub(crate) mod offline_messages;
pub(crate) mod queue;
pub(crate) mod section;
