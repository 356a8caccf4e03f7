//! A client: its state, sessions, the search for a supernode, login, retries, platforms, crashes and the patch.

pub(crate) mod check;
pub(crate) mod crash;
pub(crate) mod find_supernode;
pub(crate) mod late_answers;
pub(crate) mod login;
pub(crate) mod params;
pub(crate) mod patch;
pub(crate) mod platform;
pub(crate) mod retry;
pub(crate) mod section;
pub(crate) mod session;
pub(crate) mod start;
pub(crate) mod state;
