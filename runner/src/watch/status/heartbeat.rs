//! The heartbeat of a run, `.live.json`: its progress, written about once a second while it runs.
//!
//! A hidden file beside the growing series. It is written to another name and renamed, so that a
//! reader always finds a complete file; it is not synced, because it is useless after a crash of
//! the machine. No result depends on it. It is removed when the run ends; a killed run leaves its
//! last one, which says how far the run got. Real time is in seconds, memory in bytes, simulated
//! time in ticks.

use std::{fs, io::Write, path::Path};

use patchday_agents::scenario::quantity::{Span, TickLength};
use patchday_core::Tick;
use serde::{Deserialize, Serialize};

use crate::{
    host::durable::create_in_place,
    store::layout::{LIVE, LIVE_ASIDE},
};

/// The progress of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Heartbeat {
    /// The id of the process that executes the run.
    pub(crate) process: u32,
    /// When the process began with the run, in seconds since 1970.
    pub(crate) begun: i64,
    /// The time of tick 0, in ticks since 1970.
    pub(crate) start: i64,
    /// The length of a tick in milliseconds; a second in heartbeats of earlier versions.
    #[serde(default = "second")]
    pub(crate) tick_ms: u32,
    /// The tick at which the run ends.
    pub(crate) end: Tick,
    /// The first tick that is not simulated yet.
    pub(crate) now: Tick,
    /// Events handled since tick 0.
    pub(crate) events: u64,
    /// Events handled a second, recently.
    pub(crate) events_per_s: f64,
    /// Simulated seconds a second, recently.
    pub(crate) simulated_s_per_wall_s: f64,
    /// Resident memory of the process; null if unknown.
    pub(crate) resident_bytes: Option<u64>,
    /// Real time since the process began with the run.
    pub(crate) elapsed_s: f64,
    /// Estimated real time to the end at the speed so far; null while unknown.
    pub(crate) left_s: Option<f64>,
    /// Events from outside so far, as ticks and texts, oldest first.
    pub(crate) notes: Vec<(Tick, String)>,
}

fn second() -> u32 {
    TickLength::SECOND.millis()
}

impl Heartbeat {
    /// The length of a tick; a second if it is not valid.
    pub(crate) fn tick(&self) -> TickLength {
        TickLength::new(Span::from_millis(self.tick_ms.into())).unwrap_or_default()
    }

    /// Writes it into a run directory, in place of the previous one.
    pub(crate) fn write(&self, run: &Path) {
        let Ok(text) = serde_json::to_vec(self) else {
            return;
        };
        let aside = run.join(LIVE_ASIDE);
        // Errors are ignored: failing to write the heartbeat must not stop the run.
        let _ = create_in_place(&aside)
            .and_then(|mut file| file.write_all(&text))
            .and_then(|()| fs::rename(&aside, run.join(LIVE)));
    }

    /// Reads it from a run directory; `None` if there is none or it cannot be parsed.
    pub(crate) fn read(run: &Path) -> Option<Self> {
        let text = fs::read(run.join(LIVE)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Removes it from a run directory.
    pub(crate) fn remove(run: &Path) {
        // Errors are ignored: readers notice that a heartbeat is old.
        let _ = fs::remove_file(run.join(LIVE));
        let _ = fs::remove_file(run.join(LIVE_ASIDE));
    }

    /// Whether both come from the same process, so that the series read so far is still valid.
    pub(crate) fn is_same_process(&self, other: &Self) -> bool {
        (self.process, self.begun) == (other.process, other.begun)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The heartbeat of a run on its third day.
    pub(crate) fn sample() -> Heartbeat {
        Heartbeat {
            process: 4_711,
            begun: 1_800_000_000,
            start: 1_187_049_600,
            tick_ms: 1_000,
            end: 5 * 86_400,
            now: 2 * 86_400 + 50_700,
            events: 2_300_000_000,
            events_per_s: 4_200_000.0,
            simulated_s_per_wall_s: 283.4,
            resident_bytes: Some(4_820_000_000),
            elapsed_s: 790.0,
            left_s: Some(731.0),
            notes: vec![
                (61_200, "The patch is released".into()),
                (
                    2 * 86_400 + 36_000,
                    "The operator detects the incident".into(),
                ),
            ],
        }
    }

    #[test]
    fn it_is_read_as_written_and_removed_completely() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(Heartbeat::read(root.path()), None);
        let heartbeat = sample();
        heartbeat.write(root.path());
        assert_eq!(Heartbeat::read(root.path()), Some(heartbeat.clone()));
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
        Heartbeat::remove(root.path());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        // A directory that does not exist is no error.
        heartbeat.write(&root.path().join("nowhere"));
        Heartbeat::remove(&root.path().join("nowhere"));
    }

    #[test]
    fn other_content_is_not_a_heartbeat() {
        let root = tempfile::tempdir().unwrap();
        for text in ["", "{", "{\"process\": 1}", "[]"] {
            fs::write(root.path().join(LIVE), text).unwrap();
            assert_eq!(Heartbeat::read(root.path()), None, "{text}");
        }
    }
}
