//! Fuzzes summaries as baselines.
#![no_main]

use patchday_runner::fuzzing::{plant, summary};

libfuzzer_sys::fuzz_target!(init: plant("summary"), |bytes: &[u8]| summary(bytes));
