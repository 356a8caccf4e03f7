//! Fuzzes series.
#![no_main]

use patchday_runner::fuzzing::{plant, series};

libfuzzer_sys::fuzz_target!(init: plant("series"), |bytes: &[u8]| series(bytes));
