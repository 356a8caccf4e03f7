//! Which file of a crate imports which: read from the `use` lines and the paths in the text.
//!
//! Text is read, not compiled, so the reader knows only what it needs: comments are removed,
//! an inline `mod tests` is left out, a `use` tree is expanded to paths, and the longest
//! beginning of a path that names a file is the file that is imported.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The modules of a crate that have a file, each with the modules it imports. A module is the
/// list of its names from the crate's root, joined by `::`; the root itself is empty.
pub(crate) struct Imports(pub(crate) BTreeMap<String, BTreeSet<String>>);

impl Imports {
    /// Reads the source folder of a crate.
    pub(crate) fn read(source: &Path) -> Self {
        let mut texts = BTreeMap::new();
        collect(source, "", &mut texts);
        let modules: BTreeSet<&str> = texts.keys().map(String::as_str).collect();
        let imports = texts.iter().map(|(module, text)| {
            let found = imported(module, &code(text), &modules);
            (module.clone(), found)
        });
        Self(imports.collect())
    }

    /// The circles: sets of modules that import each other, directly or through others.
    pub(crate) fn circles(&self) -> Vec<BTreeSet<&str>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> = self
            .0
            .keys()
            .map(|module| (module.as_str(), self.reached(module)))
            .collect();
        let mut circles: Vec<BTreeSet<&str>> = Vec::new();
        for (module, own) in &reached {
            let circle: BTreeSet<&str> = own
                .iter()
                .copied()
                .filter(|other| reached[other].contains(module))
                .collect();
            if circle.len() > 1 && !circles.contains(&circle) {
                circles.push(circle);
            }
        }
        circles
    }

    /// All modules that a module imports, directly or through others.
    fn reached(&self, module: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&str> = self.0[module].iter().map(String::as_str).collect();
        while let Some(next) = open.pop() {
            if reached.insert(next) {
                open.extend(self.0[next].iter().map(String::as_str));
            }
        }
        reached
    }
}

/// The texts of all files below a folder, by module.
fn collect(folder: &Path, prefix: &str, texts: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let module = match prefix {
            "" => name.clone(),
            prefix => format!("{prefix}::{name}"),
        };
        if path.is_dir() {
            collect(&path, &module, texts);
        } else if path.extension().is_some_and(|end| end == "rs") && name != "main" {
            let module = match name.as_str() {
                "mod" | "lib" => prefix.to_owned(),
                _ => module,
            };
            texts.insert(module, fs::read_to_string(&path).unwrap());
        }
    }
}

/// The text without comments and without an inline `mod tests`.
fn code(text: &str) -> String {
    let whole = text.split("#[cfg(test)]\nmod tests {").next();
    let lines = whole.unwrap_or_default().lines();
    let lines = lines.map(|line| match line.find("//") {
        Some(at) => &line[..at],
        None => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What a module imports: by `use`, and by paths that begin with `crate::` or `super::`.
fn imported(module: &str, text: &str, modules: &BTreeSet<&str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = text;
    let mut plain = String::new();
    while let Some((before, after)) = next_use(rest) {
        plain.push_str(before);
        let (tree, after) = after.split_once(';').unwrap_or((after, ""));
        let tree: String = tree.split_whitespace().collect::<Vec<_>>().join(" ");
        for path in expand(&tree) {
            found.extend(resolve(module, &path, modules));
        }
        rest = after;
    }
    plain.push_str(rest);
    for start in ["crate::", "super::"] {
        for (at, _) in plain.match_indices(start) {
            let before = plain[..at].chars().next_back();
            if before.is_some_and(|sign| sign.is_alphanumeric() || "_:$".contains(sign)) {
                continue;
            }
            let path =
                plain[at..].split(|sign: char| !(sign.is_alphanumeric() || "_:".contains(sign)));
            found.extend(resolve(
                module,
                path.into_iter().next().unwrap_or_default(),
                modules,
            ));
        }
    }
    found.retain(|other| other != module && !other.is_empty());
    found
}

/// The text before the next `use` and the text after it.
fn next_use(text: &str) -> Option<(&str, &str)> {
    let at = text.match_indices("use ").find(|(at, _)| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(|sign| sign.is_whitespace())
    })?;
    Some((&text[..at.0], &text[at.0 + 4..]))
}

/// The paths of a `use` tree.
fn expand(tree: &str) -> Vec<String> {
    let Some((before, inside)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![path.trim().to_owned()];
    };
    let inside = inside.rsplit_once('}').map_or(inside, |(inside, _)| inside);
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for sign in inside.chars() {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        match sign {
            ',' if depth == 0 => parts.push(String::new()),
            sign => parts.last_mut().unwrap().push(sign),
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
        .iter()
        .flat_map(|part| expand(part.trim()))
        .map(|path| format!("{}{path}", before.trim()))
        .collect()
}

/// The module that a path names, if it is one of the crate.
fn resolve(module: &str, path: &str, modules: &BTreeSet<&str>) -> Option<String> {
    let mut own: Vec<&str> = module.split("::").filter(|name| !name.is_empty()).collect();
    let names: Vec<&str> = path.split("::").filter(|name| !name.is_empty()).collect();
    let mut names = names.as_slice();
    match names.first()? {
        &"crate" => {
            own.clear();
            names = &names[1..];
        }
        &"self" => names = &names[1..],
        &"super" => {
            while names.first() == Some(&"super") {
                own.pop();
                names = &names[1..];
            }
        }
        first => {
            let child = own.iter().chain([first]).copied().collect::<Vec<_>>();
            if !modules.contains(child.join("::").as_str()) {
                return None;
            }
        }
    }
    own.extend(names);
    while !own.is_empty() && !modules.contains(own.join("::").as_str()) {
        own.pop();
    }
    Some(own.join("::"))
}

#[test]
fn use_trees_are_expanded_and_resolved() {
    assert_eq!(
        expand("crate::{a::{B, c::{self, D}}, e as f}"),
        [
            "crate::a::B",
            "crate::a::c::self",
            "crate::a::c::D",
            "crate::e"
        ]
    );
    let modules = BTreeSet::from(["", "a", "a::b", "c"]);
    let find = |module, path| resolve(module, path, &modules);
    assert_eq!(find("c", "crate::a::b::Item"), Some("a::b".into()));
    assert_eq!(find("a::b", "super::Item"), Some("a".into()));
    assert_eq!(find("a", "b::Item"), Some("a::b".into()));
    assert_eq!(find("a", "std::fs"), None);
}

#[test]
fn circles_are_found() {
    let import = |from: &str, to: &[&str]| {
        let to = to.iter().map(|name| (*name).to_owned()).collect();
        (from.to_owned(), to)
    };
    let imports = Imports(BTreeMap::from([
        import("a", &["b"]),
        import("b", &["c"]),
        import("c", &["b"]),
        import("d", &["a"]),
    ]));
    assert_eq!(imports.circles(), [BTreeSet::from(["b", "c"])]);
}
