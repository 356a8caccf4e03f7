//! `patchday map`: the regimes of a scenario over two keys.

use clap::Args;
use patchday_agents::scenario::quantity::Span;

use crate::{
    commands::{
        experiment::answer,
        options::{AnswerOptions, MachineOptions, ScenarioOptions, span},
    },
    experiment::{
        jobs::dry_run::Asked,
        map::question::{self, MapSettings},
    },
    host::{
        console::say,
        error::{Exit, Failure},
    },
};

/// Options of `patchday map`.
#[derive(Clone, Debug, Args)]
pub struct MapOptions {
    /// The scenario and its overrides.
    #[command(flatten)]
    pub scenario: ScenarioOptions,
    /// Threads and shards.
    #[command(flatten)]
    pub machine: MachineOptions,
    /// The key of the horizontal axis: KEY=LOW..HIGH
    #[arg(long, value_name = "KEY=RANGE")]
    pub x: String,
    /// The key of the vertical axis: KEY=LOW..HIGH
    #[arg(long, value_name = "KEY=RANGE")]
    pub y: String,
    /// Points of the coarse grid along each axis
    #[arg(long, value_name = "N", default_value = "5",
          value_parser = clap::value_parser!(u32).range(2..=200))]
    pub grid: u32,
    /// How often cells whose corners differ are halved
    #[arg(long, value_name = "N", default_value = "2",
          value_parser = clap::value_parser!(u32).range(0..=6))]
    pub depth: u32,
    /// A figure to show at each point, of its run with triggers; may be repeated. Figures of the scenario's
    /// own are always shown
    #[arg(long, value_name = "FIGURE")]
    pub figure: Vec<String>,
    /// Also sweep the first key up and down in one continuing run, at three values of the second
    #[arg(long)]
    pub branches: bool,
    /// How long that run stays at each value [default: 1h]
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub dwell: Option<Span>,
    /// Directory and form of the answer.
    #[command(flatten)]
    pub answer: AnswerOptions,
}

/// `patchday map`.
///
/// # Errors
/// Returns an error if an axis or the scenario is invalid, if the map was interrupted, or if the
/// answer cannot be written.
pub fn map(options: &MapOptions) -> Result<Exit, Failure> {
    let MapOptions {
        scenario,
        machine,
        x,
        y,
        grid,
        depth,
        figure,
        branches,
        dwell,
        answer: answer_options,
    } = options.clone();
    if dwell.is_some() && !branches {
        say("warning: --dwell has no effect without --branches");
    }
    let asked = question::map(&MapSettings {
        scenario: scenario.settings(),
        machine: machine.settings(),
        x,
        y,
        grid,
        depth,
        figures: figure,
        branches,
        dwell: dwell.unwrap_or_else(|| Span::from_hours(1)),
        answer: answer_options.settings(),
    })?;
    let AnswerOptions { force, json, .. } = answer_options;
    let mapped = match asked {
        Asked::Answered(mapped) => mapped,
        Asked::Planned(design) => return answer::planned(&design, json),
    };
    let stored = &mapped.stored;
    answer::finish(stored, json, force, || stored.answer.text(&mapped.axes))
}
