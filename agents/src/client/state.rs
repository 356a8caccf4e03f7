//! The state of an actor: 16 bytes for every client, server and machine of the network.
//!
//! The traits of a client and its sessions are not stored: they are functions of its id, see
//! [`crate::population`]. Digests depend on the order of variants and fields. Units: ticks, unless a
//! field gives another unit.

use patchday_core::{ActorId, Span, Tick};
use serde::{Deserialize, Serialize};

use crate::{
    server::{queueing::line_group::LineGroup, queueing::queue::Queue},
    service::server::server_state::{ServerPlace, SourceState},
};

/// The id of no actor: no supernode, or no other end of a call.
pub(crate) const NO_ACTOR: ActorId = ActorId::MAX;
/// The end of a session that never ends.
pub(crate) const NEVER: Tick = Tick::MAX;
/// The tick at which the clients that are online at the start of the run have their sessions.
pub(crate) const RESUME_AT: Tick = 3;

/// The phase of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Phase {
    /// The client is not running.
    Off,
    /// The machine, or the client on it, is restarting.
    Booting,
    /// It probes one supernode after another.
    Seeking,
    /// It found no supernode and waits for its next cycle.
    Waiting,
    /// It has a supernode, or needs none, and logs in.
    SigningIn,
    /// It is logged in.
    Online,
}

impl Phase {
    /// The number of phases.
    pub const COUNT: usize = 6;

    /// Returns whether a client in this phase holds a seat at a supernode.
    pub(crate) fn attached(self) -> bool {
        match self {
            Self::SigningIn | Self::Online => true,
            Self::Off | Self::Booting | Self::Seeking | Self::Waiting => false,
        }
    }

    /// Returns whether a client in this phase is logged in.
    pub(crate) fn online(self) -> bool {
        match self {
            Self::Online => true,
            Self::Off | Self::Booting | Self::Seeking | Self::Waiting | Self::SigningIn => false,
        }
    }

    /// Returns whether a request over the network reaches a client in this phase.
    pub(crate) fn reachable(self) -> bool {
        match self {
            Self::Off | Self::Booting => false,
            Self::Seeking | Self::Waiting | Self::SigningIn | Self::Online => true,
        }
    }
}

/// The state of a client, or of a machine of the operator that is a supernode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Peer {
    /// Its supernode, or the last one it had; its own id if it is one. Without an overlay, see
    /// [`crate::client::retry::policy`].
    pub(crate) link: ActorId,
    /// The tick at which the session ends.
    pub(crate) session_end: Tick,
    /// The tick at which the machine came up, in units of [`UPTIME_UNIT`] after [`UPTIME_ORIGIN`],
    /// which is the start of the run.
    pub(crate) up_since: u16,
    /// The number of the list of supernodes that the client remembers. Without an overlay, see
    /// [`crate::client::retry::policy`].
    pub(crate) list: u16,
    pub(crate) phase: Phase,
    /// Cycles and logins that failed since it last logged in or restarted.
    pub(crate) attempt: u8,
    /// The number of supernodes tried in this cycle, or the number of its seat; and the marks
    /// [`HEARD`], [`DOWN`], [`FIXED`] and [`TALKING`].
    pub(crate) probe: u8,
    /// The number of its last request; an answer with another number is late.
    pub(crate) serial: u8,
}

/// Mark in [`Peer::probe`]: a supernode answered in this cycle and named others.
pub(crate) const HEARD: u8 = 0x80;
/// Mark in [`Peer::probe`] of a client that is off: its machine is down, too, and will come up. The
/// same bit as [`HEARD`], which only a client that searches has.
pub(crate) const DOWN: u8 = HEARD;
/// Mark in [`Peer::probe`]: its user installed a fixed version of the client.
pub(crate) const FIXED: u8 = 0x40;
/// Mark in [`Peer::probe`]: it is in a call or sets one up; its call leg is stored in the block state.
pub(crate) const TALKING: u8 = 0x20;
/// Mask in [`Peer::probe`]: the number of supernodes tried in this cycle; of a leaf, the number of its
/// seat.
pub(crate) const TRIED: u8 = 0x1f;
/// The unit of [`Peer::up_since`], in seconds.
pub(crate) const UPTIME_UNIT: u32 = 240;
/// The start of the run in that unit; half of the range is before it.
pub(crate) const UPTIME_ORIGIN: u16 = 1 << 15;

impl Peer {
    /// Creates a client that is off.
    pub(crate) fn off() -> Self {
        Self {
            link: NO_ACTOR,
            session_end: 0,
            up_since: UPTIME_ORIGIN,
            list: 0,
            phase: Phase::Off,
            attempt: 0,
            probe: 0,
            serial: 0,
        }
    }

    /// Sets the tick at which the machine came up. `unit` is [`UPTIME_UNIT`] in ticks.
    pub(crate) fn up_at(&mut self, tick: Tick, unit: Span) {
        self.up_since =
            UPTIME_ORIGIN.saturating_add(u16::try_from(tick / unit).unwrap_or(u16::MAX));
    }

    /// Sets the uptime of the machine at the start of the run, in ticks.
    pub(crate) fn up_before_start(&mut self, ticks: u64, unit: Span) {
        let units = ticks / u64::from(unit);
        self.up_since = UPTIME_ORIGIN.saturating_sub(u16::try_from(units).unwrap_or(u16::MAX));
    }

    /// Returns the number of the seat that the request with this serial number asks for. It
    /// distinguishes successive seats of a client at the same supernode.
    pub fn seat_number(serial: u8) -> u8 {
        serial & TRIED
    }

    /// Sets the number of its seat.
    pub(crate) fn set_seat(&mut self, number: u8) {
        self.probe = self.probe & (FIXED | TALKING) | number;
    }

    /// Returns the number of its seat.
    pub(crate) fn seat(&self) -> u8 {
        self.probe & TRIED
    }

    /// Fills the token bucket of its retries; the client must not be part of an overlay.
    pub(crate) fn fill_bucket(&mut self, tokens: u16, now: Tick) {
        self.list = tokens;
        self.link = now;
    }

    /// Returns its uptime at `now`, in ticks.
    pub(crate) fn uptime(&self, now: Tick, unit: Span) -> u64 {
        let now = i64::from(now / unit) + i64::from(UPTIME_ORIGIN);
        (now - i64::from(self.up_since)).max(0) as u64 * u64::from(unit)
    }
}

/// The state of any actor of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// A client, or a machine of the operator.
    Peer(Peer),
    /// A server with a queue.
    Server(Queue),
    /// A server with lines: business gateway, control panel, or group video.
    LineGroup(LineGroup),
    /// A server of a service.
    Service(ServerPlace),
    /// A source of requests to services.
    Source(SourceState),
}

impl State {
    /// Returns the queue of a server that has one.
    ///
    /// # Panics
    /// Panics if the actor is of another kind.
    #[inline]
    pub(crate) fn queue(self) -> Queue {
        match self {
            Self::Server(queue) => queue,
            Self::Peer(_) | Self::LineGroup(_) | Self::Service(_) | Self::Source(_) => {
                unreachable!("{self:?} is not a server with a queue")
            }
        }
    }

    /// Returns the lines of a server that has them.
    ///
    /// # Panics
    /// Panics if the actor is of another kind.
    #[inline]
    pub(crate) fn line_group(self) -> LineGroup {
        match self {
            Self::LineGroup(group) => group,
            Self::Peer(_) | Self::Server(_) | Self::Service(_) | Self::Source(_) => {
                unreachable!("{self:?} is not a line group")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_actor_takes_sixteen_bytes() {
        assert_eq!(size_of::<State>(), 16);
    }

    #[test]
    fn uptime_counts_from_before_the_start() {
        let mut peer = Peer::off();
        // The unit at ticks of a second and of a millisecond.
        for unit in [UPTIME_UNIT, 1_000 * UPTIME_UNIT] {
            let (hour, day) = (15 * unit, 360 * u64::from(unit));
            peer.up_before_start(10 * day, unit);
            assert_eq!(peer.uptime(hour, unit), 10 * day + u64::from(hour));
            peer.up_at(hour, unit);
            assert_eq!(peer.uptime(3 * hour, unit), 2 * u64::from(hour));
            assert_eq!(peer.uptime(0, unit), 0);
        }
    }
}
