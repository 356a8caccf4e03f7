//! An engine that is one of several ranks: how it begins, how its ranks stop together, and what its
//! caller can exchange with the others.
//!
//! All ranks call the same functions with the same arguments in the same order. Invariants: before the
//! first tick, all ranks have compared what they run; after each call of
//! [`Engine::run_until`] they know the earliest busy tick of all. Without other ranks, the functions
//! here return at once. Units: ticks, envelopes, ranks.

use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    engine::{
        digest::Digester,
        settings::{Settings, SettingsError},
        tick_loop::{Engine, Halt},
    },
    mail::{layout::Layout, partition::Partition},
    model::{Model, kinds_of, weights_of},
    ranks::{
        fault::{Fault, panic_text},
        link::Ranks,
        remote::{Peers, Remote},
        rounds::{Received, Round, Rounds},
        wire::{Reader, WireMessage},
    },
    time::Tick,
};

/// A value that all ranks must have in common, with the name that an error gives it.
type Common = (&'static str, u64);

impl<M: Model> Engine<M> {
    /// Creates the actors of one of several ranks at tick 0. The settings can have another number of
    /// threads and shards for each rank; the digest is that of [`Engine::new`].
    ///
    /// # Errors
    /// Returns an error if a setting is out of range, the threads cannot be started, or the ranks do
    /// not agree on what they run. All ranks return an error then.
    pub fn new_ranked(
        model: M,
        world: M::World,
        settings: Settings,
        ranks: Ranks,
    ) -> Result<Self, SettingsError>
    where
        M: 'static,
        M::Message: WireMessage,
        M::Tally: Serialize + DeserializeOwned,
    {
        let shares = ranks.shares.clone();
        let mut rounds = rounds(ranks)?;
        let create = |rank| {
            settings.check_ranked(shares.len())?;
            let layout = Layout::new(kinds_of(&model, settings.actors));
            let weights = weights_of(&model, &layout);
            let partition = Partition::of_rank(layout, &weights, &shares, rank, settings.shards);
            Self::created(model, world, settings, partition)
        };
        let engine = together(&mut rounds, create, SettingsError::to_string)?;
        engine.joined(rounds, &shares)
    }

    /// Lets the engine be one of several ranks, after a comparison of what they run.
    pub(crate) fn joined(mut self, rounds: Rounds, shares: &[u32]) -> Result<Self, SettingsError>
    where
        M: 'static,
        M::Message: WireMessage,
        M::Tally: Serialize + DeserializeOwned,
    {
        let remote: Box<dyn Remote<M>> = Box::new(Peers::<M>::new(rounds, self.shards.len()));
        self.progress.remote = Some(Mutex::new(remote));
        let clock = self.clock();
        let common = [
            ("shares of the ranks", Digester::hash_one(shares)),
            (
                "division of the blocks",
                Digester::hash_one(&self.partition.first_of_ranks()),
            ),
            ("number of actors", clock.actors.into()),
            ("size of blocks", clock.block_bits.into()),
            ("seed", clock.seed),
            ("limit on envelopes", self.settings.mail_limit),
            ("tick", clock.now.into()),
            ("last tick", clock.last.into()),
            ("number of handled envelopes", clock.handled),
            ("world", Digester::hash_one(self.world())),
            ("tables of the model", self.model.fingerprint()),
        ];
        match self.meet(Round::Start, &common) {
            Ok(waiting) => {
                self.progress.sent = self.progress.handled + waiting;
                Ok(self)
            }
            Err(Fault(text)) => Err(SettingsError::Ranks(text)),
        }
    }

    /// Compares `common` with the other ranks, and learns their next busy tick. Returns the envelopes that
    /// wait in the wheels of all ranks.
    fn meet(&mut self, purpose: Round, common: &[Common]) -> Result<u64, Fault> {
        let (waiting, next) = (self.waiting(), self.progress.next_here());
        let Some(mut remote) = self.remote() else {
            return Ok(waiting);
        };
        let rounds = remote.rounds();
        rounds.begin(purpose);
        for value in common.iter().map(|(_, value)| *value) {
            rounds.add_for_all(&value.to_le_bytes());
        }
        rounds.add_for_all(&waiting.to_le_bytes());
        rounds.add_for_all(&next.to_le_bytes());
        let own = rounds.rank;
        let received = rounds.swap()?;
        let found = compare(&received, common, own);
        if found.is_err() {
            rounds.close();
        }
        drop(remote);
        let (waiting, elsewhere) = found?;
        self.progress.elsewhere = elsewhere;
        Ok(waiting)
    }

    /// Returns the envelopes that wait in the wheels of all ranks, at the end of a call.
    pub(super) fn all_waiting(&mut self) -> u64 {
        if self.progress.remote.is_none() {
            return self.waiting();
        }
        let common = [
            ("next tick", self.now().into()),
            ("last tick", self.progress.last.into()),
        ];
        match self.meet(Round::Pause, &common) {
            Ok(waiting) => waiting,
            Err(fault) => fault.unwind(),
        }
    }

    /// As [`Engine::run_until`]; if this rank panics, the others stop, too.
    pub(super) fn run_with_ranks(&mut self, end: Tick) -> Result<(), Halt> {
        match catch_unwind(AssertUnwindSafe(|| self.execute_until(end))) {
            Ok(outcome) => outcome,
            Err(panic) => match self.stop(panic_text(panic.as_ref())) {
                Some(fault) => fault.unwind(),
                None => resume_unwind(panic),
            },
        }
    }

    fn stop(&self, text: &str) -> Option<Fault> {
        self.remote()?.rounds().stop(text)
    }

    fn remote(&self) -> Option<MutexGuard<'_, Box<dyn Remote<M>>>> {
        let remote = self.progress.remote.as_ref()?;
        Some(remote.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the number of this rank, from 0.
    pub fn rank(&self) -> usize {
        self.partition.own().start
    }

    /// Returns the number of ranks; 1 if the engine runs alone.
    pub fn ranks(&self) -> usize {
        self.remote().map_or(1, |mut remote| remote.rounds().len())
    }

    /// Returns the blocks of this rank. Ranks own ascending ranges of blocks.
    pub fn own_blocks(&self) -> Range<u32> {
        self.partition.own_blocks()
    }

    /// Passes `out[rank]` to every rank. Returns what each rank passed to this one, in order of ranks.
    ///
    /// # Panics
    /// Panics if a rank has stopped, with its text, or the ranks are out of step.
    pub fn swap(&self, out: &[Vec<u8>]) -> Vec<Vec<u8>> {
        self.try_swap(out)
            .unwrap_or_else(|text| Fault(text).unwind())
    }

    /// As [`swap`](Self::swap).
    ///
    /// # Errors
    /// Returns an error with a text if a rank has stopped or the ranks are out of step.
    pub fn try_swap(&self, out: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, String> {
        let Some(mut remote) = self.remote() else {
            return Ok(out.to_vec());
        };
        let rounds = remote.rounds();
        rounds.begin(Round::Gather);
        for (message, bytes) in rounds.out.iter_mut().zip(out) {
            message.extend_from_slice(bytes);
        }
        let received = rounds.swap().map_err(|Fault(text)| text)?;
        Ok(received.iter().map(<[u8]>::to_vec).collect())
    }

    /// Passes `own` to all ranks. Returns what they passed, in order of ranks.
    ///
    /// # Panics
    /// Panics as [`swap`](Self::swap).
    pub fn gather(&self, own: &[u8]) -> Vec<Vec<u8>> {
        self.swap(&vec![own.to_vec(); self.ranks()])
    }

    /// As [`gather`](Self::gather), for a value of any type.
    ///
    /// # Panics
    /// Panics as [`swap`](Self::swap), and if the value cannot be encoded or that of a rank cannot be decoded.
    pub fn gather_values<T: Serialize + DeserializeOwned>(&self, own: &T) -> Vec<T> {
        let bytes = postcard::to_stdvec(own)
            .unwrap_or_else(|error| panic!("a value cannot be sent to other ranks: {error}"));
        let decode = |(rank, bytes): (usize, &Vec<u8>)| {
            postcard::from_bytes(bytes)
                .unwrap_or_else(|error| panic!("the value of rank {rank} cannot be read: {error}"))
        };
        self.gather(&bytes).iter().enumerate().map(decode).collect()
    }

    /// Returns the greatest vote of all ranks, so that all of them do the same.
    ///
    /// # Panics
    /// Panics as [`swap`](Self::swap).
    pub fn agree(&self, vote: u64) -> u64 {
        if self.progress.remote.is_none() {
            return vote;
        }
        let votes = self.gather(&vote.to_le_bytes());
        let votes = votes.iter().filter_map(|bytes| Reader(bytes).u64());
        votes.max().unwrap_or(vote)
    }

    /// Stops all other ranks: each of them panics with `text` and the number of this rank when it needs
    /// this one next. Does nothing if the ranks have stopped. The engine must not be run again.
    pub fn stop_ranks(&self, text: &str) {
        self.stop(text);
    }
}

/// Returns the rounds of a rank.
///
/// # Errors
/// Returns an error if the place of the rank is not one of the shares.
pub(crate) fn rounds(ranks: Ranks) -> Result<Rounds, SettingsError> {
    let Ranks { rank, shares, .. } = &ranks;
    if *rank >= shares.len() {
        return Err(SettingsError::Ranks(format!(
            "there is no rank {rank} among {}",
            shares.len()
        )));
    }
    if shares.contains(&0) {
        return Err(SettingsError::Ranks(
            "the share of a rank is 0; allowed: 1 or more".into(),
        ));
    }
    Ok(Rounds::new(ranks))
}

/// Runs a part of the work of this rank that the others wait for: if it fails, they stop.
pub(crate) fn together<T, E>(
    rounds: &mut Rounds,
    work: impl FnOnce(usize) -> Result<T, E>,
    text: impl FnOnce(&E) -> String,
) -> Result<T, E> {
    let rank = rounds.rank;
    match catch_unwind(AssertUnwindSafe(|| work(rank))) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            rounds.stop(&text(&error));
            Err(error)
        }
        Err(panic) => {
            rounds.stop(panic_text(panic.as_ref()));
            resume_unwind(panic)
        }
    }
}

/// Returns the waiting envelopes of all ranks and the next busy tick of the others, if all have the same
/// values as the first.
fn compare(received: &Received, common: &[Common], own: usize) -> Result<(u64, Tick), Fault> {
    let (mut waiting, mut elsewhere) = (0, Tick::MAX);
    let mut first = Vec::new();
    for (rank, message) in received.iter().enumerate() {
        let mut reader = Reader(message);
        let mut values = Vec::new();
        for _ in common {
            values.extend(reader.u64());
        }
        if rank == 0 {
            first.clone_from(&values);
        }
        let pairs = common.iter().zip(first.iter().zip(&values));
        let other = pairs.map(|(common, pair)| (common.0, pair));
        if let Some((name, _)) = other.into_iter().find(|(_, (one, other))| one != other) {
            return Err(Fault(format!("rank {rank} has another {name} than rank 0")));
        }
        let sums = reader.u64().zip(reader.u32());
        let Some((more, next)) = sums.filter(|_| values.len() == common.len()) else {
            return Err(Fault(format!("the message of rank {rank} is too short")));
        };
        waiting += more;
        if rank != own {
            elsewhere = elsewhere.min(next);
        }
    }
    Ok((waiting, elsewhere))
}
