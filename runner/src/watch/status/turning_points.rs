//! Turning points: when users go missing and when they are back, detected while the run continues.
//!
//! They follow the definition of an outage in `results::outage`: a dip is a row of samples below a
//! level of the norm; a dip that has ended and was not longer than `run.outage_after` does not count.
//! A dip that has not ended is reported at once, but as unconfirmed until it is longer than that.
//! Times are ticks.

use patchday_core::Tick;

use crate::results::outage::OUTAGE_LEVEL;

/// Levels in percent of the norm, with the texts for the beginning and the end of a dip.
const LEVELS: [(u64, &str, &str); 2] = [
    (
        OUTAGE_LEVEL,
        "More than a tenth of all users are missing",
        "Nine tenths of all users are back",
    ),
    (
        50,
        "More than half of all users are missing",
        "Half of all users are back",
    ),
];

/// The beginning or end of a dip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TurningPoint {
    pub(crate) tick: Tick,
    pub(crate) what: &'static str,
    /// Whether no later sample can withdraw it.
    pub(crate) sure: bool,
}

/// The dips below one level.
#[derive(Clone, Debug, Default)]
struct Dips {
    /// Dips that ended: ticks of the first sample below and of the first after.
    ended: Vec<(Tick, Tick)>,
    /// The first sample of a dip that has not ended.
    open: Option<Tick>,
}

/// The dips of a run, sample by sample.
#[derive(Clone, Debug, Default)]
pub(crate) struct TurningPoints {
    dips: [Dips; LEVELS.len()],
    last: Tick,
    /// The least share of the norm online, and its first tick.
    least: Option<(f64, Tick)>,
}

impl TurningPoints {
    /// Adds a sample: users online and the norm. Ticks must ascend.
    pub(crate) fn add(&mut self, tick: Tick, online: u64, norm: u64) {
        self.last = tick;
        let share = share(online, norm);
        if self.least.is_none_or(|(least, _)| share < least) {
            self.least = Some((share, tick));
        }
        for (dips, (level, _, _)) in self.dips.iter_mut().zip(LEVELS) {
            let below = online.saturating_mul(100) < norm.saturating_mul(level);
            match (dips.open, below) {
                (None, true) => dips.open = Some(tick),
                (Some(start), false) => {
                    dips.ended.push((start, tick));
                    dips.open = None;
                }
                (None, false) | (Some(_), true) => {}
            }
        }
    }

    /// The least share of the norm online so far, and its first tick.
    pub(crate) fn least(&self) -> Option<(f64, Tick)> {
        self.least
    }

    /// All turning points so far, in order of time, of a run in which a dip of up to `outage_after`
    /// ticks does not count.
    pub(crate) fn all(&self, outage_after: Tick) -> Vec<TurningPoint> {
        let mut turning_points = Vec::new();
        for (dips, (_, gone, back)) in self.dips.iter().zip(LEVELS) {
            let long = |(start, end): &&(Tick, Tick)| end - start > outage_after;
            for (start, end) in dips.ended.iter().filter(long) {
                turning_points.push(turn(*start, gone, true));
                turning_points.push(turn(*end, back, true));
            }
            if let Some(start) = dips.open {
                turning_points.push(turn(start, gone, self.last - start > outage_after));
            }
        }
        turning_points.sort_by_key(|turn| turn.tick);
        turning_points
    }
}

fn turn(tick: Tick, what: &'static str, sure: bool) -> TurningPoint {
    TurningPoint { tick, what, sure }
}

/// Users online as a share of the norm; 1 if the norm is 0.
pub(crate) fn share(online: u64, norm: u64) -> f64 {
    if norm == 0 {
        1.0
    } else {
        online as f64 / norm as f64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::results::{
        outage::dips,
        samples::{Samples, tests::every},
    };

    const MINUTES: Tick = 600;

    fn turns_of(online: &[u64]) -> TurningPoints {
        let mut turning_points = TurningPoints::default();
        for (online, tick) in online.iter().zip((1..).map(|index| index * MINUTES)) {
            turning_points.add(tick, *online, 1_000);
        }
        turning_points
    }

    fn said(online: &[u64]) -> Vec<(Tick, &'static str, bool)> {
        let turning_points = turns_of(online).all(3_600).into_iter();
        turning_points
            .map(|turn| (turn.tick / MINUTES, turn.what, turn.sure))
            .collect()
    }

    #[test]
    fn a_dip_is_told_at_once_and_taken_back_if_it_was_short() {
        let tenth = "More than a tenth of all users are missing";
        let half = "More than half of all users are missing";
        assert_eq!(said(&[1_000, 900]), []);
        assert_eq!(said(&[1_000, 899]), [(2, tenth, false)]);
        assert_eq!(said(&[1_000, 899, 950]), []);
        let long = [1_000, 899, 800, 700, 499, 600, 700, 800, 899, 900];
        assert_eq!(said(&long[..5]), [(2, tenth, false), (5, half, false)]);
        // The dip below a half was short.
        assert_eq!(said(&long[..9]), [(2, tenth, true)]);
        let back = (10, "Nine tenths of all users are back", true);
        assert_eq!(said(&long), [(2, tenth, true), back]);
    }

    #[test]
    fn the_least_share_is_that_of_the_norm() {
        let mut turning_points = TurningPoints::default();
        assert_eq!(turning_points.least(), None);
        turning_points.add(60, 100, 200);
        turning_points.add(120, 150, 1_000);
        turning_points.add(180, 15, 100);
        assert_eq!(turning_points.least(), Some((0.15, 120)));
        assert_eq!(share(0, 0), 1.0);
    }

    proptest! {
        /// The definitions are those of the summary.
        #[test]
        fn dips_are_those_of_the_outage(online in prop::collection::vec(0_u64..1_100, 0..80)) {
            let samples: Samples = every(MINUTES.into(), &online);
            let turning_points = turns_of(&online);
            // The samples begin at the start of the run, the turning points one sample later.
            let tick = |time: i64| (time - samples.start) as Tick;
            for (found, (level, _, _)) in turning_points.dips.iter().zip(LEVELS) {
                let all = dips(&samples, level);
                let ended: Vec<(Tick, Tick)> = all
                    .iter()
                    .filter_map(|dip| Some((tick(dip.start), tick(dip.end?))))
                    .collect();
                prop_assert_eq!(&found.ended, &ended);
                let open = all.iter().find(|dip| dip.end.is_none());
                prop_assert_eq!(found.open, open.map(|dip| tick(dip.start)));
            }
        }
    }
}
