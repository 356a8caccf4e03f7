//! `patchday compare`: variants of a scenario, paired on common random numbers.
//!
//! Replicate 3 of every variant has the same seed, so its draws are the same wherever the
//! variants do not make them differently; differences are taken pair by pair, and are far
//! less noisy than those of means. *Never* is a value of its own: a pair in which it
//! occurs has no difference, and how often it does is told beside.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    cli::CompareOptions,
    exit::{Exit, Failure, print, say},
    experiment::{
        answer::Question,
        crew::Crew,
        design::{check_count, seed_of},
        factor::{Factor, Levels},
        job::{self, Job},
        metrics::Outcome,
        metrics::{self, Figures},
        place::Place,
        statistics::{Interval, mean},
    },
    figures::short,
    interrupt::Interrupt,
    manifest::json,
    preparation::{Prepared, prepare},
    scenario::config_hash,
};

/// The figures that are compared if none are named.
const FIGURES: [&str; 5] = [
    "hours_below_50_percent",
    "hours_to_90_percent",
    "user_hours_lost",
    "online_share_min.value",
    "calls_missed",
];

/// What is compared: a name, and what is changed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) set: Vec<String>,
}

/// One figure of one variant.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Line {
    variant: String,
    figure: String,
    /// Its mean over the replicates in which it has a value.
    mean: Option<Interval>,
    /// In how many replicates it never came.
    never: u32,
    /// Its difference to the first variant, over the pairs in which both have a value.
    difference: Option<Interval>,
    pairs: u32,
    replicates: u32,
    /// The differences, pair by pair.
    differences: Vec<f64>,
}

impl Variant {
    /// `NAME: KEY=VALUE; KEY=VALUE`, or the assignments alone.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        // A name may have colons; what it ends with is the last one before the first key.
        let keys = text.find('=').unwrap_or(text.len());
        let (name, assignments) = match text[..keys].rfind(':') {
            Some(end) => (text[..end].trim(), &text[end + 1..]),
            None => (text.trim(), text),
        };
        let set: Vec<String> = assignments
            .split(';')
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty() && part != "none")
            .collect();
        if let Some(odd) = set.iter().find(|part| !part.contains('=')) {
            return Err(Failure::Usage(format!(
                "`{text}`: `{odd}` sets nothing; such as 'jitter: client.retry.exponential.jitter=full; \
                 client.retry.exponential.base=1m'"
            )));
        }
        Ok(Self {
            name: name.to_owned(),
            set,
        })
    }
}

/// The variants asked for; the first is the scenario as it is.
fn variants(options: &CompareOptions) -> Result<Vec<Variant>, Failure> {
    let mut variants = vec![Variant {
        name: "as it is".into(),
        set: Vec::new(),
    }];
    for text in &options.vary {
        let factor = Factor::parse(text)?;
        let Levels::Values(values) = &factor.levels else {
            return Err(Failure::Usage(format!(
                "--vary {text}: values to compare, such as {}=A,B; `patchday sweep` and `patchday \
                 tip` take ranges",
                factor.key
            )));
        };
        for value in values {
            let set = format!("{}={value}", factor.key);
            variants.push(Variant {
                name: set.clone(),
                set: vec![set],
            });
        }
    }
    for text in &options.variant {
        variants.push(Variant::parse(text)?);
    }
    match variants.len() {
        1 => Err(Failure::Usage(
            "nothing to compare with: --vary KEY=A,B or --variant 'NAME: KEY=VALUE; KEY=VALUE'"
                .into(),
        )),
        _ => Ok(variants),
    }
}

/// Refuses a variant that is no variant of the base.
fn check_comparable(base: &Prepared, variant: &Prepared, name: &str) -> Result<(), Failure> {
    let (one, other) = (&base.scenario, &variant.scenario);
    let differs = [
        ("users", one.population.users == other.population.users),
        (
            "time",
            one.run.start == other.run.start && one.run.end == other.run.end,
        ),
        ("samples", one.run.sample == other.run.sample),
        ("regions", one.population.region == other.population.region),
    ];
    if let Some((what, _)) = differs.iter().find(|(_, same)| !same) {
        return Err(Failure::Usage(format!(
            "{name}: it has other {what} than the scenario as it is: a difference would say nothing"
        )));
    }
    if config_hash(one) == config_hash(other) {
        return Err(Failure::Usage(format!(
            "{name}: it is the scenario as it is: there is nothing to compare"
        )));
    }
    Ok(())
}

/// `patchday compare`.
///
/// # Errors
/// What is wrong with the variants or the scenario, or that they cannot be compared.
pub fn compare(options: &CompareOptions) -> Result<Exit, Failure> {
    let variants = variants(options)?;
    let names: Vec<String> = match options.figure.is_empty() {
        true => FIGURES.map(String::from).into(),
        false => options.figure.clone(),
    };
    names.iter().try_for_each(|name| metrics::check(name))?;
    let base = prepare(&options.scenario)?;
    base.warn();
    let seed = base.scenario.run.seed;
    let reps = options.reps;
    check_count(variants.len() * reps as usize)?;
    let mut jobs = Vec::new();
    for (point, variant) in variants.iter().enumerate() {
        for replicate in 0..reps {
            jobs.push(Job {
                index: jobs.len(),
                replicate,
                seed: seed_of(seed, replicate),
                set: variant.set.clone(),
                spoiled: false,
            });
        }
        if point > 0 {
            let first = &jobs[point * reps as usize];
            let prepared = job::prepared(&options.scenario, first)?;
            check_comparable(&base, &prepared, &variant.name)?;
        }
    }
    let words: Vec<String> = variants
        .iter()
        .map(|variant| format!("{}: {}", variant.name, variant.set.join("; ")))
        .chain(names.iter().cloned())
        .chain([reps.to_string()])
        .collect();
    let out = options.out.as_deref();
    let place = Place::of(Question::Compare, &base, &words, out, options.force)?;
    let crew = Crew::of(options.machine, &base, jobs.len())?;
    say(&format!(
        "{}: {} variants, {reps} runs each, {} at once with {} threads each",
        base.file,
        variants.len(),
        crew.at_once,
        crew.workers.threads
    ));
    let interrupt = Interrupt::of_signals();
    let mut runs: BTreeMap<usize, Figures> = BTreeMap::new();
    let mut failed = 0;
    crew.work(&options.scenario, &jobs, &interrupt, |job, outcome, _| {
        match outcome {
            Outcome::Done { figures, .. } => drop(runs.insert(job.index, figures.clone())),
            Outcome::Failed(why) => {
                failed += 1;
                say(&format!("a run failed ({}): {why}", job.set.join("; ")));
            }
        }
        Ok(())
    })?;
    if interrupt.is_set() {
        return Err(Failure::Interrupted(
            ": nothing is kept of a comparison".into(),
        ));
    }
    let lines = lines(&variants, &names, reps, &runs);
    let asked = reps as usize * variants.len();
    let answer = serde_json::json!({"runs": asked, "failed": failed, "lines": lines});
    place.keep(&answer, asked, failed)?;
    if options.json {
        print(&json(&answer)?)?;
    } else {
        print(&text(&lines))?;
    }
    Ok(match failed {
        0 => Exit::Fine,
        _ => Exit::Failed,
    })
}

fn lines(
    variants: &[Variant],
    names: &[String],
    reps: u32,
    runs: &BTreeMap<usize, Figures>,
) -> Vec<Line> {
    let mut lines = Vec::new();
    for name in names {
        for (point, variant) in variants.iter().enumerate() {
            // None: the run failed. Some(None): never.
            let of = |point: usize, replicate: u32| {
                let run = runs.get(&(point * reps as usize + replicate as usize))?;
                // A figure that a run does not have, as those of an outage that was none,
                // is one that never came.
                Some(run.get(name).copied().flatten())
            };
            let own: Vec<Option<f64>> = (0..reps).filter_map(|r| of(point, r)).collect();
            let values: Vec<f64> = own.iter().copied().flatten().collect();
            let differences: Vec<f64> = (0..reps)
                .filter_map(|r| Some(of(point, r)?? - of(0, r)??))
                .collect();
            lines.push(Line {
                variant: variant.name.clone(),
                figure: name.clone(),
                mean: mean(&values).or_else(|| single(&values)),
                never: (own.len() - values.len()) as u32,
                difference: (point > 0)
                    .then(|| mean(&differences).or_else(|| single(&differences)))
                    .flatten(),
                pairs: differences.len() as u32,
                replicates: own.len() as u32,
                differences: match point {
                    0 => Vec::new(),
                    _ => differences,
                },
            });
        }
    }
    lines
}

/// One value alone has no interval.
fn single(values: &[f64]) -> Option<Interval> {
    let [value] = *values else { return None };
    Some(Interval {
        value,
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    })
}

fn figure(value: f64) -> String {
    match value {
        v if v.is_infinite() => "?".into(),
        v if v != 0.0 && v.abs() < 0.01 => format!("{v:.4}"),
        v if v.abs() < 1_000.0 => format!("{v:.2}"),
        v if v < 0.0 => format!("-{}", short(-v)),
        v => short(v),
    }
}

fn text(lines: &[Line]) -> String {
    let width = lines
        .iter()
        .map(|line| line.variant.chars().count())
        .max()
        .unwrap_or(0)
        .clamp(8, 48);
    let mut text = String::new();
    let mut last = "";
    for line in lines {
        if line.figure != last {
            last = &line.figure;
            text.push_str(&format!(
                "{}{last}\n  {:width$}  {:>9}  {:>24}  {:>12}  {:>24}\n",
                if text.is_empty() { "" } else { "\n" },
                "variant",
                "mean",
                "95 % interval",
                "difference",
                "95 % interval"
            ));
        }
        let interval = |of: &Interval| format!("{} .. {}", figure(of.low), figure(of.high));
        let parts = |of: &Option<Interval>| match of {
            Some(of) => (figure(of.value), interval(of)),
            None => (String::new(), String::new()),
        };
        let ((value, about), (difference, between)) = (parts(&line.mean), parts(&line.difference));
        let value = match line.mean {
            None => "never".into(),
            Some(_) => value,
        };
        let never = match line.never {
            0 => String::new(),
            never => format!("  never in {never} of {}", line.replicates),
        };
        let row = format!(
            "  {:width$}  {value:>9}  {about:>24}  {difference:>12}  {between:>24}{never}",
            line.variant
        );
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_have_names_and_assignments() {
        let variant = Variant::parse("full jitter: a.b=full; c=2m").unwrap();
        assert_eq!(variant.name, "full jitter");
        assert_eq!(variant.set, ["a.b=full", "c=2m"]);
        let plain = Variant::parse("a=2010-01-01T00:00:00Z").unwrap();
        assert_eq!(plain.set, ["a=2010-01-01T00:00:00Z"]);
        let timed = Variant::parse("22nd, 18:30: a=1").unwrap();
        assert_eq!((timed.name.as_str(), timed.set.len()), ("22nd, 18:30", 1));
        assert!(Variant::parse("none").unwrap().set.is_empty());
        assert!(Variant::parse("x: y").is_err());
    }

    #[test]
    fn differences_are_taken_pair_by_pair_and_never_is_counted() {
        let variants =
            [("as it is", vec![]), ("other", vec!["a=1".to_owned()])].map(|(name, set)| Variant {
                name: name.into(),
                set,
            });
        let run = |hours: Option<f64>| Figures::from([("h".to_owned(), hours)]);
        // Large differences between seeds, small ones within a pair; one pair has none.
        let runs = [
            Some(10.0),
            Some(20.0),
            Some(30.0),
            None,
            Some(11.0),
            Some(21.1),
            Some(30.9),
            Some(5.0),
        ];
        let runs = runs.into_iter().map(run).enumerate().collect();
        let lines = lines(&variants, &["h".to_owned()], 4, &runs);
        assert_eq!((lines[0].never, lines[1].never, lines[1].pairs), (1, 0, 3));
        let difference = lines[1].difference.unwrap();
        assert!((difference.value - 1.0).abs() < 1e-9);
        assert!(
            difference.low > 0.7 && difference.high < 1.3,
            "{difference:?}"
        );
        assert!(text(&lines).contains("never in 1 of 4"));
    }
}
