//! Fuzzes tables of points.
#![no_main]

use patchday_runner::fuzzing::{plant, points};

libfuzzer_sys::fuzz_target!(init: plant("points"), |bytes: &[u8]| points(bytes));
