//! Options that several commands share, and the readers of their values.
//!
//! A reader rejects values that are invalid for any scenario and machine; clap then ends the program
//! with exit code 2.

use std::path::PathBuf;

use clap::{Args, ValueEnum, builder::PossibleValue};
use patchday_agents::scenario::quantity::Span;

use crate::{
    experiment::{jobs::run_source::LedgerSettings, storage::answer_dir::AnswerSettings},
    export::format::Format,
    host::resources::MachineSettings,
    scenario::prepare::ScenarioSettings,
};

/// The scenario and its changes.
#[derive(Clone, Debug, Args)]
pub struct ScenarioOptions {
    /// The scenario, a TOML file
    pub file: PathBuf,
    /// Override a key of the scenario, such as overlay.promotion.flaw=false; an empty value unsets the
    /// key (client.retry.fixed=); may be repeated
    #[arg(short = 's', long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Unset a key: an optional key is not set, any other has its default; may be repeated
    #[arg(long, value_name = "KEY")]
    pub unset: Vec<String>,
    /// Factor for users and capacities together, such as 0.01
    #[arg(long, value_name = "F", default_value = "1", value_parser = scale)]
    pub scale: f64,
    /// The seed of all random draws [default: the seed of the scenario]
    #[arg(long, value_name = "N",
          value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: Option<u64>,
    /// End at this instant (2007-08-16T12:00:00Z) or after this time (36h)
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// Where the answer to a question goes, and which runs it is made from.
#[derive(Clone, Debug, Args)]
pub struct AnswerOptions {
    /// The directory for the answer [default: runs/SCENARIO-QUESTION-HASH]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace the answer to another question in that directory
    #[arg(long, conflicts_with = "resume")]
    pub force: bool,
    /// Use at most N runs, whether they are in the ledger or not [default: as many as it takes]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: Option<u32>,
    /// The ledger.
    #[command(flatten)]
    pub ledger: LedgerOptions,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// The runs that were made before, by this or another question.
#[derive(Clone, Debug, Default, Args)]
pub struct LedgerOptions {
    /// Continue a question that was stopped; the same command without this option does so, too
    #[arg(long)]
    pub resume: bool,
    /// The directory with the ledger of all runs [default: .ledger beside the directory of the answer]
    #[arg(long, value_name = "DIR")]
    pub ledger: Option<PathBuf>,
    /// Make runs of the ledger again that failed
    #[arg(long)]
    pub retry_failed: bool,
    /// Print the runs that the question needs and what they cost, without making them
    #[arg(long)]
    pub dry_run: bool,
}

/// Threads and shards. No result depends on them.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct MachineOptions {
    /// Number of threads [default: as many as this process may use]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: Option<u32>,
    /// Number of parts into which the actors are divided [default: 2 for each of several threads]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_024))]
    pub shards: Option<u32>,
}

impl ScenarioOptions {
    /// The options as plain settings.
    pub(crate) fn settings(&self) -> ScenarioSettings {
        ScenarioSettings {
            file: self.file.clone(),
            overrides: self
                .unset
                .iter()
                .map(|key| format!("{key}="))
                .chain(self.set.iter().cloned())
                .collect(),
            scale: self.scale,
            seed: self.seed,
            until: self.until.clone(),
        }
    }
}

impl AnswerOptions {
    /// The options as plain settings.
    pub(crate) fn settings(&self) -> AnswerSettings {
        AnswerSettings {
            out: self.out.clone(),
            force: self.force,
            dry_run: self.ledger.dry_run,
            ledger: self.ledger.settings(self.runs),
        }
    }
}

impl LedgerOptions {
    /// The options as plain settings, with a budget of runs.
    pub(crate) fn settings(&self, budget: Option<u32>) -> LedgerSettings {
        LedgerSettings {
            directory: self.ledger.clone(),
            retry_failed: self.retry_failed,
            budget: budget.map(|runs| runs as usize),
        }
    }
}

impl MachineOptions {
    /// The options as plain settings.
    pub(crate) fn settings(self) -> MachineSettings {
        MachineSettings {
            threads: self.threads,
            shards: self.shards,
        }
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Parquet, Self::Csv]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Parquet => PossibleValue::new("parquet").help(
                "Typed columns in a small file; for programs built with the feature `parquet`",
            ),
            Self::Csv => PossibleValue::new("csv").help("The CSV file that the run or sweep wrote"),
        })
    }
}

/// A time above 0.
pub(crate) fn span(text: &str) -> Result<Span, String> {
    match text.parse::<Span>() {
        Ok(span) if span > Span::ZERO => Ok(span),
        _ => Err("a time such as 250ms, 90s, 30m or 6h".to_owned()),
    }
}

/// A tolerance: a share, not below 0.
pub(crate) fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=100.0).contains(&share) => Ok(share),
        _ => Err("a share such as 0.05".to_owned()),
    }
}

/// A scale: above 0, at most 1,000.
pub(crate) fn scale(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(scale) if scale > 0.0 && scale <= 1_000.0 => Ok(scale),
        _ => Err("a number above 0, at most 1000, such as 0.01".to_owned()),
    }
}

/// A number of actors: digits, with optional `_` between them and optional `k` or `M` after them.
pub(crate) fn count(text: &str) -> Result<u32, String> {
    let plain = text.replace('_', "");
    let (digits, factor) = match plain.char_indices().last() {
        Some((at, 'k')) => (&plain[..at], 1_000),
        Some((at, 'M')) => (&plain[..at], 1_000_000),
        _ => (plain.as_str(), 1),
    };
    digits
        .parse::<u32>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .filter(|number| (1_000..=4_000_000_000).contains(number))
        .ok_or_else(|| "a number from 1000 to 4000000000, such as 10000000 or 10M".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_people_write_them() {
        for (text, number) in [
            ("1000", 1_000),
            ("10M", 10_000_000),
            ("220_000k", 220_000_000),
        ] {
            assert_eq!(count(text), Ok(number), "{text}");
        }
        for text in ["", "M", "999", "-5", "1e6", "5000M", "10 M", "\u{663}M"] {
            assert!(count(text).is_err(), "{text}");
        }
    }

    #[test]
    fn scales_are_above_zero() {
        assert_eq!(scale("0.01"), Ok(0.01));
        for text in ["0", "-1", "nan", "inf", "1001", "", "1%"] {
            assert!(scale(text).is_err(), "{text}");
        }
    }
}
