//! Effects from outside that last: troubles of servers, traffic peaks, floods of logins.
//!
//! Each has a factor or a rate of its own. What holds at a tick is the product of the factors, or the
//! sum of the rates, of all effects in force at that tick. It is computed from the whole list whenever
//! an effect begins or ends, so it does not depend on the order of beginnings and ends. An effect that
//! began before the start of the run is in force from tick 0 on. Units: ticks; factors in millionths;
//! rates in billionths of a login per tick.

use patchday_core::{Chance, Tick};

use crate::{
    network::flood::BILLION,
    scenario::{
        quantity::{instant::Instant, span::Span},
        root::Scenario,
    },
    server::{
        kind::ServerKind,
        queueing::service_clock::{MAX_SPEED, USUAL_SPEED},
    },
};

/// The ticks in which an effect is in force: from the first to before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) from: Tick,
    pub(crate) until: Tick,
}

impl Period {
    /// Returns the part of a period that lies in the run; `None` if there is none.
    pub(crate) fn in_run(scenario: &Scenario, at: Instant, lasts: Span) -> Option<Self> {
        let clock = scenario.run.clock();
        let at = clock.ticks_until(at);
        let until = at + i64::from(clock.tick.ticks(lasts));
        let in_run = until > 0 && at < i64::from(scenario.ticks());
        let tick = |at: i64| at.clamp(0, Tick::MAX.into()) as Tick;
        in_run.then(|| Self {
            from: tick(at),
            until: tick(until),
        })
    }

    /// Returns whether the effect is in force at a tick.
    pub(crate) fn covers(self, now: Tick) -> bool {
        (self.from..self.until).contains(&now)
    }
}

/// An effect, with the index of its trigger in the list of the scenario.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effect {
    pub(crate) index: u16,
    pub(crate) period: Period,
    /// The factor or the rate.
    size: u64,
}

/// All effects of a scenario that lie in the run.
#[derive(Debug)]
pub(crate) struct Effects {
    pub(crate) troubles: Vec<(ServerKind, Effect)>,
    pub(crate) peaks: Vec<Effect>,
    pub(crate) floods: Vec<Effect>,
    /// Logins that all login servers together serve in a tick at their usual speed.
    login_rate: u64,
}

impl Effects {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let effect = |index: usize, at, lasts, size| {
            let period = Period::in_run(scenario, at, lasts)?;
            Some(Effect {
                index: index as u16,
                period,
                size,
            })
        };
        let (trigger, tick) = (&scenario.trigger, scenario.tick());
        let troubles = trigger.server.iter().enumerate();
        let peaks = trigger.traffic_peak.iter().enumerate();
        let floods = trigger.login_flood.iter().enumerate();
        Self {
            troubles: troubles
                .filter_map(|(index, one)| {
                    let factor = millionths(one.factor);
                    Some((one.server, effect(index, one.at, one.lasts, factor)?))
                })
                .collect(),
            peaks: peaks
                .filter_map(|(index, one)| effect(index, one.at, one.lasts, millionths(one.factor)))
                .collect(),
            floods: floods
                .filter_map(|(index, one)| {
                    effect(
                        index,
                        one.at,
                        one.lasts,
                        billionths(tick.per_tick(one.rate)),
                    )
                })
                .collect(),
            login_rate: billionths(tick.per_tick(scenario.servers.login.rate)),
        }
    }

    /// Returns the speed that troubles and the factors `deeds` of the operator leave to a kind of server.
    pub(crate) fn speed(
        &self,
        kind: ServerKind,
        now: Tick,
        deeds: impl Iterator<Item = u64>,
    ) -> u64 {
        let troubles = self.troubles.iter().filter(|(server, _)| *server == kind);
        product(in_force(troubles.map(|(_, one)| one), now).chain(deeds))
    }

    /// Returns the requests of an online user, as a multiple of the usual number.
    pub(crate) fn traffic(&self, now: Tick) -> u64 {
        product(in_force(self.peaks.iter(), now))
    }

    /// Returns the logins of attackers. A sum above 2^64 - 1 becomes that.
    pub(crate) fn flood(&self, now: Tick) -> u64 {
        in_force(self.floods.iter(), now).fold(0, u64::saturating_add)
    }

    /// Returns the probability that a user's login is served while attackers send logins at the rate
    /// `flood` to servers of this speed. The servers cannot distinguish users from attackers, so a login
    /// is served with the probability by which the capacity covers the flood.
    pub(crate) fn chance_in_flood(&self, flood: u64, speed: u64) -> Chance {
        let capacity = u128::from(self.login_rate) * u128::from(speed) / u128::from(USUAL_SPEED);
        let capacity = u64::try_from(capacity).unwrap_or(u64::MAX);
        if flood <= capacity {
            return Chance::ALWAYS;
        }
        Chance::ratio(capacity, flood)
    }
}

fn in_force<'a>(effects: impl Iterator<Item = &'a Effect>, now: Tick) -> impl Iterator<Item = u64> {
    effects
        .filter(move |one| one.period.covers(now))
        .map(|one| one.size)
}

/// Returns a factor in millionths. Only 0 becomes 0.
pub(crate) fn millionths(factor: f64) -> u64 {
    whole(factor * 1e6)
}

/// Returns a rate in billionths. Only 0 becomes 0.
fn billionths(rate: f64) -> u64 {
    whole(rate * BILLION as f64)
}

fn whole(value: f64) -> u64 {
    let least = u64::from(value > 0.0);
    (value.round() as u64).max(least)
}

/// Returns the product of factors, which does not depend on their order. Only a factor of 0 makes it 0;
/// a product above [`MAX_SPEED`] becomes that.
pub(crate) fn product(factors: impl Iterator<Item = u64>) -> u64 {
    /// The product is kept in units of 10^-18, up to 10^11, so that no step overflows.
    const ONE: u128 = 1_000_000_000_000_000_000;
    const MOST: u128 = 100_000_000_000 * ONE;
    let (mut small, mut large): (Vec<u64>, Vec<u64>) =
        factors.partition(|factor| *factor <= USUAL_SPEED);
    if small.contains(&0) {
        return 0;
    }
    small.sort_unstable();
    large.sort_unstable();
    let mut product = ONE;
    // Large and small factors alternate, so that a part of the product is neither lost nor limited if
    // the whole is in range.
    while let Some(factor) = if product > ONE {
        small.pop().or_else(|| large.pop())
    } else {
        large.pop().or_else(|| small.pop())
    } {
        product = (product * u128::from(factor) / u128::from(USUAL_SPEED)).clamp(1, MOST);
    }
    let unit = ONE / u128::from(USUAL_SPEED);
    let rounded = (product + unit / 2) / unit;
    u64::try_from(rounded)
        .unwrap_or(MAX_SPEED)
        .clamp(1, MAX_SPEED)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(factors: &[u64]) -> u64 {
        product(factors.iter().copied())
    }

    #[test]
    fn products_are_exact_and_limited() {
        assert_eq!(of(&[]), 1_000_000);
        assert_eq!(of(&[100_000, 2_000_000]), 200_000);
        assert_eq!(of(&[2_000_000, 2_000_000]), 4_000_000);
        assert_eq!(of(&[0, 1_000_000_000]), 0);
        assert_eq!(of(&[1_000; 2]), 1);
        assert_eq!(of(&[1; 9]), 1, "only 0 stops the servers");
        assert_eq!(of(&[1_000_000_000; 9]), MAX_SPEED);
        let mut balanced = vec![1_000_000_000; 9];
        balanced.extend([1_000; 9]);
        assert_eq!(of(&balanced), 1_000_000);
        assert_eq!(millionths(1e-9), 1);
        assert_eq!(millionths(0.0), 0);
    }

    proptest! {
        #[test]
        fn a_product_does_not_depend_on_the_order(
            factors in proptest::collection::vec(
                prop_oneof![0..10_u64, 500_000..3_000_000_u64, 0..=1_000_000_000_u64],
                0..9,
            ),
        ) {
            let mut reversed = factors.clone();
            reversed.reverse();
            prop_assert_eq!(of(&factors), of(&reversed));
            let float: f64 = factors.iter().map(|one| *one as f64 / 1e6).product();
            let plain = (float * 1e6).min(MAX_SPEED as f64);
            let off = (of(&factors) as f64 - plain).abs();
            prop_assert!(off <= 1.0 + plain * 1e-6, "{} {plain}", of(&factors));
        }
    }
}
