//! Fuzzes manifests, as they are and with a seal that is right.
#![no_main]

use patchday_runner::fuzzing::{plant, manifest};

libfuzzer_sys::fuzz_target!(init: plant("manifest"), |bytes: &[u8]| manifest(bytes));
