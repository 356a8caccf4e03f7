//! Origins: where the values of a scenario are set.
//!
//! Paths are names and indices of list elements joined by dots: `client.retry.cap`,
//! `region.0.share`. A path without a recorded origin has its default.

use std::collections::BTreeMap;

use patchday_agents::scenario::parameter::Given;

/// Where a value is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// In the scenario file, at this position.
    File {
        /// The line, from 1.
        line: usize,
        /// The character in the line, from 1.
        column: usize,
    },
    /// By an override, with its index, from 0.
    Override(usize),
    /// Not set: a default that depends on other keys, and the reason for its value.
    Dependent(&'static str),
    /// Not set: the default.
    #[default]
    Default,
}

impl Origin {
    /// Whether the scenario does not set the value.
    pub fn is_default(self) -> bool {
        matches!(self, Self::Default | Self::Dependent(_))
    }
}

/// An override, and the option that was typed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// `KEY=VALUE`.
    pub assignment: String,
    /// The option on the command line: `-s KEY=VALUE`, `--until 36h`.
    pub said: String,
}

impl Override {
    /// The override of `-s KEY=VALUE`.
    pub fn set(assignment: &str) -> Self {
        Self {
            assignment: assignment.to_owned(),
            said: format!("-s {assignment}"),
        }
    }

    /// The override of another option, such as `--until 36h`.
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
    /// Where the value at a path is set.
    pub fn get(&self, path: &str) -> Origin {
        self.by_path.get(path).copied().unwrap_or_default()
    }

    /// Where the value at a path is set; if it is not, where the closest enclosing section is.
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

    /// The paths that are a path or lie below it, with where their values are set.
    pub(crate) fn under<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a str, Origin)> {
        let after = self.by_path.range(path.to_owned()..);
        after
            .map(|(known, origin)| (known.as_str(), *origin))
            .take_while(move |(known, _)| known.starts_with(path))
            .filter(move |(known, _)| {
                let rest = &known[path.len()..];
                rest.is_empty() || rest.starts_with('.')
            })
    }

    /// Records where the value at a path is set.
    pub fn note(&mut self, path: &str, origin: Origin) {
        self.by_path.insert(path.to_owned(), origin);
    }

    /// Where a scenario sets a key, or any key of a section.
    pub(crate) fn given(&self, path: &str) -> Given {
        let below = format!("{path}.");
        let inside = self.by_path.range(below.clone()..);
        let inside = inside.take_while(|(path, _)| path.starts_with(&below));
        let at = self.by_path.get(path).into_iter();
        at.chain(inside.map(|(_, origin)| origin))
            .map(|origin| match origin {
                Origin::File { .. } => Given::InFile,
                Origin::Override(_) => Given::ByOverride,
                Origin::Dependent(_) | Origin::Default => Given::Not,
            })
            .max()
            .unwrap_or(Given::Not)
    }

    /// Removes the origins below a path, because its list was replaced.
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

/// The path of a name inside a section.
pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The TOML header of a section: `[client.retry]`, `[[region]]`.
pub(crate) fn header(path: &str) -> String {
    let is_index = |part: &&str| part.parse::<usize>().is_ok();
    let names: Vec<&str> = path.split('.').filter(|part| !is_index(part)).collect();
    if path.rsplit('.').next().as_ref().is_some_and(is_index) {
        format!("[[{}]]", names.join("."))
    } else {
        format!("[{}]", names.join("."))
    }
}
