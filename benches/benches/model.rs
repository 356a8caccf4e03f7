//! Ticks of the model in the phases of the outage of 2007, a small run from start to end, and ticks of a fleet of
//! services.
//!
//! Each phase is reached once by a run; then the ticks of its first half hour are repeated from a
//! snapshot, so that all iterations measure the same ticks. Units: one iteration executes one tick, or
//! a run of five days with a row of the series each minute.

use std::time::{Duration, Instant};

use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main,
    measurement::WallTime,
};
use patchday_agents::{Simulation, scenario::Scenario};
use patchday_benches::{
    THREADS,
    fleet::{FEW, MANY, fleet, warmed_up},
    is_measured,
    outage::{PHASES, PhaseStart, outage, run_to_end},
};

/// The ticks of a phase that are repeated.
const WINDOW: u32 = 1_800;

/// Users as a share of those of 2007: 2.2 million.
const SCALE: f64 = 0.01;
/// The same for tests, and for runs from start to end: 22,000.
const SMALL_SCALE: f64 = 0.0001;

/// A group whose iterations are long, each measured for some seconds.
fn group<'a>(
    criterion: &'a mut Criterion,
    name: &str,
    seconds: u64,
) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(seconds));
    group
}

fn ticks(criterion: &mut Criterion) {
    let scenario = outage(if is_measured() { SCALE } else { SMALL_SCALE });
    let mut group = group(criterion, "tick of 2007", 3);
    // One run reaches the phases in order, and goes on only if the bench of a phase runs.
    let mut run: Option<Simulation> = None;
    for (name, hour) in PHASES {
        let mut start: Option<PhaseStart> = None;
        let users = scenario.population.users;
        group.bench_function(
            BenchmarkId::new(name, format!("{users} users")),
            |bencher| {
                let start =
                    start.get_or_insert_with(|| PhaseStart::reach(&scenario, &mut run, hour));
                bencher.iter_custom(|ticks| repeated(start, &scenario, ticks as u32));
            },
        );
    }
    group.finish();
}

/// Executes ticks of the window of a phase, as often as necessary; returns the time without that of
/// restoring the start of the phase.
fn repeated(start: &PhaseStart, scenario: &Scenario, ticks: u32) -> Duration {
    let mut spent = Duration::ZERO;
    let mut left = ticks;
    while left > 0 {
        let mut simulation = start.restored(scenario);
        let some = left.min(WINDOW);
        let end = simulation.now() + some;
        let begun = Instant::now();
        simulation.run_until(end).expect("no limit on envelopes");
        spent += begun.elapsed();
        left -= some;
    }
    spent
}

fn small_runs(criterion: &mut Criterion) {
    let mut scenario = outage(SMALL_SCALE);
    if !is_measured() {
        scenario.run.end = scenario.run.start.after("6h".parse().expect("a time"));
    }
    let mut group = group(criterion, "run from start to end", 5);
    let users = scenario.population.users;
    group.bench_function(
        BenchmarkId::from_parameter(format!("{users} users")),
        |bencher| {
            bencher.iter(|| run_to_end(&scenario));
        },
    );
    group.finish();
}

fn fleets(criterion: &mut Criterion) {
    let clients = if is_measured() { MANY } else { FEW };
    let scenario = fleet(clients);
    let mut group = group(criterion, "tick of a fleet", 3);
    for threads in THREADS {
        let name = BenchmarkId::new(format!("{clients} clients"), format!("{threads} threads"));
        // Created only if this bench runs, and dropped before the next one is created.
        let mut simulation = None;
        group.bench_function(name, |bencher| {
            let simulation = simulation.get_or_insert_with(|| warmed_up(&scenario, threads));
            bencher.iter(|| {
                let end = simulation.now() + 1;
                simulation.run_until(end).expect("no limit on envelopes");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, ticks, small_runs, fleets);
criterion_main!(benches);
