//! Fuzzes the frames of checkpoints.
#![no_main]

use patchday_runner::fuzzing::{plant, frames};

libfuzzer_sys::fuzz_target!(init: plant("frames"), |bytes: &[u8]| frames(bytes));
