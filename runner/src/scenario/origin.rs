//! Where the values of a scenario come from.
//!
//! Paths are names and indices of list elements joined by points: `client.retry.cap`,
//! `region.0.share`. A path that was never noted has its default.

use std::collections::BTreeMap;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The scenario file, at this place.
    File {
        /// The line, from 1.
        line: usize,
        /// The character in the line, from 1.
        column: usize,
    },
    /// An override, by its place in the order given, from 0.
    Override(usize),
    /// Nobody said anything.
    #[default]
    Default,
}

/// An override, and what the user typed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// `KEY=VALUE`.
    pub assignment: String,
    /// The words of the command line that say so: `-s KEY=VALUE`, `--until 36h`.
    pub said: String,
}

impl Override {
    /// That of `-s KEY=VALUE`.
    pub fn set(assignment: &str) -> Self {
        Self {
            assignment: assignment.to_owned(),
            said: format!("-s {assignment}"),
        }
    }

    /// That of an option of its own for a key.
    pub fn option(option: &str, said: &str, assignment: String) -> Self {
        Self {
            assignment,
            said: format!("{option} {said}"),
        }
    }
}

/// The origin of every value, section and list element of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    by_path: BTreeMap<String, Origin>,
}

impl Origins {
    /// Where the value under a path comes from.
    pub fn get(&self, path: &str) -> Origin {
        self.by_path.get(path).copied().unwrap_or_default()
    }

    /// Where the value comes from, or failing that the closest section around it
    /// that somebody wrote.
    pub fn nearest(&self, path: &str) -> Origin {
        let mut path = path;
        loop {
            match (self.by_path.get(path), path.rsplit_once('.')) {
                (Some(origin), _) => return *origin,
                (None, Some((around, _))) => path = around,
                (None, None) => return Origin::Default,
            }
        }
    }

    /// Notes where the value under a path comes from.
    pub fn note(&mut self, path: &str, origin: Origin) {
        self.by_path.insert(path.to_owned(), origin);
    }

    /// Forgets everything below a path: a list was replaced.
    pub(crate) fn forget_below(&mut self, path: &str) {
        let below = format!("{path}.");
        let after = self.by_path.range(below.clone()..);
        let known = after
            .map(|(path, _)| path)
            .take_while(|path| path.starts_with(&below));
        for path in known.cloned().collect::<Vec<_>>() {
            self.by_path.remove(&path);
        }
    }
}

/// The path of something inside a section.
pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The header under which a section stands in TOML: `[client.retry]`, `[[region]]`.
pub(crate) fn header(path: &str) -> String {
    let is_index = |part: &&str| part.parse::<usize>().is_ok();
    let names: Vec<&str> = path.split('.').filter(|part| !is_index(part)).collect();
    if path.rsplit('.').next().as_ref().is_some_and(is_index) {
        format!("[[{}]]", names.join("."))
    } else {
        format!("[{}]", names.join("."))
    }
}
