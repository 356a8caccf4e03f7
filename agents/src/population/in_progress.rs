//! The shares of sessions in progress, of which the norm is computed.
//!
//! The norm at a tick needs one for each region and each day from which a session can last, and a share
//! takes a pass over the hours of the day. Offsets of regions are whole minutes and the norm is mostly
//! asked for at whole minutes, so regions and days share the values at minutes: they are computed once.
//! Invariant: a stored value has the bits of the computed one. Units: seconds after local midnight.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::population::session_profile::{DAY, SessionProfile};

const MINUTE: i64 = 60;
const MINUTES: i64 = DAY / MINUTE;

/// The shares of sessions in progress in a network without an outage.
#[derive(Debug)]
pub(crate) struct InProgress {
    profile: SessionProfile,
    /// The seconds that a login takes.
    login: u32,
    /// For each number of days back and each minute, the bits of the share at its last second; 0, which
    /// are the bits of a share of 0, if it was not computed.
    at_minutes: Box<[AtomicU64]>,
}

impl InProgress {
    pub(crate) fn new(profile: SessionProfile, login: u32) -> Self {
        let values = (i64::from(profile.reach()) + 1) * MINUTES;
        Self {
            at_minutes: (0..values).map(|_| AtomicU64::new(0)).collect(),
            profile,
            login,
        }
    }

    /// Returns the share of the sessions of a day that are in progress and whose login is done at
    /// `second`, which is on the day that is `back` days later.
    pub(crate) fn share(&self, second: i64, back: i64) -> f64 {
        let computed = || self.profile.in_progress(second + back * DAY, self.login);
        if second % MINUTE != MINUTE - 1 {
            return computed();
        }
        let place = usize::try_from(back * MINUTES + second / MINUTE).ok();
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
        let profile = SessionProfile::new(&Scenario::default().population.sessions);
        let shares = InProgress::new(profile.clone(), 4);
        for _ in 0..2 {
            for second in (0..DAY).step_by(17).chain((59..DAY).step_by(60)) {
                for back in 0..=i64::from(profile.reach()) {
                    let computed = profile.in_progress(second + back * DAY, 4);
                    assert_eq!(shares.share(second, back).to_bits(), computed.to_bits());
                }
            }
        }
    }
}
