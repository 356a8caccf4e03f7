//! The model of patchday: a peer-to-peer telephone network. A tick is one second.
//!
//! | Room | What is in it |
//! | --- | --- |
//! | [`scenario`], [`parameter`], [`quantity`] | every parameter, once; how they are declared; their units |
//! | [`Simulation`], [`metrics`], [`Standing`] | a scenario under way; the columns of its series; where it stands |
//! | `network`, `letter`, `peer`, `places` | the model as the engine sees it; what is said; 16 bytes of state; who lives where |
//! | `population`, `rhythm`, `session` | who the users are; when they come; coming, going and restarting |
//! | `seeking`, `sign_in`, `retry` | finding a supernode; logging in; when to try again |
//! | `supernode`, `cluster`, `annex`, `directory` | the role and the allocation algorithm; leaves and load; who is listed |
//! | `server`, `queue`, `lifo`, `offline_messages` | log-in, presence, chat, and messages for users who are away |
//! | `call`, `line`, `relay`, `group_video` | calls between users, and what carries them |
//! | `gateway`, `station` | business calls and control panel, on lines of their own |
//! | `versions`, `crash` | versions of the client; what a late answer does to some |
//! | `patch_day`, `schedule`, `strike`, `playbook` | the update service; what comes from outside, and hits many at once; what the operator does |
//! | [`Census`], [`Survey`] | gauges counted anew; who holds what of whom: for checks |
//! | `world`, `tally` | what all may read; what is counted |
//! | `rules`, `sampling`, `purpose` | constants made from a scenario; tables of distributions; what each draw is for |
//!
#![doc = include_str!("../ODD.md")]

mod annex;
mod call;
mod census;
mod cluster;
mod crash;
mod directory;
mod gateway;
mod group_video;
mod letter;
mod lifo;
mod line;
pub mod metrics;
mod network;
mod offline_messages;
pub mod parameter;
mod patch_day;
mod peer;
mod places;
mod playbook;
mod population;
mod purpose;
pub mod quantity;
mod queue;
mod relay;
mod retry;
mod rhythm;
mod rules;
mod sampling;
pub mod scenario;
mod schedule;
mod seeking;
mod server;
mod session;
mod sign_in;
mod simulation;
mod standing;
mod station;
mod strike;
mod supernode;
mod survey;
mod tally;
mod versions;
mod world;

pub use annex::Annex;
pub use census::Census;
pub use cluster::{Cluster, Clusters};
pub use directory::Directory;
pub use letter::{Kind, Letter};
pub use lifo::Waiting;
pub use line::{Line, Load, Media, Stage};
pub use network::Network;
pub use peer::{Peer, Phase, State};
pub use places::Places;
pub use queue::Queue;
pub use simulation::Simulation;
pub use standing::Standing;
pub use station::Station;
pub use survey::{Party, Role, Survey, Switchboard};
pub use tally::{Count, Counters};
pub use world::{Note, World};
