//! Fuzzes tables of sweeps.
#![no_main]

use patchday_runner::fuzzing::{plant, table};

libfuzzer_sys::fuzz_target!(init: plant("table"), |bytes: &[u8]| table(bytes));
