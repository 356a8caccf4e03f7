//! The model of patchday: a peer-to-peer telephone network. A tick is one second.
//!
//! | Room | What is in it |
//! | --- | --- |
//! | [`scenario`], [`parameter`], [`quantity`] | every parameter, once; how they are declared; their units |
//! | [`Simulation`], [`metrics`] | a scenario under way; the columns of its series |
//! | `network`, `letter`, `peer`, `places` | the model as the engine sees it; what is said; 16 bytes of state; who lives where |
//! | `population`, `rhythm`, `session` | who the users are; when they come; coming, going and restarting |
//! | `seeking`, `sign_in`, `call` | finding a supernode; logging in; calling |
//! | `supernode`, `cluster`, `directory` | the role and the allocation algorithm; leaves and load; who is listed |
//! | `server`, `queue` | log-in, presence and chat |
//! | `patch_day`, `schedule` | the update service; what comes from outside, and the operator |
//! | `world`, `tally` | what all may read; what is counted |
//! | `sampling`, `purpose` | tables of distributions; what each draw is for |
//!
#![doc = include_str!("../ODD.md")]

mod call;
mod cluster;
mod directory;
mod letter;
pub mod metrics;
mod network;
pub mod parameter;
mod patch_day;
mod peer;
mod places;
mod population;
mod purpose;
pub mod quantity;
mod queue;
mod rhythm;
mod sampling;
pub mod scenario;
mod schedule;
mod seeking;
mod server;
mod session;
mod sign_in;
mod simulation;
mod supernode;
mod tally;
mod world;

pub use cluster::{Cluster, Clusters};
pub use directory::Directory;
pub use letter::{Kind, Letter};
pub use network::Network;
pub use peer::{Peer, Phase, State};
pub use places::Places;
pub use queue::Queue;
pub use simulation::{Census, Simulation};
pub use tally::{Count, Counters};
pub use world::World;
