//! `patchday tip`: the critical value of one key, and how far today's value is from it.
//!
//! RunsByLevel are chosen round by round (`tip::search`); a logistic curve through all runs gives the
//! tipping point. Today's value and the levels are values of the file, before `--scale` is
//! applied. A tipping point outside the range is not reported, since no run was made there.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{
    experiment::{
        design::{
            effects::{FactorEffects, check_names},
            factors::Factor,
            points::replicate_seed,
            range::Range,
        },
        error::ExperimentError,
        jobs::{
            executor::Executor,
            job::{Job, prepare_job, warn_at, warned},
            progress::RunCount,
        },
        stats::logistic::{self, LogisticCurve, Trials},
        storage::{
            answer::Question,
            answer_dir::{AnswerDir, StoredAnswer},
        },
        tip::{
            answer::{Level, TipAnswer},
            remarks::{against_the_trend, fraction, near_the_end, standing},
            search::{self, Round, success_below},
        },
    },
    host::{error::Failure, format::four_figures, resources::MachineSettings, signals::Interrupt},
    results::{
        criteria::Criterion,
        figures::{Outcome, ends_in_outage},
    },
    scenario::{
        load::value_at,
        prepare::{ScenarioSettings, load, scaled},
    },
};

/// The settings of a search.
#[derive(Clone, Debug)]
pub(crate) struct TipSettings {
    pub(crate) scenario: ScenarioSettings,
    pub(crate) machine: MachineSettings,
    /// The key whose critical value is wanted.
    pub(crate) key: String,
    /// The range to search, such as `0..1`.
    pub(crate) range: String,
    /// The criterion that a run must meet to count as survived.
    pub(crate) survives: String,
    /// Runs at each level of the last rounds.
    pub(crate) replicates: u32,
    /// The directory of the answer, unless it is the default one.
    pub(crate) out: Option<PathBuf>,
    /// Whether an answer to another question is replaced.
    pub(crate) force: bool,
}

/// The answer, and the range that gives levels their form.
pub(crate) struct FoundEdge {
    pub(crate) stored: StoredAnswer<TipAnswer>,
    pub(crate) range: Range,
}

/// Whether each run of a level survived, in the order of replicates. The key is the bit pattern of
/// the level.
type RunsByLevel = BTreeMap<u64, Vec<bool>>;

struct Search<'a> {
    settings: &'a TipSettings,
    range: Range,
    key: String,
    criterion: Criterion,
    executor: Executor,
    seed: u64,
    interrupt: Interrupt,
    levels: RunsByLevel,
    /// At each level, the number of runs that were in an outage when they ended.
    never_over: BTreeMap<u64, u32>,
    /// Number of runs so far. The next run has the seed of this replicate, so no two runs share a
    /// seed.
    begun: u32,
    failed: u32,
    progress: RunCount,
}

/// Searches for the critical value and writes the answer.
///
/// # Errors
/// Returns an error if the range, the criterion or the scenario is invalid, or if the answer
/// cannot be written.
pub(crate) fn find_edge(settings: &TipSettings) -> Result<FoundEdge, Failure> {
    let criterion = Criterion::parse(&settings.survives)?;
    if criterion.needs_baseline() {
        return Err(ExperimentError::NoBaseline.into());
    }
    let mut factor = Factor::parse(&format!("{}={}", settings.key, settings.range))?;
    let loaded = load(&settings.scenario)?;
    let today = value_at(&loaded.scenario, &factor.key);
    let prepared = scaled(&settings.scenario, loaded)?;
    factor.fit(today.as_ref());
    let range = factor.range()?.clone();
    let today = today.and_then(|value| range.number_of(&value));
    prepared.warn();
    check_names(std::slice::from_ref(&factor.key))?;
    let (mut effects, mut said) = (
        FactorEffects::new([factor.key.as_str()].into_iter()),
        warned(&prepared),
    );
    for end in [range.low, range.high] {
        let job = Job {
            index: 0,
            replicate: 0,
            seed: prepared.scenario.run.seed,
            set: vec![format!("{}={}", factor.key, range.text(end))],
        };
        let at_end = prepare_job(&settings.scenario, &job)?;
        warn_at(&job, &at_end, &mut said);
        effects.see(&at_end.unscaled);
    }
    effects.check()?;
    let options = [
        settings.key.clone(),
        settings.range.clone(),
        settings.survives.clone(),
        settings.replicates.to_string(),
    ];
    let out = settings.out.as_deref();
    let dir = AnswerDir::for_question(Question::Tip, &prepared, &options, out, settings.force)?;
    let mut search = Search {
        settings,
        executor: Executor::new(settings.machine, &prepared, usize::MAX)?,
        key: factor.key.clone(),
        criterion,
        seed: prepared.scenario.run.seed,
        interrupt: Interrupt::from_signals(),
        levels: RunsByLevel::new(),
        never_over: BTreeMap::new(),
        begun: 0,
        failed: 0,
        progress: RunCount::begin(search::most_runs(settings.replicates) as usize),
        range,
    };
    search
        .progress
        .expect(search::most_runs(settings.replicates) as usize);
    search.run_rounds()?;
    let answer = search.answer(today);
    let (runs, failed) = (answer.runs as usize, answer.failed as usize);
    Ok(FoundEdge {
        stored: dir.write(answer, runs, failed)?,
        range: search.range,
    })
}

impl Search<'_> {
    /// Makes the runs of a round.
    fn run_round(&mut self, round: &Round) -> Result<(), Failure> {
        let mut jobs = Vec::new();
        for level in &round.levels {
            // The value that the key is set to can differ from the wanted one by rounding.
            let text = self.range.text(*level);
            let level = self.range.number(&text).unwrap_or(*level);
            // A level that differs from a known one only by rounding is the same.
            let near = (self.range.high - self.range.low) * 1e-4;
            let twin = |bits: &&u64| (f64::from_bits(**bits) - level).abs() < near;
            let level = self
                .levels
                .keys()
                .find(twin)
                .map_or(level, |bits| f64::from_bits(*bits));
            let text = self.range.text(level);
            let known = self.levels.entry(level.to_bits()).or_default().len() as u32;
            for replicate in known..known + round.runs {
                jobs.push(Job {
                    index: jobs.len(),
                    replicate,
                    seed: replicate_seed(self.seed, self.begun),
                    set: vec![format!("{}={text}", self.key)],
                });
                self.begun += 1;
                self.levels.entry(level.to_bits()).or_default().push(false);
            }
        }
        // Errors in a level are found before its first run.
        for job in &jobs {
            if job.replicate == 0 {
                prepare_job(&self.settings.scenario, job)?;
            }
        }
        let mut outcomes: BTreeMap<usize, Option<(bool, bool)>> = BTreeMap::new();
        let (criterion, progress) = (&self.criterion, &self.progress);
        self.executor.run_all(
            &self.settings.scenario,
            &jobs,
            &self.interrupt,
            |job, record| {
                let survived = match &record.outcome {
                    Outcome::Done { figures, .. } => {
                        let holds = criterion.holds(figures, None);
                        let holds = holds.ok_or(ExperimentError::NoFigure(criterion.figure))?;
                        Some((holds, ends_in_outage(figures)))
                    }
                    Outcome::Failed(why) => {
                        progress.say(&format!("a run at {} failed: {why}", job.set.join(" ")));
                        None
                    }
                };
                progress.count();
                outcomes.insert(job.index, survived);
                Ok(())
            },
        )?;
        if self.interrupt.is_set() {
            return Err(ExperimentError::InterruptedQuestion("search".into()).into());
        }
        for job in &jobs {
            let text = job.set[0].split_once('=').map_or("", |(_, value)| value);
            let Some(level) = self.range.number(text) else {
                continue;
            };
            let runs = self.levels.entry(level.to_bits()).or_default();
            match outcomes.get(&job.index).copied().flatten() {
                Some((survived, never_over)) => {
                    runs[job.replicate as usize] = survived;
                    let count = self.never_over.entry(level.to_bits()).or_default();
                    *count += u32::from(never_over);
                }
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
                level: f64::from_bits(*bits),
                runs: runs.len() as u32,
                successes: runs.iter().filter(|survived| **survived).count() as u32,
            })
            .collect();
        trials.sort_by(|one, other| one.level.total_cmp(&other.level));
        trials
    }

    /// The coarse round, and all further rounds.
    fn run_rounds(&mut self) -> Result<(), Failure> {
        let range = (self.range.low, self.range.high);
        self.run_round(&search::coarse(range))?;
        for number in 0..search::ROUNDS {
            let replicates = self.settings.replicates;
            let Some(round) = search::next(&self.trials(), range, number, replicates) else {
                break;
            };
            self.run_round(&round)?;
        }
        Ok(())
    }

    fn answer(&self, today: Option<f64>) -> TipAnswer {
        let trials = self.trials();
        let below = success_below(&trials);
        let (low, high) = (self.range.low, self.range.high);
        let fitted = logistic::fit(&trials, below);
        let curve: Option<LogisticCurve> = fitted.filter(|curve| (low..=high).contains(&curve.tip));
        // No runs were made outside the range, so an end outside it is open.
        let end = |end: f64| (low..=high).contains(&end).then_some(end);
        let interval = curve.map(|curve| (end(curve.interval.0), end(curve.interval.1)));
        let text = |level: f64| self.range.text(level);
        let remark = match curve {
            None => Some(self.without_a_tipping_point(&trials)),
            Some(curve) => against_the_trend(&trials, below).map(|(one, other)| {
                format!(
                    "the response has no single direction: {} survived at {}, {} at {}; a tipping \
                     point means little here",
                    fraction(&one),
                    text(one.level),
                    fraction(&other),
                    text(other.level),
                )
            })
            .or_else(|| near_the_end(curve.tip, interval, (low, high), text)),
        };
        TipAnswer {
            key: self.key.clone(),
            criterion: self.criterion.to_string(),
            tip: curve.map(|curve| curve.tip),
            interval,
            slope: curve.map(|curve| curve.slope),
            never_over: trials
                .iter()
                .map(|one| {
                    self.never_over
                        .get(&one.level.to_bits())
                        .copied()
                        .unwrap_or(0)
                })
                .collect(),
            values: trials.iter().map(|one| one.level).collect(),
            range: (low, high),
            unit: self.range.unit().to_owned(),
            today,
            margin: curve
                .zip(today)
                .map(|(curve, today)| {
                    if below {
                        curve.tip / today
                    } else {
                        today / curve.tip
                    }
                })
                .filter(|margin| margin.is_finite()),
            standing: curve
                .zip(interval)
                .zip(today)
                .map(|((curve, interval), today)| {
                    standing(today, four_figures(curve.tip), interval, below, text)
                }),
            remark,
            runs: trials.iter().map(|one| one.runs).sum(),
            failed: self.failed,
            levels: trials
                .iter()
                .map(|one| Level {
                    level: text(one.level),
                    runs: one.runs,
                    survived: one.successes,
                })
                .collect(),
        }
    }

    /// The remark if there is no tipping point in the range: the outcome of the runs, and advice.
    fn without_a_tipping_point(&self, trials: &[Trials]) -> String {
        let (survived, runs) = trials.iter().fold((0, 0), |(yes, all), one| {
            (yes + one.successes, all + one.runs)
        });
        let (seen, advice) = match survived {
            0 => ("no run survived".to_owned(), "search a wider range"),
            _ if survived == runs => ("every run survived".to_owned(), "search a wider range"),
            _ => (
                format!(
                    "{survived} of {runs} runs survived, without a level at which that changes"
                ),
                "search a wider range, or use more --reps",
            ),
        };
        format!(
            "no tipping point between {} and {}: {seen}; {advice}",
            self.range.text(self.range.low),
            self.range.text(self.range.high)
        )
    }
}
