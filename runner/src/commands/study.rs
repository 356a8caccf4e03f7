//! `patchday study`: questions with their commands in a file, asked one after another.
//!
//! A study names a scenario, a scale and steps; each step is a command of this program with
//! its arguments, as they would be typed. It is carried out by the program itself, in a
//! process of its own, so what a study does is what somebody would do by hand.

use std::process::{Command, ExitStatus};

use patchday_agents::{
    choice,
    scenario::parameter::{Check, Remark},
    section,
};

use crate::{
    commands::question_options::StudyOptions,
    host::{
        console::{print, say},
        error::{Exit, Failure},
        escape,
    },
    scenario::load,
    store::command_line::CommandLine,
};

choice! {
    /// The commands that a step can run.
    pub enum Deed {
        /// Runs the scenario.
        Run = "run",
        /// Runs the scenario at many points.
        Sweep = "sweep",
        /// Finds the critical value of a key.
        Tip = "tip",
        /// Compares variants of the scenario.
        Compare = "compare",
        /// Classifies the outcome over the values of two keys.
        Map = "map",
    }
}

section! {
    /// A step of a study: one question.
    pub struct Step {
        /// The question.
        title: String, required, source "given";
        /// The command that answers it.
        command: Deed, required, source "given";
        /// The arguments of the command, without the scenario and the scale.
        args: Vec<String>, optional, source "given";
    }
}

section! {
    /// A study: questions about one scenario.
    pub struct Study {
        /// The topic.
        title: String, required, source "given";
        /// The scenario file, relative to the directory of the study.
        scenario: String, required, source "given";
        /// The factor for users and capacities, unless the command line gives another.
        scale: f64 = 1.0, in 0.0001..=1000, source "given";
        /// The steps, in the order in which they run.
        step: Vec<Step>, tables;
    }
}

impl Check for Study {
    fn check(&self) -> Vec<Remark> {
        match self.step.is_empty() {
            true => vec![Remark::error("title", "is that of a study without a step")],
            false => Vec::new(),
        }
    }
}

/// `patchday study`.
///
/// # Errors
/// What is wrong with the file, or that a step could not be carried out.
pub fn study(options: &StudyOptions) -> Result<Exit, Failure> {
    let study = load::load_file::<Study>(&options.file, &[])?.scenario;
    let scale = options.scale.unwrap_or(study.scale);
    let beside = options.file.parent().unwrap_or(std::path::Path::new("."));
    let file = beside.join(&study.scenario);
    let program = std::env::current_exe().map_err(|error| Failure::failed(error.to_string()))?;
    say(&escape::line(&study.title));
    let mut worst = Exit::Fine;
    for step in &study.step {
        let mut words = vec![step.command.name().to_owned(), file.display().to_string()];
        words.extend(["--scale".to_owned(), scale.to_string()]);
        words.extend(step.args.iter().cloned());
        if let Some(threads) = options.threads {
            words.extend(["--threads".to_owned(), threads.to_string()]);
        }
        let shown = CommandLine::new(words.iter().cloned()).to_string();
        let (title, command) = (escape::line(&step.title), escape::line(&shown));
        print(&format!("\n# {title}\n# {command}\n"))?;
        if options.list {
            continue;
        }
        let status = Command::new(&program)
            .args(&words)
            .status()
            .map_err(|error| Failure::failed(format!("{shown}: {error}")))?;
        worst = worse(worst, status);
        if worst == Exit::Interrupted {
            return Err(Failure::interrupted(
                ": not all steps were carried out".into(),
            ));
        }
    }
    Ok(worst)
}

/// The worse of what was and how a step ended.
fn worse(before: Exit, status: ExitStatus) -> Exit {
    let exit = match status.code() {
        Some(0) => Exit::Fine,
        Some(1) => Exit::Unmet,
        Some(2) => Exit::Usage,
        Some(4) => Exit::NoRoom,
        Some(130) => Exit::Interrupted,
        Some(_) | None => Exit::Failed,
    };
    match (before as u8) < (exit as u8) {
        true => exit,
        false => before,
    }
}
