//! What every reader must hold, tried on its seeds and on thousands of mutations of them.
//!
//! The mutations follow from a seed, so that a failure comes again; where a nightly
//! toolchain is, `runner/fuzz/run.sh` looks much further.

use crate::fuzzing::{
    READERS,
    mutation::{Draws, varied},
};

/// Mutations of each reader.
const ROUNDS: u32 = 2_000;

/// A seed with some changes.
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
            _ => bytes = varied(&bytes, draws),
        }
    }
    bytes
}

/// Holds a reader to what must hold, of seeds and mutations.
fn try_out(name: &str) {
    let (place, reader) = READERS
        .iter()
        .enumerate()
        .find(|(_, reader)| reader.name == name)
        .unwrap_or_else(|| panic!("no reader {name}"));
    let (seeds, words) = ((reader.seeds)(), (reader.words)());
    assert!(!seeds.is_empty());
    seeds.iter().for_each(|seed| (reader.holds)(seed));
    (reader.holds)(&[]);
    for round in 0..ROUNDS {
        let mut draws = Draws::of(place as u64, round);
        let bytes = mutated(&seeds, &words, &mut draws);
        let held = std::panic::catch_unwind(|| (reader.holds)(&bytes));
        if held.is_err() {
            panic!(
                "{name}, round {round}: {:?}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }
}

macro_rules! tried {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                try_out(stringify!($name));
            }
        )*

        #[test]
        fn every_reader_is_tried_and_has_a_program_for_the_fuzzer() {
            let names: Vec<&str> = READERS.iter().map(|reader| reader.name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
            for name in names {
                let place = format!("{}/fuzz/fuzz_targets/{name}.rs", env!("CARGO_MANIFEST_DIR"));
                assert!(std::fs::exists(&place).is_ok_and(|there| there), "{place}");
            }
        }
    };
}

tried! {
    scenario overrides study factor criterion variant points frames checkpoint ledger manifest
    series timeline summary recording answer table
}
