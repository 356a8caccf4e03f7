//! The servers of services: requests in flight, their deadlines, work, and calls to other services.

pub(crate) mod answer;
pub(crate) mod arrival;
pub(crate) mod at_server;
pub(crate) mod cache;
pub(crate) mod calls;
pub(crate) mod deadlines;
pub(crate) mod fetches;
pub(crate) mod popularity;
pub(crate) mod request;
pub(crate) mod requests;
pub(crate) mod server_state;
pub(crate) mod upkeep;
pub(crate) mod waiting;
