//! Fuzzes what is in checkpoints, with hashes that are right.
#![no_main]

use patchday_runner::fuzzing::{plant, checkpoint};

libfuzzer_sys::fuzz_target!(init: plant("checkpoint"), |bytes: &[u8]| checkpoint(bytes));
