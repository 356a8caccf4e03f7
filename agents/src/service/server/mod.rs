//! The servers of services: requests in flight, their deadlines, work, and calls to other services.

pub(crate) mod at_server;
pub(crate) mod calls;
pub(crate) mod deadlines;
pub(crate) mod request;
pub(crate) mod requests;
pub(crate) mod server_state;
