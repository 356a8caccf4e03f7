//! Call legs: the state of each end of a call, and of the actor that carries a call.
//!
//! Few clients are in a call at a time, so call legs are stored in the state of the block and not in
//! the 16 bytes of each client. The mark [`crate::client::state::TALKING`] in a client's state says
//! that it has a leg. Invariant: a client has at most one leg. Digests depend on the order of fields
//! and variants. Units: ticks.

use patchday_core::{ActorId, Tick};
use serde::{Deserialize, Serialize};

use crate::{
    client::state::NO_ACTOR,
    network::actor_table::{ActorEntry, ActorTable},
};

/// The medium of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Media {
    /// Two users, voice only.
    Voice,
    /// Two users, with video.
    Video,
    /// Several users, with video, carried by the group-video servers.
    GroupVideo,
}

impl Media {
    /// The number of media.
    pub const COUNT: usize = 3;
}

/// The stage of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Stage {
    /// The caller has asked a relay, or the group-video servers, to carry the call.
    Carrying,
    /// The callee's end rings.
    Ringing,
    /// The call is answered.
    Talking,
}

/// One end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CallLeg {
    /// The client at this end.
    pub client: ActorId,
    /// The client at the other end; 2^32 - 1 in a group call.
    pub other: ActorId,
    /// The relay or group-video servers that carry the call, if any.
    pub carrier: ActorId,
    /// The tick at which the caller started the call.
    pub begun: Tick,
    /// The tick at which it was answered.
    pub answered: Tick,
    /// The medium.
    pub media: Media,
    /// The stage.
    pub stage: Stage,
    /// Whether this is the caller's end.
    pub caller: bool,
    /// Number of relays asked so far.
    pub asked: u8,
}

impl CallLeg {
    /// Creates the caller's leg of a call that starts at this tick.
    pub(crate) fn new(client: ActorId, other: ActorId, media: Media, now: Tick) -> Self {
        Self {
            client,
            other,
            carrier: NO_ACTOR,
            begun: now,
            answered: now,
            media,
            stage: Stage::Carrying,
            caller: true,
            asked: 0,
        }
    }

    /// Returns the tag of all messages about the call. A message with another tag belongs to an earlier
    /// call.
    pub fn tag(&self) -> u8 {
        tag(self.begun)
    }
}

/// Returns the tag of a call that started at `begun`.
pub(crate) fn tag(begun: Tick) -> u8 {
    begun as u8
}

impl ActorEntry for CallLeg {
    fn vacant() -> Self {
        Self::new(NO_ACTOR, NO_ACTOR, Media::Voice, 0)
    }

    fn actor(&self) -> ActorId {
        self.client
    }
}

/// The call legs of the clients of a block, one for each client.
pub(crate) type CallLegs = ActorTable<CallLeg>;

/// A call that an actor carries for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CarriedCall {
    /// The relay, or the group-video servers.
    pub carrier: ActorId,
    /// The client that started the call.
    pub caller: ActorId,
    /// The tag of the call.
    pub tag: u8,
}

/// The calls that actors of a block carry, in order of carrier and caller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct CarriedCalls(Vec<CarriedCall>);

impl CarriedCalls {
    /// Returns the bytes that the list refers to.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.0.capacity() * size_of::<CarriedCall>()
    }

    fn range(&self, carrier: ActorId) -> std::ops::Range<usize> {
        let start = self.0.partition_point(|call| call.carrier < carrier);
        let end = start + self.0[start..].partition_point(|call| call.carrier == carrier);
        start..end
    }

    /// Returns all calls, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &CarriedCall> {
        self.0.iter()
    }

    /// Returns the number of calls that an actor carries.
    pub(crate) fn count(&self, carrier: ActorId) -> usize {
        self.range(carrier).len()
    }

    /// Adds a call.
    pub(crate) fn add(&mut self, carrier: ActorId, caller: ActorId, tag: u8) {
        let call = CarriedCall {
            carrier,
            caller,
            tag,
        };
        if let Err(place) = self.0.binary_search(&call) {
            self.0.insert(place, call);
        }
    }

    /// Removes a call. Returns whether it was there.
    pub(crate) fn remove(&mut self, carrier: ActorId, caller: ActorId, tag: u8) -> bool {
        let call = CarriedCall {
            carrier,
            caller,
            tag,
        };
        let place = self.0.binary_search(&call);
        place.map(|place| self.0.remove(place)).is_ok()
    }

    /// Removes all calls that an actor carries, and returns their callers and tags.
    pub(crate) fn clear(&mut self, carrier: ActorId) -> Vec<(ActorId, u8)> {
        let range = self.range(carrier);
        let carried = self.0.drain(range);
        carried.map(|call| (call.caller, call.tag)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_one_leg() {
        let mut legs = CallLegs::default();
        for client in [9, 2, 5] {
            legs.put(CallLeg::new(client, 1, Media::Voice, client));
        }
        legs.put(CallLeg::new(2, 7, Media::Video, 300));
        let mut of: Vec<_> = legs.iter().map(|leg| (leg.client, leg.other)).collect();
        of.sort_unstable();
        assert_eq!(of, [(2, 7), (5, 1), (9, 1)]);
        assert_eq!(legs.remove(2).map(|leg| leg.tag()), Some(44));
        assert_eq!((legs.remove(2), legs.get(3)), (None, None));
    }

    #[test]
    fn a_carrier_has_a_call_until_it_ends() {
        let mut carried = CarriedCalls::default();
        for (carrier, caller) in [(8, 1), (4, 2), (8, 3), (6, 4), (8, 2)] {
            carried.add(carrier, caller, 7);
        }
        assert_eq!(
            (carried.count(8), carried.count(6), carried.count(5)),
            (3, 1, 0)
        );
        assert!(carried.remove(8, 3, 7));
        assert!(!carried.remove(8, 3, 7) && !carried.remove(8, 1, 6));
        assert_eq!(carried.clear(8), [(1, 7), (2, 7)]);
        assert_eq!((carried.count(8), carried.count(4)), (0, 1));
    }
}
