//! Every fact that code, scenarios and documents cite is in `agents/FACTS.md`.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use crate::pages::{entries, name, read, root};

/// The numbers of the facts cited in a text: `fact 6.20`, `facts 3.2, 3.3`, `facts 3.3-3.5`.
fn cited(text: &str) -> Vec<String> {
    // A citation may be broken over two lines of a comment.
    let signs = text
        .replace("///", " ")
        .replace("//!", " ")
        .replace("//", " ")
        .replace('#', " ");
    let words: Vec<&str> = signs.split_whitespace().collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let word = word.trim_start_matches(|sign: char| !sign.is_alphanumeric());
        if !["fact", "facts", "Fact", "Facts"].contains(&word) {
            continue;
        }
        // Numbers joined by commas or words; anything else ends the list.
        let (mut goes_on, before) = (true, found.len());
        for next in &words[at + 1..] {
            if found.len() > before && ["and", "to", "or"].contains(next) {
                goes_on = true;
                continue;
            }
            let numbers = next.trim_matches(|sign: char| !sign.is_ascii_digit());
            let parts: Vec<&str> = numbers.split(['-', '\u{2013}']).collect();
            if !goes_on || !parts.iter().all(|part| is_number(part)) {
                break;
            }
            found.extend(parts.iter().map(|part| (*part).to_owned()));
            if next.ends_with([')', '.', ';', ':']) {
                break;
            }
            goes_on = next.ends_with(',');
        }
    }
    found
}

/// Whether a text is the number of a fact, such as `6.20`.
fn is_number(text: &str) -> bool {
    let all_digits =
        |text: &str| !text.is_empty() && text.chars().all(|sign| sign.is_ascii_digit());
    text.split_once('.')
        .is_some_and(|(section, row)| all_digits(section) && all_digits(row))
}

/// All texts that may cite facts.
fn texts() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = [
        "agents",
        "runner/src",
        "runner/guide",
        "runner/tests",
        "configs",
        "core/src",
    ]
    .iter()
    .map(|folder| root().join(folder))
    .collect();
    let mut texts = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            let ends = ["rs", "md", "toml"].map(Some);
            let end = path.extension().and_then(|end| end.to_str());
            if path.is_dir() && name(&path) != "target" {
                folders.push(path);
            } else if ends.contains(&end) && !path.ends_with(Path::new("documents/facts.rs")) {
                texts.push(path);
            }
        }
    }
    texts
}

#[test]
fn every_cited_fact_is_written_down() {
    let page = read(&root().join("agents/FACTS.md"));
    // Rows of tables; sections 8.1 and 8.2 are cited as a whole.
    let known: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ").or(line.strip_prefix("### ")))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|number| is_number(number))
        .collect();
    let mut numbers = BTreeSet::new();
    for path in texts() {
        for number in cited(&read(&path)) {
            assert!(
                known.contains(number.as_str()),
                "{}: fact {number} is not in agents/FACTS.md",
                path.display()
            );
            numbers.insert(number);
        }
    }
    assert!(numbers.len() > 60, "{} facts are cited", numbers.len());
}

#[test]
fn citations_are_found() {
    for (text, numbers) in [
        ("see fact 6.20.", vec!["6.20"]),
        ("(facts 3.2, 3.3) and 4.5", vec!["3.2", "3.3"]),
        ("facts 3.3-3.5, which", vec!["3.3", "3.5"]),
        ("a matter of fact and 1.5 hours", vec![]),
        ("facts 1.6 and 1.13);", vec!["1.6", "1.13"]),
        ("/// by fact\n/// 2.4", vec!["2.4"]),
    ] {
        let numbers: Vec<String> = numbers.into_iter().map(String::from).collect();
        assert_eq!(cited(text), numbers, "{text}");
    }
}
