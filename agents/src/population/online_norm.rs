//! The expected number of users online without an outage, without a simulation.
//!
//! It depends on the scenario alone, so that a program can compare observations of different hours
//! before it runs anything. Units: users, milliseconds since 1970 (UTC).

use patchday_core::Tick;

use crate::{
    population::activity::Activity,
    scenario::{
        quantity::run_clock::RunClock,
        root::{MAX_DAYS, Scenario},
    },
};

/// The milliseconds of a day.
const DAY: i64 = 86_400_000;

/// The norm of a scenario.
#[derive(Debug)]
pub struct OnlineNorm {
    activity: Activity,
    clock: RunClock,
}

impl OnlineNorm {
    /// The norm of a scenario.
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            activity: Activity::new(scenario),
            clock: scenario.run.clock(),
        }
    }

    /// Users expected online at a time; `None` before the start of the run or later than 60 days
    /// after it.
    pub fn at(&self, time: i64) -> Option<f64> {
        let RunClock { start, tick } = self.clock;
        let since = time - start.millis();
        if !(0..=MAX_DAYS * DAY).contains(&since) {
            return None;
        }
        let tick = Tick::try_from(since / i64::from(tick.millis())).ok()?;
        Some(self.activity.norm(tick))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_norm_follows_the_day_and_scales_with_the_users() {
        let mut scenario = Scenario::default();
        scenario.run.end = scenario
            .run
            .start
            .after(crate::scenario::quantity::Span::from_hours(24));
        let start = scenario.run.start.millis();
        let norm = OnlineNorm::new(&scenario);
        let hours: Vec<f64> = (0..24)
            .map(|hour| norm.at(start + hour * 3_600_000).unwrap())
            .collect();
        let most = hours.iter().copied().fold(0.0, f64::max);
        let least = hours.iter().copied().fold(f64::MAX, f64::min);
        assert!(least > 0.0 && most > 1.1 * least, "{least} {most}");
        scenario.population.users *= 2;
        let double = OnlineNorm::new(&scenario).at(start + 3_600_000).unwrap();
        assert!((double / hours[1] - 2.0).abs() < 1e-9);
        assert_eq!(norm.at(start - 1), None);
        assert_eq!(norm.at(start + 61 * DAY), None);
    }
}
