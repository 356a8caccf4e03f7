//! Fuzzes the answers of experiments.
#![no_main]

use patchday_runner::fuzzing::{plant, answer};

libfuzzer_sys::fuzz_target!(init: plant("answer"), |bytes: &[u8]| answer(bytes));
