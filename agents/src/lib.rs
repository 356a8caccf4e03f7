//! The model of patchday: a peer-to-peer telephone network of clients, supernodes and servers. A tick is
//! `run.tick` long, by default a second.
//!
//! The crate uses no files, threads or wall-clock time. A [`scenario`] sets all parameters. A
//! [`Simulation`] runs it on the engine of `patchday-core`; its rows and digest are the same for any
//! number of threads and shards.
//!
//! | Module | Contents |
//! | --- | --- |
//! | [`scenario`] | parameters: how they are declared, read and checked; quantities with units; the whole scenario |
//! | `population` | the users: traits of a client, daily activity and norm, versions, holidays |
//! | `client` | a client: its state, the start of the run, sessions, search for a supernode, login, retry policies, platforms, crashes, the patch |
//! | `overlay` | supernodes: the role, load, the directory, promotion and its flaw, relays |
//! | `server` | a file for each kind of server: login, presence and chat, offline messages, group video, business gateways |
//! | `service` | services of today's fleets: servers that call each other, operations of clients, sources, faults |
//! | `call` | calls between users: set-up, call legs, carriers |
//! | `event` | events from outside: the schedule, mass events, triggers |
//! | `operator` | the operator: playbook, machines, memory |
//! | `network` | the model as the engine sees it: messages, addresses, world, counters, compiled parameters, dispatch |
//! | [`metrics`] | columns of the series; audits that recount gauges and links |
//! | `simulation` | the simulation of a scenario; its state, from which a later run continues |
//!
//! Imports between files have no circles. The lowest layer is the parameters and state of each kind of
//! actor. Above it, `network::model` holds a struct of compiled parameters for each kind. The behaviour
//! of clients, supernodes, calls and the operator imports `network::model` and extends [`Network`]. On
//! top, `network::dispatch` calls the behaviour for each message. Servers do not import [`Network`], so
//! a kind of server is one file and one entry in `server::kind`.
//!
//! # How the model is tested
//!
//! - In runs of random scenarios, [`GaugeAudit`] recounts every gauge, and [`LinkAudit`] compares both
//!   ends of every seat, call and request with the messages in flight.
//! - Queues and line groups agree with their closed forms, and runs of the overlay with a mean-field
//!   calculation.
//! - Each mechanism, policy and event is tested alone on a few thousand clients.
//! - Two scales of one scenario agree within sampling error, and a run that continues from a
//!   snapshot ends with the same digest.
//!
//! The description of the model by the ODD protocol follows.
//!
#![doc = include_str!("../ODD.md")]

pub(crate) mod call;
pub(crate) mod client;
pub(crate) mod event;
pub mod metrics;
pub(crate) mod network;
pub(crate) mod operator;
pub(crate) mod overlay;
pub(crate) mod population;
pub mod scenario;
pub(crate) mod server;
pub(crate) mod service;
pub(crate) mod simulation;

pub use crate::call::call_leg::{CallLeg, CarriedCall, Media, Stage};
pub use crate::client::state::{Peer, Phase, State};
pub use crate::metrics::audit::gauges::GaugeAudit;
pub use crate::metrics::audit::links::{
    AuditedLineGroup, AuditedPeer, AuditedSupernode, LinkAudit,
};
pub use crate::network::address_map::AddressMap;
pub use crate::network::block_state::BlockState;
pub use crate::network::counters::{Counters, TickStats};
pub use crate::network::message::{Kind, Message};
pub use crate::network::model::Network;
pub use crate::network::world::{Note, World};
pub use crate::overlay::directory::Directory;
pub use crate::overlay::supernode_load::{SupernodeLoad, SupernodeLoads};
pub use crate::server::queueing::line_group::LineGroup;
pub use crate::server::queueing::queue::Queue;
pub use crate::server::queueing::waiting::Waiting;
pub use crate::service::server::server_state::{ServerPlace, SourceState};
pub use crate::service::stats::{
    counts::{SenderCounts, ServiceCounts, ServiceStats},
    fleet_stats::FleetStats,
    latency::LatencyHistogram,
};
pub use crate::simulation::Simulation;
pub use crate::simulation::led::Follower;
pub use crate::simulation::snapshot::{ScenarioChange, Snapshot};
