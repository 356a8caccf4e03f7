//! The block_state of a block: what does not fit the 16 bytes of an actor, for the few that
//! need it. Only the block's own actors touch it.

use serde::{Deserialize, Serialize};

use crate::{
    call::call_leg::{CallLegs, CarriedCalls},
    overlay::supernode_load::SupernodeLoads,
    server::login_stack::Stacks,
};

/// What supernodes, servers and clients in a call know beside their states.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BlockState {
    pub(crate) supernodes: SupernodeLoads,
    pub(crate) stacks: Stacks,
    pub(crate) legs: CallLegs,
    pub(crate) carried: CarriedCalls,
}
