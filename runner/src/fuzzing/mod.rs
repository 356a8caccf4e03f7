//! Checks of every reader of input that a person or a program may have changed: functions of bytes,
//! for the fuzzer (`runner/fuzz`) and, with mutated seeds, for the tests.
//!
//! For any bytes, no reader panics, hangs or takes much more memory than its input. Accepted input
//! reads back to the same value after it is printed. Refused input gives a message with a position: a
//! line, a byte or a block. Input with a checksum that was changed is refused. Built only for tests and for the
//! fuzzer.

mod assertions;
mod checkpoints;
mod kept;
mod mutation;
mod questions;
mod records;
mod reports;
mod scenarios;
mod seeds;
mod targets;

#[cfg(test)]
mod tests;

pub use crate::fuzzing::{
    checkpoints::{checkpoint, frames},
    kept::{bands, kept},
    mutation::vary,
    questions::{criterion, factor, incident, points, variant},
    records::{ledger, manifest, runs, series, timeline},
    reports::{answer, recording, summary, table},
    scenarios::{overrides, scenario, study},
    targets::{TARGETS, Target, plant},
};
