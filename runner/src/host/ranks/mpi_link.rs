//! The link over MPI, for programs built with the feature `mpi`.
//!
//! MPI is used by one thread at a time, that of the run loop. A message of one rank to another is below
//! 2 GiB, the limit of a count in MPI. A process that waits for another looks for its message some times and then
//! sleeps between two looks, because the functions of MPI that wait would keep a processor busy.

use std::{
    env,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use mpi::{
    Threading,
    environment::{self, Universe},
    point_to_point::{Destination as _, Source},
    topology::{Communicator as _, SimpleCommunicator},
};
use patchday_core::Link;

use crate::host::{
    console::say,
    ranks::{cluster::Cluster, waits::Waits},
};

/// Variables with which launchers of MPI tell a process the number of processes.
const TASKS: [&str; 3] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS"];
/// The same, told by Slurm, whether or not its processes know of each other.
const SLURM_TASKS: &str = "SLURM_STEP_NUM_TASKS";
/// Set if they do: Slurm was asked for PMIx, with which MPI finds the other processes.
const PMIX: &str = "PMIX_RANK";

/// The connection of this process to the others; its end is the end of MPI.
pub struct Membership(#[expect(dead_code, reason = "it ends MPI when it is dropped")] Universe);

/// How often a process looks for a message before it sleeps: about a millisecond. Not at all if there are more
/// processes than processors, because one that looks would keep one that works from running.
const LOOKS: u32 = 3_000;
/// How often it lets another process run between two looks before it sleeps: with more processes than
/// processors, the one it waits for is usually ready to run.
const YIELDS: u32 = 200;
/// The time between two looks of a process that sleeps.
const PAUSE: Duration = Duration::from_micros(20);

struct MpiLink {
    rank: usize,
    looks: u32,
    waits: Arc<Waits>,
}

impl MpiLink {
    /// Waits until the message of a process has arrived.
    fn wait_for(&self, rank: usize, process: &impl Source) {
        if process.immediate_probe().is_some() {
            return;
        }
        let begun = Instant::now();
        let mut looks = 0;
        while process.immediate_probe().is_none() {
            looks += 1;
            if looks > self.looks + YIELDS {
                thread::sleep(PAUSE);
            } else if looks > self.looks {
                thread::yield_now();
            }
        }
        self.waits.add(rank, begun.elapsed());
    }
}

impl Link for MpiLink {
    fn swap(&mut self, out: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let world = SimpleCommunicator::world();
        let process = |rank: usize| world.process_at_rank(rank as i32);
        let others = (0..out.len()).filter(|rank| *rank != self.rank);
        for rank in others.clone() {
            if i32::try_from(out[rank].len()).is_err() {
                say("a message to another process has 2 GiB or more; use more processes");
                world.abort(3);
            }
        }
        mpi::request::scope(|scope| {
            let send = |rank: usize| process(rank).immediate_send(scope, out[rank].as_slice());
            let sends: Vec<_> = others.clone().map(send).collect();
            let mut received = vec![Vec::new(); out.len()];
            for rank in others {
                let sender = process(rank);
                self.wait_for(rank, &sender);
                received[rank] = sender.receive_vec::<u8>().0;
            }
            for send in sends {
                send.wait_without_status();
            }
            received
        })
    }
}

/// Joins the processes that a launcher started.
///
/// # Errors
/// Returns an error with a sentence if MPI cannot be used.
pub fn join() -> Result<Option<Membership>, String> {
    let number = |name: &str| env::var(name).ok()?.parse::<usize>().ok();
    let told = TASKS.into_iter().filter_map(number).max();
    let by_slurm = number(SLURM_TASKS).filter(|tasks| *tasks > 1);
    let tasks = match (told, by_slurm) {
        (None, Some(tasks)) if env::var_os(PMIX).is_none() => {
            // The parts of a sweep can be started like this, and do not look for each other.
            let is_run = env::args().nth(1).is_some_and(|command| command == "run");
            return if is_run { Err(apart(tasks)) } else { Ok(None) };
        }
        (told, by_slurm) => told.or(by_slurm),
    };
    let Some(tasks) = tasks else {
        return Ok(None);
    };
    let Some((universe, level)) = mpi::initialize_with_threading(Threading::Serialized) else {
        return Err("MPI is in use already".into());
    };
    if level < Threading::Serialized {
        return Err("this MPI allows no calls from several threads (MPI_THREAD_SERIALIZED)".into());
    }
    let world = universe.world();
    let (rank, size) = (world.rank() as usize, world.size() as usize);
    if size == 1 && tasks > 1 {
        return Err(apart(tasks));
    }
    if size > 1 {
        let mut link = MpiLink {
            rank,
            looks: 0,
            waits: Arc::new(Waits::new(size)),
        };
        let machine = environment::processor_name().unwrap_or_default();
        let machines = link.swap(&vec![machine.clone().into_bytes(); size]);
        let others = machines
            .iter()
            .filter(|other| **other == machine.as_bytes());
        let here = 1 + others.count();
        let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        link.looks = if here > processors { 0 } else { LOOKS };
        let waits = Arc::clone(&link.waits);
        Cluster::form(rank, size, here, Box::new(link), waits);
    }
    Ok(Some(Membership(universe)))
}

/// Says that the launcher is not that of the MPI which this program uses.
fn apart(tasks: usize) -> String {
    format!(
        "the launcher started {tasks} processes that do not know of each other: it belongs to another MPI than this \
         program (with Slurm: srun --mpi=pmix)"
    )
}
