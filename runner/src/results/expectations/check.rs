//! Expectations: criteria that a run must meet, for pipelines.
//!
//! The scenario lists them (`[[expect]]`), each a criterion on one figure of the summary, some
//! in comparison with a baseline, the `summary.json` of an earlier run. If no expectation
//! compares with the baseline, three figures must not exceed their baseline by more than a
//! tolerance (a share): user hours lost, hours below 50 %, and hours until 90 % were online
//! again. The verdicts are printed and, if asked for, written as JUnit XML.

use std::path::Path;

use patchday_agents::scenario::Scenario;
use serde::Deserialize;

use crate::{
    host::{
        console::{print_text, say},
        error::{Exit, Failure, FileError},
        escape,
        format::grouped,
        limited_read,
    },
    results::{
        criteria::Criterion,
        error::{BaselineError, ResultsError},
        expectations::junit,
        figures::{self, Figures},
        summary::{FigureId, Summary},
        units::judged,
    },
    scenario::{diagnostics::Diagnostic, load::Loaded},
    store::{atomic_file::Existing, place::output},
};

/// The figures compared with the baseline if no expectation compares with it.
const GUARDED: [FigureId; 3] = [
    FigureId::UserHoursLost,
    FigureId::HoursBelow50Percent,
    FigureId::HoursTo90Percent,
];

/// All expectations of a run.
#[derive(Debug)]
pub(crate) struct Expectations {
    list: Vec<(String, Criterion)>,
    baseline: Option<Figures>,
}

/// Whether an expectation is met.
#[derive(Debug, PartialEq)]
struct ExpectationVerdict {
    name: String,
    criterion: String,
    /// Why it is not met; `None` if it is met.
    fault: Option<String>,
}

/// The errors of the expectations of a scenario and of the names of its own figures, with their places
/// in the file.
pub(crate) fn errors(loaded: &Loaded<Scenario>) -> Vec<Diagnostic> {
    let expected = loaded.scenario.expect.iter().enumerate();
    let errors = expected.filter_map(|(number, one)| {
        let error = Criterion::parse(&one.that, &loaded.scenario).err()?;
        let path = format!("expect.{number}.that");
        let origin = loaded.origins.nearest(&path);
        Some(Diagnostic::about(&path, origin, error.to_string()))
    });
    let own = figures::check_own(&loaded.scenario).err().map(|error| {
        let path = match &error {
            ResultsError::FigureName { number, .. } => format!("figure.{number}.name"),
            _ => "figure".to_owned(),
        };
        let origin = loaded.origins.nearest(&path);
        Diagnostic::error(Some(origin), error.to_string())
    });
    own.into_iter().chain(errors).collect()
}

impl Expectations {
    /// The expectations of a scenario and those that the baseline adds. They are read before the
    /// run, so an error in them costs no run.
    ///
    /// # Errors
    /// Returns an error if an expectation is not a criterion, if a figure of one's own has the name of
    /// another figure, if an expectation needs a baseline and none is given, or if the baseline cannot
    /// be read.
    pub(crate) fn new(
        scenario: &Scenario,
        baseline: Option<&Path>,
        tolerance: f64,
    ) -> Result<Self, ResultsError> {
        figures::check_own(scenario)?;
        let mut list = Vec::new();
        for (number, one) in scenario.expect.iter().enumerate() {
            let criterion = Criterion::parse(&one.that, scenario)
                .map_err(|source| ResultsError::Expectation { number, source })?;
            list.push((one.name.clone(), criterion));
        }
        let compares = |list: &[(String, Criterion)]| {
            list.iter()
                .find(|(_, one)| one.needs_baseline())
                .map(|(name, _)| name.clone())
        };
        let baseline = match baseline {
            Some(path) => Some(read(path)?),
            None => match compares(&list) {
                Some(name) => {
                    return Err(ResultsError::NoBaseline(name));
                }
                None => None,
            },
        };
        if baseline.is_some() && compares(&list).is_none() {
            for figure in GUARDED {
                let name = figure.name();
                let text = format!("{name} <= {} * baseline", 1.0 + tolerance);
                let criterion = Criterion::parse(&text, scenario)?;
                list.push((format!("{name} not worse than the baseline"), criterion));
            }
        }
        Ok(Self { list, baseline })
    }

    /// A warning if the norm of the baseline is clearly another one.
    fn baseline_of_another(&self, figures: &Figures) -> Option<String> {
        let peak = |figures| figures::get(figures, FigureId::NormPeak).flatten();
        let (was, is) = (peak(self.baseline.as_ref()?)?, peak(figures)?);
        ((was - is).abs() > 0.05 * is).then(|| {
            format!(
                "warning: the norm of the baseline peaks at {} users, that of this run at {}: they are \
                 of different scenarios or scales, so their figures cannot be compared",
                grouped(was as u64),
                grouped(is as u64)
            )
        })
    }

    fn verdicts(&self, figures: &Figures) -> Vec<ExpectationVerdict> {
        let verdict = |(expectation, criterion): &(String, Criterion)| {
            let (name, unit) = (criterion.figure.name(), criterion.figure.unit());
            let found = figures::get(figures, criterion.figure);
            let fault = match criterion.holds(figures, self.baseline.as_ref()) {
                Some(true) => None,
                Some(false) => {
                    let was = self
                        .baseline
                        .as_ref()
                        .filter(|_| criterion.needs_baseline());
                    let was = was
                        .and_then(|was| figures::get(was, criterion.figure))
                        .map_or_else(String::new, |was| {
                            format!(", and was {} in the baseline", judged(was, unit))
                        });
                    let is = judged(found.flatten(), unit);
                    Some(format!("{name} is {is}{was}"))
                }
                None => Some(format!("the run has no figure {name} to compare")),
            };
            ExpectationVerdict {
                name: expectation.clone(),
                criterion: criterion.to_string(),
                fault,
            }
        };
        self.list.iter().map(verdict).collect()
    }

    /// Checks a run: prints a line for each expectation, unless `quiet`, and writes JUnit XML to
    /// `junit`, a path and what happens to an existing file.
    ///
    /// # Errors
    /// Returns an error if the file exists and must stay, or if it or standard output cannot be
    /// written.
    pub(crate) fn check(
        &self,
        figures: &Figures,
        suite: &str,
        junit: Option<(&Path, Existing)>,
        quiet: bool,
    ) -> Result<Exit, Failure> {
        let verdicts = self.verdicts(figures);
        if let Some(warning) = self.baseline_of_another(figures) {
            say(&warning);
        }
        if let Some((path, existing)) = junit {
            output::write(path, xml(suite, &verdicts)?.as_bytes(), existing)?;
        }
        if !quiet {
            let lines = verdicts.iter().map(|verdict| match &verdict.fault {
                None => ("met", String::new(), verdict),
                Some(fault) => ("NOT MET", format!("; {fault}"), verdict),
            });
            let lines = lines.map(|(met, fault, verdict)| {
                let name = escape::line(&verdict.name);
                format!("{met:<18}{name}: `{}`{fault}\n", verdict.criterion)
            });
            print_text(&lines.collect::<String>())?;
        }
        let met = verdicts.iter().all(|verdict| verdict.fault.is_none());
        Ok(if met { Exit::Fine } else { Exit::Unmet })
    }
}

/// Reads the figures of a baseline file.
fn read(path: &Path) -> Result<Figures, ResultsError> {
    let text =
        limited_read::whole(path, limited_read::SUMMARY).map_err(FileError::at("read", path))?;
    parse_baseline(&text).map_err(|source| ResultsError::Baseline {
        path: path.to_owned(),
        source,
    })
}

/// The figures of a baseline: a `summary.json`, or the output of `patchday run --json`.
///
/// # Errors
/// Returns an error if `text` is neither.
pub(crate) fn parse_baseline(text: &[u8]) -> Result<Figures, BaselineError> {
    let value: serde_json::Value = serde_json::from_slice(text).map_err(BaselineError::Json)?;
    let summary = value.get("summary").unwrap_or(&value);
    let summary = Summary::deserialize(summary).map_err(BaselineError::NotSummary)?;
    Ok(figures::figures(&summary))
}

/// The verdicts as JUnit XML.
fn xml(suite: &str, verdicts: &[ExpectationVerdict]) -> Result<String, ResultsError> {
    let cases = verdicts.iter().map(|verdict| junit::Case {
        name: &verdict.name,
        criterion: &verdict.criterion,
        fault: verdict.fault.as_deref(),
    });
    let cases: Vec<_> = cases.collect();
    Ok(junit::xml(suite, &cases)?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use patchday_agents::scenario::Expect;

    use super::*;

    /// A scenario with expectations.
    fn expect(list: &[(&str, &str)]) -> Scenario {
        let expectation = |(name, that): &(&str, &str)| Expect {
            name: (*name).into(),
            that: (*that).into(),
        };
        Scenario {
            expect: list.iter().map(expectation).collect(),
            ..Scenario::default()
        }
    }

    fn figures(lost: f64) -> Figures {
        Figures::from([
            ("user_hours_lost".into(), Some(lost)),
            ("hours_below_50_percent".into(), Some(0.0)),
            ("hours_to_90_percent".into(), None),
        ])
    }

    #[test]
    fn an_unmet_expectation_names_the_value() {
        let list = expect(&[
            ("few lost", "user_hours_lost < 100"),
            ("it & comes <back>", "hours_to_90_percent < 5"),
        ]);
        let expectations = Expectations::new(&list, None, 0.0).unwrap();
        let verdicts = expectations.verdicts(&figures(50.0));
        assert_eq!(verdicts[0].fault, None);
        assert_eq!(
            verdicts[1].fault.as_deref(),
            Some("hours_to_90_percent is never")
        );
        let text = xml("a \"suite\"", &verdicts).unwrap();
        assert!(
            text.contains("tests=\"2\" skipped=\"0\" failures=\"1\" errors=\"0\""),
            "{text}"
        );
        assert!(text.contains("it &amp; comes &lt;back&gt;"), "{text}");
        assert!(
            Expectations::new(&expect(&[("x", "user_hours_lost <= baseline")]), None, 0.0).is_err()
        );
        let wrong = expect(&[("x", "user_hours_lost ~ 2")]);
        assert!(Expectations::new(&wrong, None, 0.0).is_err());
    }

    #[test]
    fn a_baseline_adds_expectations() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("main.json");
        let summary = Summary {
            user_hours_lost: 100,
            ..Summary::default()
        };
        fs::write(&path, serde_json::to_string(&summary).unwrap()).unwrap();
        let expectations = Expectations::new(&Scenario::default(), Some(&path), 0.05).unwrap();
        let met = |lost| {
            expectations
                .verdicts(&figures(lost))
                .iter()
                .all(|one| one.fault.is_none())
        };
        assert!(met(104.0));
        assert!(!met(106.0));
        fs::write(&path, "{}").unwrap();
        let error = Expectations::new(&Scenario::default(), Some(&path), 0.0).unwrap_err();
        assert!(error.to_string().contains("not the summary of a run"));
    }

    #[test]
    fn a_baseline_larger_than_the_limit_is_not_read() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("baseline.json");
        limited_read::assert_limited(&path, limited_read::SUMMARY, || {
            let refused = Expectations::new(&Scenario::default(), Some(&path), 0.0).unwrap_err();
            refused.to_string()
        });
    }
}
