//! The compiled operations of clients and sources of requests.
//!
//! Units: ticks.

use patchday_core::{MAX_DELAY, Span as Ticks, Tick};

use crate::{
    client::platform::{membership::ClientGroups, section::Platform},
    event::effects::Period,
    network::distributions::{ExponentialSpans, PoissonCounts},
    scenario::{
        quantity::{instant::Instant, run_clock::TickLength},
        root::Scenario,
    },
    service::{
        section::{ArrivalLaw, Operation, OperationTime, Priority, RequestSource},
        sender::budget::BudgetParams,
    },
};

/// When a client sends an operation while it is online.
#[derive(Debug)]
pub(crate) enum Repetition {
    /// Once for each sign-in.
    Once,
    /// Every so many ticks; whether clients are at different points of the period.
    Every { period: Ticks, spread: bool },
    /// At random.
    AtRandom(ExponentialSpans),
}

/// What a server needs to know of the sender of a request.
#[derive(Debug)]
pub(crate) struct SenderTerms {
    /// The time for which it waits for an answer.
    pub(crate) timeout: Ticks,
    pub(crate) priority: Priority,
    /// Whether an answer after that time still counts.
    pub(crate) accept_late: bool,
}

/// An operation of the clients.
#[derive(Debug)]
pub(crate) struct OperationParams {
    pub(crate) service: usize,
    pub(crate) repetition: Repetition,
    pub(crate) count: u8,
    pub(crate) retries: u8,
    pub(crate) pause: Ticks,
    pub(crate) required: bool,
    pub(crate) terms: SenderTerms,
    pub(crate) budget: Option<BudgetParams>,
    /// The clients that send it.
    pub(crate) groups: ClientGroups,
}

impl OperationParams {
    /// Returns whether it belongs to the sign-in.
    pub(crate) fn is_of_sign_in(&self) -> bool {
        matches!(self.repetition, Repetition::Once)
    }
}

/// How many requests a source sends in a tick.
#[derive(Debug)]
pub(crate) enum Arrivals {
    Poisson(PoissonCounts),
    /// In units of [`PART`] of a request.
    Constant(u64),
}

/// The parts of a request in which equal distances are counted, and of the share of a greatest rate.
pub(crate) const PART: u64 = 1 << 32;

/// A source of requests.
#[derive(Debug)]
pub(crate) struct SourceParams {
    pub(crate) service: usize,
    /// At its greatest rate.
    pub(crate) arrivals: Arrivals,
    /// When it sends requests.
    pub(crate) period: Period,
    /// The share of the greatest rate at the begin and at the end of the period, in units of [`PART`].
    pub(crate) shares: (u64, u64),
    /// The index of its region.
    pub(crate) region: Option<usize>,
    pub(crate) terms: SenderTerms,
    pub(crate) retries: u8,
    pub(crate) pause: Ticks,
}

/// Returns the time for which a sender waits, at least the ticks in which an answer can come.
pub(crate) fn timeout(ticks: Ticks) -> Ticks {
    ticks.max(SHORTEST_TIMEOUT)
}

/// The shortest time-out: a tick to the server, one for its work, one back.
pub(crate) const SHORTEST_TIMEOUT: Ticks = 3;

pub(crate) fn operation(
    section: &Operation,
    platforms: &[Platform],
    tick: TickLength,
    index: impl Fn(&str) -> usize,
) -> OperationParams {
    let repetition = match (section.when, section.every, section.rate) {
        (OperationTime::SignIn, ..) => Repetition::Once,
        (OperationTime::Online, _, Some(rate)) => {
            Repetition::AtRandom(ExponentialSpans::new(1.0 / tick.per_tick(rate)))
        }
        (OperationTime::Online, every, None) => Repetition::Every {
            period: every.map_or(MAX_DELAY, |every| tick.delay(every)),
            spread: section.jitter,
        },
    };
    OperationParams {
        service: index(&section.service),
        repetition,
        count: section.count,
        retries: section.retries,
        pause: tick.wait(section.pause),
        required: section.required,
        terms: SenderTerms {
            timeout: timeout(tick.wait(section.timeout)),
            priority: section.priority,
            accept_late: section.accept_late,
        },
        budget: section.budget.as_ref().map(BudgetParams::new),
        groups: ClientGroups::new(&section.platforms, platforms),
    }
}

impl SourceParams {
    /// Returns the share of the greatest rate at a tick of its period, in units of [`PART`].
    pub(crate) fn share(&self, now: Tick) -> u64 {
        let (first, last) = (i128::from(self.shares.0), i128::from(self.shares.1));
        let length = i128::from(self.period.until - self.period.from).max(1);
        let passed = i128::from(now - self.period.from);
        (first + (last - first) * passed / length) as u64
    }
}

pub(crate) fn source(
    section: &RequestSource,
    scenario: &Scenario,
    index: impl Fn(&str) -> usize,
) -> SourceParams {
    let tick = scenario.tick();
    let first = tick.per_tick(section.rate);
    let last = section
        .rate_at_end
        .map_or(first, |rate| tick.per_tick(rate));
    let most = first.max(last);
    let share = |rate: f64| match most {
        0.0 => PART,
        most => (rate / most * PART as f64).round() as u64,
    };
    let mut regions = scenario.population.region.iter();
    let region = section.region.as_ref();
    SourceParams {
        service: index(&section.service),
        arrivals: match section.law {
            ArrivalLaw::Poisson => Arrivals::Poisson(PoissonCounts::new(most)),
            ArrivalLaw::Constant => Arrivals::Constant((most * PART as f64).round() as u64),
        },
        period: period(section, scenario),
        shares: (share(first), share(last)),
        region: region.and_then(|name| regions.position(|region| region.name == *name)),
        terms: SenderTerms {
            timeout: timeout(tick.wait(section.timeout)),
            priority: section.priority,
            accept_late: section.accept_late,
        },
        retries: section.retries,
        pause: tick.wait(section.pause),
    }
}

/// Returns the part of a source's time that lies in the run; an empty one if none does.
fn period(section: &RequestSource, scenario: &Scenario) -> Period {
    let clock = scenario.run.clock();
    let tick = |at: Instant| {
        let ticks = clock.ticks_until(at);
        ticks.clamp(0, i64::from(scenario.ticks())) as Tick
    };
    let from = section.from.map_or(0, tick);
    Period {
        from,
        until: section.until.map_or(Tick::MAX, tick).max(from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_of_a_source_changes_in_a_straight_line() {
        let mut scenario = Scenario::default();
        let start = "2007-08-15T00:00:00Z".parse::<Instant>().unwrap();
        (scenario.run.start, scenario.run.end) = (start, start.after("1d".parse().unwrap()));
        let section = RequestSource {
            rate: "10/s".parse().unwrap(),
            from: Some(start.after("1h".parse().unwrap())),
            until: Some(start.after("3h".parse().unwrap())),
            rate_at_end: "40/s".parse().ok(),
            ..RequestSource::default()
        };
        scenario.source = vec![section.clone()];
        let compiled = source(&section, &scenario, |_| 0);
        assert_eq!(
            (compiled.period.from, compiled.period.until),
            (3_600, 10_800)
        );
        let shares = [3_600, 7_200, 10_800].map(|now| compiled.share(now));
        assert_eq!(shares, [PART / 4, PART / 8 * 5, PART]);
        let compiled = source(
            &RequestSource {
                rate_at_end: None,
                ..section
            },
            &scenario,
            |_| 0,
        );
        assert_eq!(compiled.share(5_000), PART);
    }
}
