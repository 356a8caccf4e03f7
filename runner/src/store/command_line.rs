//! Command lines: stored as words, and quoted only to be shown.
//!
//! The first word is the name of the program. No command line that was shown is ever parsed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of the program in recorded command lines.
const PROGRAM: &str = "patchday";

/// Options that no result depends on: those with a value, and those without.
const WITH_VALUE: [&str; 5] = ["--threads", "--shards", "--out", "--ledger", "--export"];
const FLAGS: [&str; 5] = [
    "--force",
    "--resume",
    "--retry-failed",
    "--json",
    "--dry-run",
];

/// The words of a command line. Displays quoted, so that a shell reads the same words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CommandLine(Vec<String>);

impl CommandLine {
    /// A command of this program from the words after its name.
    pub(crate) fn new(words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let words = words.into_iter().map(Into::into);
        Self(std::iter::once(PROGRAM.to_owned()).chain(words).collect())
    }

    /// The command line of this process, with the program's own name as its first word.
    pub(crate) fn from_process() -> Self {
        let words = std::env::args_os().skip(1);
        Self::new(words.map(|word| word.to_string_lossy().into_owned()))
    }

    /// The same command for the program as this process was started, such as
    /// `target/release/patchday`, so that it can be repeated in the same terminal.
    pub(crate) fn with_started_program(mut self) -> Self {
        if let (Some(program), Some(started)) = (self.0.first_mut(), std::env::args_os().next()) {
            *program = started.to_string_lossy().into_owned();
        }
        self
    }

    /// Whether no words were recorded, as in files of earlier versions.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same command without the options that no result depends on: threads, output, ledger, and
    /// how it deals with what is there.
    pub(crate) fn without_surroundings(mut self) -> Self {
        let mut is_value = false;
        let mut is_operand = false;
        self.0.retain(|word| {
            if std::mem::take(&mut is_value) {
                return false;
            }
            is_operand |= word == "--";
            if is_operand {
                return true;
            }
            let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
            let has_value = WITH_VALUE.contains(&name);
            is_value = has_value && name.len() == word.len();
            !has_value && !FLAGS.contains(&name)
        });
        self
    }

    /// The same command without some options and with another, which is inserted before `--`.
    pub(crate) fn with_option(mut self, option: &str, without: &[&str]) -> Self {
        let end = |words: &[String]| {
            let end = words.iter().position(|word| word == "--");
            end.unwrap_or(words.len())
        };
        let options = end(&self.0);
        let mut index = 0..;
        self.0
            .retain(|word| index.next() >= Some(options) || !without.contains(&word.as_str()));
        let options = end(&self.0);
        if !self.0[..options].iter().any(|word| word == option) {
            self.0.insert(options, option.to_owned());
        }
        self
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{}", quoted(word))?;
        }
        Ok(())
    }
}

/// A word quoted where a shell needs it.
///
/// Everything that is not known to be literal is quoted. The `shell-words` crate leaves braces
/// and `!` bare, which bash expands: `-s region.0={share=1,name=a}` would become two words.
pub(crate) fn quoted(word: &str) -> String {
    let is_literal = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_literal) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_words_that_were_quoted() {
        let words = [
            "run",
            "a b.toml",
            "-s",
            "client.retry.cap=20m",
            "it's",
            "",
            "region.0={share=1,name=\"a\"}",
            "!x",
            "a\nb\\c",
        ];
        let command = CommandLine::new(words);
        let shown = command.to_string();
        assert!(
            shown.starts_with(r"patchday run 'a b.toml' -s client.retry.cap=20m 'it'\''s' '' '"),
            "{shown}"
        );
        assert_eq!(shell_words::split(&shown).unwrap(), command.0);
    }

    #[test]
    fn a_command_is_shown_without_what_no_result_depends_on() {
        let shown = |text: &str| {
            let command = CommandLine::new(text.split(' '));
            command.without_surroundings().to_string()
        };
        assert_eq!(
            shown("tip x.toml --threads 7 --out=d --resume --reps 3 --out e --json --ledger l"),
            "patchday tip x.toml --reps 3"
        );
        let operands = "tip -s a=--out -- --out";
        assert_eq!(shown(operands), format!("patchday {operands}"));
    }

    #[test]
    fn an_option_is_added_once_and_before_the_operands() {
        let with = |text: &str| {
            let command = CommandLine::new(text.split(' '));
            command.with_option("--resume", &["--force"]).to_string()
        };
        assert_eq!(
            with("sweep x.toml --force --reps 3"),
            "patchday sweep x.toml --reps 3 --resume"
        );
        assert_eq!(
            with("sweep --resume x.toml"),
            "patchday sweep --resume x.toml"
        );
        assert_eq!(
            with("sweep --force -- --force"),
            "patchday sweep --resume -- --force"
        );
    }
}
