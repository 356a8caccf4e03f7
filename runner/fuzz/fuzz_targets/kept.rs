//! Fuzzes kept series, as they are and with seals that are right.
#![no_main]

use patchday_runner::fuzzing::{plant, kept};

libfuzzer_sys::fuzz_target!(init: plant("kept"), |bytes: &[u8]| kept(bytes));
