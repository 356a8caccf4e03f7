//! Ticks of PHOLD: in each, about one in thirty actors handles an envelope.

use std::time::Duration;

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use patchday_benches::{MEAN_DELAY, THREADS, advance, phold, sizes};

fn ticks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("phold");
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    for actors in sizes() {
        // The mean number of events in a tick.
        group.throughput(Throughput::Elements((actors / MEAN_DELAY).into()));
        for threads in THREADS {
            let name = BenchmarkId::new(format!("{actors} actors"), format!("{threads} threads"));
            // Created only if this bench runs, and dropped before the next one is created.
            let mut engine = None;
            group.bench_function(name, |bencher| {
                let engine = engine.get_or_insert_with(|| phold(actors, threads));
                bencher.iter(|| advance(engine, 1));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, ticks);
criterion_main!(benches);
