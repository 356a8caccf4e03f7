//! Expectations: what a run must fulfil, for pipelines.
//!
//! They stand in the scenario (`[[expect]]`), each a criterion on one figure of the summary;
//! some compare with a baseline, the `summary.json` of an earlier run. Without any that do, a
//! baseline brings its own: users lost, and time below half and to 90 %, not worse than then by
//! more than a tolerance. The outcome is printed, and written as JUnit XML, which
//! every pipeline reads.

use std::{fs, path::Path};

use patchday_agents::scenario::Expect;

use crate::{
    host::{
        console::print,
        error::{Exit, Failure},
        escape, limited_read,
    },
    results::{
        criteria::Criterion,
        figures::{self, Figures},
    },
};

/// The figures that a baseline is compared by if no expectation does.
const GUARDED: [&str; 3] = [
    "user_hours_lost",
    "hours_below_50_percent",
    "hours_to_90_percent",
];

/// All expectations of a run.
#[derive(Debug)]
pub(crate) struct Expectations {
    list: Vec<(String, Criterion)>,
    baseline: Option<Figures>,
}

/// What came of one.
#[derive(Debug, PartialEq)]
struct Verdict {
    name: String,
    criterion: String,
    /// Why it is not met, if it is not.
    fault: Option<String>,
}

impl Expectations {
    /// Those of a scenario, and those that a baseline brings. Read before the run, so
    /// that a mistake in one does not cost it.
    ///
    /// # Errors
    /// What is wrong with one, or with the baseline.
    pub(crate) fn of(
        expected: &[Expect],
        baseline: Option<&Path>,
        tolerance: f64,
    ) -> Result<Self, Failure> {
        let mut list = Vec::new();
        for (number, one) in expected.iter().enumerate() {
            let criterion = Criterion::parse(&one.that)
                .map_err(|what| Failure::usage(format!("expect.{number}.that: {what}")))?;
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
                    return Err(Failure::usage(format!(
                        "the expectation `{name}` compares with a baseline: --baseline SUMMARY.json"
                    )));
                }
                None => None,
            },
        };
        if baseline.is_some() && compares(&list).is_none() {
            for figure in GUARDED {
                // A tolerance alone would let nothing through where the baseline is 0.
                let text = format!("{figure} <= {} * baseline", 1.0 + tolerance);
                let criterion = Criterion::parse(&text).map_err(Failure::usage)?;
                list.push((format!("{figure} not worse than the baseline"), criterion));
            }
        }
        Ok(Self { list, baseline })
    }

    fn verdicts(&self, figures: &Figures) -> Vec<Verdict> {
        let verdict = |(name, criterion): &(String, Criterion)| {
            let found = figures.get(&criterion.figure).copied();
            let fault = match criterion.holds(figures, self.baseline.as_ref()) {
                Some(true) => None,
                Some(false) => {
                    let was = self
                        .baseline
                        .as_ref()
                        .filter(|_| criterion.needs_baseline());
                    let was = was
                        .and_then(|was| was.get(&criterion.figure))
                        .map_or_else(String::new, |was| {
                            format!(", and was {} in the baseline", figures::text(*was))
                        });
                    let is = figures::text(found.flatten());
                    Some(format!("{} is {is}{was}", criterion.figure))
                }
                None => Some(format!(
                    "there is no figure {} to compare",
                    criterion.figure
                )),
            };
            Verdict {
                name: name.clone(),
                criterion: criterion.to_string(),
                fault,
            }
        };
        self.list.iter().map(verdict).collect()
    }

    /// Holds a run against them: prints what came of each, and writes it where asked.
    ///
    /// # Errors
    /// That the file cannot be written.
    pub(crate) fn hold(
        &self,
        figures: &Figures,
        suite: &str,
        junit: Option<&Path>,
        quiet: bool,
    ) -> Result<Exit, Failure> {
        let verdicts = self.verdicts(figures);
        if let Some(path) = junit {
            fs::write(path, xml(suite, &verdicts)).map_err(Failure::file("write", path))?;
        }
        if !quiet {
            let lines = verdicts.iter().map(|verdict| match &verdict.fault {
                None => ("met", String::new(), verdict),
                Some(fault) => ("NOT MET", format!("; {fault}"), verdict),
            });
            let lines = lines.map(|(met, fault, verdict)| {
                let name = escape::line(&verdict.name);
                format!("{met:<18}{name}: {}{fault}\n", verdict.criterion)
            });
            print(&lines.collect::<String>())?;
        }
        Ok(
            match verdicts.iter().all(|verdict| verdict.fault.is_none()) {
                true => Exit::Fine,
                false => Exit::Unmet,
            },
        )
    }
}

fn read(path: &Path) -> Result<Figures, Failure> {
    let text =
        limited_read::whole(path, limited_read::SUMMARY).map_err(Failure::file("read", path))?;
    baseline_of(&text).map_err(|what| Failure::usage(format!("{}: {what}", path.display())))
}

/// The figures of a summary that was a file.
///
/// # Errors
/// That it is none, and where.
pub(crate) fn baseline_of(text: &[u8]) -> Result<Figures, String> {
    let value: serde_json::Value =
        serde_json::from_slice(text).map_err(|error| error.to_string())?;
    // `patchday run --json` prints the summary beside the manifest.
    let summary = value.get("summary").unwrap_or(&value);
    let figures = figures::flat(summary);
    match figures.contains_key("user_hours_lost") {
        true => Ok(figures),
        false => Err("no summary of a run: it has no user_hours_lost".into()),
    }
}

/// JUnit XML: a suite with a case for each.
fn xml(suite: &str, verdicts: &[Verdict]) -> String {
    let failures = verdicts
        .iter()
        .filter(|verdict| verdict.fault.is_some())
        .count();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\">\n",
        escaped(suite),
        verdicts.len()
    );
    for verdict in verdicts {
        let name = escaped(&verdict.name);
        let class = escaped(suite);
        match &verdict.fault {
            None => text.push_str(&format!(
                "    <testcase classname=\"{class}\" name=\"{name}\"/>\n"
            )),
            Some(fault) => text.push_str(&format!(
                "    <testcase classname=\"{class}\" name=\"{name}\">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                escaped(&verdict.criterion),
                escaped(fault)
            )),
        }
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}

/// A text inside XML, which cannot hold every character.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in escape::line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expect(name: &str, that: &str) -> Expect {
        Expect {
            name: name.into(),
            that: that.into(),
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
    fn what_is_not_met_says_by_what() {
        let list = [
            expect("few lost", "user_hours_lost < 100"),
            expect("it & comes <back>", "hours_to_90_percent < 5"),
        ];
        let expectations = Expectations::of(&list, None, 0.0).unwrap();
        let verdicts = expectations.verdicts(&figures(50.0));
        assert_eq!(verdicts[0].fault, None);
        assert_eq!(
            verdicts[1].fault.as_deref(),
            Some("hours_to_90_percent is never")
        );
        let text = xml("a \"suite\"", &verdicts);
        assert!(text.contains("tests=\"2\" failures=\"1\""), "{text}");
        assert!(text.contains("it &amp; comes &lt;back&gt;"), "{text}");
        assert!(
            Expectations::of(&[expect("x", "user_hours_lost <= baseline")], None, 0.0).is_err()
        );
        assert!(Expectations::of(&[expect("x", "user_hours_lost ~ 2")], None, 0.0).is_err());
    }

    #[test]
    fn a_baseline_brings_its_own() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("main.json");
        fs::write(&path, r#"{"user_hours_lost": 100, "hours_below_50_percent": 0.0, "hours_to_90_percent": null}"#).unwrap();
        let expectations = Expectations::of(&[], Some(&path), 0.05).unwrap();
        let met = |lost| {
            expectations
                .verdicts(&figures(lost))
                .iter()
                .all(|one| one.fault.is_none())
        };
        assert!(met(104.0));
        assert!(!met(106.0));
        fs::write(&path, "{}").unwrap();
        assert!(Expectations::of(&[], Some(&path), 0.0).is_err());
    }
}
