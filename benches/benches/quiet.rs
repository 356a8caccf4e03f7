//! The cost of ticks without messages: it must not depend on the number of actors.
//!
//! Measured are a tick without any event, a tick in which a trigger fires, an hour of such
//! ticks in one call, and a day that is skipped. Units: ticks.

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use patchday_benches::{THREADS, actors, advance, quiet};
use patchday_core::{MAX_TICK, Tick};

const DAY: Tick = 86_400;

fn quiet_ticks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("quiet tick");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .throughput(Throughput::Elements(1));
    let actors = actors(10_000_000);
    for (what, has_triggers) in [("nothing due", false), ("a trigger fires", true)] {
        for threads in THREADS {
            let name = BenchmarkId::new(what, format!("{actors} actors, {threads} threads"));
            let mut engine = None;
            group.bench_function(name, |bencher| {
                let engine = engine.get_or_insert_with(|| quiet(actors, threads, has_triggers));
                bencher.iter(|| advance(engine, 1));
            });
        }
    }
    group.finish();
}

/// An hour with a trigger at every tick, in one call: the cost of a tick without that of a call.
fn ticks_in_one_call(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("an hour of triggers");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .throughput(Throughput::Elements(3_600));
    let actors = actors(10_000_000);
    for threads in THREADS {
        let name = BenchmarkId::new(format!("{actors} actors"), format!("{threads} threads"));
        let mut engine = None;
        group.bench_function(name, |bencher| {
            let engine = engine.get_or_insert_with(|| quiet(actors, threads, true));
            bencher.iter(|| advance(engine, 3_600));
        });
    }
    group.finish();
}

fn skipped_days(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("skipped day");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    let actors = actors(1_000_000);
    group.bench_function(
        BenchmarkId::from_parameter(format!("{actors} actors")),
        |bencher| {
            bencher.iter_custom(|days| {
                let mut engine = quiet(actors, 1, false);
                let mut spent = Duration::ZERO;
                for _ in 0..days {
                    // A run has a last tick; a new engine replaces it before that.
                    if engine.now() > MAX_TICK - DAY {
                        engine = quiet(actors, 1, false);
                    }
                    let started = Instant::now();
                    advance(&mut engine, DAY);
                    spent += started.elapsed();
                }
                spent
            });
        },
    );
    group.finish();
}

criterion_group!(benches, quiet_ticks, ticks_in_one_call, skipped_days);
criterion_main!(benches);
