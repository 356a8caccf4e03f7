//! The model of patchday: a peer-to-peer telephone network of clients, supernodes and servers. One
//! tick is one second.
//!
//! The crate has no files, threads or wall-clock time. A [`scenario`] gives every parameter; a
//! [`Simulation`] runs it on the engine of `patchday-core`, and its rows and digest are the same for
//! any number of threads and shards.
//!
//! | Module | Contents |
//! | --- | --- |
//! | [`scenario`] | parameters: how they are declared, read and checked; quantities with units; the whole scenario |
//! | `population` | the users: traits of a client, daily activity and norm, versions, holidays |
//! | `client` | the life of a client: state, start of the run, sessions, search for a supernode, log-in, retry policies, crashes, the patch |
//! | `overlay` | supernodes: the role, load, the directory, promotion and its flaw, relays |
//! | `server` | a file for each kind of server: log-in, presence and chat, offline messages, group video, business gateways |
//! | `call` | calls between users: set-up, the legs of a call, what carries it |
//! | `event` | events from outside: the schedule, mass events, triggers |
//! | `operator` | the operator: playbook, machines, memory |
//! | `network` | the model as the engine sees it: messages, addresses, world, counters, compiled parameters, dispatch |
//! | [`metrics`] | columns of the series; audits that recount gauges and links |
//! | `simulation`, `snapshot` | a scenario that runs; what a later run continues from |
//!
//! Imports between files run one way: parameters and state of each kind of actor lie below
//! `network::model`, which holds one struct of compiled parameters for each kind; behaviour lies
//! above it and extends [`Network`]; `network::dispatch` is on top and calls the behaviour for each
//! message. Servers are written against the types of the model alone, so a kind of server is one
//! file and an entry in `server::kind`.
//!
//! # How the model is tested
//!
//! - [`GaugeAudit`] and [`LinkAudit`] recount every gauge, and compare both sides of every seat,
//!   call and request with the messages in flight, in runs of random scenarios.
//! - Queues and line groups agree with their closed forms, and a mean-field calculation of the
//!   overlay agrees with runs.
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
pub(crate) mod simulation;
pub(crate) mod snapshot;

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
pub use crate::server::line_group::LineGroup;
pub use crate::server::login_stack::Waiting;
pub use crate::server::queue::Queue;
pub use crate::simulation::Simulation;
pub use crate::snapshot::{ScenarioChange, Snapshot};
