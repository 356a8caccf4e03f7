//! Checkpoints. A fuzzer cannot find valid hashes, so its input is the content, and the hashes are
//! computed here.
//!
//! In the input, parts follow each other, each preceded by its length in 16 bits, little-endian; the
//! last part is the rest.

use std::path::Path;

use patchday_agents::{Simulation, scenario::Scenario};

use crate::{
    fuzzing::{
        assertions::{damaged, placed, sentence},
        seeds::{
            checkpoints::{before_snapshot, file},
            small::{SMALL, other, small},
        },
    },
    host::resources::Workers,
    store::checkpoint::{
        format::Checkpoint,
        frames::{self, Frame, Frames},
    },
};

/// The most waiting messages.
const MOST_MAIL: u64 = 1 << 20;

/// The parts of an input.
pub(crate) fn parts(bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_le_bytes(*length)).min(after.len());
        let (part, left) = after.split_at(length);
        parts.push(part);
        rest = left;
    }
    parts
}

fn read(file: &[u8]) -> std::io::Result<Vec<Vec<u8>>> {
    let mut frames = Frames::begin(file)?;
    let mut parts = Vec::new();
    while let Some((offset, frame)) = frames.next()? {
        parts.push(frame.unpack().map_err(|error| frames::at(offset, &error))?);
    }
    Ok(parts)
}

/// The frames of a checkpoint: the input as it is, and with valid hashes.
pub fn frames(bytes: &[u8]) {
    match read(bytes) {
        Ok(_) => assert!(frames::check_all(bytes).is_ok()),
        Err(error) => placed(&error),
    }
    let parts: Vec<&[u8]> = parts(bytes)
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let whole = file(parts.iter().copied());
    assert!(frames::check_all(whole.as_slice()).is_ok());
    assert_eq!(
        read(&whole).ok(),
        Some(parts.iter().map(|part| part.to_vec()).collect())
    );
    for bad in damaged(&whole, bytes) {
        match read(&bad) {
            Ok(_) => panic!("a file that was changed is read"),
            Err(error) => placed(&error),
        }
    }
    // Compressed bytes with a length that they claim.
    let claimed = bytes
        .first_chunk::<4>()
        .map_or(0, |first| u32::from_le_bytes(*first));
    let own = Frame::claimed(claimed, bytes.get(4..).unwrap_or_default());
    let mut whole = Vec::new();
    assert!(
        frames::begin(&mut whole)
            .and_then(|()| own.write(&mut whole))
            .is_ok()
    );
    match Frames::begin(whole.as_slice()).and_then(|mut frames| frames.next()) {
        Ok(None) => assert_eq!(claimed, 0),
        Ok(Some((offset, frame))) => match frame.unpack() {
            Ok(held) => assert_eq!(held.len(), claimed as usize),
            Err(error) => placed(&frames::at(offset, &error)),
        },
        Err(error) => placed(&error),
    }
}

/// The content of a checkpoint: the snapshot of the world and the parts after it, or, if the first
/// byte is odd, everything before the actors.
pub fn checkpoint(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else {
        return;
    };
    if kind % 2 == 1 {
        return open(&file([rest].into_iter()));
    }
    let parts = parts(rest);
    let Some((snapshot, blocks)) = parts.split_first() else {
        return;
    };
    let head = [before_snapshot(), snapshot].concat();
    open(&file(
        [head.as_slice()].into_iter().chain(blocks.iter().copied()),
    ));
}

fn open(file: &[u8]) {
    let mut checkpoint = match Checkpoint::from_reader(Path::new("x"), file) {
        Ok(checkpoint) => checkpoint,
        Err(failure) => return placed(&failure),
    };
    if let Err(failure) = checkpoint.check_version() {
        sentence(&failure);
    }
    // Usually it is the scenario of the seeds, and reading it takes long.
    let read = if checkpoint.head.config == SMALL {
        Ok(small().clone())
    } else {
        checkpoint.scenario()
    };
    let scenario = match read {
        Ok(scenario) => scenario,
        Err(failure) => return drop(sentence(&failure)),
    };
    // The scenario may have any number of users; many would not fit in memory.
    if scenario.population.users > 10_000 || scenario.operator.machines() > 10_000 {
        return;
    }
    if let Err(failure) = checkpoint.series() {
        return placed(&failure);
    }
    let other = other();
    checkpoint
        .head
        .snapshot
        .obstacles(&scenario, other)
        .iter()
        .for_each(|what| {
            sentence(what);
        });
    let workers = Workers {
        threads: 1,
        shards: 2,
    };
    match checkpoint.resume((&scenario, &scenario), workers, MOST_MAIL, None) {
        Ok(simulation) => continues(simulation, &scenario),
        Err(failure) => placed(&failure),
    }
}

/// A simulation that continues from any content has a digest and can be written; it may stop, but
/// does not hang.
fn continues(mut simulation: Simulation, scenario: &Scenario) {
    let digest = simulation.digest();
    let _ = simulation.snapshot();
    let now = simulation.now();
    #[cfg(fuzzing)]
    {
        use crate::run::run_loop::{Course, run_to_end};
        let course = Course {
            end: now.saturating_add(3).min(scenario.ticks()),
            sample: 1,
            checkpoint: None,
        };
        let mut observer = Ignore;
        let ended =
            quietly(|| run_to_end(&mut simulation, course, &Default::default(), &mut observer));
        assert!(ended.is_ok());
    }
    let _ = (digest, now, scenario, &mut simulation);
}

#[cfg(fuzzing)]
struct Ignore;

#[cfg(fuzzing)]
impl<M> crate::run::run_loop::RunObserver<M> for Ignore {
    fn advanced(&mut self, _: u32, _: u64) {}

    fn sampled(
        &mut self,
        _: u32,
        _: &[patchday_agents::metrics::cell::Cell],
    ) -> Result<(), crate::host::error::Failure> {
        Ok(())
    }
}

/// Runs without the panic hook of the fuzzer, which would stop at a panic that the run loop catches.
#[cfg(fuzzing)]
fn quietly<T>(what: impl FnOnce() -> T) -> T {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let done = what();
    std::panic::set_hook(hook);
    done
}
