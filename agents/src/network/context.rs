//! The types that every part of the model shares, as a trait bound for code that needs nothing else of
//! the network.
//!
//! The servers' files use [`NetworkModel`] instead of [`Network`](crate::network::model::Network), so
//! that a kind of server is one file: the network holds the parameters of servers, but their behaviour
//! does not depend on the network.

use patchday_core::Model;

use crate::{
    client::state::State,
    network::{block_state::BlockState, counters::TickStats, message::Message, world::World},
};

/// A model with the state, messages, world and counters of the network.
pub(crate) trait NetworkModel:
    Model<State = State, Message = Message, BlockState = BlockState, World = World, Tally = TickStats>
{
}

impl<M> NetworkModel for M where
    M: Model<
            State = State,
            Message = Message,
            BlockState = BlockState,
            World = World,
            Tally = TickStats,
        >
{
}
