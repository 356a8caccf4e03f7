//! The study file: a scenario, a scale, and questions with the arguments of their commands.

use patchday_agents::{
    choice,
    scenario::parameter::{Check, Remark},
    section,
};

choice! {
    /// The command of a step.
    pub enum StepCommand {
        /// Runs the scenario.
        Run = "run",
        /// Runs it at many points.
        Sweep = "sweep",
        /// Finds a critical value.
        Tip = "tip",
        /// Compares variants.
        Compare = "compare",
        /// Maps two keys.
        Map = "map",
        /// Fits keys to what was observed.
        Fit = "fit",
        /// Finds which keys matter.
        Sensitivity = "sensitivity",
    }
}

section! {
    /// One step.
    pub struct Step {
        /// The question that the step answers.
        title: String, required, source "given";
        /// The command.
        command: StepCommand, required, source "given";
        /// Its arguments, without the scenario and the scale.
        args: Vec<String>, optional, source "given";
    }
}

section! {
    /// Questions about one scenario.
    pub struct Study {
        /// The title of the study.
        title: String, required, source "given";
        /// The scenario file, relative to the directory of the study.
        scenario: String, required, source "given";
        /// The scale, unless the command line gives another one.
        scale: f64 = 1.0, in 0.0001..=1000, source "given";
        /// The steps, in their order.
        step: Vec<Step>, tables;
    }
}

impl Check for Study {
    fn check(&self) -> Vec<Remark> {
        if self.step.is_empty() {
            vec![Remark::error("title", "names a study that has no steps")]
        } else {
            Vec::new()
        }
    }
}
