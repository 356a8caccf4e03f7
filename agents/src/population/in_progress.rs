//! The shares of sessions in progress, of which the norm is computed.
//!
//! The norm at a tick needs one for each region and each day from which a session can last, and a share
//! takes a pass over the hours of the day. Offsets of regions are whole minutes and the norm is mostly
//! asked for at whole minutes, so regions and days share the values at minutes: they are computed once.
//! Invariant: a stored value has the bits of the computed one. Units: ticks after local midnight.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::{
    population::session_profile::SessionProfile, scenario::quantity::run_clock::TickLength,
};

const MINUTES_PER_DAY: i64 = 1_440;

/// The shares of sessions in progress in a network without an outage.
#[derive(Debug)]
pub(crate) struct InProgress {
    profile: SessionProfile,
    /// The ticks that a login takes.
    login: u32,
    /// The ticks of a minute and of a day.
    minute: i64,
    day: i64,
    /// For each number of days back and each minute, the bits of the share at its last tick; 0, which
    /// are the bits of a share of 0, if it was not computed.
    at_minutes: Box<[AtomicU64]>,
}

impl InProgress {
    pub(crate) fn new(profile: SessionProfile, login: u32, tick: TickLength) -> Self {
        let values = (i64::from(profile.reach()) + 1) * MINUTES_PER_DAY;
        Self {
            at_minutes: (0..values).map(|_| AtomicU64::new(0)).collect(),
            profile,
            login,
            minute: tick.seconds(60).into(),
            day: tick.day().into(),
        }
    }

    /// Returns the share of the sessions of a day that are in progress and whose login is done at
    /// `tick`, which is on the day that is `back` days later.
    pub(crate) fn share(&self, tick: i64, back: i64) -> f64 {
        let computed = || self.profile.in_progress(tick + back * self.day, self.login);
        if tick % self.minute != self.minute - 1 {
            return computed();
        }
        let place = usize::try_from(back * MINUTES_PER_DAY + tick / self.minute).ok();
        let Some(stored) = place.and_then(|place| self.at_minutes.get(place)) else {
            return computed();
        };
        // Every thread stores the same bits, so the order does not matter.
        match stored.load(Ordering::Relaxed) {
            0 => {
                let share = computed();
                stored.store(share.to_bits(), Ordering::Relaxed);
                share
            }
            bits => f64::from_bits(bits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::root::Scenario;

    #[test]
    fn a_stored_share_has_the_bits_of_the_computed_one() {
        let sessions = Scenario::default().population.sessions;
        for tick in [TickLength::SECOND, TickLength::ALL[10]] {
            let profile = SessionProfile::new(&sessions, tick);
            let shares = InProgress::new(profile.clone(), 4, tick);
            let (minute, day) = (i64::from(tick.seconds(60)), i64::from(tick.day()));
            let minutes = (minute - 1..day).step_by(minute as usize);
            for tick in (0..day).step_by(day as usize / 5_000).chain(minutes) {
                for back in 0..=i64::from(profile.reach()) {
                    let computed = profile.in_progress(tick + back * day, 4);
                    for _ in 0..2 {
                        assert_eq!(shares.share(tick, back).to_bits(), computed.to_bits());
                    }
                }
            }
        }
    }
}
