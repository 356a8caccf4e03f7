//! Fuzzes timelines.
#![no_main]

use patchday_runner::fuzzing::{plant, timeline};

libfuzzer_sys::fuzz_target!(init: plant("timeline"), |bytes: &[u8]| timeline(bytes));
