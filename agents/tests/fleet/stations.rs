//! Small fleets with a source, and estimates of their means with confidence intervals.

use patchday_agents::{
    FleetStats, Simulation,
    scenario::{
        ArrivalLaw, RequestSource, Scenario, ServiceCall, ServiceSection, TimeLaw,
        parameter::{Check, Severity},
        quantity::{Rate, Span},
    },
};

use crate::common::{instant, without_overlay};

pub(crate) fn span(seconds: u32) -> Span {
    Span::from_seconds(seconds)
}

/// A scenario without services and events.
pub(crate) fn empty() -> Scenario {
    let mut scenario = without_overlay(24);
    scenario.run.end = instant(24.0 * 60.0);
    scenario.trigger.sign_out.clear();
    scenario
}

/// A service with exponential times and a queue of any length.
pub(crate) fn service(name: &str, servers: u32, concurrency: u32, time: u32) -> ServiceSection {
    ServiceSection {
        name: name.into(),
        servers,
        concurrency,
        queue: 400_000,
        time: span(time),
        law: TimeLaw::Exponential,
        ..ServiceSection::default()
    }
}

pub(crate) fn call(service: &str) -> ServiceCall {
    ServiceCall {
        service: service.into(),
        timeout: span(80_000),
        ..ServiceCall::default()
    }
}

/// A Poisson source that waits for a day.
pub(crate) fn source(service: &str, per_second: f64) -> RequestSource {
    RequestSource {
        name: "load".into(),
        service: service.into(),
        rate: Rate::from_per_second(per_second).unwrap(),
        law: ArrivalLaw::Poisson,
        timeout: span(86_400),
        ..RequestSource::default()
    }
}

/// A scenario of one service with a source.
pub(crate) fn station(service: ServiceSection, per_second: f64) -> Scenario {
    let mut scenario = empty();
    scenario.source = vec![source(&service.name, per_second)];
    scenario.service = vec![service];
    scenario
}

pub(crate) fn simulation(scenario: &Scenario, seed: u64) -> Simulation {
    let errors: Vec<_> = scenario
        .check()
        .into_iter()
        .filter(|remark| remark.severity == Severity::Error)
        .collect();
    assert_eq!(errors, []);
    Simulation::new(scenario, seed, 1, 1, u64::MAX).unwrap()
}

/// A mean with half of its confidence interval of 99.9 %.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Estimate {
    pub(crate) mean: f64,
    pub(crate) half_width: f64,
}

impl Estimate {
    /// The estimate from independent values: 4.6 standard errors are 99.9 % of the t distribution with
    /// 14 or more degrees of freedom, with some reserve.
    pub(crate) fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Self {
            mean,
            half_width: 4.6 * (squares / (count - 1.0) / count).sqrt(),
        }
    }

    /// Whether the interval, and the error `off` of the model's ticks, contain a value.
    pub(crate) fn agrees_with(&self, value: f64, off: f64) -> bool {
        (self.mean - value).abs() <= self.half_width + off
    }
}

/// Runs a scenario in `batches` batches of `ticks` ticks after one that does not count. Returns the
/// estimates of ratios of sums over a batch.
pub(crate) fn batch_ratios<const N: usize>(
    scenario: &Scenario,
    (batches, ticks): (u32, u32),
    sums: impl Fn(&FleetStats) -> [(u64, u64); N],
) -> [Estimate; N] {
    let mut run = simulation(scenario, 77);
    run.run_until(ticks).unwrap();
    let mut before = sums(&run.fleet_stats());
    let mut ratios: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for batch in 2..=batches + 1 {
        run.run_until(batch * ticks).unwrap();
        let now = sums(&run.fleet_stats());
        for ((ratios, now), before) in ratios.iter_mut().zip(&now).zip(&before) {
            ratios.push((now.0 - before.0) as f64 / (now.1 - before.1) as f64);
        }
        before = now;
    }
    ratios.map(|values| Estimate::of(&values))
}
