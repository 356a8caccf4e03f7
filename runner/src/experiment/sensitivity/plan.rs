//! The plan of a sensitivity analysis: what varies, what is measured, and every run.
//!
//! A plan is a pure function of the settings and the scenario, so the same question asks for the same
//! runs again, and the ledger has them.

use crate::{
    experiment::{
        design::{
            direction_numbers::MOST_DIMENSIONS, effects::check_names, factors::Factor,
            points::check_count, saltelli::MOST_COORDINATES,
        },
        error::ExperimentError,
        jobs::job::Job,
        sensitivity::{
            answer::{Estimator, VariedKey},
            emulated,
            measure::EffectMeasure,
            screening::{self, ScreeningRun, ScreeningSettings, Seeds},
            section_keys::{SectionKeys, multiples},
            space::FactorSpace,
            tables::DesignedRun,
            variance::{self, VarianceRun, VarianceSettings},
        },
        stats::gaussian_process,
    },
    host::error::Failure,
    results::criteria::Criterion,
    scenario::load::value_at,
};

use patchday_agents::scenario::Scenario;

/// The figures that are measured by default.
const FIGURES: [&str; 3] = [
    "hours_below_50_percent",
    "hours_to_90_percent",
    "user_hours_lost",
];

/// What a plan is made from.
#[derive(Clone, Debug)]
pub(crate) struct PlanSettings {
    /// Factors, `KEY=LEVELS` each.
    pub(crate) vary: Vec<String>,
    /// Sections of which every number varies.
    pub(crate) sections: Vec<String>,
    /// The multiples of their values, `LOW..HIGH`.
    pub(crate) by: String,
    /// Groups of keys, `NAME=KEY,KEY` each.
    pub(crate) groups: Vec<String>,
    /// Names of figures, or criteria; if empty, the default ones.
    pub(crate) figures: Vec<String>,
    /// The criterion of the edge.
    pub(crate) edge: String,
    pub(crate) estimator: Estimator,
    pub(crate) trajectories: u32,
    /// Levels of each range in a trajectory.
    pub(crate) levels: u32,
    /// Rows of a design, or points of an emulator.
    pub(crate) points: usize,
    pub(crate) replicates: u32,
    pub(crate) seeds: Seeds,
}

/// The runs of a plan.
#[derive(Clone, Debug)]
pub(crate) enum PlannedDesign {
    Screening(ScreeningSettings, Vec<ScreeningRun>),
    Variance(VarianceSettings, Vec<VarianceRun>),
    Emulator(VarianceSettings, Vec<VarianceRun>),
}

/// A plan.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) space: FactorSpace,
    pub(crate) keys: Vec<VariedKey>,
    pub(crate) measures: Vec<EffectMeasure>,
    pub(crate) edge: Criterion,
    pub(crate) design: PlannedDesign,
    pub(crate) runs: Vec<DesignedRun>,
    pub(crate) notes: Vec<String>,
}

impl Plan {
    /// The plan for a scenario before it is scaled.
    ///
    /// # Errors
    /// Returns an error if a key, a figure or a number of runs is invalid.
    pub(crate) fn new(settings: &PlanSettings, scenario: &Scenario) -> Result<Self, Failure> {
        let (space, notes) = factors(settings, scenario)?;
        let mut measures: Vec<EffectMeasure> = Vec::new();
        let names = settings.figures.iter().map(String::as_str);
        let defaults = FIGURES.iter().copied();
        let given: Vec<&str> = match settings.figures.is_empty() {
            true => defaults.collect(),
            false => names.collect(),
        };
        for text in given {
            let measure = EffectMeasure::parse(text, scenario)?;
            if !measures.contains(&measure) {
                measures.push(measure);
            }
        }
        let edge = Criterion::parse(&settings.edge, scenario)?;
        if edge.needs_baseline() {
            return Err(ExperimentError::NoBaseline.into());
        }
        let design = design(settings, &space, scenario.run.seed)?;
        let runs = match &design {
            PlannedDesign::Screening(_, runs) => runs
                .iter()
                .map(|run| DesignedRun::of_screening(run, &space))
                .collect(),
            PlannedDesign::Variance(_, runs) | PlannedDesign::Emulator(_, runs) => runs
                .iter()
                .map(|run| DesignedRun::of_variance(run, &space))
                .collect(),
        };
        let keys = space.keys.iter().enumerate().map(|(index, key)| {
            let today = value_at(scenario, &key.key);
            let group = space
                .groups
                .iter()
                .find(|group| group.members.contains(&index));
            VariedKey {
                key: key.key.clone(),
                levels: space.levels_text(index),
                today: today.map(|value| value.to_string().trim_matches('"').to_owned()),
                factor: group.map_or_else(|| key.key.clone(), |group| group.name.clone()),
            }
        });
        Ok(Self {
            keys: keys.collect(),
            space,
            measures,
            edge,
            design,
            runs,
            notes,
        })
    }

    /// The jobs of all runs.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        let job = |(index, run): (usize, &DesignedRun)| Job {
            index,
            replicate: run.replicate,
            seed: run.seed,
            set: self.space.assignments(&run.values),
        };
        self.runs.iter().enumerate().map(job).collect()
    }
}

/// The keys that vary, and what is to be said of those that do not.
fn factors(
    settings: &PlanSettings,
    scenario: &Scenario,
) -> Result<(FactorSpace, Vec<String>), Failure> {
    let parsed = settings.vary.iter().map(|text| Factor::parse(text));
    let mut keys: Vec<Factor> = parsed.collect::<Result<_, _>>()?;
    for key in &mut keys {
        key.fit(value_at(scenario, &key.key).as_ref());
    }
    let (by, mut notes) = (multiples(&settings.by)?, Vec::new());
    for section in &settings.sections {
        let found = SectionKeys::new(scenario, section, by)?;
        // A key that is given on its own has its own range.
        let given: Vec<String> = keys.iter().map(|key| key.key.clone()).collect();
        let new = found.keys.into_iter();
        keys.extend(new.filter(|key| !given.contains(&key.key)));
        if !found.left_out.is_empty() {
            let what = found.left_out.join("; ");
            notes.push(format!("numbers of {section} that do not vary: {what}"));
        }
    }
    let names: Vec<String> = keys.iter().map(|key| key.key.clone()).collect();
    check_names(&names)?;
    Ok((FactorSpace::new(keys, &settings.groups)?, notes))
}

/// The runs of the method, if their number is allowed.
fn design(
    settings: &PlanSettings,
    space: &FactorSpace,
    seed: u64,
) -> Result<PlannedDesign, Failure> {
    let wrong = |option: &'static str, what: String| ExperimentError::Factors { option, what };
    if settings.levels < 2 || settings.levels % 2 == 1 {
        let what = format!("{}: an even number of levels", settings.levels);
        return Err(wrong("--levels", what).into());
    }
    let of_points = VarianceSettings {
        points: settings.points,
        replicates: settings.replicates,
        seeds: settings.seeds,
        seed,
    };
    match settings.estimator {
        Estimator::Morris => {
            let runs = (settings.trajectories as usize).saturating_mul(space.groups.len() + 2);
            check_count(runs)?;
            let of_trajectories = ScreeningSettings {
                trajectories: settings.trajectories,
                levels: settings.levels,
                seeds: settings.seeds,
                seed,
            };
            let runs = screening::design(space, of_trajectories);
            Ok(PlannedDesign::Screening(of_trajectories, runs))
        }
        Estimator::Sobol => {
            if space.keys.len() > MOST_COORDINATES {
                let (keys, most) = (space.keys.len(), MOST_COORDINATES);
                let what = format!(
                    "{keys} keys; at most {most}, because each needs two of {MOST_DIMENSIONS} \
                     dimensions. --method morris finds those that matter"
                );
                return Err(wrong("--method sobol", what).into());
            }
            check_count(variance::count(space, of_points))?;
            let runs = variance::design(space, of_points);
            Ok(PlannedDesign::Variance(of_points, runs))
        }
        Estimator::SobolByEmulator => {
            let most = gaussian_process::MOST_ROWS;
            if !(4..=most).contains(&settings.points) || space.keys.len() > MOST_COORDINATES {
                let what = format!(
                    "from 4 to {most} --points and at most {MOST_COORDINATES} keys; here {} points \
                     and {} keys",
                    settings.points,
                    space.keys.len()
                );
                return Err(wrong("--emulator", what).into());
            }
            check_count(settings.points.saturating_mul(settings.replicates as usize))?;
            let runs = emulated::design(space, of_points);
            Ok(PlannedDesign::Emulator(of_points, runs))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(vary: &[&str], estimator: Estimator) -> PlanSettings {
        PlanSettings {
            vary: vary.iter().map(|text| (*text).to_owned()).collect(),
            sections: Vec::new(),
            by: "0.5..2".into(),
            groups: Vec::new(),
            figures: Vec::new(),
            edge: "hours_below_50_percent > 0".into(),
            estimator,
            trajectories: 3,
            levels: 4,
            points: 8,
            replicates: 2,
            seeds: Seeds::Common,
        }
    }

    fn error(settings: &PlanSettings) -> String {
        Plan::new(settings, &Scenario::default())
            .unwrap_err()
            .to_string()
    }

    const SEATS: &str = "overlay.supernode.seats=450..900";

    #[test]
    fn a_plan_has_every_run() {
        let count = |estimator, vary: &[&str]| {
            let plan = Plan::new(&settings(vary, estimator), &Scenario::default()).unwrap();
            assert_eq!(plan.runs.len(), plan.jobs().len());
            plan.runs.len()
        };
        let two = [SEATS, "overlay.promotion.loaded_at=0.6..0.9"];
        assert_eq!(count(Estimator::Morris, &two), 3 * (2 + 2));
        // A, B, two keys and chance.
        assert_eq!(count(Estimator::Sobol, &two), 8 * 5 * 2);
        assert_eq!(count(Estimator::SobolByEmulator, &two), 8 * 2);
    }

    #[test]
    fn a_key_that_is_given_on_its_own_keeps_its_range() {
        let mut settings = settings(&["overlay.promotion.loaded_at=0.6..0.9"], Estimator::Morris);
        settings.sections.push("overlay.promotion".into());
        let plan = Plan::new(&settings, &Scenario::default()).unwrap();
        let all = plan
            .keys
            .iter()
            .filter(|key| key.key == "overlay.promotion.loaded_at");
        let levels: Vec<&str> = all.map(|key| key.levels.as_str()).collect();
        assert_eq!(levels, ["0.6..0.9"]);
        assert!(plan.keys.len() > 2);
    }

    #[test]
    fn what_cannot_be_planned_is_refused() {
        let mut odd = settings(&[SEATS], Estimator::Morris);
        odd.levels = 5;
        assert!(error(&odd).contains("an even number of levels"));
        let mut many = settings(&[], Estimator::Sobol);
        many.sections
            .extend(["client", "overlay"].map(str::to_owned));
        assert!(error(&many).contains("at most 32"), "{}", error(&many));
        let mut figure = settings(&[SEATS], Estimator::Morris);
        figure.figures.push("hours_to_90_percents".into());
        assert!(error(&figure).contains("did you mean"));
        let mut baseline = settings(&[SEATS], Estimator::Morris);
        baseline.figures.push("user_hours_lost < baseline".into());
        assert!(error(&baseline).contains("baseline"));
        assert!(error(&settings(&["run.seed=1..9"], Estimator::Morris)).contains("cannot vary"));
        assert!(error(&settings(&[], Estimator::Morris)).contains("no key varies"));
        let mut few = settings(&[SEATS], Estimator::SobolByEmulator);
        few.points = 501;
        assert!(error(&few).contains("--points"));
    }
}
