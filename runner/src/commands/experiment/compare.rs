//! `patchday compare`: variants of a scenario, paired on common random numbers.

use clap::Args;

use crate::{
    commands::{
        experiment::answer,
        options::{AnswerOptions, MachineOptions, ScenarioOptions},
    },
    experiment::{
        compare::question::{self, CompareSettings},
        jobs::dry_run::Asked,
    },
    host::error::{Exit, Failure},
};

/// Options of `patchday compare`.
#[derive(Clone, Debug, Args)]
pub struct CompareOptions {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// Threads and shards.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// Variants by the values of one key: KEY=A,B; may be repeated
    #[arg(long, value_name = "KEY=A,B")]
    pub vary: Vec<String>,
    /// A variant: 'NAME: KEY=VALUE; KEY=VALUE'; may be repeated
    #[arg(long, value_name = "VARIANT")]
    pub variant: Vec<String>,
    /// A figure of summary.json to compare; may be repeated [default: five common ones]
    #[arg(long, value_name = "FIGURE")]
    pub figure: Vec<String>,
    /// Runs of each variant, each with its own seed
    #[arg(long, value_name = "N", default_value = "10",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub reps: u32,
    /// Directory and form of the answer.
    #[command(flatten)]
    pub answer: AnswerOptions,
}

/// `patchday compare`.
///
/// # Errors
/// Returns an error if a variant or the scenario is invalid, if the variants cannot be compared,
/// or if the answer cannot be written.
pub fn compare(options: &CompareOptions) -> Result<Exit, Failure> {
    let CompareOptions {
        scenario,
        machine,
        vary,
        variant,
        figure,
        reps,
        answer: answer_options,
    } = options.clone();
    let asked = question::compare(&CompareSettings {
        scenario: scenario.settings(),
        machine: machine.settings(),
        vary,
        variants: variant,
        figures: figure,
        replicates: reps,
        answer: answer_options.settings(),
    })?;
    let AnswerOptions { force, json, .. } = answer_options;
    let stored = match asked {
        Asked::Answered(stored) => stored,
        Asked::Planned(design) => return answer::planned(&design, json),
    };
    answer::finish(&stored, json, force, || stored.answer.text())
}
