//! From a scenario file and options to the scenario that runs.
//!
//! `--seed` and `--until` are overrides like any other, so that they are checked,
//! printed and hashed like any other. The scale is applied last; what it makes of
//! the scenario must be inside all ranges too, because `config.toml` holds the
//! scenario as it ran: running that file again, without a scale, is the same run.

use std::path::{Path, PathBuf};

use patchday_agents::scenario::{
    Scenario,
    parameter::{Check, Remark, Severity},
    quantity::{Instant, Span},
};

use crate::{
    commands::options::{RunOptions, ScenarioOptions},
    scenario::{
        error::LoadError,
        load::{self, Loaded, MOST_BYTES},
        overrides::Override,
        scale_warnings,
    },
};

/// A scenario that may run, and what is to be said about it.
pub(crate) struct Prepared {
    /// The file, as it was given.
    pub(crate) file: String,
    /// The scenario as it runs, scaled.
    pub(crate) scenario: Scenario,
    /// By how much it was scaled.
    pub(crate) scale: f64,
    /// The scenario as it runs, as a file that loads to the same.
    pub(crate) config: String,
    /// The fingerprint of all its values.
    pub(crate) config_hash: String,
    /// What it is warned of, a line each.
    pub(crate) warnings: String,
    /// What the scale made coarse, which is among these.
    pub(crate) coarse: Vec<Remark>,
}

/// Reads, overrides, checks and scales.
///
/// # Errors
/// Everything that is wrong with the scenario at once.
pub(crate) fn prepare(options: &ScenarioOptions) -> Result<Prepared, LoadError> {
    scaled(options, load(options)?)
}

/// Scales what was loaded.
///
/// # Errors
/// What is wrong with the scenario at that scale.
pub(crate) fn scaled(
    options: &ScenarioOptions,
    loaded: Loaded<Scenario>,
) -> Result<Prepared, LoadError> {
    let scale = options.scale;
    if scale == 1.0 {
        return finish(options, loaded, String::new(), Vec::new());
    }
    let scenario = loaded.scenario.scaled(scale);
    let findings = faults_of_scaled(&scenario);
    if !findings.is_empty() {
        return Err(LoadError::Scaled {
            file: options.file.display().to_string(),
            scale,
            findings,
        });
    }
    let coarse = scale_warnings::remarks(&loaded.scenario, scale, &scenario);
    let scaled = Loaded { scenario, ..loaded };
    finish(options, scaled, format!(" at scale {scale}"), coarse)
}

/// The scenario of the file with its overrides, before it is scaled.
pub(crate) fn load(options: &ScenarioOptions) -> Result<Loaded<Scenario>, LoadError> {
    let set = options.set.iter();
    let mut overrides: Vec<_> = set.map(|text| Override::set(text)).collect();
    if let Some(seed) = options.seed {
        let assignment = format!("run.seed={seed}");
        overrides.push(Override::option("--seed", &seed.to_string(), assignment));
    }
    // Read once: a pipe is empty the second time.
    let (name, text) = load::read(&options.file)?;
    if let Some(until) = &options.until {
        let end = match until.parse::<Instant>() {
            Ok(end) => end,
            Err(_) => after(until, load::glance::<Scenario>(&text, &overrides).run.start)?,
        };
        let assignment = format!("run.end={end}");
        overrides.push(Override::option("--until", until, assignment));
    }
    Ok(load::load(&name, &text, &overrides)?)
}

/// `--until` as a time after the start.
fn after(until: &str, start: Instant) -> Result<Instant, LoadError> {
    until
        .parse::<Span>()
        .map(|span| start.after(span))
        .map_err(|_| LoadError::Until(until.to_owned()))
}

/// What is wrong with a scenario after scaling, in sentences without a place: the
/// file has the values before.
fn faults_of_scaled(scenario: &Scenario) -> Vec<String> {
    let text = crate::scenario::print::canonical(scenario);
    if text.len() > MOST_BYTES {
        // Said when the scenario is printed with its origins, which is longer.
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
/// That the file in which the scenario would be kept is one that nobody could read.
fn finish(
    options: &ScenarioOptions,
    loaded: Loaded<Scenario>,
    remark: String,
    coarse: Vec<Remark>,
) -> Result<Prepared, LoadError> {
    let file = options.file.display().to_string();
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
    let name = options
        .file
        .file_name()
        .map_or(file.clone(), |name| name.to_string_lossy().into_owned());
    let config = crate::scenario::print::print(&loaded, &format!("{name}{remark}"));
    if config.len() > MOST_BYTES {
        return Err(LoadError::TooLarge {
            file,
            bytes: config.len(),
        });
    }
    Ok(Prepared {
        config,
        config_hash: crate::scenario::print::config_hash(&loaded.scenario),
        file,
        scenario: loaded.scenario,
        scale: options.scale,
        coarse,
        warnings,
    })
}

/// Where the results go.
pub(crate) fn target(options: &RunOptions, prepared: &Prepared) -> PathBuf {
    options.out.clone().unwrap_or_else(|| {
        let (stem, seed) = (stem(&prepared.file), prepared.scenario.run.seed);
        let name = if prepared.scale == 1.0 {
            format!("{stem}-{seed}")
        } else {
            format!("{stem}-{seed}-x{}", prepared.scale)
        };
        PathBuf::from("runs").join(name)
    })
}

/// The name of a scenario: its file without directory and ending.
pub(crate) fn stem(file: &str) -> String {
    let stem = Path::new(file).file_stem();
    stem.map_or_else(
        || "scenario".into(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}
