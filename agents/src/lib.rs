//! The model of patchday: a peer-to-peer telephone network. A tick is one second.
//!
//! | Room | What is in it |
//! | --- | --- |
//! | [`scenario`], [`parameter`], [`quantity`] | every parameter, once; how they are declared; their units |
//! | [`Simulation`], [`metrics`], [`Snapshot`] | a scenario under way; the columns of its series; where it stands |
//! | `network`, `letter`, `peer`, `places` | the model as the engine sees it; what is said; 16 bytes of state; who lives where |
//! | `population`, `rhythm`, `session` | who the users are; when they come; coming, going and restarting |
//! | `seeking`, `sign_in`, `retry` | finding a supernode; logging in; when to try again |
//! | `supernode`, `cluster`, `block_state`, `directory` | the role and the allocation algorithm; leaves and load; who is listed |
//! | `server`, `queue`, `lifo`, `offline_messages` | log-in, presence, chat, and messages for users who are away |
//! | `call`, `line`, `relay`, `group_video` | calls between users, and what carries them |
//! | `gateway`, `station` | business calls and control panel, on lines of their own |
//! | `versions`, `crash` | versions of the client; what a late answer does to some |
//! | `patch_day`, `schedule`, `strike`, `playbook` | the update service; what comes from outside, and hits many at once; what the operator does |
//! | [`GaugeAudit`], [`LinkAudit`] | gauges counted anew; who holds what of whom: for checks |
//! | `world`, `tally` | what all may read; what is counted |
//! | `rules`, `sampling`, `purpose` | constants made from a scenario; tables of distributions; what each draw is for |
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
pub use crate::snapshot::Snapshot;
