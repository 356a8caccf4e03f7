//! What travels over a link: how often, and how many bytes.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use patchday_core::{ChannelLink, Engine, Link, Settings, phold::Phold};

use crate::together::{outcomes, together};

/// Counts what one rank sends.
#[derive(Default)]
struct Counts {
    swaps: AtomicU64,
    bytes: AtomicU64,
}

struct CountingLink {
    inner: ChannelLink,
    counts: Arc<Counts>,
}

impl Link for CountingLink {
    fn swap(&mut self, out: &[Vec<u8>]) -> Vec<Vec<u8>> {
        self.counts.swaps.fetch_add(1, Ordering::Relaxed);
        let received = self.inner.swap(out);
        // What arrives is what the other sent, without what a rank addresses to itself.
        let bytes: usize = received.iter().map(Vec::len).sum();
        self.counts.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        received
    }
}

/// Purpose, tick, handled, sent, next busy tick, no tally or an empty one, number of near envelopes.
const HEAD: u64 = 1 + 4 + 8 + 8 + 4 + 1 + 8;
/// Purpose, eleven values, waiting envelopes, next busy tick.
const START: u64 = 1 + 11 * 8 + 8 + 4;
/// The same with two values.
const PAUSE: u64 = 1 + 2 * 8 + 8 + 4;

/// Twelve bytes for each envelope that crosses: its receiver, its due tick and its message.
#[test]
fn a_tick_takes_one_message_to_each_rank() {
    let counts = Arc::new(Counts::default());
    let link = |inner| {
        let counts = Arc::clone(&counts);
        Box::new(CountingLink { inner, counts }) as Box<dyn Link>
    };
    let found = outcomes(&[1, 1], link, |_, ranks| {
        let settings = Settings::new(2_000, 3, 1);
        let mut engine = Engine::new_ranked(Phold::new(2_000, 9.0), (), settings, ranks).unwrap();
        engine.run_until(50).unwrap();
        engine.run_until(80).unwrap();
        (engine.executed_ticks(), engine.handled())
    });
    let (ticks, handled) = *found[0].as_ref().unwrap();
    assert_eq!((ticks, handled), *found[1].as_ref().unwrap());
    let swaps = counts.swaps.load(Ordering::Relaxed);
    assert_eq!(swaps, 2 * (ticks + 1 + 2), "ticks, the start, two calls");
    let bytes = counts.bytes.load(Ordering::Relaxed);
    let mail = bytes - 2 * (ticks * HEAD + START + 2 * PAUSE);
    assert_eq!(mail % 12, 0);
    let crossed = (mail / 12) as f64 / handled as f64;
    // Half of the receivers are at the other rank; the blocks of a rank are half of all to within one.
    assert!((crossed - 0.5).abs() < 0.02, "{crossed}");
}

#[test]
fn ranks_gather_and_agree() {
    let found = together(&[1, 1, 1], |rank, ranks| {
        let settings = Settings::new(100, 3, 1);
        let engine = Engine::new_ranked(Phold::new(100, 9.0), (), settings, ranks).unwrap();
        let gathered = engine.gather(&vec![rank as u8; rank]);
        (gathered, engine.agree([4, 9, 0][rank]))
    });
    for found in found {
        assert_eq!(found, (vec![vec![], vec![1], vec![2, 2]], 9));
    }
    let settings = Settings::new(100, 3, 1);
    let alone = Engine::new(Phold::new(100, 9.0), (), settings).unwrap();
    assert_eq!((alone.gather(&[7]), alone.agree(3)), (vec![vec![7]], 3));
    assert_eq!((alone.rank(), alone.ranks()), (0, 1));
}

#[test]
fn each_rank_receives_what_the_others_sent_to_it() {
    let swapped = outcomes(
        &[1; 3],
        |end| Box::new(end),
        |rank, mut ranks| {
            let out: Vec<_> = (0..3).map(|to| vec![rank as u8, to]).collect();
            ranks.link.swap(&out)
        },
    );
    for (rank, received) in (0..).zip(swapped) {
        let mut expected: Vec<_> = (0..3).map(|from| vec![from, rank]).collect();
        expected[usize::from(rank)].clear();
        assert_eq!(received.unwrap(), expected);
    }
}
