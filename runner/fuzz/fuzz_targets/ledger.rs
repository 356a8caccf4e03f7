//! Fuzzes ledgers, as they are and with seals that are right.
#![no_main]

use patchday_runner::fuzzing::{plant, ledger};

libfuzzer_sys::fuzz_target!(init: plant("ledger"), |bytes: &[u8]| ledger(bytes));
