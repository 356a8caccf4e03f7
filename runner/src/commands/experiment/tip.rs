//! `patchday tip`: the critical value of one key.

use clap::Args;

use crate::{
    commands::{
        experiment::answer,
        options::{AnswerOptions, MachineOptions, ScenarioOptions},
    },
    experiment::{
        jobs::dry_run::Asked,
        tip::question::{self, TipSettings},
    },
    host::error::{Exit, Failure},
};

/// Options of `patchday tip`.
#[derive(Clone, Debug, Args)]
pub struct TipOptions {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// Threads and shards.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// The key whose critical value is wanted
    #[arg(long, value_name = "KEY")]
    pub param: String,
    /// The range to search, such as 0..1 or 1h..6h
    #[arg(long, value_name = "LOW..HIGH")]
    pub range: String,
    /// The criterion that a run must meet to count as survived, such as 'hours_to_90_percent < 0.5'
    #[arg(long, value_name = "CRITERION")]
    pub survives: String,
    /// Precision: the search makes about eight times as many runs, each with its own seed
    #[arg(long, value_name = "N", default_value = "20",
          value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub reps: u32,
    /// Directory and form of the answer.
    #[command(flatten)]
    pub answer: AnswerOptions,
}

/// `patchday tip`.
///
/// # Errors
/// Returns an error if the range, the criterion or the scenario is invalid, or if the answer
/// cannot be written.
pub fn tip(options: &TipOptions) -> Result<Exit, Failure> {
    let TipOptions {
        scenario,
        machine,
        param,
        range,
        survives,
        reps,
        answer: answer_options,
    } = options.clone();
    let asked = question::find_edge(&TipSettings {
        scenario: scenario.settings(),
        machine: machine.settings(),
        key: param,
        range,
        survives,
        replicates: reps,
        answer: answer_options.settings(),
    })?;
    let AnswerOptions { force, json, .. } = answer_options;
    let found = match asked {
        Asked::Answered(found) => found,
        Asked::Planned(design) => return answer::planned(&design, json),
    };
    let stored = &found.stored;
    answer::finish(stored, json, force, || stored.answer.text(&found.range))
}
