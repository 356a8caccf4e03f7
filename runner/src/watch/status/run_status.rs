//! Determines the status of the run in a directory, poll by poll.
//!
//! It has three sources: the heartbeat (`.live.json`), the growing series, and the manifest, which
//! says how the run ended. A run without an update for some seconds counts as running only as long
//! as a process holds the lock of its directory. The status is the same whichever process executes
//! the run, with or without a terminal. Polling changes nothing in the directory.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use patchday_agents::scenario::{Run, Scenario, quantity::TickLength};
use patchday_core::Tick;

use crate::{
    host::error::Failure,
    scenario::load,
    store::{
        checkpoint::format,
        command_line::CommandLine,
        layout::{CONFIG, LIVE},
        manifest::Manifest,
        place::lock::is_locked,
    },
};

use crate::watch::{
    error::WatchError,
    status::{
        heartbeat::Heartbeat,
        run_events::{from_timeline, so_far},
        run_view::{Cost, RunState, RunView, SeriesView},
        series_tail::SeriesTail,
    },
};

/// A run updates its heartbeat every second; after this long without an update it counts as silent.
const FRESH: Duration = Duration::from_secs(5);
/// Where locks are not supported: after this long without an update a run counts as killed.
const GONE: Duration = Duration::from_secs(60);

/// The facts of the scenario that a screen shows.
#[derive(Clone, Debug)]
struct ScenarioFacts {
    hash: String,
    tick: TickLength,
    start: i64,
    end: Tick,
    outage_after: Tick,
    overlay: bool,
    observed: Vec<(i64, u64)>,
}

/// Watches a run.
pub(crate) struct RunWatcher {
    run: PathBuf,
    tail: SeriesTail,
    heartbeat: Option<Heartbeat>,
    /// Whether the run wrote a heartbeat since it last ended.
    spoke: bool,
    /// Whether its series grew since then.
    grew: bool,
    /// When the last update was noticed, and how old it was then.
    heard: (Instant, Duration),
    /// Whether the lock was free since then; it is not tried again and again.
    unlocked: bool,
    facts: Option<ScenarioFacts>,
    series: SeriesView,
}

impl RunWatcher {
    /// Watches the directory of a run, or one in which a run is being prepared.
    ///
    /// # Errors
    /// Returns an error if the directory holds no run.
    pub(crate) fn new(run: &Path, now: Instant) -> Result<Self, Failure> {
        if !run.is_dir() {
            let path = run.to_owned();
            let error = if run.exists() {
                WatchError::NotDirectory(path)
            } else {
                WatchError::NoDirectory(path)
            };
            return Err(error.into());
        }
        if let Err(failure) = Manifest::read(run)
            && is_locked(run) != Some(true)
        {
            return Err(failure.into());
        }
        // An old heartbeat must not be mistaken for a new one.
        let written = fs::metadata(run.join(LIVE)).and_then(|it| it.modified());
        let age = written.ok().and_then(|at| at.elapsed().ok());
        Ok(Self {
            run: run.to_owned(),
            tail: SeriesTail::new(run),
            heartbeat: Heartbeat::read(run),
            spoke: false,
            grew: false,
            heard: (now, age.unwrap_or_default()),
            unlocked: false,
            facts: None,
            series: SeriesView::default(),
        })
    }

    /// The status now.
    pub(crate) fn poll(&mut self, now: Instant) -> RunView {
        let heartbeat = Heartbeat::read(&self.run);
        if let Some(heartbeat) = &heartbeat {
            let before = self.heartbeat.as_ref();
            if before.is_some_and(|before| !before.is_same_process(heartbeat)) {
                self.tail.forget();
            }
            if before != Some(heartbeat) {
                self.hear(now);
            }
            self.spoke = true;
        }
        self.heartbeat = heartbeat.or_else(|| self.heartbeat.take());
        let has_heartbeat = self.run.join(LIVE).exists();
        self.read_series(now, has_heartbeat);
        let manifest = Manifest::read(&self.run).ok();
        let quiet = now.duration_since(self.heard.0) + self.heard.1;
        let state = self.state(manifest.as_ref(), has_heartbeat, quiet);
        // The run may have ended since the manifest was read; then it was not killed.
        let (manifest, state) = match state {
            RunState::Killed => {
                let manifest = Manifest::read(&self.run).ok();
                let ended = manifest.as_ref().and_then(ended);
                (manifest, ended.unwrap_or(RunState::Killed))
            }
            other => (manifest, other),
        };
        if state.is_over() {
            self.spoke = false;
            self.grew = false;
        }
        self.read_facts(manifest.as_ref());
        self.view(manifest.as_ref(), state)
    }

    fn hear(&mut self, now: Instant) {
        self.heard = (now, Duration::ZERO);
        self.unlocked = false;
    }

    fn read_series(&mut self, now: Instant, has_heartbeat: bool) {
        // An error is ignored: the next poll reads it again.
        let Ok(found) = self.tail.poll() else { return };
        if found.restarted {
            self.series = SeriesView::default();
            if !has_heartbeat {
                // The heartbeat belongs to another run.
                self.heartbeat = None;
                self.spoke = false;
            }
        } else if !found.samples.is_empty() {
            self.grew = true;
            self.hear(now);
        }
        found.samples.into_iter().for_each(|it| self.series.add(it));
    }

    /// The state of the run. `quiet` is the time since its last update, `has_heartbeat` whether it
    /// has a heartbeat.
    fn state(
        &mut self,
        manifest: Option<&Manifest>,
        has_heartbeat: bool,
        quiet: Duration,
    ) -> RunState {
        if !self.run.is_dir() {
            return RunState::Gone;
        }
        if has_heartbeat && quiet < FRESH {
            return RunState::Running;
        }
        if let Some(ended) = manifest.and_then(ended) {
            return ended;
        }
        let busy = if self.unlocked {
            Some(false)
        } else {
            is_locked(&self.run)
        };
        self.unlocked = busy == Some(false);
        let idle = match (has_heartbeat, self.spoke, self.grew) {
            // It removed its heartbeat.
            (false, true, _) => RunState::WritingResults,
            (false, false, false) => RunState::Preparing,
            _ if quiet < FRESH => RunState::Running,
            _ => RunState::Silent(quiet),
        };
        match busy {
            Some(true) => idle,
            None if quiet < GONE => idle,
            Some(false) | None => RunState::Killed,
        }
    }

    /// Reads the scenario once it exists.
    fn read_facts(&mut self, manifest: Option<&Manifest>) {
        let Some(manifest) = manifest else { return };
        let known = self.facts.as_ref().map(|facts| &facts.hash);
        if known == Some(&manifest.config_hash) {
            return;
        }
        // The scenario of another version may not be readable; then there are no facts.
        let loaded = load::load_file::<Scenario>(&self.run.join(CONFIG), &[]).ok();
        self.facts = loaded.map(|loaded| {
            let scenario = loaded.scenario;
            let instant = scenario.observed.iter().filter(|one| !one.daily_peak);
            ScenarioFacts {
                hash: manifest.config_hash.clone(),
                tick: scenario.tick(),
                start: scenario.tick().since_1970(scenario.run.start),
                end: scenario.ticks(),
                outage_after: scenario.tick().ticks(scenario.run.outage_after),
                overlay: scenario.overlay.enabled,
                observed: instant
                    .filter_map(|one| Some((scenario.tick().since_1970(one.time), one.users?)))
                    .collect(),
            }
        });
    }

    fn view(&self, manifest: Option<&Manifest>, state: RunState) -> RunView {
        let heartbeat = self.heartbeat.as_ref();
        let facts = self.facts.as_ref();
        let last = self.series.last.map_or(0, |sample| sample.tick);
        let over = manifest.filter(|manifest| manifest.has_ended());
        let now = match (&state, over) {
            (RunState::Finished | RunState::Stopped(_), Some(over)) => over.ticks,
            _ => heartbeat.map_or(last, |heartbeat| heartbeat.now.max(last)),
        };
        let start = facts.map(|facts| facts.start);
        let end = facts.map(|facts| facts.end);
        let end = end
            .or(heartbeat.map(|heartbeat| heartbeat.end))
            .unwrap_or(now);
        let start = start.or(heartbeat.map(|heartbeat| heartbeat.start));
        let start = start.unwrap_or_default();
        let tick = facts.map(|facts| facts.tick);
        let tick = tick.or(heartbeat.map(Heartbeat::tick)).unwrap_or_default();
        RunView {
            title: manifest.map_or_else(String::new, |manifest| manifest.title.clone()),
            run: self.run.display().to_string(),
            remark: self.remark(&state),
            tick,
            start,
            end: end.max(now),
            now,
            cost: self.cost(&state, over),
            overlay: facts.map_or(self.series.supernodes.greatest() > 0, |facts| facts.overlay),
            observed: facts.map_or_else(Vec::new, |facts| facts.observed.clone()),
            events: match state {
                RunState::Finished | RunState::Stopped(_) => from_timeline(&self.run),
                _ => None,
            }
            .unwrap_or_else(|| {
                // The series may be ahead of the heartbeat; later turning points are shown with
                // the next heartbeat.
                let said = heartbeat.map(|heartbeat| heartbeat.now);
                let until = said.filter(|_| state == RunState::Running);
                let outage_after = facts.map_or_else(
                    || tick.ticks(Run::default().outage_after),
                    |facts| facts.outage_after,
                );
                so_far(
                    heartbeat,
                    self.series.turning_points.all(outage_after),
                    until.unwrap_or(Tick::MAX),
                    (start, tick),
                )
            }),
            series: self.series.clone(),
            state,
        }
    }

    fn remark(&self, state: &RunState) -> Option<String> {
        let run = self.run.display().to_string();
        match state {
            RunState::Finished => Some(format!("its results are in {run}")),
            RunState::Stopped(why) => Some(why.clone() + &self.resume_hint()),
            RunState::Killed => Some(
                "no process is running it, and it did not finish".to_owned() + &self.resume_hint(),
            ),
            RunState::Silent(_) => {
                let process = self.heartbeat.as_ref().map(|heartbeat| heartbeat.process);
                process.map(|process| {
                    format!("process {process} holds it and may be stopped or very slow")
                })
            }
            RunState::Gone => Some("its directory was removed".to_owned()),
            RunState::Preparing | RunState::Running | RunState::WritingResults => None,
        }
    }

    /// The command that resumes a stopped run; empty without a checkpoint.
    fn resume_hint(&self) -> String {
        if format::list(&self.run).is_empty() {
            return String::new();
        }
        let run = self.run.to_string_lossy();
        let command = CommandLine::new(["run", &run, "--resume"]);
        format!("; resume with: {command}")
    }

    fn cost(&self, state: &RunState, over: Option<&Manifest>) -> Option<Cost> {
        match (state, over) {
            (RunState::Finished | RunState::Stopped(_), Some(over)) => Some(Cost {
                events_per_s: over.events_per_s,
                simulated_s_per_wall_s: over.simulated_s_per_wall_s,
                memory: over.peak_rss_bytes,
                elapsed_s: over.wall_s,
                left_s: None,
            }),
            _ => self.heartbeat.as_ref().map(|heartbeat| Cost {
                events_per_s: heartbeat.events_per_s,
                simulated_s_per_wall_s: heartbeat.simulated_s_per_wall_s,
                memory: heartbeat.resident_bytes,
                elapsed_s: heartbeat.elapsed_s,
                left_s: heartbeat.left_s.filter(|_| !state.is_over()),
            }),
        }
    }
}

/// The state of a run whose manifest says that it ended.
fn ended(manifest: &Manifest) -> Option<RunState> {
    manifest.has_ended().then(|| {
        if manifest.complete {
            RunState::Finished
        } else {
            RunState::Stopped(manifest.ended.clone())
        }
    })
}

#[cfg(test)]
mod tests;
