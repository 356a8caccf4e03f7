//! Services against closed forms, hand-computed networks, and the conservation of requests.
//!
//! A tick is a second, so times of work are tens of ticks: a request arrives at the start of a tick, and
//! closed forms in continuous time hold up to a tick in the time of work. A sender's latency is the
//! server's plus a tick for each of the two hops.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod balances;
mod budgets;
mod clients;
mod closed_forms;
#[path = "../common/mod.rs"]
mod common;
mod controls;
mod faults;
mod graph;
mod platforms;
mod priorities;
mod regions;
mod stations;
