//! Fuzzes the points of an incident.
#![no_main]

use patchday_runner::fuzzing::{incident, plant};

libfuzzer_sys::fuzz_target!(init: plant("incident"), |bytes: &[u8]| incident(bytes));
