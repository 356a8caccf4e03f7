//! Checkpoints: a run that can go on, in a file.
//!
//! The first part says what ran and where it stands (the scenario as it ran, the world,
//! how long the series was), the others hold blocks of actors with their mail. Where
//! a part ends depends on the shards, what is in it does not, and neither does who goes on
//! from it. Parts are packed and unpacked on all threads, a few at a time, so a checkpoint needs
//! little memory beside the run.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, BufReader, BufWriter},
    path::{Path, PathBuf},
};

use patchday_agents::{Annex, Letter, Network, Simulation, Standing, State, scenario::Scenario};
use patchday_core::{
    ActorId, Tick,
    image::{BlockImage, BlockView, Mismatch},
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    exit::Failure,
    figures::instant,
    frame::{self, Frame, Frames},
    preparation::Workers,
    scenario,
};

/// Where a run directory keeps them.
pub(crate) const DIRECTORY: &str = "checkpoints";
/// How their names end.
const ENDING: &str = ".checkpoint";
/// Actors in a part, about: a part takes some megabytes.
const ACTORS_A_PART: usize = 1 << 16;
/// Parts that are unpacked at once.
const PARTS_AT_ONCE: usize = 16;

/// What a checkpoint says before the actors.
#[derive(Serialize, Deserialize)]
pub(crate) struct Head {
    /// The version of the program, and the commit it was built from.
    pub(crate) version: String,
    pub(crate) git: String,
    /// The scenario as it ran, as a file, and its fingerprint.
    pub(crate) config: String,
    pub(crate) config_hash: String,
    /// The digest of the whole state.
    pub(crate) digest: u64,
    /// Bytes of the series so far.
    pub(crate) series_bytes: u64,
    /// The largest number of blocks in a part.
    pub(crate) standing: Standing,
}

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

/// The name of the checkpoint of a run that has come to an instant.
pub(crate) fn name(time: i64) -> String {
    instant(time).replace(':', "") + ENDING
}

/// The checkpoints of a run directory, oldest first.
pub(crate) fn list(run: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(run.join(DIRECTORY)).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(ENDING))
        .collect();
    // Names are instants of one form: their order is that of time.
    paths.sort();
    paths
}

fn encode(value: &impl Serialize) -> io::Result<Vec<u8>> {
    postcard::to_stdvec(value).map_err(io::Error::other)
}

/// Writes a checkpoint of `simulation` into a directory, whole or not at all.
///
/// # Errors
/// What the system said, with the name of the file.
pub(crate) fn write(
    simulation: &Simulation,
    (config, config_hash): (&str, &str),
    start: i64,
    series_bytes: u64,
    directory: &Path,
) -> Result<PathBuf, Failure> {
    fs::create_dir_all(directory).map_err(Failure::file("create the directory", directory))?;
    let path = directory.join(name(start + i64::from(simulation.now())));
    let aside = path.with_extension("partial");
    let head = Head {
        version: env!("CARGO_PKG_VERSION").into(),
        git: env!("PATCHDAY_GIT").into(),
        config: config.into(),
        config_hash: config_hash.into(),
        digest: simulation.digest(),
        series_bytes,
        standing: simulation.standing(),
    };
    let written = write_aside(simulation, &head, &aside).and_then(|()| {
        fs::rename(&aside, &path)?;
        // The name is safe once the directory is; not every system can say so.
        let _ = File::open(directory).and_then(|directory| directory.sync_all());
        Ok(())
    });
    if written.is_err() {
        let _ = fs::remove_file(&aside);
    }
    written.map_err(Failure::file("write", &path))?;
    Ok(path)
}

fn write_aside(simulation: &Simulation, head: &Head, aside: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(aside)?);
    frame::begin(&mut out)?;
    Frame::pack(0, &encode(head)?)?.write(&mut out)?;
    let mut number = 1;
    simulation.blocks(|views| -> io::Result<()> {
        let actors = views.first().map_or(1, |view| view.states.len());
        let parts: Vec<_> = views.chunks((ACTORS_A_PART / actors).max(1)).collect();
        for some in parts.chunks(PARTS_AT_ONCE) {
            let packed: Vec<io::Result<Frame>> = some
                .par_iter()
                .enumerate()
                .map(|(place, part)| pack(number + place as u64, part))
                .collect();
            number += packed.len() as u64;
            packed
                .into_iter()
                .try_for_each(|frame| frame?.write(&mut out))?;
        }
        Ok(())
    })?;
    Frame::pack(number, &[])?.write(&mut out)?;
    out.into_inner()?.sync_all()
}

fn pack(number: u64, part: &[BlockView<'_, Network>]) -> io::Result<Frame> {
    let blocks: Vec<Written<'_>> = part
        .iter()
        .map(|view| Written {
            states: view.states,
            annex: view.annex,
            mail: &view.mail,
        })
        .collect();
    Frame::pack(number, &encode(&blocks)?)
}

/// A checkpoint that is read.
pub(crate) struct Checkpoint {
    pub(crate) path: PathBuf,
    pub(crate) head: Head,
    frames: Frames<BufReader<File>>,
    ready: VecDeque<Read>,
}

impl Checkpoint {
    /// Opens a checkpoint and reads what it says before the actors.
    ///
    /// # Errors
    /// That it is none, or damaged, with its name and the offset.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let read = || -> io::Result<_> {
            let mut frames = Frames::begin(BufReader::new(File::open(path)?))?;
            let broken = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
            let first = frames.next()?;
            let (offset, frame) = first.ok_or_else(|| broken("it holds nothing"))?;
            let head = decode(offset, &frame)?;
            Ok((frames, head))
        };
        let (frames, head) = read().map_err(Failure::file("read", path))?;
        Ok(Self {
            path: path.to_owned(),
            head,
            frames,
            ready: VecDeque::new(),
        })
    }

    /// Opens a checkpoint of which every part is as it was written.
    ///
    /// # Errors
    /// That it is none, or damaged, with its name and the offset.
    pub(crate) fn open_whole(path: &Path) -> Result<Self, Failure> {
        let check = || -> io::Result<()> {
            let mut frames = Frames::begin(BufReader::new(File::open(path)?))?;
            while let Some((offset, frame)) = frames.next()? {
                frame.check().map_err(|error| frame::at(offset, &error))?;
            }
            Ok(())
        };
        check().map_err(Failure::file("read", path))?;
        Self::open(path)
    }

    /// Refuses a checkpoint of another version of the program.
    ///
    /// # Errors
    /// Which version wrote it.
    pub(crate) fn check_version(&self) -> Result<(), Failure> {
        let Head { version, git, .. } = &self.head;
        let own = (env!("CARGO_PKG_VERSION"), env!("PATCHDAY_GIT"));
        if (version.as_str(), git.as_str()) == own {
            return Ok(());
        }
        Err(Failure::Usage(format!(
            "{}: written by version {version} ({git}); this is {} ({}), which may see it otherwise",
            self.path.display(),
            own.0,
            own.1
        )))
    }

    /// The scenario that ran.
    ///
    /// # Errors
    /// What this version of the program does not understand in it.
    pub(crate) fn scenario(&self) -> Result<Scenario, Failure> {
        let name = self.path.display().to_string();
        let loaded = scenario::load::<Scenario>(&name, &self.head.config, &[])?;
        Ok(loaded.scenario)
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
    ) -> Result<Simulation, Failure> {
        let standing = self.head.standing.clone();
        let next = |_| self.next();
        let resumed = Simulation::resume(
            (before, after),
            workers.threads,
            workers.shards,
            mail_limit,
            standing,
            next,
        );
        let broken = |what: String| {
            let error = io::Error::new(io::ErrorKind::InvalidData, what);
            Failure::file("read", &self.path)(error)
        };
        let simulation = resumed.map_err(|mismatch| match mismatch {
            Mismatch::Source(error) => Failure::file("read", &self.path)(error),
            Mismatch::Refused(refusal) => refusal.into(),
            Mismatch::FewerActors { image, settings } => broken(format!(
                "it has {image} actors, and the scenario only {settings}"
            )),
            Mismatch::Block(block, what) => broken(format!("block {block}: {what}")),
        })?;
        // Nothing may be left over, and the end must be there.
        let rest = self
            .frames
            .next()
            .map_err(Failure::file("read", &self.path))?;
        if rest.is_some() || !self.ready.is_empty() {
            return Err(broken("it has more blocks than actors need".into()));
        }
        Ok(simulation)
    }

    fn next(&mut self) -> io::Result<BlockImage<Network>> {
        if self.ready.is_empty() {
            let mut frames = Vec::new();
            while frames.len() < PARTS_AT_ONCE {
                match self.frames.next()? {
                    Some(frame) => frames.push(frame),
                    None => break,
                }
            }
            let parts: Vec<io::Result<Vec<Read>>> = frames
                .par_iter()
                .map(|(offset, frame)| decode(*offset, frame))
                .collect();
            for part in parts {
                self.ready.extend(part?);
            }
        }
        let block = self
            .ready
            .pop_front()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it has too few blocks"))?;
        Ok(BlockImage {
            states: block.states,
            annex: block.annex,
            mail: block.mail,
        })
    }
}

/// What a part holds.
fn decode<T: for<'de> Deserialize<'de>>(offset: u64, frame: &Frame) -> io::Result<T> {
    let bytes = frame.unpack().map_err(|error| frame::at(offset, &error))?;
    postcard::from_bytes(&bytes)
        .map_err(|error| frame::at(offset, &io::Error::other(error.to_string())))
}
