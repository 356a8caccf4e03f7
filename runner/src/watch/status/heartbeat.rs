//! `.live.json`: what a run says of itself while it is under way, about once a second.
//!
//! A hidden file beside the growing series, written aside and renamed, so that whoever reads
//! it finds it whole; not synced, since it is worth nothing after a crash of the machine. It is
//! no result: nothing that is kept depends on it, and it is removed when the run ends. A run
//! that was killed leaves its last one, which says how far it had come. Real time is in
//! seconds, memory in bytes, simulated time in ticks of a second.

use std::{fs, path::Path};

use patchday_core::Tick;
use serde::{Deserialize, Serialize};

use crate::store::layout::{LIVE, LIVE_ASIDE};

/// What a run says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Heartbeat {
    /// The process that runs it.
    pub(crate) process: u32,
    /// When that began with it, in seconds since 1970.
    pub(crate) begun: i64,
    /// The instant of tick 0, in seconds since 1970.
    pub(crate) start: i64,
    /// The tick at which the run ends.
    pub(crate) end: Tick,
    /// Every tick before this one is done.
    pub(crate) now: Tick,
    /// Envelopes handled since tick 0.
    pub(crate) events: u64,
    /// Envelopes handled a second, of late.
    pub(crate) events_per_s: f64,
    /// Simulated seconds a second, of late.
    pub(crate) simulated_s_per_wall_s: f64,
    /// Memory the process has resident; null where that is not known.
    pub(crate) resident_bytes: Option<u64>,
    /// Since the process began with it.
    pub(crate) elapsed_s: f64,
    /// Until the end, as if it went on as so far; null while that cannot be said.
    pub(crate) left_s: Option<f64>,
    /// What happened from outside so far, in words, oldest first.
    pub(crate) notes: Vec<(Tick, String)>,
}

impl Heartbeat {
    /// Puts it up in a run directory, in place of the one before.
    pub(crate) fn write(&self, run: &Path) {
        let Ok(text) = serde_json::to_vec(self) else {
            return;
        };
        let aside = run.join(LIVE_ASIDE);
        // The run is worth more than what it says of itself: a failure is no failure of it.
        let _ = fs::write(&aside, text).and_then(|()| fs::rename(&aside, run.join(LIVE)));
    }

    /// The one in a run directory, if there is one.
    pub(crate) fn read(run: &Path) -> Option<Self> {
        let text = fs::read(run.join(LIVE)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Takes it down.
    pub(crate) fn remove(run: &Path) {
        // What cannot be removed is seen to be old.
        let _ = fs::remove_file(run.join(LIVE));
        let _ = fs::remove_file(run.join(LIVE_ASIDE));
    }

    /// Whether another is of the same process: what was seen before still holds.
    pub(crate) fn is_same_process(&self, other: &Self) -> bool {
        (self.process, self.begun) == (other.process, other.begun)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Of a run on its third day.
    pub(crate) fn sample() -> Heartbeat {
        Heartbeat {
            process: 4_711,
            begun: 1_800_000_000,
            start: 1_187_049_600,
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
                    "The operator sees that there is an incident".into(),
                ),
            ],
        }
    }

    #[test]
    fn it_is_read_as_it_was_put_up_and_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(Heartbeat::read(root.path()), None);
        let heartbeat = sample();
        heartbeat.write(root.path());
        assert_eq!(Heartbeat::read(root.path()), Some(heartbeat.clone()));
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
        Heartbeat::remove(root.path());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
        // Where nothing can be written, nothing happens.
        heartbeat.write(&root.path().join("nowhere"));
        Heartbeat::remove(&root.path().join("nowhere"));
    }

    #[test]
    fn what_is_none_is_not_read() {
        let root = tempfile::tempdir().unwrap();
        for text in ["", "{", "{\"process\": 1}", "[]"] {
            fs::write(root.path().join(LIVE), text).unwrap();
            assert_eq!(Heartbeat::read(root.path()), None, "{text}");
        }
    }
}
