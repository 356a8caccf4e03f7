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
    store::manifest::command_line,
};

choice! {
    /// What a step does.
    pub enum Deed {
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
    }
}

section! {
    /// One question.
    pub struct Step {
        /// What is asked.
        title: String, required, source "given";
        /// The command.
        command: Deed, required, source "given";
        /// Its arguments, but for the scenario and the scale.
        args: Vec<String>, optional, source "given";
    }
}

section! {
    /// Questions to one scenario.
    pub struct Study {
        /// What it is about.
        title: String, required, source "given";
        /// The scenario, beside the study or by its path from there.
        scenario: String, required, source "given";
        /// The scale, unless the command line gives another.
        scale: f64 = 1.0, in 0.0001..=1000, source "given";
        /// The questions.
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
        let shown = command_line([String::new()].into_iter().chain(words.iter().cloned()));
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
