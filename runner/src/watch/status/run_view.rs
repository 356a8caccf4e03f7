//! The status of a run at one moment: everything that a screen or a line shows.
//!
//! Plain data, without files, clocks or a terminal. Times are ticks since 1970, UTC; real
//! time is in seconds, memory in bytes.

use std::time::Duration;

use patchday_agents::scenario::quantity::TickLength;
use patchday_core::Tick;

use crate::watch::status::{
    bands::Bands,
    series_tail::Sample,
    turning_points::{TurningPoints, share},
};

/// The state of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RunState {
    /// A process holds the directory, and nothing is computed yet.
    Preparing,
    /// It is running.
    Running,
    /// A process holds the directory, and its last update is so long ago.
    Silent(Duration),
    /// The simulation has ended, and the results are being written.
    WritingResults,
    /// It is complete.
    Finished,
    /// It was stopped; the reason.
    Stopped(String),
    /// No process holds the directory, and the run did not end.
    Killed,
    /// Its directory was removed.
    Gone,
}

impl RunState {
    /// Whether the run has ended, for any reason.
    pub(crate) fn is_over(&self) -> bool {
        matches!(
            self,
            Self::Finished | Self::Stopped(_) | Self::Killed | Self::Gone
        )
    }

    /// The state in a word or two.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Preparing => "preparing".into(),
            Self::Running => "running".into(),
            Self::Silent(quiet) => format!("no update for {} s", quiet.as_secs()),
            Self::WritingResults => "writing results".into(),
            Self::Finished => "finished".into(),
            Self::Stopped(why) => match why.split_once(':') {
                Some((kind, _)) => kind.to_owned(),
                None => why.clone(),
            },
            Self::Killed => "killed".into(),
            Self::Gone => "removed".into(),
        }
    }
}

/// The speed and memory of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cost {
    pub(crate) events_per_s: f64,
    pub(crate) simulated_s_per_wall_s: f64,
    /// Resident memory now; the maximum once the run has ended.
    pub(crate) memory: Option<u64>,
    pub(crate) elapsed_s: f64,
    pub(crate) left_s: Option<f64>,
}

/// An event of a run, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunEvent {
    /// The time, formatted.
    pub(crate) when: String,
    pub(crate) what: String,
    /// Whether no later sample can withdraw it; a short dip does not count if it ends.
    pub(crate) sure: bool,
}

/// The series of a run, as far as it is written.
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

/// The status of a run.
#[derive(Clone, Debug)]
pub(crate) struct RunView {
    pub(crate) title: String,
    /// The run directory.
    pub(crate) run: String,
    pub(crate) state: RunState,
    /// Where the results are, or the command that resumes the run.
    pub(crate) remark: Option<String>,
    /// The length of a tick.
    pub(crate) tick: TickLength,
    /// The time of tick 0.
    pub(crate) start: i64,
    /// The last tick, as far as it is known.
    pub(crate) end: Tick,
    /// The first tick that is not simulated yet.
    pub(crate) now: Tick,
    pub(crate) cost: Option<Cost>,
    /// Whether the scenario has supernodes.
    pub(crate) overlay: bool,
    /// Observed points: times and users online.
    pub(crate) observed: Vec<(i64, u64)>,
    pub(crate) series: SeriesView,
    /// Oldest first.
    pub(crate) events: Vec<RunEvent>,
}

impl RunView {
    /// The simulated time.
    pub(crate) fn time(&self) -> i64 {
        self.start + i64::from(self.now)
    }

    /// The share of the run that is done, from 0 to 1.
    pub(crate) fn done(&self) -> f64 {
        (f64::from(self.now) / f64::from(self.end.max(1))).min(1.0)
    }

    /// Users online as a share of the norm, in the last sample.
    pub(crate) fn share(&self) -> Option<f64> {
        let last = self.series.last?;
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
        let mut series = SeriesView::default();
        for tick in (60..=heartbeat.now).step_by(60) {
            let hour = f64::from(tick) / HOUR;
            let wave = ((hour - 9.0) / 24.0 * std::f64::consts::TAU).sin();
            let norm = 6.8e6 + 1.7e6 * wave;
            let share = match hour {
                hour if hour < 55.0 => 1.0,
                hour => (1.0 - (hour - 55.0) * 0.3).max(0.05),
            };
            series.add(Sample {
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
            tick: TickLength::SECOND,
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
            series,
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
                event("Thu 16 Aug 10:00", "The operator detects the incident"),
                event(
                    "Thu 16 Aug 12:00",
                    "The operator begins to add up to 1200 supernodes, 600 an hour (first)",
                ),
            ],
        }
    }

    /// A run about which nothing is known yet.
    pub(crate) fn nothing() -> RunView {
        RunView {
            tick: TickLength::SECOND,
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
            series: SeriesView::default(),
            events: Vec::new(),
        }
    }
}
