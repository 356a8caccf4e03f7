//! Ranks as threads of one process.

use std::{any::Any, thread};

use patchday_core::{ChannelLink, Link, Ranks, Settings, panic_text};

/// Runs `work` for each rank on a thread of its own, and returns the results or panics.
pub(crate) fn outcomes<T: Send>(
    shares: &[u32],
    mut link: impl FnMut(ChannelLink) -> Box<dyn Link>,
    work: impl Fn(usize, Ranks) -> T + Sync,
) -> Vec<Result<T, Box<dyn Any + Send>>> {
    thread::scope(|scope| {
        let ends = ChannelLink::connect(shares.len()).into_iter().enumerate();
        let threads: Vec<_> = ends
            .map(|(rank, end)| {
                let ranks = Ranks {
                    link: link(end),
                    rank,
                    shares: shares.to_vec(),
                };
                let work = &work;
                scope.spawn(move || work(rank, ranks))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join()).collect()
    })
}

/// As [`outcomes`], for work that does not panic.
pub(crate) fn together<T: Send>(shares: &[u32], work: impl Fn(usize, Ranks) -> T + Sync) -> Vec<T> {
    let outcomes = outcomes(shares, |end| Box::new(end), work);
    let done = outcomes.into_iter().map(|outcome| {
        outcome.unwrap_or_else(|panic| panic!("a rank panicked: {}", panic_text(panic.as_ref())))
    });
    done.collect()
}

/// Settings with other threads and shards for each rank.
pub(crate) fn settings_of(rank: usize, actors: u32, seed: u64) -> Settings {
    Settings {
        shards: [1, 3, 2, 7][rank % 4],
        ..Settings::new(actors, seed, [1, 2, 1][rank % 3])
    }
}
