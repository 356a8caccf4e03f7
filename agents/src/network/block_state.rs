//! The state of a block: what does not fit the 16 bytes of an actor, for the few actors that need it.
//!
//! Each actor reads and writes only its own entries. Digests depend on the order of the fields.

use serde::{Deserialize, Serialize};

use crate::{
    call::call_leg::{CallLegs, CarriedCalls},
    overlay::supernode_load::SupernodeLoads,
    server::login_stack::Stacks,
};

/// What supernodes, servers and clients in a call know beyond their 16 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BlockState {
    pub(crate) supernodes: SupernodeLoads,
    pub(crate) stacks: Stacks,
    pub(crate) legs: CallLegs,
    pub(crate) carried: CarriedCalls,
}
