//! Fuzzes variants.
#![no_main]

use patchday_runner::fuzzing::{plant, variant};

libfuzzer_sys::fuzz_target!(init: plant("variant"), |bytes: &[u8]| variant(bytes));
