//! Fuzzes the lines of a ledger of runs, as they are and with seals that are right.
#![no_main]

use patchday_runner::fuzzing::{plant, runs};

libfuzzer_sys::fuzz_target!(init: plant("runs"), |bytes: &[u8]| runs(bytes));
