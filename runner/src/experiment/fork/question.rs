//! `patchday fork`: a common past and several alternatives.
//!
//! The state at the time of the fork is rebuilt from the last checkpoint before it, or from the
//! start of the run. The run then continues once for each variant, from the same state and with the
//! same random draws. Each alternative has its own run directory, whose series begins with the
//! common past.
//!
//! The alternatives that are complete are the ledger of a fork: a fork that was stopped keeps their
//! directories, and makes only the others. The ledger of runs has a line for each, too, but the answer
//! to a fork is its directories, which no line can replace.

use std::path::{Path, PathBuf};

use patchday_agents::scenario::mid_run::obstacles_at;
use patchday_agents::scenario::{
    Scenario,
    quantity::{Instant as Moment, Span},
};
use patchday_core::Tick;

use crate::{
    experiment::{
        design::{
            effects::{FactorEffects, check_names},
            variant::Variant,
        },
        error::ExperimentError,
        fork::{
            answer::{Alternative, ForkAnswer, selected},
            earlier,
            overrides_at_scale::overrides_at_scale,
            plan::{Pace, key, planned_fork},
            shared_prefix::{Branch, Future, SharedPrefix},
        },
        jobs::dry_run::Asked,
        storage::{
            answer_dir::{AnswerDir, AnswerSettings, StoredAnswer},
            run_ledger::RunLedger,
        },
    },
    host::{
        console::say,
        error::Failure,
        resources::{self, MachineSettings, Workers},
        signals::Interrupt,
    },
    results::{
        figures::{self, Figures, Outcome},
        run_record::RunRecord,
    },
    run::estimate::plan::{Estimate, PlannedRun},
    scenario::{
        load::value_at,
        prepare::{ScenarioSettings, prepare},
    },
    store::{
        checkpoint::format,
        command_line::CommandLine,
        layout::CONFIG,
        manifest::{Manifest, time_of},
        resume_command,
    },
};

/// The settings of a fork.
#[derive(Clone, Debug)]
pub(crate) struct ForkSettings {
    /// The run directory of a run, finished or not.
    pub(crate) run: PathBuf,
    /// Where the alternatives begin: an instant, or a time after the start of the run.
    pub(crate) at: String,
    /// Variants, `NAME: KEY=VALUE; KEY=VALUE` each, or `none`.
    pub(crate) alternatives: Vec<String>,
    pub(crate) machine: MachineSettings,
    /// Where the alternatives end, unless it is where the run ends.
    pub(crate) until: Option<String>,
    /// Where the alternatives go, and whether existing ones are replaced.
    pub(crate) answer: AnswerSettings,
}

impl ForkSettings {
    /// The command with the same results: without threads, shards and output.
    fn reproduce(&self) -> CommandLine {
        // Every setting is named here, so that a new one has to be decided on.
        let Self {
            run,
            at,
            alternatives,
            machine: _,
            until,
            answer: _,
        } = self;
        let mut words = vec!["fork".to_owned(), run.display().to_string()];
        words.extend(["--at".to_owned(), at.clone()]);
        for alternative in alternatives {
            words.extend(["--try".to_owned(), alternative.clone()]);
        }
        if let Some(until) = until {
            words.extend(["--until".to_owned(), until.clone()]);
        }
        CommandLine::new(words)
    }
}

/// Runs all alternatives and writes the answer.
///
/// # Errors
/// Returns an error if the run cannot be read, if it cannot continue as an alternative asks, or if an
/// alternative stops early.
pub(crate) fn fork(settings: &ForkSettings) -> Result<Asked<StoredAnswer<ForkAnswer>>, Failure> {
    let run = &settings.run;
    let manifest = Manifest::read(run)?;
    let workers = Workers::new(settings.machine);
    let before = manifest.scenario(run)?;
    let at = fork_tick(&settings.at, &before)?;
    let shown = run.display().to_string();
    let planned = PlannedRun {
        file: &shown,
        scenario: &before,
        scale: 1.0,
        workers,
        available: resources::memory_available(workers.threads),
    };
    Estimate::new(planned, None).check()?;
    let interrupt = Interrupt::from_signals();
    let AnswerSettings {
        out, force, ledger, ..
    } = &settings.answer;
    let force = *force;
    let default = || default_directory(settings, &before, at);
    let root = out.clone().unwrap_or_else(default);
    let reproduce = settings.reproduce();
    let futures = futures(settings, (&before, manifest.scale), at)?;
    check_ends(&futures, &before, at)?;
    if settings.answer.dry_run {
        let design = planned_fork(&futures, (planned, at), &root)?;
        return Ok(Asked::Planned(design));
    }
    let dir = AnswerDir::for_alternatives(&root, &manifest, &reproduce, force)?;
    let directory = |(number, future): (usize, &Future)| {
        root.join(format!("{}-{}", number + 1, path_part(&future.name)))
    };
    let directories: Vec<PathBuf> = futures.iter().enumerate().map(directory).collect();
    let branch = |directory| Branch {
        directory,
        force: force || dir.has_own_files(),
        reproduce: &reproduce,
    };
    // What a killed process has completed is kept.
    let mut outcomes: Vec<Option<Outcome>> = vec![None; futures.len()];
    if dir.has_own_files() && !force {
        for ((future, directory), outcome) in futures.iter().zip(&directories).zip(&mut outcomes) {
            *outcome = future.completed(&branch(directory));
        }
    }
    let keep: Vec<&Path> = directories
        .iter()
        .zip(&outcomes)
        .filter_map(|(directory, outcome)| outcome.as_ref().map(|_| directory.as_path()))
        .collect();
    let mut runs = RunLedger::open(ledger.directory.as_deref(), &root)?;
    let mut prefix = None;
    if keep.len() < futures.len() {
        let past = SharedPrefix::run_to(run, &before, at, workers, &root, &interrupt)?;
        // The state at the fork can refuse more than the scenario alone.
        past.check(&futures)
            .inspect_err(|_| past.remove_checkpoint())?;
        prefix = Some(past);
    }
    if force || dir.has_own_files() {
        earlier::remove(&root, &keep)?;
    }
    let own = futures
        .iter()
        .flat_map(|future| figures::own(&future.prepared.scenario));
    let units = own
        .map(|id| (id.name().into_owned(), id.unit().to_owned()))
        .collect();
    let mut alternatives = Vec::new();
    let mut pace = Pace::begin(futures.len() - keep.len());
    let count = futures.len();
    for ((number, future), known) in futures.into_iter().enumerate().zip(outcomes) {
        if interrupt.is_set() {
            let command = resume_command::for_question();
            return Err(ExperimentError::InterruptedFork(command).into());
        }
        let (name, changes) = (future.name.clone(), future.changes.clone());
        let line = format!("{} of {count}: {name}", number + 1);
        let directory = &directories[number];
        let key = key(&before, at, &future.prepared.scenario);
        let outcome = match (known, &prefix) {
            (None, Some(prefix)) => {
                say(&format!("{line}{}", pace.left()));
                let made =
                    prefix.run_alternative(future, &branch(directory), workers, &interrupt)?;
                pace.count();
                made
            }
            (Some(known), _) => {
                say(&format!("{line}: complete"));
                known
            }
            // Without a common past all alternatives are known.
            (None, None) => continue,
        };
        let record = RunRecord::of_outcome(outcome);
        if !runs.contains(key) {
            runs.add(key, &record)?;
        }
        let figures = match &record.outcome {
            Outcome::Done { figures, .. } => selected(figures),
            Outcome::Failed(_) => selected(&Figures::new()),
        };
        alternatives.push(Alternative {
            r#try: name,
            changes,
            directory: directory.display().to_string(),
            figures,
        });
    }
    let runs = alternatives.len();
    let answer = ForkAnswer {
        run: shown,
        at: time_of(&before, at),
        tick: at,
        alternatives,
        units,
    };
    Ok(Asked::Answered(dir.write(answer, runs, 0)?))
}

/// The scenarios of all alternatives, checked before anything is simulated.
fn futures(
    settings: &ForkSettings,
    (before, scale): (&Scenario, f64),
    at: Tick,
) -> Result<Vec<Future>, Failure> {
    let mut futures: Vec<Future> = Vec::new();
    for text in &settings.alternatives {
        let variant = Variant::parse(text)?;
        let keys: Vec<String> = variant.keys().map(str::to_owned).collect();
        check_names(&keys)?;
        if futures.iter().any(|known| known.name == variant.name) {
            return Err(ExperimentError::SameName(variant.name).into());
        }
        // A variant changes the configuration file of the run, which holds every key, scaled.
        let mut changed = ScenarioSettings {
            file: settings.run.join(CONFIG),
            overrides: variant.set.clone(),
            scale: 1.0,
            seed: None,
            until: settings.until.clone(),
        };
        changed.overrides = overrides_at_scale(&changed, before, scale)?;
        let prepared = prepare(&changed)?;
        figures::check_own(&prepared.scenario)?;
        let obstacles = obstacles_at(before, &prepared.scenario, at);
        if !obstacles.is_empty() {
            let option = format!("--try '{}'", variant.name);
            return Err(ExperimentError::Obstacles { option, obstacles }.into());
        }
        let mut effects = FactorEffects::new(variant.keys());
        effects.see(&prepared.scenario);
        if let Some(reasons) = effects.all_without_effect() {
            say(&format!(
                "warning: --try '{}' has no effect: {reasons}",
                variant.name
            ));
        }
        // Both values are those of the run, scaled.
        let mut changes = variant.changes(before);
        for change in changes.iter_mut().filter(|change| change.value.is_some()) {
            let value = value_at(&prepared.scenario, &change.key);
            change.value = value.map(|value| value.to_string()).or(change.value.take());
        }
        futures.push(Future {
            changes,
            name: variant.name,
            prepared,
        });
    }
    Ok(futures)
}

/// Checks that every alternative ends after the fork.
fn check_ends(futures: &[Future], before: &Scenario, at: Tick) -> Result<(), Failure> {
    for future in futures {
        let scenario = &future.prepared.scenario;
        if scenario.ticks() <= at {
            return Err(ExperimentError::ForkEnd {
                name: future.name.clone(),
                end: scenario.run.end.to_string(),
                at: time_of(before, at),
            }
            .into());
        }
    }
    Ok(())
}

/// `RUN-fork-TIME`, beside the run.
fn default_directory(settings: &ForkSettings, scenario: &Scenario, at: Tick) -> PathBuf {
    let run = &settings.run;
    let name = run.file_name().unwrap_or_default().to_string_lossy();
    let tick = scenario.tick();
    let time = tick.since_1970(scenario.run.start) + i64::from(at);
    let time = format::name(time, tick);
    let time = time.trim_end_matches(".checkpoint");
    run.with_file_name(format!("{name}-fork-{time}"))
}

/// The tick of an instant, or of a time after the start.
fn fork_tick(text: &str, scenario: &Scenario) -> Result<Tick, Failure> {
    let clock = scenario.run.clock();
    let tick = match (text.parse::<Moment>(), text.parse::<Span>()) {
        (Ok(moment), _) => clock.ticks_until(moment),
        (_, Ok(span)) => i64::from(clock.tick.ticks(span)),
        _ => -1,
    };
    Tick::try_from(tick)
        .ok()
        .filter(|tick| *tick < scenario.ticks())
        .ok_or_else(|| {
            let (text, start) = (text.to_owned(), clock.start.to_string());
            ExperimentError::ForkTime { text, start }.into()
        })
}

/// A name with every other character than letters, digits, `-`, `_` and `.` replaced.
fn path_part(name: &str) -> String {
    let kept: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    kept.trim_matches('-').chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_parts_of_paths() {
        assert_eq!(path_part("a.b=full; c=2m"), "a.b-full--c-2m");
        assert_eq!(path_part("../../etc"), "..-..-etc");
        assert_eq!(path_part("none"), "none");
    }
}
