//! Seeds of checkpoints. In them, parts follow each other, each preceded by its length in 16 bits,
//! little-endian.

use std::sync::OnceLock;

use patchday_agents::Simulation;

use crate::{
    fuzzing::seeds::small::{SMALL, simulation_at, small},
    scenario::print::config_hash,
    store::checkpoint::{
        blocks,
        format::{self, Head},
        frames::{self, Frame, Frames},
    },
};

/// A file with one frame for each part, and the last, empty frame.
pub(crate) fn file<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut file = Vec::new();
    let parts = parts.filter(|part| !part.is_empty()).chain([&[][..]]);
    let written = parts.zip(0..).try_for_each(|(part, number)| {
        if number == 0 {
            frames::begin(&mut file)?;
        }
        Frame::pack(number, part)?.write(&mut file)
    });
    assert!(written.is_ok());
    file
}

fn head(simulation: &Simulation) -> Head {
    let scenario = small();
    Head {
        version: env!("CARGO_PKG_VERSION").into(),
        git: "0".into(),
        config_hash: config_hash(scenario),
        config: SMALL.into(),
        manifest: String::new(),
        digest: simulation.digest(),
        series_bytes: 0,
        snapshot: simulation.snapshot(),
    }
}

fn encoded(value: &impl serde::Serialize) -> Vec<u8> {
    blocks::encode(value).unwrap_or_default()
}

/// The beginning of a checkpoint of the small scenario, up to the snapshot of the world.
pub(crate) fn before_snapshot() -> &'static [u8] {
    static BEFORE: OnceLock<Vec<u8>> = OnceLock::new();
    BEFORE.get_or_init(|| {
        let head = head(&simulation_at(1_000, 0));
        let (mut all, snapshot) = (encoded(&head), encoded(&head.snapshot));
        all.truncate(all.len() - snapshot.len());
        all
    })
}

fn written(users: u64, tick: u32) -> (Head, Vec<u8>) {
    let simulation = simulation_at(users, tick);
    let head = head(&simulation);
    let mut file = Vec::new();
    assert!(format::write_to(&simulation, &head, &[][..], &mut file).is_ok());
    (head, file)
}

fn with_lengths<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let part = |part: &'a [u8]| [&(part.len() as u16).to_le_bytes()[..], part].concat();
    parts.flat_map(part).collect()
}

/// The input of a checkpoint: the snapshot of the world, then the parts of the file after its head.
fn input(head: &Head, file: &[u8]) -> Vec<u8> {
    let mut parts = vec![encoded(&head.snapshot)];
    let frames = Frames::begin(file).ok();
    let mut frames = frames
        .into_iter()
        .flat_map(|mut frames| std::iter::from_fn(move || frames.next().ok().flatten()));
    frames.next();
    parts.extend(frames.map(|(_, frame)| frame.unpack().unwrap_or_default()));
    let parts = with_lengths(parts.iter().map(Vec::as_slice));
    [&[0], parts.as_slice()].concat()
}

pub(crate) fn checkpoints() -> Vec<Vec<u8>> {
    let mut all = vec![[&[1], encoded(&head(&simulation_at(1_000, 0))).as_slice()].concat()];
    // With few users they are small; a checkpoint may have fewer actors than the scenario.
    for (users, tick) in [(10, 0), (40, 5), (40, 1_900), (100, 5_400), (1_000, 4_000)] {
        let (head, file) = written(users, tick);
        all.push(input(&head, &file));
    }
    all
}

/// A checkpoint that claims a number of actors.
#[cfg(test)]
pub(crate) fn claiming(actors: u32) -> Vec<u8> {
    let (mut head, file) = written(10, 0);
    head.snapshot.clock.actors = actors;
    input(&head, &file)
}

pub(crate) fn frames() -> Vec<Vec<u8>> {
    let parts: [&[u8]; 3] = [b"one", &[7; 300], b"three"];
    let packed = zstd::bulk::compress(&[3; 1_000], 1).unwrap_or_default();
    vec![
        written(10, 0).1,
        file(parts.into_iter()),
        with_lengths(parts.into_iter()),
        [&1_000_u32.to_le_bytes()[..], &packed].concat(),
    ]
}
