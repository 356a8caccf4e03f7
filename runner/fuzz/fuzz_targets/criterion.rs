//! Fuzzes criteria.
#![no_main]

use patchday_runner::fuzzing::{plant, criterion};

libfuzzer_sys::fuzz_target!(init: plant("criterion"), |bytes: &[u8]| criterion(bytes));
