//! The graph of services: its checks, and the calm load of every service.

pub(crate) mod calm;
pub(crate) mod check;
pub(crate) mod regions;
pub(crate) mod senders;
