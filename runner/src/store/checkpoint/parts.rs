//! The blocks of a checkpoint on their way to the ranks that own them.
//!
//! Rank 0 reads the file from front to back and sends the blocks of each other rank in compressed parts,
//! so the others need no file. Every swap carries a part for one rank, and says to all that another swap follows.

use std::{io, path::Path};

use patchday_agents::{Network, Simulation, scenario::Scenario};
use patchday_core::engine::snapshot::{BlockSnapshot, BlockView};

use crate::{
    host::{error::FileError, ranks::cluster::Cluster},
    store::{
        checkpoint::{
            blocks::{self, ACTORS, MOST_BLOCKS},
            format::Checkpoint,
            frames::Frame,
        },
        error::StoreError,
    },
};

/// The beginning of a message: another one follows, the blocks are complete, or the file is corrupt.
const MORE: u8 = 1;
const DONE: u8 = 2;
const FAILED: u8 = 3;

/// Sends the blocks of a checkpoint to the ranks that own them. Called by rank 0.
///
/// # Errors
/// Returns an error with path and byte offset if the file is corrupt. The others stop then.
pub(crate) fn send(
    path: &Path,
    scenario: &Scenario,
    cluster: &Cluster,
    shares: &[u32],
) -> Result<(), StoreError> {
    let sent = send_all(path, scenario, cluster, shares);
    let end = if sent.is_ok() { DONE } else { FAILED };
    cluster.swap(&vec![vec![end]; cluster.size]);
    sent
}

fn send_all(
    path: &Path,
    scenario: &Scenario,
    cluster: &Cluster,
    shares: &[u32],
) -> Result<(), StoreError> {
    let mut checkpoint = Checkpoint::open(path)?;
    checkpoint.series()?;
    let clock = checkpoint.head.snapshot.clock;
    let ranges = Simulation::blocks_of_ranks(scenario, clock, shares);
    let mut pass = || -> io::Result<()> {
        for (rank, range) in ranges.iter().enumerate() {
            let mut part = Vec::new();
            let mut actors = 0;
            for block in range.clone() {
                let next = checkpoint.next()?;
                if rank == 0 {
                    continue;
                }
                actors += next.states.len();
                part.push(next);
                let is_full = actors >= ACTORS || part.len() >= MOST_BLOCKS;
                if is_full || block + 1 == range.end {
                    let mut out = vec![vec![MORE]; cluster.size];
                    out[rank].extend(packed(&part)?);
                    cluster.swap(&out);
                    part.clear();
                    actors = 0;
                }
            }
        }
        Ok(())
    };
    let passed = pass();
    Ok(passed.map_err(FileError::at("read", path))?)
}

fn packed(blocks: &[BlockSnapshot<Network>]) -> io::Result<Vec<u8>> {
    let views: Vec<_> = blocks
        .iter()
        .map(|block| BlockView {
            states: &block.states,
            block_state: &block.block_state,
            mail: block.mail.clone(),
        })
        .collect();
    Ok(blocks::pack(0, &views)?.to_part())
}

/// Receives the blocks of this rank, in parts. Called by the other ranks.
///
/// # Errors
/// Returns an error if rank 0 cannot read the checkpoint.
pub(crate) fn receive(cluster: &Cluster) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut parts = Vec::new();
    loop {
        let mut message = std::mem::take(&mut cluster.swap(&vec![Vec::new(); cluster.size])[0]);
        match message.first() {
            Some(&MORE) if message.len() == 1 => {}
            Some(&MORE) => parts.push(message.split_off(1)),
            Some(&DONE) => return Ok(parts),
            _ => {
                let error = io::Error::other("rank 0 cannot read the checkpoint");
                return Err(FileError::at("read", Path::new("the checkpoint"))(error).into());
            }
        }
    }
}

/// The blocks of a part.
///
/// # Errors
/// Returns an error if the part is damaged.
pub(crate) fn blocks(part: &[u8]) -> io::Result<Vec<BlockSnapshot<Network>>> {
    blocks::blocks(0, &Frame::of_part(0, part)?)
}
