//! Hints to the machine, on an engine large enough that they are really given: states,
//! waiting mail and sorted mail all take more than a huge page. And on a small one, whose
//! threads share every tick, for tools that are too slow for more: an interpreter that
//! looks for undefined behaviour and races (`cargo +nightly miri`) knows no advice to the
//! kernel, and a small engine gives none.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use patchday_core::{
    Engine, Settings,
    phold::{Phold, PholdState},
};

/// In one shard, a segment of its calendar and the mail of a tick are beyond two
/// mebibytes, too.
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

/// Bytes of this process for which huge pages were asked; none where the system does not
/// say.
fn advised() -> Option<u64> {
    let maps = std::fs::read_to_string("/proc/self/smaps").ok()?;
    let (mut size, mut sum, mut told) = (0, 0, false);
    for line in maps.lines() {
        if let Some(rest) = line.strip_prefix("Size:") {
            let kibibytes = rest.trim().strip_suffix(" kB")?;
            size = kibibytes.parse::<u64>().ok()? * 1024;
        } else if let Some(flags) = line.strip_prefix("VmFlags:") {
            told = true;
            sum += size * u64::from(flags.split(' ').any(|flag| flag == "hg"));
        }
    }
    told.then_some(sum)
}

#[test]
#[cfg_attr(miri, ignore = "an interpreter would need hours, and knows no advice")]
fn large_engines_ask_for_huge_pages_and_compute_the_same() {
    let before = advised();
    let engine_of_one = engine(ACTORS, 1, 1);
    let after = advised();
    let whole = engine_of_one.digest();
    // A page at either end of an area may not be its own.
    let states = u64::from(ACTORS) * size_of::<PholdState>() as u64 - 8192;
    let known = std::path::Path::new("/sys/kernel/mm/transparent_hugepage/enabled").exists();
    match (before, after) {
        (Some(before), Some(after)) if known => {
            assert!(after >= before + states, "{before} to {after} of {states}");
        }
        _ => println!("not looked at: this system has no huge pages, or does not say"),
    }
    drop(engine_of_one);
    assert_eq!(engine(ACTORS, 2, 3).digest(), whole);
}

#[test]
fn small_engines_compute_the_same_on_any_threads() {
    let whole = engine(400, 1, 1);
    // Some 60 letters a tick: more than the states that are asked for ahead of time.
    assert!(whole.handled() > 600, "{}", whole.handled());
    assert_eq!(engine(400, 2, 3).digest(), whole.digest());
}
