//! What is measured of a run: a figure, a criterion as 0 or 1, or when users online first fell.
//!
//! A figure that is *never* has the time from the beginning of the outage to the end of the run: the
//! event did not happen before that, so the value is a least one (censored). It is marked, so that
//! such runs can be counted. A figure without such a value is missing; it is never a value that is no number.

use patchday_agents::scenario::Scenario;

use crate::{
    experiment::error::ExperimentError,
    host::error::Failure,
    results::{
        criteria::Criterion,
        figures::{self, Figures, Outcome},
        run_record::RunRecord,
        summary::FigureId,
    },
};

/// The name of the time until users online fall below half of the norm.
pub(crate) const FALLS: &str = "online.falls_below_50";

/// What is measured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum EffectMeasure {
    /// A figure of the summary.
    Figure(FigureId),
    /// Whether a criterion holds: 1 if so, otherwise 0.
    Criterion(Criterion),
    /// From the start of the run until users online are below half of the norm, in hours; never if they
    /// are not.
    FirstFall,
}

/// The value of a measure in a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reading {
    pub(crate) value: f64,
    /// Whether the figure is *never*, so that the value is only a least one.
    pub(crate) is_never: bool,
}

impl EffectMeasure {
    /// Reads a measure of runs of a scenario: the name of a figure, or a criterion.
    ///
    /// # Errors
    /// Returns an error if it is neither, or if it needs a baseline.
    pub(crate) fn parse(text: &str, scenario: &Scenario) -> Result<Self, Failure> {
        let text = text.trim();
        if text == FALLS {
            return Ok(Self::FirstFall);
        }
        if !text.contains(['<', '>', '=', '!']) {
            return Ok(Self::Figure(figures::parse(text, scenario)?));
        }
        let criterion = Criterion::parse(text, scenario)?;
        if criterion.needs_baseline() {
            return Err(ExperimentError::NoBaseline.into());
        }
        Ok(Self::Criterion(criterion))
    }

    /// Its name as it is given.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Figure(id) => id.name().into_owned(),
            Self::Criterion(criterion) => criterion.to_string(),
            Self::FirstFall => FALLS.into(),
        }
    }

    /// Its unit; empty for a criterion.
    pub(crate) fn unit(&self) -> &'static str {
        match self {
            Self::Figure(id) => id.unit(),
            Self::Criterion(_) => "",
            Self::FirstFall => "h",
        }
    }

    /// Its value in a run; `None` if the run failed or does not have it.
    pub(crate) fn read(&self, record: &RunRecord) -> Option<Reading> {
        let Outcome::Done { figures, .. } = &record.outcome else {
            return None;
        };
        let value = |value: f64| Reading {
            value,
            is_never: false,
        };
        match self {
            Self::Criterion(criterion) => {
                let holds = criterion.holds(figures, None)?;
                Some(value(f64::from(u8::from(holds))))
            }
            Self::Figure(id) => match figures::get(figures, *id)? {
                Some(number) => Some(value(number)).filter(|found| found.value.is_finite()),
                None if id.unit() == "h" => {
                    let start = record
                        .incident
                        .map_or(record.shares.start, |(start, _)| start);
                    hours_to_end(record, start)
                }
                None => None,
            },
            Self::FirstFall => {
                let start = record.shares.start;
                let mut times = record.shares.times().zip(record.shares.shares());
                match times.find(|(_, share)| *share < 0.5) {
                    Some((time, _)) => Some(value((time - start) as f64 / 3_600.0)),
                    None => hours_to_end(record, start),
                }
            }
        }
    }
}

/// The hours from a time to the end of a run, as the value of a figure that is *never*.
fn hours_to_end(record: &RunRecord, start: i64) -> Option<Reading> {
    let end = record.shares.times().last()?;
    Some(Reading {
        value: (end - start).max(0) as f64 / 3_600.0,
        is_never: true,
    })
}

/// The figures and the digest of a run that did not fail.
pub(crate) fn done(record: &RunRecord) -> Option<(&str, &Figures)> {
    match &record.outcome {
        Outcome::Done { digest, figures } => Some((digest, figures)),
        Outcome::Failed(_) => None,
    }
}
