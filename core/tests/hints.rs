//! The hints for speed: prefetching and huge pages.
//!
//! One test uses an engine that is large enough for the hints to take effect: its states and
//! its waiting and due envelopes each take more than a huge page. The other uses a small
//! engine with several threads, for tools that are slow. Miri (`cargo +nightly miri`) looks
//! for undefined behaviour and races but does not support `madvise`, which a small engine does
//! not call.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use patchday_core::{
    Engine, Settings,
    phold::{Phold, PholdState},
};

/// With one shard, a segment of the timing wheel and the envelopes of a tick also take more
/// than two mebibytes each.
const ACTORS: u32 = 1_200_000;

fn engine(actors: u32, threads: usize, shards: usize) -> Engine<Phold> {
    let settings = Settings {
        shards,
        ..Settings::new(actors, 3, threads)
    };
    let mut engine = Engine::new(Phold::new(actors, 6.0), (), settings).unwrap();
    engine.parallel_from(0);
    engine.run_until(12).unwrap();
    engine
}

/// Returns the bytes of this process for which huge pages were requested, or `None` if the
/// system does not report it.
fn advised() -> Option<u64> {
    let maps = std::fs::read_to_string("/proc/self/smaps").ok()?;
    let (mut size, mut sum, mut reported) = (0, 0, false);
    for line in maps.lines() {
        if let Some(rest) = line.strip_prefix("Size:") {
            let kibibytes = rest.trim().strip_suffix(" kB")?;
            size = kibibytes.parse::<u64>().ok()? * 1024;
        } else if let Some(flags) = line.strip_prefix("VmFlags:") {
            reported = true;
            sum += size * u64::from(flags.split(' ').any(|flag| flag == "hg"));
        }
    }
    reported.then_some(sum)
}

#[test]
#[cfg_attr(miri, ignore = "too slow, and madvise is not supported")]
fn large_engines_request_huge_pages_and_keep_the_digest() {
    let before = advised();
    let single = engine(ACTORS, 1, 1);
    let after = advised();
    let whole = single.digest();
    // The advice covers whole pages only, so a page at each end may be missing.
    let states = u64::from(ACTORS) * size_of::<PholdState>() as u64 - 8192;
    let known = std::path::Path::new("/sys/kernel/mm/transparent_hugepage/enabled").exists();
    match (before, after) {
        (Some(before), Some(after)) if known => {
            assert!(after >= before + states, "{before} to {after} of {states}");
        }
        _ => println!("not checked: this system has no huge pages or does not report them"),
    }
    drop(single);
    assert_eq!(engine(ACTORS, 2, 3).digest(), whole);
}

#[test]
fn threads_do_not_change_the_digest_of_small_engines() {
    let whole = engine(400, 1, 1);
    // About 60 messages a tick: more than are prefetched together.
    assert!(whole.handled() > 600, "{}", whole.handled());
    assert_eq!(engine(400, 2, 3).digest(), whole.digest());
}
