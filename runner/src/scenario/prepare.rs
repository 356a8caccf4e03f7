//! Prepares the scenario that runs from a scenario file and options.
//!
//! `--seed` and `--until` are overrides, so that they are checked, printed and hashed like other
//! overrides. The scale is applied last. The scaled values must be in range, too, because
//! `config.toml` contains them: running that file without a scale repeats the run.

use std::path::{Path, PathBuf};

use patchday_agents::scenario::{
    Scenario,
    parameter::{Check, Remark, Severity},
    quantity::{Instant, Span},
};

use crate::{
    host::console::say,
    scenario::{
        error::LoadError,
        load::{self, Loaded, MOST_BYTES},
        origin::Override,
        print, scale_warnings,
    },
};

/// Which scenario to run, and how it is changed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScenarioSettings {
    /// The scenario file.
    pub(crate) file: PathBuf,
    /// Overrides, `KEY=VALUE` each.
    pub(crate) overrides: Vec<String>,
    /// The factor for users and capacities.
    pub(crate) scale: f64,
    /// The seed; by default that of the scenario.
    pub(crate) seed: Option<u64>,
    /// The end of the run: an instant, or a time after the start; by default that of the scenario.
    pub(crate) until: Option<String>,
}

impl ScenarioSettings {
    /// The settings as arguments of a command.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = vec![self.file.display().to_string()];
        let mut add = |option: &str, value: Option<String>| {
            if let Some(value) = value {
                words.extend([option.to_owned(), value]);
            }
        };
        for assignment in &self.overrides {
            add("-s", Some(assignment.clone()));
        }
        add(
            "--scale",
            (self.scale != 1.0).then(|| self.scale.to_string()),
        );
        add("--seed", self.seed.map(|seed| seed.to_string()));
        add("--until", self.until.clone());
        words
    }
}

/// A scenario that is ready to run, and its warnings.
pub(crate) struct Prepared {
    /// The settings it was prepared from.
    pub(crate) settings: ScenarioSettings,
    /// The scenario file, as given.
    pub(crate) file: String,
    /// The scenario, scaled.
    pub(crate) scenario: Scenario,
    /// Keys of the model that overrides changed; see [`changed_model`].
    pub(crate) changed: Vec<String>,
    /// The scenario before it is scaled: the values of the file and its overrides.
    pub(crate) unscaled: Scenario,
    /// The factor for users and capacities.
    pub(crate) scale: f64,
    /// The scaled scenario as the text of a file that loads to the same scenario.
    pub(crate) config: String,
    /// The hash of all values.
    pub(crate) config_hash: String,
    /// The warnings, one per line.
    pub(crate) warnings: String,
    /// The warnings about the scale and, at a scale, about keys without effect; `warnings` includes
    /// them.
    pub(crate) coarse: Vec<Remark>,
}

/// Loads, overrides, checks and scales a scenario.
///
/// # Errors
/// Returns all errors of the scenario.
pub(crate) fn prepare(settings: &ScenarioSettings) -> Result<Prepared, LoadError> {
    scaled(settings, load(settings)?)
}

/// Scales a loaded scenario.
///
/// # Errors
/// Returns an error if the scenario is invalid at that scale.
pub(crate) fn scaled(
    settings: &ScenarioSettings,
    loaded: Loaded<Scenario>,
) -> Result<Prepared, LoadError> {
    let scale = settings.scale;
    let unscaled = loaded.scenario.clone();
    if scale == 1.0 {
        return finish(settings, (unscaled, loaded), String::new(), Vec::new());
    }
    let scenario = loaded.scenario.scaled(scale);
    let findings = errors_of_scaled(&scenario);
    if !findings.is_empty() {
        return Err(LoadError::Scaled {
            file: settings.file.display().to_string(),
            scale,
            findings,
        });
    }
    let mut coarse = scale_warnings::remarks(&loaded.scenario, scale, &scenario);
    coarse.extend(loaded.idle.iter().cloned());
    let scaled = Loaded { scenario, ..loaded };
    finish(
        settings,
        (unscaled, scaled),
        format!(" at scale {scale}"),
        coarse,
    )
}

/// The scenario of the file with its overrides, before it is scaled.
///
/// # Errors
/// Returns all errors of the scenario.
pub(crate) fn load(settings: &ScenarioSettings) -> Result<Loaded<Scenario>, LoadError> {
    let set = settings.overrides.iter();
    let mut overrides: Vec<_> = set.map(|text| Override::set(text)).collect();
    if let Some(seed) = settings.seed {
        let assignment = format!("run.seed={seed}");
        overrides.push(Override::option("--seed", &seed.to_string(), assignment));
    }
    // Read only once, because the file can be a pipe.
    let (name, text) = load::read(&settings.file)?;
    if let Some(until) = &settings.until {
        let end = match until.parse::<Instant>() {
            Ok(end) => end,
            Err(_) => after(until, load::glance::<Scenario>(&text, &overrides).run.start)?,
        };
        let assignment = format!("run.end={end}");
        overrides.push(Override::option("--until", until, assignment));
    }
    let mut loaded = load::load::<Scenario>(&name, &text, &overrides)?;
    if !overrides.is_empty() {
        // A file that is invalid without its overrides describes nothing that was observed.
        if let Ok(file) = load::load::<Scenario>(&name, &text, &[]) {
            loaded.changed = changed_model(&file.scenario, &loaded.scenario);
        }
    }
    Ok(loaded)
}

/// The sections without influence on what users, servers and the operator do: how long a run is,
/// how it is sampled, what is computed from its samples, what it is compared with and judged by.
const OUTSIDE_THE_MODEL: [&str; 4] = ["run", "observed", "figure", "expect"];

/// The most keys that are named.
const MOST_CHANGED: usize = 100;

/// The keys of the model that differ between the scenario of a file and the one that runs. With
/// such keys the run is a counterfactual: what was observed happened to another system.
fn changed_model(file: &Scenario, runs: &Scenario) -> Vec<String> {
    print::differences(file, runs)
        .into_iter()
        .map(|difference| difference.key)
        .filter(|key| !OUTSIDE_THE_MODEL.contains(&print::root(key)))
        .take(MOST_CHANGED)
        .collect()
}

/// The instant of an `--until` that is a time after the start.
fn after(until: &str, start: Instant) -> Result<Instant, LoadError> {
    until
        .parse::<Span>()
        .map(|span| start.after(span))
        .map_err(|_| LoadError::Until(until.to_owned()))
}

/// The errors of a scaled scenario. They have no positions, because the file contains the values
/// before scaling.
fn errors_of_scaled(scenario: &Scenario) -> Vec<String> {
    let text = print::canonical(scenario);
    if text.len() > MOST_BYTES {
        // `finish` reports it: the scenario with its origins is even longer.
        return Vec::new();
    }
    match load::load::<Scenario>("", &text, &[]) {
        Ok(_) => Vec::new(),
        Err(report) => report
            .diagnostics()
            .iter()
            .filter(|found| found.severity == Severity::Error)
            .map(|found| found.message.clone())
            .collect(),
    }
}

/// # Errors
/// Returns an error if the printed scenario is too large to be loaded.
fn finish(
    settings: &ScenarioSettings,
    (unscaled, loaded): (Scenario, Loaded<Scenario>),
    remark: String,
    coarse: Vec<Remark>,
) -> Result<Prepared, LoadError> {
    let file = settings.file.display().to_string();
    let warnings = if remark.is_empty() {
        match loaded.warnings.diagnostics() {
            [] => String::new(),
            _ => loaded.warnings.to_string(),
        }
    } else {
        let mut remarks = loaded.scenario.check();
        remarks.extend(coarse.iter().cloned());
        remarks
            .iter()
            .map(|found| format!("warning: {} {}\n", found.path, found.message))
            .collect()
    };
    let name = settings
        .file
        .file_name()
        .map_or(file.clone(), |name| name.to_string_lossy().into_owned());
    let config = print::print(&loaded, &format!("{name}{remark}"));
    if config.len() > MOST_BYTES {
        return Err(LoadError::TooLarge {
            file,
            bytes: config.len(),
        });
    }
    Ok(Prepared {
        config,
        config_hash: print::config_hash(&loaded.scenario),
        changed: loaded.changed,
        settings: settings.clone(),
        file,
        scenario: loaded.scenario,
        unscaled,
        scale: settings.scale,
        coarse,
        warnings,
    })
}

impl Prepared {
    /// Prints the warnings on standard error.
    pub(crate) fn warn(&self) {
        if !self.warnings.is_empty() {
            say(self.warnings.trim_end());
        }
    }
}

/// The directory of the results: `out`, or a directory named after scenario, seed and scale.
pub(crate) fn target(out: Option<&Path>, prepared: &Prepared) -> PathBuf {
    out.map_or_else(
        || {
            let (stem, seed) = (stem(&prepared.file), prepared.scenario.run.seed);
            let name = if prepared.scale == 1.0 {
                format!("{stem}-{seed}")
            } else {
                format!("{stem}-{seed}-x{}", prepared.scale)
            };
            PathBuf::from("runs").join(name)
        },
        Path::to_owned,
    )
}

/// The name of a scenario: its file name without extension.
pub(crate) fn stem(file: &str) -> String {
    let stem = Path::new(file).file_stem();
    stem.map_or_else(
        || "scenario".into(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}
