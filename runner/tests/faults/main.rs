//! What a long run and a batch meet on a server, a fault a test, by the real program as
//! somebody would use it: it is killed, told to stop, out of disk, memory or luck. In the end
//! there are the results of an undisturbed run, byte for byte, or a state that goes on and a
//! sentence that says what happened.
//!
//! | Room | What happens |
//! | --- | --- |
//! | `kill` | the process is killed, or the power cut, at every moment it writes something |
//! | `signals` | somebody asks it to stop, once or twice |
//! | `disk` | a disk is full, fails or may not be written to |
//! | `vanish` | somebody removes or renames the directory, or changes the series in it |
//! | `damage` | a file is torn or a bit of it flipped |
//! | `memory` | there is not enough of it, or no longer; or not of threads |
//! | `clock` | the clock of the wall jumps; files are of the future |
//!
//! `shim.c` makes faults at chosen moments; `stage` has what the tests share.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(target_os = "linux")]

#[path = "../common/mod.rs"]
mod common;

mod clock;
mod damage;
mod disk;
mod kill;
mod memory;
mod signals;
mod stage;
mod vanish;
