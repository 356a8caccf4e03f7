//! The network as the engine sees it: messages, addresses, the world, counters and dispatch.

pub(crate) mod actor_table;
pub(crate) mod address_map;
pub(crate) mod block_state;
pub(crate) mod context;
pub(crate) mod counters;
pub(crate) mod dispatch;
pub(crate) mod distributions;
pub(crate) mod draw_ids;
pub(crate) mod flood;
pub(crate) mod message;
pub(crate) mod model;
pub(crate) mod quantiles;
pub(crate) mod world;
