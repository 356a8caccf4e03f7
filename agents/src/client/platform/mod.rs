//! Platforms: parts of the clients, such as apps or versions, with a retry policy and operations of
//! their own.

pub(crate) mod check;
pub(crate) mod membership;
pub(crate) mod of_client;
pub(crate) mod section;
pub(crate) mod shares;
