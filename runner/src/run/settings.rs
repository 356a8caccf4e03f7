//! The settings of a run, as plain values.

use std::path::PathBuf;

use crate::{scenario::prepare::ScenarioSettings, store::resume_command::RunOptionsToRepeat};

/// The settings of a run.
#[derive(Clone, Debug)]
pub(crate) struct RunSettings {
    /// The scenario; to resume a run, its file may be the run directory.
    pub(crate) scenario: ScenarioSettings,
    /// The run directory; by default a subdirectory of `runs` named after the scenario.
    pub(crate) out: Option<PathBuf>,
    /// Whether a run in that directory is replaced.
    pub(crate) force: bool,
    /// Whether the run continues from its last checkpoint.
    pub(crate) resume: bool,
    /// Whether the run is shown on a screen.
    pub(crate) live: bool,
    /// Whether the work of the shards is measured and printed.
    pub(crate) profile: bool,
    /// The options that a command which resumes the run repeats: checkpoints, threads, expectations.
    pub(crate) repeated: RunOptionsToRepeat,
}
