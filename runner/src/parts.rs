//! The parts of a checkpoint: blocks of actors as bytes, and back, on all threads that there are.

use std::{io, sync::OnceLock};

use patchday_agents::{Annex, Letter, Network, State};
use patchday_core::{
    ActorId, Tick,
    image::{BlockImage, BlockView},
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    frame::{self, Frame},
    machine,
};

/// One block, as it is written.
#[derive(Serialize)]
struct Written<'a> {
    states: &'a [State],
    annex: &'a Annex,
    mail: &'a [(Tick, ActorId, Letter)],
}

/// One block, as it is read.
#[derive(Deserialize)]
struct Read {
    states: Vec<State>,
    annex: Annex,
    mail: Vec<(Tick, ActorId, Letter)>,
}

/// Does the same with every item, on all threads; on this one alone where the system gives no
/// more of them, as it may at any time: a checkpoint is worth more than its speed.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    static POOL: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();
    let build = || {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(machine::threads());
        pool.thread_name(|index| format!("packer-{index}"))
            .build()
            .ok()
    };
    let work = |(place, item)| work(place, item);
    match POOL.get_or_init(build) {
        Some(pool) => pool.install(|| items.par_iter().enumerate().map(work).collect()),
        None => items.iter().enumerate().map(work).collect(),
    }
}

/// A value as bytes.
pub(crate) fn encode(value: &impl Serialize) -> io::Result<Vec<u8>> {
    postcard::to_stdvec(value).map_err(io::Error::other)
}

/// What a part holds.
pub(crate) fn decode<T: for<'de> Deserialize<'de>>(offset: u64, frame: &Frame) -> io::Result<T> {
    let bytes = frame.unpack().map_err(|error| frame::at(offset, &error))?;
    postcard::from_bytes(&bytes)
        .map_err(|error| frame::at(offset, &io::Error::other(error.to_string())))
}

/// The part of these blocks.
pub(crate) fn pack(number: u64, blocks: &[BlockView<'_, Network>]) -> io::Result<Frame> {
    let blocks: Vec<Written<'_>> = blocks
        .iter()
        .map(|view| Written {
            states: view.states,
            annex: view.annex,
            mail: &view.mail,
        })
        .collect();
    Frame::pack(number, &encode(&blocks)?)
}

/// The blocks of a part.
///
/// # Errors
/// What is wrong with it, with the offset.
pub(crate) fn blocks(offset: u64, frame: &Frame) -> io::Result<Vec<BlockImage<Network>>> {
    let blocks: Vec<Read> = decode(offset, frame)?;
    let image = |block: Read| BlockImage {
        states: block.states,
        annex: block.annex,
        mail: block.mail,
    };
    Ok(blocks.into_iter().map(image).collect())
}
