//! `patchday compare`: variants of a scenario, paired on common random numbers.
//!
//! Replicate 3 of every variant has the same seed, so its draws are the same wherever the
//! variants do not make them differently; differences are taken pair by pair, and are far
//! less noisy than those of means.

use std::collections::BTreeMap;

use crate::{
    commands::question_options::CompareOptions,
    experiment::{
        compare::pairs::{lines, text},
        design::{
            factors::{Factor, Levels},
            points::{check_count, seed_of},
        },
        jobs::{
            executor::Crew,
            job::{self, Job},
        },
        storage::{answer::Question, answer_dir::Place},
    },
    host::{
        console::{print, say},
        error::{Exit, Failure},
        signals::Interrupt,
    },
    results::figures::{self, Figures, Outcome},
    scenario::{
        prepare::{Prepared, prepare},
        print::config_hash,
    },
    store::manifest::json,
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
            return Err(Failure::usage(format!(
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
            return Err(Failure::usage(format!(
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
        1 => Err(Failure::usage(
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
        return Err(Failure::usage(format!(
            "{name}: it has other {what} than the scenario as it is: a difference would say nothing"
        )));
    }
    if config_hash(one) == config_hash(other) {
        return Err(Failure::usage(format!(
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
    names
        .iter()
        .try_for_each(|name| figures::parse(name).map(drop))?;
    let base = prepare(&options.scenario.settings())?;
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
            let prepared = job::prepared(&options.scenario.settings(), first)?;
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
    let crew = Crew::of(options.machine.settings(), &base, jobs.len())?;
    say(&format!(
        "{}: {} variants, {reps} runs each, {} at once with {} threads each",
        base.file,
        variants.len(),
        crew.at_once,
        crew.workers.threads
    ));
    let interrupt = Interrupt::from_signals();
    let mut runs: BTreeMap<usize, Figures> = BTreeMap::new();
    let mut failed = 0;
    crew.work(
        &options.scenario.settings(),
        &jobs,
        &interrupt,
        |job, outcome, _| {
            match outcome {
                Outcome::Done { figures, .. } => drop(runs.insert(job.index, figures.clone())),
                Outcome::Failed(why) => {
                    failed += 1;
                    say(&format!("a run failed ({}): {why}", job.set.join("; ")));
                }
            }
            Ok(())
        },
    )?;
    if interrupt.is_set() {
        return Err(Failure::interrupted(
            ": nothing is kept of a comparison".into(),
        ));
    }
    let hours = f64::from(base.scenario.ticks()) / 3_600.0;
    let shown: Vec<&str> = variants.iter().map(|one| one.name.as_str()).collect();
    let lines = lines(&shown, &names, (reps, hours), &runs);
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
}
