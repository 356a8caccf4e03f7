//! Checks of every fuzz target with its seeds and thousands of mutations of them.
//!
//! The mutations follow from a seed, so a failure is reproducible. With a nightly toolchain,
//! `runner/fuzz/run.sh` tries far more.

use crate::fuzzing::{
    checkpoints,
    mutation::{Draws, mutate},
    seeds::checkpoints::{checkpoints as seeds, claiming},
    targets::TARGETS,
};

/// Mutations of each target.
const ROUNDS: u32 = 2_000;

/// A seed with some mutations.
fn mutated(seeds: &[Vec<u8>], words: &[String], draws: &mut Draws) -> Vec<u8> {
    let mut bytes = seeds[draws.below(seeds.len())].clone();
    for _ in 0..1 + draws.below(4) {
        let at = draws.below(bytes.len() + 1);
        let end = (at + draws.below(40)).min(bytes.len());
        match draws.below(12) {
            0 if at < bytes.len() => bytes[at] ^= 1 << draws.below(8),
            1 if at < bytes.len() => bytes[at] = draws.below(256) as u8,
            2 => drop(bytes.drain(at..end)),
            3 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            4 if !words.is_empty() => {
                let word = words[draws.below(words.len())].bytes();
                bytes.splice(at..end.min(at + draws.below(2)), word);
            }
            5 => {
                let other = &seeds[draws.below(seeds.len())];
                let from = draws.below(other.len() + 1);
                let to = (from + draws.below(200)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            6 => bytes.truncate(at),
            _ => bytes = mutate(&bytes, draws),
        }
    }
    bytes
}

/// Checks a target with its seeds and mutations.
fn check_target(name: &str) {
    let (index, target) = TARGETS
        .iter()
        .enumerate()
        .find(|(_, target)| target.name == name)
        .unwrap_or_else(|| panic!("no target {name}"));
    let (seeds, words) = ((target.seeds)(), (target.words)());
    assert!(!seeds.is_empty());
    seeds.iter().for_each(|seed| (target.check)(seed));
    (target.check)(&[]);
    for round in 0..ROUNDS {
        let mut draws = Draws::new(index as u64, round);
        let bytes = mutated(&seeds, &words, &mut draws);
        let checked = std::panic::catch_unwind(|| (target.check)(&bytes));
        if checked.is_err() {
            panic!(
                "{name}, round {round}: {:?}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }
}

macro_rules! target_tests {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                check_target(stringify!($name));
            }
        )*

        #[test]
        fn every_target_has_a_test_and_a_program_for_the_fuzzer() {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
            for name in names {
                let place = format!("{}/fuzz/fuzz_targets/{name}.rs", env!("CARGO_MANIFEST_DIR"));
                assert!(std::fs::exists(&place).is_ok_and(|there| there), "{place}");
            }
        }
    };
}

target_tests! {
    scenario overrides study factor criterion variant points incident frames checkpoint ledger runs
    manifest series timeline summary recording answer table kept bands
}

/// Random mutations seldom change a single byte of the many, and a wrong number in a checkpoint can
/// have effects that no other wrong number has.
#[test]
fn any_byte_of_a_checkpoint_can_be_wrong() {
    let seeds = seeds();
    let smallest = seeds
        .iter()
        .filter(|seed| seed[0] == 0)
        .min_by_key(|seed| seed.len());
    let smallest = smallest.unwrap();
    for place in 0..smallest.len() {
        for change in [1, u8::MAX] {
            let mut bytes = smallest.clone();
            bytes[place] = bytes[place].wrapping_add(change);
            checkpoints::checkpoint(&bytes);
        }
    }
}

/// Such a checkpoint is refused before memory for its actors is allocated.
#[test]
fn a_checkpoint_can_claim_any_number_of_actors() {
    for actors in [0, 1, 1 << 28, u32::MAX - (1 << 16), u32::MAX] {
        checkpoints::checkpoint(&claiming(actors));
    }
}
