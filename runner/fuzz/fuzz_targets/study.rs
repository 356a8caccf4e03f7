//! Fuzzes studies.
#![no_main]

use patchday_runner::fuzzing::{plant, study};

libfuzzer_sys::fuzz_target!(init: plant("study"), |bytes: &[u8]| study(bytes));
