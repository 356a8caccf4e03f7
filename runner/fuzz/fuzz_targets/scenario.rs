//! Fuzzes scenarios.
#![no_main]

use patchday_runner::fuzzing::{plant, scenario};

libfuzzer_sys::fuzz_target!(init: plant("scenario"), |bytes: &[u8]| scenario(bytes));
