//! `patchday tip`: the critical value of one key, and how far today's is from it.
//!
//! A coarse look over the range first, two runs a level; it tells whether there is an edge at
//! all, and whether the response has one direction. Then runs go where they say
//! most: the interval around the edge is halved while its ends disagree, and in the end
//! levels about the edge get all their replicates. A logistic curve through all of them gives
//! the tipping point.

use std::collections::BTreeMap;

use crate::{
    cli::TipOptions,
    exit::{Exit, Failure, print, say},
    experiment::{
        answer::Question,
        crew::Crew,
        criterion::Criterion,
        design::seed_of,
        edge::{Answer, against_the_trend, fraction},
        factor::{Factor, Range},
        job::{self, Job},
        logistic::{self, Curve, Trials},
        metrics::Outcome,
        place::Place,
    },
    interrupt::Interrupt,
    manifest::json,
    preparation::prepare,
    scenario::value_at,
};
use patchday_agents::parameter::Value;

/// Levels of the coarse look, and runs of each.
const COARSE_LEVELS: u32 = 9;
const COARSE_RUNS: u32 = 2;
/// How often the interval around the edge is halved.
const HALVINGS: u32 = 4;

/// What is known of a level: its runs, in order of replicates.
type Levels = BTreeMap<u64, Vec<bool>>;

struct Search<'a> {
    options: &'a TipOptions,
    range: Range,
    key: String,
    criterion: Criterion,
    crew: Crew,
    seed: u64,
    interrupt: Interrupt,
    levels: Levels,
    failed: u32,
}

/// `patchday tip`.
///
/// # Errors
/// What is wrong with the range, the criterion or the scenario, or that all runs of a
/// level failed.
pub fn tip(options: &TipOptions) -> Result<Exit, Failure> {
    let begun = std::time::Instant::now();
    let criterion = Criterion::parse(&options.survives).map_err(Failure::Usage)?;
    if criterion.needs_baseline() {
        return Err(Failure::Usage(
            "--survives: there is no baseline here".into(),
        ));
    }
    let mut factor = Factor::parse(&format!("{}={}", options.param, options.range))?;
    let prepared = prepare(&options.scenario)?;
    let today = value_at(&prepared.scenario, &factor.key);
    factor.fit(today.as_ref());
    let range = factor.range()?.clone();
    let words = [&options.param, &options.range, &options.survives].map(Clone::clone);
    let words = [words.as_slice(), &[options.reps.to_string()]].concat();
    let out = options.out.as_deref();
    let place = Place::of(Question::Tip, &prepared, &words, out, options.force)?;
    let levels = Levels::new();
    let crew = Crew::of(options.machine, &prepared, usize::MAX)?;
    let mut search = Search {
        options,
        key: factor.key.clone(),
        criterion,
        crew,
        seed: prepared.scenario.run.seed,
        interrupt: Interrupt::of_signals(),
        levels,
        failed: 0,
        range,
    };
    search.look()?;
    let today = today.and_then(|value| match value {
        Value::Integer(number) => Some(number as f64),
        Value::Number(number) => Some(number),
        Value::Text(text) => search.range.number(&text),
        Value::Switch(_) | Value::List(_) => None,
    });
    let answer = search.answer(today);
    place.keep(&answer, answer.runs as usize, answer.failed as usize)?;
    if options.json {
        print(&json(&answer)?)?;
    } else {
        print(&answer.text(&search.range, begun.elapsed().as_secs_f64()))?;
    }
    Ok(match answer.failed {
        0 => Exit::Fine,
        _ => Exit::Failed,
    })
}

/// A number that is one.
fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

impl Search<'_> {
    fn level(&self, bits: u64) -> f64 {
        f64::from_bits(bits)
    }

    /// Brings levels to so many runs each.
    fn run(&mut self, levels: &[f64], runs: u32) -> Result<(), Failure> {
        let mut jobs = Vec::new();
        for level in levels {
            // What the key is set to, not what was meant: a whole number may be near.
            let text = self.range.text(*level);
            let level = self.range.number(&text).unwrap_or(*level);
            // One next to it, but for rounding, is the same.
            let near = (self.range.high - self.range.low) * 1e-4;
            let twin = |bits: &&u64| (f64::from_bits(**bits) - level).abs() < near;
            let level = self
                .levels
                .keys()
                .find(twin)
                .map_or(level, |bits| f64::from_bits(*bits));
            let text = self.range.text(level);
            let known = self.levels.entry(level.to_bits()).or_default().len() as u32;
            for replicate in known..runs {
                jobs.push(Job {
                    index: jobs.len(),
                    replicate,
                    seed: seed_of(self.seed, replicate),
                    set: vec![format!("{}={text}", self.key)],
                    spoiled: false,
                });
                self.levels.entry(level.to_bits()).or_default().push(false);
            }
        }
        // Each level is read before its first run.
        for job in &jobs {
            if job.replicate == 0 {
                job::prepared(&self.options.scenario, job)?;
            }
        }
        let mut outcomes: BTreeMap<usize, Option<bool>> = BTreeMap::new();
        let criterion = &self.criterion;
        self.crew.work(
            &self.options.scenario,
            &jobs,
            &self.interrupt,
            |job, outcome, _| {
                let survived = match outcome {
                    Outcome::Done { figures, .. } => {
                        let holds = criterion.holds(figures, None);
                        Some(holds.ok_or_else(|| {
                            Failure::Usage(format!(
                                "--survives: a run of this scenario has no figure `{}`",
                                criterion.figure
                            ))
                        })?)
                    }
                    Outcome::Failed(why) => {
                        say(&format!("a run at {} failed: {why}", job.set.join(" ")));
                        None
                    }
                };
                outcomes.insert(job.index, survived);
                Ok(())
            },
        )?;
        if self.interrupt.is_set() {
            return Err(Failure::Interrupted(": nothing is kept of a search".into()));
        }
        for job in &jobs {
            let text = job.set[0].split_once('=').map_or("", |(_, value)| value);
            let Some(level) = self.range.number(text) else {
                continue;
            };
            let runs = self.levels.entry(level.to_bits()).or_default();
            match outcomes.get(&job.index).copied().flatten() {
                Some(survived) => runs[job.replicate as usize] = survived,
                None => self.failed += 1,
            }
        }
        Ok(())
    }

    fn trials(&self) -> Vec<Trials> {
        let mut trials: Vec<Trials> = self
            .levels
            .iter()
            .map(|(bits, runs)| Trials {
                level: self.level(*bits),
                runs: runs.len() as u32,
                successes: runs.iter().filter(|survived| **survived).count() as u32,
            })
            .collect();
        trials.sort_by(|one, other| one.level.total_cmp(&other.level));
        trials
    }

    fn look(&mut self) -> Result<(), Failure> {
        let place = |step: u32| f64::from(step) / f64::from(COARSE_LEVELS - 1);
        let coarse: Vec<f64> = (0..COARSE_LEVELS)
            .map(|step| self.range.at(place(step)))
            .collect();
        let reps = self.options.reps;
        self.run(&coarse, COARSE_RUNS.min(reps))?;
        for _ in 0..HALVINGS {
            let Some((low, high)) = self.bracket() else {
                break;
            };
            let middle = f64::midpoint(low, high);
            self.run(&[middle], COARSE_RUNS.min(reps))?;
        }
        let Some((low, high)) = self.bracket() else {
            return Ok(());
        };
        // Where the two sides meet, and once as far out on each side.
        let width = (high - low).max((self.range.high - self.range.low) * 1e-6);
        let (least, most) = (self.range.low, self.range.high);
        let clamp = |level: f64| level.clamp(least, most);
        let about: Vec<f64> = [-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0]
            .iter()
            .map(|step| clamp(low + step * width))
            .collect();
        self.run(&about, reps)?;
        // A shallow edge needs levels further out.
        if let Some(curve) = logistic::fit(&self.trials(), self.success_below()) {
            let reach = 2.0 / curve.slope.abs();
            let further: Vec<f64> = [-1.0, -0.5, 0.5, 1.0]
                .iter()
                .map(|step| clamp(curve.tip + step * reach))
                .filter(|level| !(low - 2.0 * width..=high + 2.0 * width).contains(level))
                .collect();
            self.run(&further, reps)?;
        }
        Ok(())
    }

    /// Whether runs survive at the low end of the range rather than at the high one.
    fn success_below(&self) -> bool {
        let trials = self.trials();
        let share = |half: &[Trials]| {
            let (yes, all) = half.iter().fold((0, 0), |(yes, all), one| {
                (yes + one.successes, all + one.runs)
            });
            f64::from(yes) / f64::from(all.max(1))
        };
        let (lower, upper) = trials.split_at(trials.len() / 2);
        share(lower) >= share(upper)
    }

    /// The two neighbouring levels between which most runs change sides, if any do.
    fn bracket(&self) -> Option<(f64, f64)> {
        let trials = self.trials();
        let below = self.success_below();
        let survives = |one: &Trials| (one.successes * 2 > one.runs) == below;
        // The last level on the near side before the first on the far one.
        let far = trials.iter().position(|one| !survives(one))?;
        let near = far.checked_sub(1)?;
        Some((trials[near].level, trials[far].level))
    }

    fn answer(&self, today: Option<f64>) -> Answer {
        let trials = self.trials();
        let below = self.success_below();
        let all = trials.iter().all(|one| one.successes == one.runs);
        let none = trials.iter().all(|one| one.successes == 0);
        let odd = against_the_trend(&trials, below);
        let remark = if all {
            Some("no edge in this range: every run survived".to_owned())
        } else if none {
            Some("no edge in this range: no run survived".to_owned())
        } else {
            odd.map(|(one, other)| {
                format!(
                    "the response has no one direction: {} survived at {}, {} at {}; a tipping \
                     point says little here",
                    fraction(&one),
                    self.range.text(one.level),
                    fraction(&other),
                    self.range.text(other.level),
                )
            })
        };
        let curve: Option<Curve> = (!all && !none)
            .then(|| logistic::fit(&trials, below))
            .flatten();
        Answer {
            key: self.key.clone(),
            criterion: self.criterion.to_string(),
            tip: curve.map(|curve| curve.tip),
            interval: curve.map(|curve| (finite(curve.interval.0), finite(curve.interval.1))),
            slope: curve.map(|curve| curve.slope),
            values: trials.iter().map(|one| one.level).collect(),
            range: (self.range.low, self.range.high),
            unit: self.range.unit().to_owned(),
            today,
            margin: curve
                .zip(today)
                .map(|(curve, today)| match below {
                    true => curve.tip / today,
                    false => today / curve.tip,
                })
                .filter(|margin| margin.is_finite()),
            remark,
            runs: trials.iter().map(|one| one.runs).sum(),
            failed: self.failed,
            levels: trials
                .iter()
                .map(|one| (self.range.text(one.level), one.runs, one.successes))
                .collect(),
        }
    }
}
