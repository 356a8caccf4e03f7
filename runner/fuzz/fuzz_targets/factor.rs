//! Fuzzes factors and their ranges.
#![no_main]

use patchday_runner::fuzzing::{plant, factor};

libfuzzer_sys::fuzz_target!(init: plant("factor"), |bytes: &[u8]| factor(bytes));
