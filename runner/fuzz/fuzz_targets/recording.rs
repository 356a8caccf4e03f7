//! Fuzzes runs as their report reads them.
#![no_main]

use patchday_runner::fuzzing::{plant, recording};

libfuzzer_sys::fuzz_target!(init: plant("recording"), |bytes: &[u8]| recording(bytes));
