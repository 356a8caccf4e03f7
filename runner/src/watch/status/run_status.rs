//! The lookout: finds out how it stands with the run in a directory, look by look.
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
    events::{so_far, told},
    heartbeat::Bulletin,
    series_tail::Tail,
    view::{Condition, Cost, Seen, View},
};

/// Somebody who speaks once a second and was not heard for so long does not speak.
const FRESH: Duration = Duration::from_secs(5);
/// Where locks say nothing: somebody who was not heard for so long is gone.
const GONE: Duration = Duration::from_secs(60);

/// What is known of a scenario, besides its run.
#[derive(Clone, Debug)]
struct Plan {
    hash: String,
    start: i64,
    end: Tick,
    overlay: bool,
    observed: Vec<(i64, u64)>,
}

/// Looks at a run.
pub(crate) struct Lookout {
    run: PathBuf,
    tail: Tail,
    bulletin: Option<Bulletin>,
    /// Whether the run was heard to speak, or its series seen to grow, since it was last over.
    spoke: bool,
    grew: bool,
    /// When the run was last heard of, and how long before that it had been silent.
    heard: (Instant, Duration),
    /// Whether nobody had the lock since then: it is not tried again and again.
    deserted: bool,
    plan: Option<Plan>,
    seen: Seen,
}

impl Lookout {
    /// At a directory that holds a run, or in which one is being prepared.
    ///
    /// # Errors
    /// That it holds none.
    pub(crate) fn at(run: &Path, now: Instant) -> Result<Self, Failure> {
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
            tail: Tail::of(run),
            bulletin: Bulletin::read(run),
            spoke: false,
            grew: false,
            heard: (now, age.unwrap_or_default()),
            deserted: false,
            plan: None,
            seen: Seen::default(),
        })
    }

    /// What can be seen now.
    pub(crate) fn look(&mut self, now: Instant) -> View {
        let bulletin = Bulletin::read(&self.run);
        if let Some(bulletin) = &bulletin {
            let before = self.bulletin.as_ref();
            if before.is_some_and(|before| !before.is_of_same(bulletin)) {
                self.tail.forget();
            }
            if before != Some(bulletin) {
                self.hear(now);
            }
            self.spoke = true;
        }
        self.bulletin = bulletin.or_else(|| self.bulletin.take());
        let speaks = self.run.join(LIVE).exists();
        self.read_series(now, speaks);
        let manifest = Manifest::read(&self.run).ok();
        let quiet = now.duration_since(self.heard.0) + self.heard.1;
        let condition = self.condition(manifest.as_ref(), speaks, quiet);
        // A run that ended between two looks at its manifest was not killed.
        let (manifest, condition) = match condition {
            Condition::Killed => {
                let manifest = Manifest::read(&self.run).ok();
                let ended = manifest.as_ref().and_then(ended);
                (manifest, ended.unwrap_or(Condition::Killed))
            }
            other => (manifest, other),
        };
        if condition.is_over() {
            self.spoke = false;
            self.grew = false;
        }
        self.read_plan(manifest.as_ref());
        self.view(manifest.as_ref(), condition)
    }

    fn hear(&mut self, now: Instant) {
        self.heard = (now, Duration::ZERO);
        self.deserted = false;
    }

    fn read_series(&mut self, now: Instant, speaks: bool) {
        // What cannot be read now may be at the next look.
        let Ok(found) = self.tail.look() else { return };
        if found.anew {
            self.seen = Seen::default();
            if !speaks {
                // Of a run that is not this one.
                self.bulletin = None;
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
    fn condition(
        &mut self,
        manifest: Option<&Manifest>,
        speaks: bool,
        quiet: Duration,
    ) -> Condition {
        if !self.run.is_dir() {
            return Condition::Gone;
        }
        if speaks && quiet < FRESH {
            return Condition::UnderWay;
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
            (false, true, _) => Condition::Closing,
            (false, false, false) => Condition::Preparing,
            _ if quiet < FRESH => Condition::UnderWay,
            _ => Condition::Silent(quiet),
        };
        match busy {
            Some(true) => idle,
            None if quiet < GONE => idle,
            Some(false) | None => Condition::Killed,
        }
    }

    /// What the scenario says, once it is there.
    fn read_plan(&mut self, manifest: Option<&Manifest>) {
        let Some(manifest) = manifest else { return };
        let known = self.plan.as_ref().map(|plan| &plan.hash);
        if known == Some(&manifest.config_hash) {
            return;
        }
        // A scenario of another version may not be understood; then there is no plan.
        let loaded = load::load_file::<Scenario>(&self.run.join(CONFIG), &[]).ok();
        self.plan = loaded.map(|loaded| {
            let scenario = loaded.scenario;
            let instant = scenario.observed.iter().filter(|one| !one.daily_peak);
            Plan {
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

    fn view(&self, manifest: Option<&Manifest>, condition: Condition) -> View {
        let bulletin = self.bulletin.as_ref();
        let plan = self.plan.as_ref();
        let last = self.seen.last.map_or(0, |sample| sample.tick);
        let over = manifest.filter(|manifest| manifest.has_ended());
        let now = match (&condition, over) {
            (Condition::Finished | Condition::Stopped(_), Some(over)) => over.ticks,
            _ => bulletin.map_or(last, |bulletin| bulletin.now.max(last)),
        };
        let start = plan.map(|plan| plan.start);
        let end = plan.map(|plan| plan.end);
        let end = end.or(bulletin.map(|bulletin| bulletin.end)).unwrap_or(now);
        let start = start.or(bulletin.map(|bulletin| bulletin.start));
        let start = start.unwrap_or_default();
        View {
            title: manifest.map_or_else(String::new, |manifest| manifest.title.clone()),
            run: self.run.display().to_string(),
            remark: self.remark(&condition),
            start,
            end: end.max(now),
            now,
            cost: self.cost(&condition, over),
            overlay: plan.map_or(self.seen.supernodes.greatest() > 0, |plan| plan.overlay),
            observed: plan.map_or_else(Vec::new, |plan| plan.observed.clone()),
            happenings: match condition {
                Condition::Finished | Condition::Stopped(_) => told(&self.run),
                _ => None,
            }
            .unwrap_or_else(|| {
                // The series may be ahead of what the run says of itself, which comes next.
                let said = bulletin.map(|bulletin| bulletin.now);
                let until = said.filter(|_| condition == Condition::UnderWay);
                so_far(
                    bulletin,
                    &self.seen.turns,
                    until.unwrap_or(Tick::MAX),
                    start,
                )
            }),
            seen: self.seen.clone(),
            condition,
        }
    }

    fn remark(&self, condition: &Condition) -> Option<String> {
        let run = self.run.display().to_string();
        match condition {
            Condition::Finished => Some(format!("its results are in {run}")),
            Condition::Stopped(why) => Some(why.clone() + &self.go_on()),
            Condition::Killed => {
                Some("no process has it, and it came to no end".to_owned() + &self.go_on())
            }
            Condition::Silent(_) => {
                let process = self.bulletin.as_ref().map(|bulletin| bulletin.process);
                process.map(|process| format!("process {process} has it, and may be held up"))
            }
            Condition::Gone => Some("its directory is no longer there".to_owned()),
            Condition::Preparing | Condition::UnderWay | Condition::Closing => None,
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

    fn cost(&self, condition: &Condition, over: Option<&Manifest>) -> Option<Cost> {
        match (condition, over) {
            (Condition::Finished | Condition::Stopped(_), Some(over)) => Some(Cost {
                events_per_s: over.events_per_s,
                simulated_s_per_wall_s: over.simulated_s_per_wall_s,
                memory: over.peak_rss_bytes,
                elapsed_s: over.wall_s,
                left_s: None,
            }),
            _ => self.bulletin.as_ref().map(|bulletin| Cost {
                events_per_s: bulletin.events_per_s,
                simulated_s_per_wall_s: bulletin.simulated_s_per_wall_s,
                memory: bulletin.resident_bytes,
                elapsed_s: bulletin.elapsed_s,
                left_s: bulletin.left_s.filter(|_| !condition.is_over()),
            }),
        }
    }
}

/// How a run ended, if its manifest says so.
fn ended(manifest: &Manifest) -> Option<Condition> {
    manifest.has_ended().then(|| {
        if manifest.complete {
            Condition::Finished
        } else {
            Condition::Stopped(manifest.ended.clone())
        }
    })
}

#[cfg(test)]
mod tests;
