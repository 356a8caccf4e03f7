//! One run on several processes: rank 0 executes it as in one process, and the others follow it.
//!
//! Rank 0 gives the others their job: the scenario as text, and for a run that continues the state of the
//! world and their blocks. Each rank chooses its own number of threads. Invariants: the ranks begin only if all have
//! the same build and can read the scenario; no rank but 0 touches files or the results.

use std::panic::{AssertUnwindSafe, catch_unwind};

use patchday_agents::{Follower, ScenarioChange, Simulation, Snapshot, scenario::Scenario};
use patchday_core::{SettingsError, engine::snapshot::Mismatch};
use serde::{Deserialize, Serialize};

use crate::{
    host::{
        error::{Exit, Failure},
        format::memory,
        memory_guard::MemoryWatch,
        ranks::cluster::{Cluster, cluster},
        resources::{MachineSettings, Workers, memory_available},
        signals::Interrupt,
    },
    run::{
        estimate::memory::{follower_bytes, reserve},
        run_loop::{INTERRUPTED, text_of},
    },
    scenario::load,
    store::checkpoint::{blocks, format::Checkpoint, parts},
};

/// What rank 0 asks the others to do.
#[derive(Serialize, Deserialize)]
enum RankTask {
    /// Nothing: the command has ended.
    End,
    /// Take part in a run.
    Run(Box<RunJob>),
}

/// The part that a rank takes in a run.
#[derive(Serialize, Deserialize)]
struct RunJob {
    /// The build of rank 0.
    build: String,
    /// The text of the scenario.
    config: String,
    mail_limit: u64,
    threads: Option<u32>,
    shards: Option<u32>,
    /// The state from which the run continues; its blocks follow.
    snapshot: Option<Snapshot>,
}

/// The program as it was built.
fn build() -> String {
    concat!(env!("CARGO_PKG_VERSION"), " ", env!("PATCHDAY_GIT")).to_owned()
}

fn bytes_of(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    postcard::to_stdvec(value).map_err(|error| failed(error.to_string()))
}

fn failed(text: String) -> Failure {
    SettingsError::Ranks(text).into()
}

/// Gives the others a job. Returns the threads of each rank.
fn give(cluster: &Cluster, job: RunJob, workers: Workers) -> Result<Vec<u32>, Failure> {
    let job = bytes_of(&RankTask::Run(Box::new(job)))?;
    cluster.has_begun();
    cluster.gather(job);
    agreed(cluster, Ok(workers.threads as u32))?.map_err(failed)
}

/// Tells the others how this rank is ready. Returns the threads of each rank, or why one is not ready.
fn agreed(
    cluster: &Cluster,
    own: Result<u32, String>,
) -> Result<Result<Vec<u32>, String>, Failure> {
    let replies = cluster.gather(bytes_of(&own)?);
    let replies = replies.iter().enumerate().map(|(rank, reply)| {
        let reply: Result<u32, String> =
            postcard::from_bytes(reply).map_err(|error| failed(format!("rank {rank}: {error}")))?;
        Ok(reply.map_err(|text| format!("rank {rank}: {text}")))
    });
    let replies: Result<Vec<_>, Failure> = replies.collect();
    Ok(replies?.into_iter().collect())
}

/// Creates the simulation of a run at its start, on all ranks. The others follow this one.
///
/// # Errors
/// Returns an error if a rank cannot take part, or its threads cannot be started.
pub(crate) fn start(
    (config, scenario): (&str, &Scenario),
    (machine, workers): (MachineSettings, Workers),
    mail_limit: u64,
) -> Result<Simulation, Failure> {
    let Some(cluster) = cluster() else {
        let (Workers { threads, shards }, seed) = (workers, scenario.run.seed);
        return Ok(Simulation::new(
            scenario, seed, threads, shards, mail_limit,
        )?);
    };
    let job = RunJob {
        build: build(),
        config: config.to_owned(),
        mail_limit,
        threads: machine.threads,
        shards: machine.shards,
        snapshot: None,
    };
    let ranks = cluster.ranks(give(cluster, job, workers)?);
    let Workers { threads, shards } = workers;
    let seed = scenario.run.seed;
    let mut simulation =
        Simulation::new_ranked(scenario, seed, threads, shards, mail_limit, ranks)?;
    simulation.lead();
    Ok(simulation)
}

/// Creates the simulation of a run in the state of a checkpoint, on all ranks. The others follow this
/// one.
///
/// # Errors
/// Returns an error if the checkpoint is corrupt, a rank cannot take part, or its threads cannot be
/// started.
pub(crate) fn resume(
    checkpoint: Checkpoint,
    scenario: &Scenario,
    (machine, workers): (MachineSettings, Workers),
    mail_limit: u64,
) -> Result<Simulation, Failure> {
    let same = (scenario, scenario);
    let Some(cluster) = cluster() else {
        return Ok(checkpoint.resume(same, workers, mail_limit, None)?);
    };
    let job = RunJob {
        build: build(),
        config: checkpoint.head.config.clone(),
        mail_limit,
        threads: machine.threads,
        shards: machine.shards,
        snapshot: Some(checkpoint.head.snapshot.clone()),
    };
    let shares = give(cluster, job, workers)?;
    parts::send(&checkpoint.path, scenario, cluster, &shares)?;
    let ranks = Some(cluster.ranks(shares));
    let mut simulation = checkpoint.resume(same, workers, mail_limit, ranks)?;
    simulation.lead();
    Ok(simulation)
}

/// Lets the others end if they wait for a job. Called by rank 0 when its command has ended.
pub(crate) fn dismiss() {
    let waiting = cluster().filter(|cluster| !cluster.has_begun());
    if let (Some(cluster), Ok(job)) = (waiting, bytes_of(&RankTask::End)) {
        cluster.gather(job);
    }
}

/// Takes part in the run of rank 0, as another rank. Returns the exit code of this process.
///
/// # Errors
/// Returns an error if a message cannot be read.
pub(crate) fn serve(cluster: &Cluster) -> Result<Exit, Failure> {
    let job = cluster.gather(Vec::new());
    let job: RankTask = postcard::from_bytes(&job[0]).map_err(|error| failed(error.to_string()))?;
    let RankTask::Run(job) = job else {
        return Ok(Exit::Fine);
    };
    let workers = Workers::new(MachineSettings {
        threads: job.threads,
        shards: job.shards,
    });
    let scenario = scenario_of(&job);
    let own = match &scenario {
        Ok(scenario) => fits(scenario, workers, cluster).map(|()| workers.threads as u32),
        Err(text) => Err(text.clone()),
    };
    // Rank 0 prints why a rank is not ready.
    let (Ok(shares), Ok(scenario)) = (agreed(cluster, own)?, scenario) else {
        return Ok(Exit::Failed);
    };
    let interrupt = Interrupt::from_signals();
    let watch = MemoryWatch::begin(&interrupt, reserve(&scenario) / cluster.size as u64);
    let mut part = Part { interrupt };
    let followed = catch_unwind(AssertUnwindSafe(|| {
        let mut simulation = match simulation_of(*job, &scenario, workers, cluster, shares) {
            Ok(simulation) => simulation,
            // Rank 0 prints the error.
            Err(_) => return Exit::Failed,
        };
        let follow = AssertUnwindSafe(|| simulation.follow(&mut part));
        match catch_unwind(follow) {
            Ok(()) => Exit::Fine,
            Err(panic) => {
                simulation.stop_ranks(&text_of(panic.as_ref()));
                Exit::Failed
            }
        }
    }));
    drop(watch);
    Ok(followed.unwrap_or(Exit::Failed))
}

/// Checks that the part of this rank fits in the memory that is left for this process. Whether all parts fit
/// in that of a machine is checked by rank 0.
fn fits(scenario: &Scenario, workers: Workers, cluster: &Cluster) -> Result<(), String> {
    let (fixed, growing) = follower_bytes(scenario, workers, None, cluster.size as u32);
    let needed = (fixed + growing) as u64;
    match memory_available(workers.threads) {
        Some(available) if available < needed => Err(format!(
            "it needs about {}, and {} are available",
            memory(needed),
            memory(available)
        )),
        _ => Ok(()),
    }
}

fn scenario_of(job: &RunJob) -> Result<Scenario, String> {
    if job.build != build() {
        return Err(format!(
            "it has version {}, and rank 0 {}",
            build(),
            job.build
        ));
    }
    load::load::<Scenario>("the scenario of rank 0", &job.config, &[])
        .map(|loaded| loaded.scenario)
        .map_err(|findings| findings.to_string())
}

fn simulation_of(
    job: RunJob,
    scenario: &Scenario,
    workers: Workers,
    cluster: &Cluster,
    shares: Vec<u32>,
) -> Result<Simulation, Failure> {
    let Workers { threads, shards } = workers;
    let (seed, limit) = (scenario.run.seed, job.mail_limit);
    let Some(snapshot) = job.snapshot else {
        let ranks = cluster.ranks(shares);
        return Ok(Simulation::new_ranked(
            scenario, seed, threads, shards, limit, ranks,
        )?);
    };
    let mut received = parts::receive(cluster)?.into_iter();
    let ranks = cluster.ranks(shares);
    let change = ScenarioChange {
        before: scenario,
        after: scenario,
    };
    let mut ready = Vec::new().into_iter();
    let next = |_| {
        loop {
            if let Some(block) = ready.next() {
                return Ok(block);
            }
            let part = received.next().ok_or("a block is missing")?;
            let unpacked = parts::blocks(&part).map_err(|_| "a block cannot be read")?;
            ready = unpacked.into_iter();
        }
    };
    let resumed = Simulation::resume_ranked(change, threads, shards, limit, ranks, snapshot, next);
    resumed.map_err(|mismatch: Mismatch<&str>| failed(format!("{mismatch:?}")))
}

/// The part of this process in a run.
struct Part {
    interrupt: Interrupt,
}

impl Follower for Part {
    fn stop_cause(&mut self) -> Option<String> {
        let cause = || self.interrupt.cause().unwrap_or(INTERRUPTED).to_owned();
        self.interrupt.is_set().then(cause)
    }

    fn pack(
        &mut self,
        simulation: &Simulation,
        taker: &mut dyn FnMut(Vec<u8>),
    ) -> Result<(), String> {
        let packed = blocks::pack_all(simulation, 0, |frame| {
            taker(frame.to_part());
            Ok(())
        });
        packed.map(|_| ()).map_err(|error| error.to_string())
    }
}
