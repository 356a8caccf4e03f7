//! Checkpoints: the complete state of a run in a file, from which the run is resumed.
//!
//! The first part is the head: the scenario, the manifest and the state of the world. Then come
//! the series so far, in parts, and the blocks of actors with their pending messages. A checkpoint
//! therefore needs no other file of its run. The boundaries of parts depend on the number of
//! shards; the state does not, so a run can be resumed with any numbers of threads and shards.
//! Parts are compressed and decompressed on all threads, a few at a time, so that a checkpoint
//! needs little memory besides the run. Sizes are in bytes.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read as _},
    path::{Path, PathBuf},
};

use patchday_agents::{
    Network, ScenarioChange, Simulation, Snapshot,
    scenario::{Scenario, quantity::TickLength},
};
use patchday_core::{
    Ranks,
    engine::snapshot::{BlockSnapshot, Mismatch},
};
use serde::{Deserialize, Serialize};

use crate::{
    host::{
        durable::{create_directories, create_in_place, sync_directory},
        error::FileError,
        format::instant_at,
        resources::Workers,
    },
    scenario::load,
    store::{
        checkpoint::{
            blocks,
            frames::{self, Frame, Frames},
        },
        error::StoreError,
    },
};

/// The subdirectory of a run directory that contains checkpoints.
pub(crate) const DIRECTORY: &str = "checkpoints";
/// The extensions of complete and of incomplete checkpoints.
const ENDING: &str = ".checkpoint";
const TORN: &str = "partial";
/// The size of a part of the series.
const SERIES_A_PART: u64 = 1 << 20;
/// The bytes after which no further part is decompressed at once.
const BYTES_AT_ONCE: usize = 32 << 20;

/// The first part of a checkpoint.
#[derive(Serialize, Deserialize)]
pub(crate) struct Head {
    /// The version of the program, and the commit it was built from.
    pub(crate) version: String,
    pub(crate) git: String,
    /// The text of the scenario that ran, and its hash.
    pub(crate) config: String,
    pub(crate) config_hash: String,
    /// The text of the manifest when the run began.
    pub(crate) manifest: String,
    /// The digest of the state.
    pub(crate) digest: u64,
    /// The size of the series so far.
    pub(crate) series_bytes: u64,
    /// The state of the world, without the blocks of actors.
    pub(crate) snapshot: Snapshot,
}

/// Settings for writing the checkpoints of a run.
#[derive(Clone, Debug)]
pub(crate) struct CheckpointSettings {
    /// The text of the scenario that runs, and its hash.
    pub(crate) config: String,
    pub(crate) config_hash: String,
    /// The text of the manifest of the run.
    pub(crate) manifest: String,
    /// The number of checkpoints to keep; `None` keeps all.
    pub(crate) most: Option<usize>,
}

/// The name of the checkpoint of an instant, in ticks since 1970.
pub(crate) fn name(time: i64, tick: TickLength) -> String {
    instant_at(time, tick).replace(':', "") + ENDING
}

/// The checkpoints of a run directory, oldest first.
pub(crate) fn list(run: &Path) -> Vec<PathBuf> {
    // Names are instants, in a run all of one length, so they sort by simulated time. Modification
    // times depend on the clock of the machine.
    files(run, ENDING)
}

/// Removes incomplete checkpoints.
pub(crate) fn clear_torn(run: &Path) {
    for torn in files(run, TORN) {
        // Ignore errors: an incomplete checkpoint only wastes disk space.
        let _ = fs::remove_file(torn);
    }
}

fn files(run: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(run.join(DIRECTORY)).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    paths.sort();
    paths
}

/// Writes a checkpoint of `simulation` into a directory, completely or not at all. The run begins
/// at `start`, in ticks since 1970.
///
/// # Errors
/// Returns an error with the path if the checkpoint cannot be written.
pub(crate) fn write(
    simulation: &Simulation,
    keeping: &CheckpointSettings,
    (start, tick): (i64, TickLength),
    (series_bytes, series): (u64, impl io::Read),
    directory: &Path,
) -> Result<PathBuf, StoreError> {
    create_directories(directory)?;
    let path = directory.join(name(start + i64::from(simulation.now()), tick));
    let aside = path.with_extension(TORN);
    let head = Head {
        version: env!("CARGO_PKG_VERSION").into(),
        git: env!("PATCHDAY_GIT").into(),
        config: keeping.config.clone(),
        config_hash: keeping.config_hash.clone(),
        manifest: keeping.manifest.clone(),
        digest: simulation.digest(),
        series_bytes,
        snapshot: simulation.snapshot(),
    };
    let written = write_aside(simulation, &head, series, &aside)
        .and_then(|()| fs::rename(&aside, &path))
        .map_err(FileError::at("write", &path))
        .and_then(|()| sync_directory(directory));
    if written.is_err() {
        let _ = fs::remove_file(&aside);
    }
    written?;
    Ok(path)
}

fn write_aside(
    simulation: &Simulation,
    head: &Head,
    series: impl io::Read,
    aside: &Path,
) -> io::Result<()> {
    let mut out = BufWriter::new(create_in_place(aside)?);
    write_to(simulation, head, series, &mut out)?;
    out.into_inner()?.sync_all()
}

/// Writes a checkpoint.
///
/// # Errors
/// Returns an error if `series` cannot be read or `out` cannot be written.
pub(crate) fn write_to(
    simulation: &Simulation,
    head: &Head,
    mut series: impl io::Read,
    mut out: &mut impl io::Write,
) -> io::Result<()> {
    frames::begin(&mut out)?;
    Frame::pack(0, &blocks::encode(head)?)?.write(&mut out)?;
    let mut number = 1;
    for _ in 0..series_parts(head) {
        let mut part = Vec::new();
        (&mut series).take(SERIES_A_PART).read_to_end(&mut part)?;
        Frame::pack(number, &part)?.write(&mut out)?;
        number += 1;
    }
    number = blocks::pack_all(simulation, number, |frame| frame.write(&mut out))?;
    simulation.blocks_of_others(
        |part| {
            number += 1;
            Frame::of_part(number - 1, &part)?.write(&mut out)
        },
        io::Error::other,
    )?;
    Frame::pack(number, &[])?.write(&mut out)
}

fn series_parts(head: &Head) -> u64 {
    head.series_bytes.div_ceil(SERIES_A_PART)
}

/// An open checkpoint.
pub(crate) struct Checkpoint<R = BufReader<File>> {
    pub(crate) path: PathBuf,
    pub(crate) head: Head,
    frames: Frames<R>,
    /// The number of parts of the series that are not read yet.
    series: u64,
    ready: VecDeque<BlockSnapshot<Network>>,
}

impl Checkpoint {
    /// Opens a checkpoint and reads its head.
    ///
    /// # Errors
    /// Returns an error with path and byte offset if the file is not a checkpoint or is corrupt.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(FileError::at("read", path))?;
        Self::from_reader(path, BufReader::new(file))
    }

    /// Checks every part of a checkpoint, then opens it.
    ///
    /// # Errors
    /// Returns an error with path and byte offset if the file is not a checkpoint or is corrupt.
    pub(crate) fn open_whole(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(FileError::at("read", path))?;
        frames::check_all(BufReader::new(file)).map_err(FileError::at("read", path))?;
        Self::open(path)
    }
}

impl<R: io::Read> Checkpoint<R> {
    /// Reads the head of a checkpoint. `path` names it in error texts.
    ///
    /// # Errors
    /// Returns an error with path and byte offset if it is not a checkpoint or is corrupt.
    pub(crate) fn from_reader(path: &Path, file: R) -> Result<Self, StoreError> {
        let read = || -> io::Result<_> {
            let mut frames = Frames::begin(file)?;
            let first = frames.next()?;
            let nothing = || io::Error::other("it is empty");
            let (offset, frame) = first.ok_or_else(|| frames::at(frames::FIRST, &nothing()))?;
            let head: Head = blocks::decode(offset, &frame)?;
            Ok((frames, head))
        };
        let (frames, head) = read().map_err(FileError::at("read", path))?;
        Ok(Self {
            path: path.to_owned(),
            series: series_parts(&head),
            head,
            frames,
            ready: VecDeque::new(),
        })
    }

    /// Checks that this version of the program wrote the checkpoint.
    ///
    /// # Errors
    /// Returns an error with the version that wrote it if it is another.
    pub(crate) fn check_version(&self) -> Result<(), StoreError> {
        let Head { version, git, .. } = &self.head;
        let own = (env!("CARGO_PKG_VERSION"), env!("PATCHDAY_GIT"));
        if (version.as_str(), git.as_str()) == own {
            return Ok(());
        }
        Err(StoreError::OtherVersion {
            path: self.path.clone(),
            version: version.clone(),
            git: git.clone(),
        })
    }

    /// The scenario that ran.
    ///
    /// # Errors
    /// Returns an error if the scenario is not valid in this version of the program.
    pub(crate) fn scenario(&self) -> Result<Scenario, StoreError> {
        let name = self.path.display().to_string();
        let loaded = load::load::<Scenario>(&name, &self.head.config, &[])?;
        Ok(loaded.scenario)
    }

    /// Reads the series so far. A second call returns nothing.
    ///
    /// # Errors
    /// Returns an error with path and byte offset if the file is corrupt.
    pub(crate) fn series(&mut self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        self.read_series(|part| bytes.extend(part))?;
        Ok(bytes)
    }

    fn read_series(&mut self, mut take: impl FnMut(Vec<u8>)) -> Result<(), StoreError> {
        let mut read = || -> io::Result<()> {
            let mut left = self.head.series_bytes;
            while self.series > 0 {
                let early = |at| frames::at(at, &io::Error::other("its series ends early"));
                let next = self.frames.next()?;
                let (offset, frame) = next.ok_or_else(|| early(self.frames.offset()))?;
                let wrong = io::Error::other("a part of the series has the wrong length");
                if frame.length() as u64 != left.min(SERIES_A_PART) {
                    return Err(frames::at(offset, &wrong));
                }
                left -= frame.length() as u64;
                take(frame.unpack().map_err(|error| frames::at(offset, &error))?);
                self.series -= 1;
            }
            Ok(())
        };
        Ok(read().map_err(FileError::at("read", &self.path))?)
    }

    /// Creates the simulation in the state of the checkpoint of a run of the scenario `before`; it
    /// continues with the scenario `after`. Rank 0 of several reads only its own blocks, the first.
    ///
    /// # Errors
    /// Returns an error with path and byte offset if the file is corrupt or does not match the
    /// scenario, or if the ranks do not agree.
    pub(crate) fn resume(
        mut self,
        (before, after): (&Scenario, &Scenario),
        workers: Workers,
        mail_limit: u64,
        ranks: Option<Ranks>,
    ) -> Result<Simulation, StoreError> {
        self.read_series(drop)?;
        let snapshot = self.head.snapshot.clone();
        let change = ScenarioChange { before, after };
        let Workers { threads, shards } = workers;
        let is_alone = ranks.is_none();
        let next = |_| self.next();
        let resumed = match ranks {
            None => Simulation::resume(change, threads, shards, mail_limit, snapshot, next),
            Some(ranks) => Simulation::resume_ranked(
                change, threads, shards, mail_limit, ranks, snapshot, next,
            ),
        };
        let corrupt = |what: String| {
            let error = io::Error::new(io::ErrorKind::InvalidData, what);
            StoreError::from(FileError::at("read", &self.path)(error))
        };
        let simulation = resumed.map_err(|mismatch| match mismatch {
            Mismatch::Source(error) => FileError::at("read", &self.path)(error).into(),
            Mismatch::Refused(refusal) => refusal.into(),
            Mismatch::FewerActors { snapshot, settings } => corrupt(format!(
                "at byte {}: it has {snapshot} actors, but the scenario only {settings}",
                frames::FIRST
            )),
            Mismatch::Block(block, what) => corrupt(format!("block {block}: {what}")),
        })?;
        if !is_alone {
            return Ok(simulation);
        }
        // The file must have its end marker and no further blocks.
        let rest = self
            .frames
            .next()
            .map_err(FileError::at("read", &self.path))?;
        if rest.is_some() || !self.ready.is_empty() {
            let end = self.frames.offset();
            let more = format!("at byte {end}: it has more blocks than the actors need");
            return Err(corrupt(more));
        }
        Ok(simulation)
    }

    /// Reads the next block.
    ///
    /// # Errors
    /// Returns an error with the byte offset if the file is corrupt or has no more blocks.
    pub(crate) fn next(&mut self) -> io::Result<BlockSnapshot<Network>> {
        if self.ready.is_empty() {
            let mut frames = Vec::new();
            let mut bytes = 0;
            while frames.len() < blocks::PARTS_AT_ONCE && bytes < BYTES_AT_ONCE {
                match self.frames.next()? {
                    Some(frame) => {
                        bytes += frame.1.length();
                        frames.push(frame);
                    }
                    None => break,
                }
            }
            let parts = blocks::each(&frames, |_, (offset, frame)| blocks::blocks(*offset, frame));
            for part in parts {
                self.ready.extend(part?);
            }
        }
        let block = self.ready.pop_front();
        let few = || io::Error::other("it has too few blocks");
        block.ok_or_else(|| frames::at(self.frames.offset(), &few()))
    }
}
