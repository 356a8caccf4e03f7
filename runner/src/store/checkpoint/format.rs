//! Checkpoints: a run that can go on, in a file.
//!
//! The first part says what ran and where it stands (the scenario as it ran, the manifest,
//! the world), then comes the series so far, and the others hold blocks of actors with their
//! mail. So a checkpoint needs no other file of its run. Where a part ends depends on the
//! shards, what is in it does not, and neither does who goes on from it. Parts are packed
//! and unpacked on all threads, a few at a time, so a checkpoint needs little memory beside
//! the run.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read as _},
    path::{Path, PathBuf},
};

use patchday_agents::{Network, Simulation, Snapshot, scenario::Scenario};
use patchday_core::engine::snapshot::{BlockSnapshot, Mismatch};
use serde::{Deserialize, Serialize};

use crate::{
    host::{error::FileError, format::instant, resources::Workers},
    scenario::load,
    store::{
        checkpoint::{
            blocks,
            frames::{self, Frame, Frames},
        },
        error::StoreError,
    },
};

/// Where a run directory keeps them.
pub(crate) const DIRECTORY: &str = "checkpoints";
/// How their names end, and those of such that were not written to their end.
const ENDING: &str = ".checkpoint";
const TORN: &str = "partial";
/// Bytes of the series in a part.
const SERIES_A_PART: u64 = 1 << 20;
/// Parts that are unpacked at once, and the most bytes of theirs, but for the last one.
const PARTS_AT_ONCE: usize = 16;
const BYTES_AT_ONCE: usize = 32 << 20;

/// What a checkpoint says before the actors.
#[derive(Serialize, Deserialize)]
pub(crate) struct Head {
    /// The version of the program, and the commit it was built from.
    pub(crate) version: String,
    pub(crate) git: String,
    /// The scenario as it ran, as a file, and its fingerprint.
    pub(crate) config: String,
    pub(crate) config_hash: String,
    /// The manifest when the run began, as a file.
    pub(crate) manifest: String,
    /// The digest of the whole state.
    pub(crate) digest: u64,
    /// Bytes of the series so far.
    pub(crate) series_bytes: u64,
    /// Where the world stands.
    pub(crate) snapshot: Snapshot,
}

/// What is needed to write checkpoints of a run.
#[derive(Clone, Debug)]
pub(crate) struct CheckpointSettings {
    /// The scenario as it runs, and its fingerprint.
    pub(crate) config: String,
    pub(crate) config_hash: String,
    /// The manifest of the run under way, as a file.
    pub(crate) manifest: String,
    /// Only so many are kept, if not all.
    pub(crate) most: Option<usize>,
}

/// The name of the checkpoint of a run that has come to an instant.
pub(crate) fn name(time: i64) -> String {
    instant(time).replace(':', "") + ENDING
}

/// The checkpoints of a run directory, oldest first.
pub(crate) fn list(run: &Path) -> Vec<PathBuf> {
    // Names are instants of one form: their order is that of time, whatever the clock of the
    // machine said when they were written.
    files(run, ENDING)
}

/// Removes what was not written to its end.
pub(crate) fn clear_torn(run: &Path) {
    for torn in files(run, TORN) {
        // One that cannot be removed takes room, no more.
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

/// Writes a checkpoint of `simulation` into a directory, whole or not at all.
///
/// # Errors
/// What the system said, with the name of the file.
pub(crate) fn write(
    simulation: &Simulation,
    keeping: &CheckpointSettings,
    start: i64,
    (series_bytes, series): (u64, impl io::Read),
    directory: &Path,
) -> Result<PathBuf, StoreError> {
    fs::create_dir_all(directory).map_err(FileError::at("create the directory", directory))?;
    let path = directory.join(name(start + i64::from(simulation.now())));
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
    let written = write_aside(simulation, &head, series, &aside).and_then(|()| {
        fs::rename(&aside, &path)?;
        // The name is safe once the directory is, and that of the directory; not every
        // system can say so.
        for place in [Some(directory), directory.parent()].into_iter().flatten() {
            let _ = File::open(place).and_then(|directory| directory.sync_all());
        }
        Ok(())
    });
    if written.is_err() {
        let _ = fs::remove_file(&aside);
    }
    written.map_err(FileError::at("write", &path))?;
    Ok(path)
}

fn write_aside(
    simulation: &Simulation,
    head: &Head,
    series: impl io::Read,
    aside: &Path,
) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(aside)?);
    write_to(simulation, head, series, &mut out)?;
    out.into_inner()?.sync_all()
}

/// Writes a checkpoint.
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
    simulation.blocks(|views| -> io::Result<()> {
        let actors = views.first().map_or(1, |view| view.states.len());
        let parts: Vec<_> = views.chunks((blocks::ACTORS / actors).max(1)).collect();
        for some in parts.chunks(PARTS_AT_ONCE) {
            let packed = blocks::each(some, |place, part| {
                blocks::pack(number + place as u64, part)
            });
            number += packed.len() as u64;
            packed
                .into_iter()
                .try_for_each(|frame| frame?.write(&mut out))?;
        }
        Ok(())
    })?;
    Frame::pack(number, &[])?.write(&mut out)
}

fn series_parts(head: &Head) -> u64 {
    head.series_bytes.div_ceil(SERIES_A_PART)
}

/// A checkpoint that is read.
pub(crate) struct Checkpoint<R = BufReader<File>> {
    pub(crate) path: PathBuf,
    pub(crate) head: Head,
    frames: Frames<R>,
    /// Parts of the series that come next.
    series: u64,
    ready: VecDeque<BlockSnapshot<Network>>,
}

impl Checkpoint {
    /// Opens a checkpoint and reads what it says before the actors.
    ///
    /// # Errors
    /// That it is none, or damaged, with its name and the offset.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(FileError::at("read", path))?;
        Self::from_reader(path, BufReader::new(file))
    }

    /// Opens a checkpoint of which every part is as it was written.
    ///
    /// # Errors
    /// That it is none, or damaged, with its name and the offset.
    pub(crate) fn open_whole(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(FileError::at("read", path))?;
        frames::check_all(BufReader::new(file)).map_err(FileError::at("read", path))?;
        Self::open(path)
    }
}

impl<R: io::Read> Checkpoint<R> {
    /// Reads what a checkpoint that is called `path` says before the actors.
    ///
    /// # Errors
    /// That it is none, or damaged, with its name and the offset.
    pub(crate) fn from_reader(path: &Path, file: R) -> Result<Self, StoreError> {
        let read = || -> io::Result<_> {
            let mut frames = Frames::begin(file)?;
            let first = frames.next()?;
            let nothing = || io::Error::other("it holds nothing");
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

    /// Refuses a checkpoint of another version of the program.
    ///
    /// # Errors
    /// Which version wrote it.
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
    /// What this version of the program does not understand in it.
    pub(crate) fn scenario(&self) -> Result<Scenario, StoreError> {
        let name = self.path.display().to_string();
        let loaded = load::load::<Scenario>(&name, &self.head.config, &[])?;
        Ok(loaded.scenario)
    }

    /// The series so far, once.
    ///
    /// # Errors
    /// That the file is damaged, with its name and the offset.
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
                let wrong = io::Error::other("it is no part of a series of its length");
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

    /// The simulation, going on as one of `after`.
    ///
    /// # Errors
    /// That the file is damaged, with its name and the offset, or does not fit.
    pub(crate) fn resume(
        mut self,
        (before, after): (&Scenario, &Scenario),
        workers: Workers,
        mail_limit: u64,
    ) -> Result<Simulation, StoreError> {
        self.read_series(drop)?;
        let snapshot = self.head.snapshot.clone();
        let next = |_| self.next();
        let resumed = Simulation::resume(
            (before, after),
            workers.threads,
            workers.shards,
            mail_limit,
            snapshot,
            next,
        );
        let broken = |what: String| {
            let error = io::Error::new(io::ErrorKind::InvalidData, what);
            StoreError::from(FileError::at("read", &self.path)(error))
        };
        let simulation = resumed.map_err(|mismatch| match mismatch {
            Mismatch::Source(error) => FileError::at("read", &self.path)(error).into(),
            Mismatch::Refused(refusal) => refusal.into(),
            Mismatch::FewerActors { snapshot, settings } => broken(format!(
                "at byte {}: it has {snapshot} actors, and the scenario only {settings}",
                frames::FIRST
            )),
            Mismatch::Block(block, what) => broken(format!("block {block}: {what}")),
        })?;
        // Nothing may be left over, and the end must be there.
        let rest = self
            .frames
            .next()
            .map_err(FileError::at("read", &self.path))?;
        if rest.is_some() || !self.ready.is_empty() {
            let end = self.frames.offset();
            let more = format!("at byte {end}: it has more blocks than actors need");
            return Err(broken(more));
        }
        Ok(simulation)
    }

    fn next(&mut self) -> io::Result<BlockSnapshot<Network>> {
        if self.ready.is_empty() {
            let mut frames = Vec::new();
            let mut bytes = 0;
            while frames.len() < PARTS_AT_ONCE && bytes < BYTES_AT_ONCE {
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
