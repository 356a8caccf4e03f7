//! The watcher: finds out how it stands with the run in a directory, look by look.
//!
//! Three things tell: what the run says of itself (`.live.json`), its series as far as it has
//! grown, and its manifest, which says how it ended. A run of which nothing is heard for some
//! seconds is under way only as long as a process holds the lock of its directory. So a run is
//! seen the same way whoever started it, in this process or another, with a terminal or without.
//! Whoever looks changes nothing.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use patchday_agents::scenario::Scenario;
use patchday_core::Tick;

use crate::{
    host::error::Failure,
    scenario::load,
    store::{
        checkpoint::format,
        layout::{CONFIG, LIVE},
        lock::is_busy,
        manifest::{Manifest, command_line},
    },
};

use crate::watch::status::{
    heartbeat::Heartbeat,
    run_events::{from_timeline, so_far},
    run_view::{Cost, RunState, RunView, SeriesView},
    series_tail::SeriesTail,
};

/// Somebody who speaks once a second and was not heard for so long does not speak.
const FRESH: Duration = Duration::from_secs(5);
/// Where locks say nothing: somebody who was not heard for so long is gone.
const GONE: Duration = Duration::from_secs(60);

/// What is known of a scenario, besides its run.
#[derive(Clone, Debug)]
struct ScenarioFacts {
    hash: String,
    start: i64,
    end: Tick,
    overlay: bool,
    observed: Vec<(i64, u64)>,
}

/// Looks at a run.
pub(crate) struct RunWatcher {
    run: PathBuf,
    tail: SeriesTail,
    heartbeat: Option<Heartbeat>,
    /// Whether the run was heard to speak, or its series seen to grow, since it was last over.
    spoke: bool,
    grew: bool,
    /// When the run was last heard of, and how long before that it had been silent.
    heard: (Instant, Duration),
    /// Whether nobody had the lock since then: it is not tried again and again.
    deserted: bool,
    facts: Option<ScenarioFacts>,
    seen: SeriesView,
}

impl RunWatcher {
    /// At a directory that holds a run, or in which one is being prepared.
    ///
    /// # Errors
    /// That it holds none.
    pub(crate) fn new(run: &Path, now: Instant) -> Result<Self, Failure> {
        if !run.is_dir() {
            let why = match run.exists() {
                true => "it is a file; to watch a run, name its directory",
                false => "there is no such directory; a run can be watched once it has begun",
            };
            return Err(Failure::usage(format!("{}: {why}", run.display())));
        }
        if let Err(failure) = Manifest::read(run)
            && is_busy(run) != Some(true)
        {
            return Err(failure.into());
        }
        // A run that spoke long ago is not to be taken for one that speaks now.
        let written = fs::metadata(run.join(LIVE)).and_then(|it| it.modified());
        let age = written.ok().and_then(|at| at.elapsed().ok());
        Ok(Self {
            run: run.to_owned(),
            tail: SeriesTail::new(run),
            heartbeat: Heartbeat::read(run),
            spoke: false,
            grew: false,
            heard: (now, age.unwrap_or_default()),
            deserted: false,
            facts: None,
            seen: SeriesView::default(),
        })
    }

    /// What can be seen now.
    pub(crate) fn look(&mut self, now: Instant) -> RunView {
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
        let speaks = self.run.join(LIVE).exists();
        self.read_series(now, speaks);
        let manifest = Manifest::read(&self.run).ok();
        let quiet = now.duration_since(self.heard.0) + self.heard.1;
        let state = self.state(manifest.as_ref(), speaks, quiet);
        // A run that ended between two looks at its manifest was not killed.
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
        self.deserted = false;
    }

    fn read_series(&mut self, now: Instant, speaks: bool) {
        // What cannot be read now may be at the next look.
        let Ok(found) = self.tail.look() else { return };
        if found.restarted {
            self.seen = SeriesView::default();
            if !speaks {
                // Of a run that is not this one.
                self.heartbeat = None;
                self.spoke = false;
            }
        } else if !found.samples.is_empty() {
            self.grew = true;
            self.hear(now);
        }
        found.samples.into_iter().for_each(|it| self.seen.add(it));
    }

    /// How it stands, after the run was quiet for so long. `speaks` is whether it has
    /// something to say of itself.
    fn state(&mut self, manifest: Option<&Manifest>, speaks: bool, quiet: Duration) -> RunState {
        if !self.run.is_dir() {
            return RunState::Gone;
        }
        if speaks && quiet < FRESH {
            return RunState::UnderWay;
        }
        if let Some(ended) = manifest.and_then(ended) {
            return ended;
        }
        let busy = if self.deserted {
            Some(false)
        } else {
            is_busy(&self.run)
        };
        self.deserted = busy == Some(false);
        let idle = match (speaks, self.spoke, self.grew) {
            // It took down what it said of itself.
            (false, true, _) => RunState::Closing,
            (false, false, false) => RunState::Preparing,
            _ if quiet < FRESH => RunState::UnderWay,
            _ => RunState::Silent(quiet),
        };
        match busy {
            Some(true) => idle,
            None if quiet < GONE => idle,
            Some(false) | None => RunState::Killed,
        }
    }

    /// What the scenario says, once it is there.
    fn read_facts(&mut self, manifest: Option<&Manifest>) {
        let Some(manifest) = manifest else { return };
        let known = self.facts.as_ref().map(|facts| &facts.hash);
        if known == Some(&manifest.config_hash) {
            return;
        }
        // A scenario of another version may not be understood; then there is no facts.
        let loaded = load::load_file::<Scenario>(&self.run.join(CONFIG), &[]).ok();
        self.facts = loaded.map(|loaded| {
            let scenario = loaded.scenario;
            let instant = scenario.observed.iter().filter(|one| !one.daily_peak);
            ScenarioFacts {
                hash: manifest.config_hash.clone(),
                start: scenario.run.start.seconds(),
                end: scenario.ticks(),
                overlay: scenario.overlay.enabled,
                observed: instant
                    .filter_map(|one| Some((one.time.seconds(), one.users?)))
                    .collect(),
            }
        });
    }

    fn view(&self, manifest: Option<&Manifest>, state: RunState) -> RunView {
        let heartbeat = self.heartbeat.as_ref();
        let facts = self.facts.as_ref();
        let last = self.seen.last.map_or(0, |sample| sample.tick);
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
        RunView {
            title: manifest.map_or_else(String::new, |manifest| manifest.title.clone()),
            run: self.run.display().to_string(),
            remark: self.remark(&state),
            start,
            end: end.max(now),
            now,
            cost: self.cost(&state, over),
            overlay: facts.map_or(self.seen.supernodes.greatest() > 0, |facts| facts.overlay),
            observed: facts.map_or_else(Vec::new, |facts| facts.observed.clone()),
            events: match state {
                RunState::Finished | RunState::Stopped(_) => from_timeline(&self.run),
                _ => None,
            }
            .unwrap_or_else(|| {
                // The series may be ahead of what the run says of itself, which comes next.
                let said = heartbeat.map(|heartbeat| heartbeat.now);
                let until = said.filter(|_| state == RunState::UnderWay);
                so_far(
                    heartbeat,
                    &self.seen.turning_points,
                    until.unwrap_or(Tick::MAX),
                    start,
                )
            }),
            seen: self.seen.clone(),
            state,
        }
    }

    fn remark(&self, state: &RunState) -> Option<String> {
        let run = self.run.display().to_string();
        match state {
            RunState::Finished => Some(format!("its results are in {run}")),
            RunState::Stopped(why) => Some(why.clone() + &self.go_on()),
            RunState::Killed => {
                Some("no process has it, and it came to no end".to_owned() + &self.go_on())
            }
            RunState::Silent(_) => {
                let process = self.heartbeat.as_ref().map(|heartbeat| heartbeat.process);
                process.map(|process| format!("process {process} has it, and may be held up"))
            }
            RunState::Gone => Some("its directory is no longer there".to_owned()),
            RunState::Preparing | RunState::UnderWay | RunState::Closing => None,
        }
    }

    /// How a run that was stopped can go on, if it can.
    fn go_on(&self) -> String {
        if format::list(&self.run).is_empty() {
            return String::new();
        }
        let run = self.run.to_string_lossy();
        let words = ["", "run", &run, "--resume"].map(String::from);
        format!("; to go on: {}", command_line(words.into_iter()))
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

/// How a run ended, if its manifest says so.
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
