//! Fuzzes tables of bands.
#![no_main]

use patchday_runner::fuzzing::{plant, bands};

libfuzzer_sys::fuzz_target!(init: plant("bands"), |bytes: &[u8]| bands(bytes));
