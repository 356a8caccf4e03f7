//! CallLegs: what a client in a call, and a machine that carries calls, know of them.
//!
//! Few clients are in a call at a time, so this lies in the block_state of their block and not
//! in the 16 bytes of each; a mark in the state ([`crate::client::state::TALKING`]) says that there
//! is something to look up. A client has at most one leg. Units: ticks.

use patchday_core::{ActorId, Tick};
use serde::{Deserialize, Serialize};

use crate::client::state::NOBODY;

/// What a call carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Media {
    /// Two users, voice only.
    Voice,
    /// Two users, with video.
    Video,
    /// Several users, with video, over servers of its own.
    GroupVideo,
}

impl Media {
    /// How many there are.
    pub const COUNT: usize = 3;
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Stage {
    /// The caller has asked a relay, or a server, whether it carries the call.
    Carrying,
    /// It rings at the other end.
    Ringing,
    /// They talk.
    Talking,
}

/// One end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CallLeg {
    /// Whose end it is.
    pub client: ActorId,
    /// The other end; nobody in a group call.
    pub other: ActorId,
    /// Who carries the call, if not the two alone.
    pub carrier: ActorId,
    /// When the caller began it.
    pub begun: Tick,
    /// When they began to talk.
    pub answered: Tick,
    /// What it carries.
    pub media: Media,
    /// How far it is.
    pub stage: Stage,
    /// Whether it is the caller's end.
    pub caller: bool,
    /// Relays asked so far.
    pub asked: u8,
}

impl CallLeg {
    /// The caller's end of a call that begins now.
    pub(crate) fn new(client: ActorId, other: ActorId, media: Media, now: Tick) -> Self {
        Self {
            client,
            other,
            carrier: NOBODY,
            begun: now,
            answered: now,
            media,
            stage: Stage::Carrying,
            caller: true,
            asked: 0,
        }
    }

    /// Goes with every message about the call, so that late ones are known.
    pub fn tag(&self) -> u8 {
        tag(self.begun)
    }
}

/// The tag of a call that began at `begun`.
pub(crate) fn tag(begun: Tick) -> u8 {
    begun as u8
}

/// The legs of a block's clients, in order of their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct CallLegs(Vec<CallLeg>);

impl CallLegs {
    fn place(&self, client: ActorId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&client, |leg| leg.client)
    }

    pub(crate) fn get(&mut self, client: ActorId) -> Option<&mut CallLeg> {
        let place = self.place(client).ok()?;
        Some(&mut self.0[place])
    }

    pub(crate) fn add(&mut self, leg: CallLeg) {
        match self.place(leg.client) {
            Ok(place) => self.0[place] = leg,
            Err(place) => self.0.insert(place, leg),
        }
    }

    pub(crate) fn remove(&mut self, client: ActorId) -> Option<CallLeg> {
        self.place(client).ok().map(|place| self.0.remove(place))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &CallLeg> {
        self.0.iter()
    }
}

/// One call that a machine carries for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CarriedCall {
    /// The machine, or the group-video servers.
    pub carrier: ActorId,
    /// The client that began the call.
    pub caller: ActorId,
    /// The call's tag.
    pub tag: u8,
}

/// The calls that machines of a block carry, in order of machine and caller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct CarriedCalls(Vec<CarriedCall>);

impl CarriedCalls {
    fn range(&self, carrier: ActorId) -> std::ops::Range<usize> {
        let start = self.0.partition_point(|call| call.carrier < carrier);
        let end = start + self.0[start..].partition_point(|call| call.carrier == carrier);
        start..end
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &CarriedCall> {
        self.0.iter()
    }

    /// How many calls a machine carries.
    pub(crate) fn count(&self, carrier: ActorId) -> usize {
        self.range(carrier).len()
    }

    /// Carry one more.
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

    /// A call is over; whether it was carried.
    pub(crate) fn remove(&mut self, carrier: ActorId, caller: ActorId, tag: u8) -> bool {
        let call = CarriedCall {
            carrier,
            caller,
            tag,
        };
        let place = self.0.binary_search(&call);
        place.map(|place| self.0.remove(place)).is_ok()
    }

    /// A machine carries no more: the callers and tags of what it carried.
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
    fn a_client_has_one_line() {
        let mut legs = CallLegs::default();
        for client in [9, 2, 5] {
            legs.add(CallLeg::new(client, 1, Media::Voice, client));
        }
        legs.add(CallLeg::new(2, 7, Media::Video, 300));
        let of: Vec<_> = legs.iter().map(|leg| (leg.client, leg.other)).collect();
        assert_eq!(of, [(2, 7), (5, 1), (9, 1)]);
        assert_eq!(legs.remove(2).map(|leg| leg.tag()), Some(44));
        assert_eq!((legs.remove(2), legs.get(3)), (None, None));
    }

    #[test]
    fn a_machine_carries_what_it_took_until_it_is_over() {
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
