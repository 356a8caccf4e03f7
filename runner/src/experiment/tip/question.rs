//! `patchday tip`: the critical value of one key, and how far today's value is from it.
//!
//! Levels are chosen round by round (`tip::search`), each round by the runs before it; a logistic curve
//! through all runs gives the tipping point. Today's value and the levels are values of the file, before `--scale` is
//! applied. A tipping point outside the range is not reported, since no run was made there.

use std::collections::BTreeMap;

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
            asked_question::AskedQuestion,
            dry_run::Asked,
            job::{Job, prepare_job, warn_at, warned},
            run_source::RunSource,
        },
        stats::logistic::{self, LogisticCurve, Trials},
        storage::{
            answer::Question,
            answer_dir::{AnswerSettings, StoredAnswer},
        },
        tip::{
            answer::{Level, TipAnswer},
            remarks::{against_the_trend, fraction, near_the_end, standing},
            search::{self, Round, success_below},
        },
    },
    host::{error::Failure, format::four_figures, resources::MachineSettings},
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
    pub(crate) answer: AnswerSettings,
}

/// The answer, and the range that gives levels their form.
pub(crate) struct FoundEdge {
    pub(crate) stored: StoredAnswer<TipAnswer>,
    pub(crate) range: Range,
}

/// Whether each run of a level survived, in the order of replicates. The key is the bit pattern of
/// the level.
type RunsByLevel = BTreeMap<u64, Vec<bool>>;

struct Search {
    replicates: u32,
    range: Range,
    key: String,
    criterion: Criterion,
    seed: u64,
    levels: RunsByLevel,
    /// At each level, the number of runs that were in an outage when they ended.
    never_over: BTreeMap<u64, u32>,
    /// Number of runs so far. The next run has the seed of this replicate, so no two runs share a
    /// seed.
    begun: u32,
    failed: u32,
    /// Whether the budget ended before the search.
    budget_ended: bool,
}

/// Searches for the critical value and writes the answer.
///
/// # Errors
/// Returns an error if the range, the criterion or the scenario is invalid, or if the answer
/// cannot be written.
pub(crate) fn find_edge(settings: &TipSettings) -> Result<Asked<FoundEdge>, Failure> {
    let mut factor = Factor::parse(&format!("{}={}", settings.key, settings.range))?;
    let loaded = load(&settings.scenario)?;
    let criterion = Criterion::parse(&settings.survives, &loaded.scenario)?;
    if criterion.needs_baseline() {
        return Err(ExperimentError::NoBaseline.into());
    }
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
    if !prepared.scenario.has_figure(&criterion.figure.name()) {
        return Err(ExperimentError::NoFigure(criterion.figure).into());
    }
    let options = [
        settings.key.clone(),
        settings.range.clone(),
        settings.survives.clone(),
        settings.replicates.to_string(),
    ];
    let asked = AskedQuestion {
        question: Question::Tip,
        scenario: &settings.scenario,
        base: &prepared,
        machine: settings.machine,
        answer: &settings.answer,
        options: &options,
        largest: &prepared,
        most: search::most_runs(settings.replicates) as usize,
        at_most: true,
    };
    let mut search = Search {
        key: factor.key.clone(),
        criterion,
        seed: prepared.scenario.run.seed,
        replicates: settings.replicates,
        levels: RunsByLevel::new(),
        never_over: BTreeMap::new(),
        begun: 0,
        failed: 0,
        budget_ended: false,
        range,
    };
    let first = search::coarse((search.range.low, search.range.high));
    if settings.answer.dry_run {
        let jobs: Vec<Job> = search
            .jobs(&first)
            .into_iter()
            .map(|(_, job)| job)
            .collect();
        let then = format!(
            "then up to {} rounds of levels around the tipping point, chosen by the runs before",
            search::ROUNDS
        );
        return Ok(Asked::Planned(asked.price(&jobs, Some(then), 0)?));
    }
    let (dir, mut source) = asked.begin()?;
    search.run_rounds(first, &mut source)?;
    source.close();
    let answer = search.answer(today);
    let (runs, failed) = (answer.runs as usize, answer.failed as usize);
    Ok(Asked::Answered(FoundEdge {
        stored: dir.write(answer, runs, failed)?,
        range: search.range,
    }))
}

impl Search {
    /// The runs of a round with the bit patterns of their levels.
    fn jobs(&self, round: &Round) -> Vec<(u64, Job)> {
        let mut jobs = Vec::new();
        let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
        for level in &round.levels {
            // The value that the key is set to can differ from the wanted one by rounding.
            let text = self.range.text(*level);
            let level = self.range.number(&text).unwrap_or(*level);
            // A level that differs from a known one only by rounding is the same.
            let near = (self.range.high - self.range.low) * 1e-4;
            let twin = |bits: &&u64| (f64::from_bits(**bits) - level).abs() < near;
            let mut known = self.levels.keys().chain(counts.keys());
            let bits = known.find(twin).copied().unwrap_or(level.to_bits());
            let text = self.range.text(f64::from_bits(bits));
            let known = self.levels.get(&bits).map_or(0, |runs| runs.len() as u32);
            let count = counts.entry(bits).or_insert(known);
            for _ in 0..round.runs {
                let job = Job {
                    index: jobs.len(),
                    replicate: *count,
                    seed: replicate_seed(self.seed, self.begun + jobs.len() as u32),
                    set: vec![format!("{}={text}", self.key)],
                };
                *count += 1;
                jobs.push((bits, job));
            }
        }
        jobs
    }

    /// Makes the runs of a round. Returns whether the budget was enough for all of them.
    fn run_round(&mut self, round: &Round, source: &mut RunSource) -> Result<bool, Failure> {
        let (levels, jobs): (Vec<u64>, Vec<Job>) = self.jobs(round).into_iter().unzip();
        let records = source.ask(&jobs)?;
        self.begun += records.len() as u32;
        for (level, record) in levels.into_iter().zip(&records) {
            let survived = match &record.outcome {
                Outcome::Done { figures, .. } => {
                    let never_over = u32::from(ends_in_outage(figures));
                    *self.never_over.entry(level).or_default() += never_over;
                    let holds = self.criterion.holds(figures, None);
                    holds.ok_or(ExperimentError::NoFigure(self.criterion.figure))?
                }
                Outcome::Failed(_) => {
                    self.failed += 1;
                    false
                }
            };
            self.levels.entry(level).or_default().push(survived);
        }
        Ok(records.len() == jobs.len())
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

    /// The coarse round, and all further rounds that the budget allows.
    fn run_rounds(&mut self, first: Round, source: &mut RunSource) -> Result<(), Failure> {
        let range = (self.range.low, self.range.high);
        let mut round = Some(first);
        let mut number = 0;
        while let Some(wanted) = round {
            if !self.run_round(&wanted, source)? {
                self.budget_ended = true;
                return Ok(());
            }
            round = if number < search::ROUNDS {
                search::next(&self.trials(), range, number, self.replicates)
            } else {
                None
            };
            number += 1;
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
        let mut remark = match curve {
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
        if self.budget_ended {
            let ended = format!(
                "the budget of {} runs ended before the search; more runs would narrow the interval",
                self.begun
            );
            remark = Some(remark.map_or(ended.clone(), |remark| format!("{remark}; {ended}")));
        }
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
