//! The compiled operations of clients and sources of requests.
//!
//! Units: ticks.

use patchday_core::{MAX_DELAY, Span as Ticks};

use crate::{
    client::platform::{membership::ClientGroups, section::Platform},
    network::distributions::{ExponentialSpans, PoissonCounts},
    scenario::quantity::run_clock::TickLength,
    service::{
        section::{ArrivalLaw, Operation, OperationTime, RequestSource},
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

/// An operation of the clients.
#[derive(Debug)]
pub(crate) struct OperationParams {
    pub(crate) service: usize,
    pub(crate) repetition: Repetition,
    pub(crate) count: u8,
    pub(crate) timeout: Ticks,
    pub(crate) retries: u8,
    pub(crate) pause: Ticks,
    pub(crate) required: bool,
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
    /// In units of 2^-32 of a request.
    Constant(u64),
}

/// A source of requests.
#[derive(Debug)]
pub(crate) struct SourceParams {
    pub(crate) service: usize,
    pub(crate) arrivals: Arrivals,
    pub(crate) timeout: Ticks,
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
        timeout: timeout(tick.wait(section.timeout)),
        retries: section.retries,
        pause: tick.wait(section.pause),
        required: section.required,
        budget: section.budget.as_ref().map(BudgetParams::new),
        groups: ClientGroups::new(&section.platforms, platforms),
    }
}

pub(crate) fn source(
    section: &RequestSource,
    tick: TickLength,
    index: impl Fn(&str) -> usize,
) -> SourceParams {
    let rate = tick.per_tick(section.rate);
    SourceParams {
        service: index(&section.service),
        arrivals: match section.law {
            ArrivalLaw::Poisson => Arrivals::Poisson(PoissonCounts::new(rate)),
            ArrivalLaw::Constant => Arrivals::Constant((rate * 4_294_967_296.0).round() as u64),
        },
        timeout: timeout(tick.wait(section.timeout)),
        retries: section.retries,
        pause: tick.wait(section.pause),
    }
}
