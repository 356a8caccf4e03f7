//! Fault injection: runs and sweeps of the real program, each with one fault.
//!
//! Invariant: after a fault the program either completes with the same bytes as an undisturbed
//! run, or stops with a message and leaves a directory from which `--resume` does so.
//!
//! | Module | Faults |
//! | --- | --- |
//! | `kill` | the process is killed, or the power is cut, at any operation on a file |
//! | `signals` | the process receives signals to stop, once or several times |
//! | `disk` | the disk is full, fails or is read-only |
//! | `moved_directory` | the directory is removed or renamed, or its series is changed |
//! | `corruption` | a file is truncated or bits of it are flipped |
//! | `kept_files` | files of others, or links, are where the program writes |
//! | `memory` | memory or threads are insufficient from the beginning, or become so |
//! | `clock` | the wall clock jumps, or files have modification times in the future |
//!
//! `shim.c` injects faults at given operations; `harness` contains the shared helpers.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(target_os = "linux")]

#[path = "../common/mod.rs"]
mod common;

mod clock;
mod corruption;
mod disk;
mod harness;
mod kept_files;
mod kill;
mod memory;
mod moved_directory;
mod signals;
