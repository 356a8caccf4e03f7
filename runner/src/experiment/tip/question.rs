//! `patchday tip`: the critical value of one key, and how far today's is from it.
//!
//! Levels are chosen round by round (`experiment::search`); a logistic curve through all
//! runs gives the tipping point. Today's value and the levels are values of the file, before
//! `--scale` is applied. An edge that is not in the range is none: what lies beyond was not
//! looked at.

use std::collections::BTreeMap;

use crate::{
    commands::question_options::TipOptions,
    experiment::{
        design::{
            factors::{Factor, Range},
            points::seed_of,
        },
        jobs::{
            executor::Crew,
            job::{self, Job},
        },
        stats::logistic::{self, Curve, Trials},
        storage::{answer::Question, answer_dir::Place},
        tip::{
            edge::{Answer, against_the_trend, fraction, standing},
            search::{self, Look, success_below},
        },
    },
    host::{
        console::{print, say},
        error::{Exit, Failure},
        signals::Interrupt,
    },
    results::{criteria::Criterion, figures::Outcome},
    scenario::{
        load::value_at,
        prepare::{load, scaled},
    },
    store::manifest::json,
};

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
    /// Runs begun so far: each has a seed of its own.
    begun: u32,
    failed: u32,
}

/// `patchday tip`.
///
/// # Errors
/// What is wrong with the range, the criterion or the scenario, or that all runs of a
/// level failed.
pub fn tip(options: &TipOptions) -> Result<Exit, Failure> {
    let begun = std::time::Instant::now();
    let criterion = Criterion::parse(&options.survives).map_err(Failure::usage)?;
    if criterion.needs_baseline() {
        return Err(Failure::usage(
            "--survives: there is no baseline here".into(),
        ));
    }
    let mut factor = Factor::parse(&format!("{}={}", options.param, options.range))?;
    let loaded = load(&options.scenario.settings())?;
    let today = value_at(&loaded.scenario, &factor.key);
    let prepared = scaled(&options.scenario.settings(), loaded)?;
    factor.fit(today.as_ref());
    let range = factor.range()?.clone();
    let today = today.and_then(|value| range.of_value(&value));
    prepared.warn();
    let words = [&options.param, &options.range, &options.survives].map(Clone::clone);
    let words = [words.as_slice(), &[options.reps.to_string()]].concat();
    let out = options.out.as_deref();
    let place = Place::of(Question::Tip, &prepared, &words, out, options.force)?;
    let levels = Levels::new();
    let crew = Crew::of(options.machine.settings(), &prepared, usize::MAX)?;
    let mut search = Search {
        options,
        key: factor.key.clone(),
        criterion,
        crew,
        seed: prepared.scenario.run.seed,
        interrupt: Interrupt::from_signals(),
        levels,
        begun: 0,
        failed: 0,
        range,
    };
    search.look()?;
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

impl Search<'_> {
    fn level(&self, bits: u64) -> f64 {
        f64::from_bits(bits)
    }

    /// Gives levels so many more runs each.
    fn run(&mut self, look: &Look) -> Result<(), Failure> {
        let mut jobs = Vec::new();
        for level in &look.levels {
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
            for replicate in known..known + look.runs {
                jobs.push(Job {
                    index: jobs.len(),
                    replicate,
                    seed: seed_of(self.seed, self.begun),
                    set: vec![format!("{}={text}", self.key)],
                    spoiled: false,
                });
                self.begun += 1;
                self.levels.entry(level.to_bits()).or_default().push(false);
            }
        }
        // Each level is read before its first run.
        for job in &jobs {
            if job.replicate == 0 {
                job::prepared(&self.options.scenario.settings(), job)?;
            }
        }
        let mut outcomes: BTreeMap<usize, Option<bool>> = BTreeMap::new();
        let criterion = &self.criterion;
        self.crew.work(
            &self.options.scenario.settings(),
            &jobs,
            &self.interrupt,
            |job, outcome, _| {
                let survived = match outcome {
                    Outcome::Done { figures, .. } => {
                        let holds = criterion.holds(figures, None);
                        Some(holds.ok_or_else(|| {
                            Failure::usage(format!(
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
            return Err(Failure::interrupted(": nothing is kept of a search".into()));
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
        let range = (self.range.low, self.range.high);
        self.run(&search::coarse(range))?;
        for round in 0..search::ROUNDS {
            let Some(look) = search::next(&self.trials(), range, round, self.options.reps) else {
                break;
            };
            self.run(&look)?;
        }
        Ok(())
    }

    fn answer(&self, today: Option<f64>) -> Answer {
        let trials = self.trials();
        let below = success_below(&trials);
        let (low, high) = (self.range.low, self.range.high);
        let fitted = logistic::fit(&trials, below);
        let curve: Option<Curve> = fitted.filter(|curve| (low..=high).contains(&curve.tip));
        // An end that lies outside was not looked for there.
        let end = |end: f64| (low..=high).contains(&end).then_some(end);
        let interval = curve.map(|curve| (end(curve.interval.0), end(curve.interval.1)));
        let text = |level: f64| self.range.text(level);
        let remark = match curve {
            None => Some(self.without_an_edge(&trials)),
            Some(_) => against_the_trend(&trials, below).map(|(one, other)| {
                format!(
                    "the response has no one direction: {} survived at {}, {} at {}; a tipping \
                     point says little here",
                    fraction(&one),
                    text(one.level),
                    fraction(&other),
                    text(other.level),
                )
            }),
        };
        let stand = curve.zip(interval).zip(today);
        Answer {
            key: self.key.clone(),
            criterion: self.criterion.to_string(),
            tip: curve.map(|curve| curve.tip),
            interval,
            slope: curve.map(|curve| curve.slope),
            values: trials.iter().map(|one| one.level).collect(),
            range: (low, high),
            unit: self.range.unit().to_owned(),
            today,
            margin: curve
                .zip(today)
                .map(|(curve, today)| match below {
                    true => curve.tip / today,
                    false => today / curve.tip,
                })
                .filter(|margin| margin.is_finite()),
            standing: stand.map(|((curve, interval), today)| {
                standing(today, curve.tip, interval, below, text)
            }),
            remark,
            runs: trials.iter().map(|one| one.runs).sum(),
            failed: self.failed,
            levels: trials
                .iter()
                .map(|one| (text(one.level), one.runs, one.successes))
                .collect(),
        }
    }

    /// That there is no edge here, what was seen, and what to do.
    fn without_an_edge(&self, trials: &[Trials]) -> String {
        let (survived, runs) = trials.iter().fold((0, 0), |(yes, all), one| {
            (yes + one.successes, all + one.runs)
        });
        let (seen, advice) = match survived {
            0 => ("no run survived".to_owned(), "look over a wider range"),
            _ if survived == runs => ("every run survived".to_owned(), "look over a wider range"),
            _ => (
                format!("{survived} of {runs} runs survived, with no level where that turns"),
                "look over a wider range, or with more --reps",
            ),
        };
        format!(
            "no edge between {} and {}: {seen}; {advice}",
            self.range.text(self.range.low),
            self.range.text(self.range.high)
        )
    }
}
