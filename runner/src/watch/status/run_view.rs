//! What is known of a run at a look: all that a screen or a line shows.
//!
//! Data without files, clocks or a terminal. Instants are seconds since 1970, UTC; ticks and
//! simulated seconds are the same; real time is in seconds, memory in bytes.

use std::time::Duration;

use patchday_core::Tick;

use crate::watch::status::{
    bands::Bands,
    series_tail::Sample,
    turning_points::{TurningPoints, share},
};

/// How it stands with a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RunState {
    /// A process has the directory, and nothing is computed yet.
    Preparing,
    /// It goes on.
    UnderWay,
    /// A process has the directory, and has said nothing for so long.
    Silent(Duration),
    /// It is over, and its results are being written.
    Closing,
    /// It came to its end.
    Finished,
    /// Something stopped it; what, in words.
    Stopped(String),
    /// No process has it, and it did not come to an end.
    Killed,
    /// Its directory is no longer there.
    Gone,
}

impl RunState {
    /// Whether nothing more is to be expected.
    pub(crate) fn is_over(&self) -> bool {
        matches!(
            self,
            Self::Finished | Self::Stopped(_) | Self::Killed | Self::Gone
        )
    }

    /// In a word or two.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Preparing => "being prepared".into(),
            Self::UnderWay => "under way".into(),
            Self::Silent(for_so_long) => format!("silent for {} s", for_so_long.as_secs()),
            Self::Closing => "writing its results".into(),
            Self::Finished => "finished".into(),
            Self::Stopped(why) => match why.split_once(':') {
                Some((kind, _)) => kind.to_owned(),
                None => why.clone(),
            },
            Self::Killed => "killed".into(),
            Self::Gone => "gone".into(),
        }
    }
}

/// What a run costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cost {
    pub(crate) events_per_s: f64,
    pub(crate) simulated_s_per_wall_s: f64,
    /// Now, or at most if the run is over.
    pub(crate) memory: Option<u64>,
    pub(crate) elapsed_s: f64,
    pub(crate) left_s: Option<f64>,
}

/// Something that happened, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunEvent {
    /// The instant, as it is said to people.
    pub(crate) when: String,
    pub(crate) what: String,
    /// Whether it stays, however the run goes on.
    pub(crate) sure: bool,
}

/// The series so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeriesView {
    pub(crate) online: Bands,
    pub(crate) norm: Bands,
    pub(crate) supernodes: Bands,
    pub(crate) login_queue: Bands,
    pub(crate) turning_points: TurningPoints,
    pub(crate) last: Option<Sample>,
}

impl SeriesView {
    /// Adds a sample.
    pub(crate) fn add(&mut self, sample: Sample) {
        self.online.add(sample.tick, sample.online);
        self.norm.add(sample.tick, sample.norm);
        self.supernodes.add(sample.tick, sample.supernodes);
        self.login_queue.add(sample.tick, sample.login_queue);
        self.turning_points
            .add(sample.tick, sample.online, sample.norm);
        self.last = Some(sample);
    }
}

/// A run at a look.
#[derive(Clone, Debug)]
pub(crate) struct RunView {
    pub(crate) title: String,
    /// The run directory.
    pub(crate) run: String,
    pub(crate) state: RunState,
    /// What to do, or where the results are.
    pub(crate) remark: Option<String>,
    /// The instant of tick 0.
    pub(crate) start: i64,
    /// Where the run ends, as far as that is known.
    pub(crate) end: Tick,
    /// Every tick before this one is done.
    pub(crate) now: Tick,
    pub(crate) cost: Option<Cost>,
    /// Whether the scenario has supernodes.
    pub(crate) overlay: bool,
    /// What is known to have happened: instants and users online.
    pub(crate) observed: Vec<(i64, u64)>,
    pub(crate) seen: SeriesView,
    /// What happened, oldest first.
    pub(crate) events: Vec<RunEvent>,
}

impl RunView {
    /// The instant the run has come to.
    pub(crate) fn time(&self) -> i64 {
        self.start + i64::from(self.now)
    }

    /// How much of the run is done, from 0 to 1.
    pub(crate) fn done(&self) -> f64 {
        (f64::from(self.now) / f64::from(self.end.max(1))).min(1.0)
    }

    /// Users online as a share of the norm, in the last sample.
    pub(crate) fn share(&self) -> Option<f64> {
        let last = self.seen.last?;
        Some(share(last.online, last.norm))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::watch::status::heartbeat::tests::sample as heartbeat;

    const HOUR: f64 = 3_600.0;

    /// A run of five days in the middle of its outage, a sample a minute.
    pub(crate) fn outage(state: RunState) -> RunView {
        let heartbeat = heartbeat();
        let mut seen = SeriesView::default();
        for tick in (60..=heartbeat.now).step_by(60) {
            let hour = f64::from(tick) / HOUR;
            let wave = ((hour - 9.0) / 24.0 * std::f64::consts::TAU).sin();
            let norm = 6.8e6 + 1.7e6 * wave;
            let share = match hour {
                hour if hour < 55.0 => 1.0,
                hour => (1.0 - (hour - 55.0) * 0.3).max(0.05),
            };
            seen.add(Sample {
                tick,
                online: (norm * share) as u64,
                norm: norm as u64,
                supernodes: (30_000.0 * (0.2 + 0.8 * share)) as u64,
                mega_supernodes: 0,
                login_queue: if share < 1.0 { 12_345 } else { 0 },
                login_wait: if share < 1.0 { 41_000 } else { 0 },
            });
        }
        let event = |when: &str, what: &str| RunEvent {
            when: when.into(),
            what: what.into(),
            sure: true,
        };
        let over = state.is_over();
        RunView {
            title: "The outage of August 2007".into(),
            run: "runs/outage-2007-2007".into(),
            state,
            remark: over.then(|| "its results are in runs/outage-2007-2007".into()),
            start: heartbeat.start,
            end: heartbeat.end,
            now: heartbeat.now,
            cost: Some(Cost {
                events_per_s: heartbeat.events_per_s,
                simulated_s_per_wall_s: heartbeat.simulated_s_per_wall_s,
                memory: heartbeat.resident_bytes,
                elapsed_s: heartbeat.elapsed_s,
                left_s: heartbeat.left_s.filter(|_| !over),
            }),
            overlay: true,
            observed: vec![
                (heartbeat.start + 3 * 86_400 + 16 * 3_600, 3_000_000),
                (heartbeat.start - 3_600, 8_000_000),
            ],
            seen,
            events: vec![
                event("Tue 14 Aug 17:00", "The patch is released"),
                event(
                    "Thu 16 Aug 07:21",
                    "More than a tenth of all users are missing",
                ),
                event(
                    "Thu 16 Aug 08:41",
                    "More than half of all users are missing",
                ),
                event(
                    "Thu 16 Aug 10:00",
                    "The operator sees that there is an incident",
                ),
                event(
                    "Thu 16 Aug 12:00",
                    "The operator begins to add up to 1200 supernodes, 600 an hour (first)",
                ),
            ],
        }
    }

    /// A run of which nothing is known yet.
    pub(crate) fn nothing() -> RunView {
        RunView {
            title: String::new(),
            run: "runs/x".into(),
            state: RunState::Preparing,
            remark: None,
            start: 0,
            end: 0,
            now: 0,
            cost: None,
            overlay: false,
            observed: Vec::new(),
            seen: SeriesView::default(),
            events: Vec::new(),
        }
    }
}
