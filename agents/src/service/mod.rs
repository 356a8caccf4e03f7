//! Services: fleets of servers that answer requests of clients, sources and other services.
//!
//! A service, an operation of the clients and a source are sections of a scenario ([`section`]). Each
//! server is an actor, each request a message. A request has exactly one outcome: success, failure, or
//! silence if no answer comes in time. The *server* keeps the deadline and reports it, so no sender needs
//! a timer or a state for a request, except that a server remembers the request for which it calls
//! another service.

pub(crate) mod balancing;
pub(crate) mod cells;
pub(crate) mod columns;
pub(crate) mod control;
pub(crate) mod expected_events;
pub(crate) mod graph;
pub(crate) mod params;
pub(crate) mod scaling;
pub(crate) mod section;
pub(crate) mod sender;
pub(crate) mod server;
pub(crate) mod service_time;
pub(crate) mod stats;
