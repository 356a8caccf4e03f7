//! Fuzzes overrides.
#![no_main]

use patchday_runner::fuzzing::{plant, overrides};

libfuzzer_sys::fuzz_target!(init: plant("overrides"), |bytes: &[u8]| overrides(bytes));
