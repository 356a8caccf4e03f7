//! The types that every part of the model shares, as a bound for code that needs no more of the
//! network than these.
//!
//! The servers' files are written against [`NetworkModel`], not against the network itself, so
//! that a kind of server is one file: the network holds its parameters, and its behaviour does not
//! depend on the network.

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
