//! Office machines: supernodes of the working day.
//!
//! More supernodes are seen in office hours, and nights and weekends fall to a steady base (facts 6.12,
//! 6.13). An office machine takes the role when it is switched on for a working day, and ends it in an
//! orderly way when it is switched off. It is known as a host from earlier days, so no supernode has to
//! ask it; after a restart or a failure it serves again only on the next day. Units: ticks, local
//! seconds.

use std::ops::Range;

use patchday_core::Span;

use crate::{
    client::state::{FIXED, Peer, Phase, TALKING},
    network::{
        model::{Context, Network},
        world::World,
    },
};
const DAY: i64 = 86_400;
/// The local hours in which a working day begins, in seconds.
const MORNING: Range<i64> = 6 * 3_600..12 * 3_600;
/// The minimum length of a working day.
const WORKING_DAY: Span = 6 * 3_600;

/// Returns whether a session that starts at the local time `start` and lasts `length` is a working day.
fn is_working_day(start: i64, length: Span) -> bool {
    // 1970-01-01 was a Thursday.
    let weekend = matches!(start.div_euclid(DAY).rem_euclid(7), 2 | 3);
    !weekend && MORNING.contains(&start.rem_euclid(DAY)) && length >= WORKING_DAY
}

impl Network {
    /// Returns whether the session that starts now is the working day of an office machine.
    pub(crate) fn begins_working_day(&self, peer: &Peer, context: &Context<'_>) -> bool {
        if self.population.office_host.is_none() {
            return false;
        }
        let traits = self.population.traits(context.random(), context.id);
        let start = self.activity.local(traits.region, context.now.into());
        let (tick, length) = (self.tick.per_second(), peer.session_end - context.now);
        traits.office_host && is_working_day(start.div_euclid(tick.into()), length / tick)
    }

    /// Starts the role on an office machine. A supernode needs no seat at another one, so it logs in at
    /// once.
    pub(crate) fn open_office(&self, world: &World, mut peer: Peer, context: &mut Context<'_>) {
        peer.probe &= FIXED | TALKING;
        self.enter(peer, Phase::SigningIn, context);
        peer.phase = Phase::SigningIn;
        peer.link = context.id;
        self.take_role(peer, context);
        self.log_in(world, peer, context);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_working_day_begins_in_the_morning_of_a_weekday_and_is_long() {
        let hours = |start: i64, length: u32| is_working_day(start * 3_600, length * 3_600);
        // 1970-01-01 was a Thursday, so day 2 was a Saturday and day 4 a Monday.
        assert!(hours(8, 9) && hours(24 + 11, 6) && hours(4 * 24 + 6, 8));
        assert!(!hours(5, 9) && !hours(12, 9) && !hours(8, 5));
        assert!(!hours(2 * 24 + 8, 9) && !hours(3 * 24 + 8, 9));
    }
}
