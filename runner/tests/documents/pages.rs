//! Markdown pages of the repository: their shell commands and links.

use std::{
    fs,
    path::{Path, PathBuf},
};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// A page, with its path from the root of the repository.
pub(crate) struct Page {
    pub(crate) file: String,
    pub(crate) text: String,
}

/// The README and all pages of the guide.
pub(crate) fn pages() -> Vec<Page> {
    let mut pages = vec![Page::read("README.md")];
    let mut folders = vec!["runner/guide/src".to_owned()];
    while let Some(folder) = folders.pop() {
        for path in entries(&root().join(&folder)) {
            let file = format!("{folder}/{}", name(&path));
            if path.is_dir() {
                folders.push(file);
            } else if path.extension().is_some_and(|end| end == "md") {
                pages.push(Page::read(&file));
            }
        }
    }
    assert!(pages.len() > 10, "the guide has {} pages", pages.len());
    pages
}

impl Page {
    pub(crate) fn read(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            text: read(&root().join(file)),
        }
    }

    /// Lines of shell blocks; a line that ends with a backslash goes on in the next.
    pub(crate) fn commands(&self) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let (mut inside, mut goes_on) = (false, false);
        for line in self.text.lines() {
            if line.trim_start().starts_with("```") {
                inside = !inside && line.trim_start().starts_with("```sh");
                continue;
            }
            let line = line.trim();
            if !inside || line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (text, more) = match line.strip_suffix('\\') {
                Some(text) => (text.trim(), true),
                None => (line, false),
            };
            match lines.last_mut().filter(|_| goes_on) {
                Some(last) => *last = format!("{last} {text}"),
                None => lines.push(text.to_owned()),
            }
            goes_on = more;
        }
        lines
    }

    /// Programs that only a page about another program calls.
    pub(crate) fn other_programs(&self) -> impl Iterator<Item = &'static str> {
        let programs: &[&str] = match self.file.as_str() {
            "runner/guide/src/long-runs.md" => &["sbatch", "squeue", "ssh", "rsync"],
            "runner/guide/src/data.md" => &["python3", "Rscript"],
            "runner/guide/src/reference/commands.md" => &["mkdir", "source", "sudo", "man"],
            _ => &[],
        };
        programs.iter().copied()
    }

    /// Targets of links and pictures outside of code.
    pub(crate) fn links(&self) -> Vec<String> {
        let mut links = Vec::new();
        let mut inside = false;
        for line in self.text.lines() {
            if line.trim_start().starts_with("```") {
                inside = !inside;
            }
            if inside {
                continue;
            }
            // Every second part of a line lies between backticks.
            let text: Vec<&str> = line.split('`').step_by(2).collect();
            let text = text.join("`");
            for (at, _) in text.match_indices("](") {
                let target = text[at + 2..].split(')').next().unwrap_or_default();
                links.push(target.split(' ').next().unwrap_or_default().to_owned());
            }
        }
        links
    }

    /// Panics unless a link leads to a file of the repository and, where it names one, to a
    /// heading of it. Addresses of the web are only looked at.
    pub(crate) fn check_link(&self, link: &str) {
        if ["https://", "http://"]
            .iter()
            .any(|start| link.starts_with(start))
        {
            assert!(!link.contains(char::is_whitespace), "{}: {link}", self.file);
            return;
        }
        let (file, heading) = match link.split_once('#') {
            Some((file, heading)) => (file, Some(heading)),
            None => (link, None),
        };
        let folder = Path::new(&self.file).parent().unwrap_or(Path::new(""));
        let path = match file {
            "" => root().join(&self.file),
            file => root().join(folder).join(file),
        };
        assert!(path.exists(), "{}: no {link}", self.file);
        if let Some(heading) = heading.filter(|_| path.extension().is_some_and(|end| end == "md")) {
            let known = headings(&read(&path));
            assert!(
                known.iter().any(|known| known == heading),
                "{}: {link}: no such heading; there are {known:?}",
                self.file
            );
        }
    }
}

/// The names of a page's headings in links.
fn headings(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        }
        if let Some(title) = line.strip_prefix('#').filter(|_| !inside) {
            let title = title.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|sign| sign.is_alphanumeric() || " -_".contains(*sign));
            found.push(
                kept.map(|sign| if sign == ' ' { '-' } else { sign })
                    .collect(),
            );
        }
    }
    found
}
