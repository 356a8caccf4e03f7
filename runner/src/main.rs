//! The program: chooses the allocator and executes the command line.

use std::process::ExitCode;

use patchday_runner::{commands::ranks, host::signals};

// All threads allocate and free batches of messages at the same time and pass them to each other.
// This allocator has a heap for each thread, so that threads do not wait for each other, and it
// returns memory to the system after peaks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    signals::report_file_size_limit();
    ranks::execute()
}
