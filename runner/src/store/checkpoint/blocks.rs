//! Blocks of actors as bytes of a checkpoint, encoded and decoded on all threads.
//!
//! The numbers of blocks and actors in a part are limited on reading, because a crafted part could
//! otherwise need many times its size in memory.

use std::{fmt, io, marker::PhantomData, sync::OnceLock};

use patchday_agents::{BlockState, Message, Network, Simulation, State};
use patchday_core::{
    ActorId, Tick,
    engine::snapshot::{BlockSnapshot, BlockView},
};
use rayon::prelude::*;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, SeqAccess, Visitor},
};

use crate::{
    host::resources,
    store::checkpoint::frames::{self, Frame},
};

/// The approximate number of actors in a part; a part has some megabytes.
pub(crate) const ACTORS: usize = 1 << 16;
/// The most actors in a block, with the machines of the operator that a block of a small network can
/// have, and the most blocks in a part.
const MOST_STATES: usize = 1 << 24;
pub(crate) const MOST_BLOCKS: usize = ACTORS >> 4;

/// The number of parts that are compressed or decompressed at once.
pub(crate) const PARTS_AT_ONCE: usize = 16;

/// A block for writing.
#[derive(Serialize)]
struct Written<'a> {
    states: &'a [State],
    block_state: &'a BlockState,
    mail: &'a [(Tick, ActorId, Message)],
}

/// A block that was read.
#[derive(Deserialize)]
struct Read {
    states: Few<State, MOST_STATES>,
    block_state: BlockState,
    mail: Vec<(Tick, ActorId, Message)>,
}

/// Maps every item on all threads; on the calling thread alone if no others can be started, since
/// a slow checkpoint is better than none.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    static POOL: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();
    let build = || {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(resources::threads());
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

/// A list of at most `MOST` values.
struct Few<T, const MOST: usize>(Vec<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Few<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(Counting::<T, MOST>(PhantomData))
            .map(Self)
    }
}

struct Counting<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Counting<T, MOST> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "at most {MOST} values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Vec<T>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = from.next_element()? {
            if values.len() == MOST {
                return Err(A::Error::invalid_length(MOST + 1, &self));
            }
            values.push(value);
        }
        Ok(values)
    }
}

/// Encodes a value.
///
/// # Errors
/// Returns an error if the value cannot be encoded.
pub(crate) fn encode(value: &impl Serialize) -> io::Result<Vec<u8>> {
    postcard::to_stdvec(value).map_err(io::Error::other)
}

/// Decodes the value of a part.
///
/// # Errors
/// Returns an error with the offset if the part is damaged.
pub(crate) fn decode<T: for<'de> Deserialize<'de>>(offset: u64, frame: &Frame) -> io::Result<T> {
    let bytes = frame.unpack().map_err(|error| frames::at(offset, &error))?;
    postcard::from_bytes(&bytes)
        .map_err(|error| frames::at(offset, &io::Error::other(error.to_string())))
}

/// Encodes blocks as a part.
///
/// # Errors
/// Returns an error if the part is too large.
pub(crate) fn pack(number: u64, blocks: &[BlockView<'_, Network>]) -> io::Result<Frame> {
    let blocks: Vec<Written<'_>> = blocks
        .iter()
        .map(|view| Written {
            states: view.states,
            block_state: view.block_state,
            mail: &view.mail,
        })
        .collect();
    Frame::pack(number, &encode(&blocks)?)
}

/// Packs the blocks of this process into frames with numbers from `number` on, and passes them to
/// `taker`. Returns the next number.
///
/// # Errors
/// Returns an error if `taker` does, or a frame is too large.
pub(crate) fn pack_all(
    simulation: &Simulation,
    mut number: u64,
    mut taker: impl FnMut(Frame) -> io::Result<()>,
) -> io::Result<u64> {
    simulation.blocks(|views| -> io::Result<()> {
        // Blocks of dormant actors have no states.
        let most = views.iter().map(|view| view.states.len()).max();
        let a_part = ACTORS / most.unwrap_or(0).max(1);
        let parts: Vec<_> = views.chunks(a_part.clamp(1, MOST_BLOCKS)).collect();
        for some in parts.chunks(PARTS_AT_ONCE) {
            let packed = each(some, |place, part| pack(number + place as u64, part));
            number += packed.len() as u64;
            packed.into_iter().try_for_each(|frame| taker(frame?))?;
        }
        Ok(())
    })?;
    Ok(number)
}

/// Decodes the blocks of a part.
///
/// # Errors
/// Returns an error with the offset if the part is damaged.
pub(crate) fn blocks(offset: u64, frame: &Frame) -> io::Result<Vec<BlockSnapshot<Network>>> {
    let blocks: Few<Read, MOST_BLOCKS> = decode(offset, frame)?;
    let snapshot = |block: Read| BlockSnapshot {
        states: block.states.0,
        block_state: block.block_state,
        mail: block.mail,
    };
    Ok(blocks.0.into_iter().map(snapshot).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> io::Result<Vec<BlockSnapshot<Network>>> {
        blocks(25, &Frame::pack(0, bytes)?)
    }

    #[test]
    fn parts_with_too_many_blocks_or_actors_are_errors() {
        // An empty block has nine zeros: the lengths of its states, its messages and the fields of its
        // block state, of which two are tables that also count their entries.
        let block = [0; 9];
        let part = |count: usize| {
            let length = encode(&count).unwrap();
            [length, block.repeat(count)].concat()
        };
        assert_eq!(read(&part(MOST_BLOCKS)).unwrap().len(), MOST_BLOCKS);
        let refused = read(&part(MOST_BLOCKS + 1)).err().unwrap().to_string();
        assert!(refused.starts_with("at byte 25: "), "{refused}");
        let few = |count: usize| {
            let states = vec![State::Server(Default::default()); count];
            let bytes = encode(&states).unwrap();
            postcard::from_bytes::<Few<State, 100>>(&bytes)
        };
        assert_eq!(few(100).unwrap().0.len(), 100);
        assert!(few(101).is_err());
        // Lengths without anything behind them allocate nothing.
        for length in [u64::MAX, 1 << 40] {
            assert!(read(&encode(&length).unwrap()).is_err());
            assert!(read(&[&[1][..], &encode(&length).unwrap()].concat()).is_err());
        }
    }
}
