//! The model of patchday: a peer-to-peer telephone network.
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
