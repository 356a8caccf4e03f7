//! Reading and checking report pages.
#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, path::Path};

use super::{Done, done, patchday};

pub(crate) fn report(directory: &Path) -> String {
    fs::read_to_string(directory.join("report.html")).unwrap()
}

pub(crate) fn again(directory: &Path) -> Done {
    let mut command = patchday(&["report"]);
    command.arg(directory);
    done(command)
}

/// Checks that a page loads nothing: its only addresses are those of its sections.
pub(crate) fn assert_self_contained(page: &str) {
    for word in [
        "http://", "https://", " src=", "@import", "url(http", "<link", "<iframe",
    ] {
        assert!(!page.contains(word), "the report has `{word}`");
    }
    for part in page.split("href=\"").skip(1) {
        assert!(part.starts_with('#'), "{}", &part[..40]);
    }
}

/// Checks that every picture has its own title and description.
pub(crate) fn assert_described(page: &str) {
    let mut ids = std::collections::BTreeSet::new();
    let mut pictures = 0;
    for part in page.split("<svg ").skip(1) {
        pictures += 1;
        let part = &part[..part.find("</svg>").unwrap()];
        for what in ["<title id=\"", "<desc id=\""] {
            let (_, rest) = part.split_once(what).unwrap();
            let (id, rest) = rest.split_once("\">").unwrap();
            assert!(part.contains(&format!("{id} ")) || part.contains(&format!("{id}\"")));
            assert!(ids.insert(id.to_owned()), "{id} occurs twice");
            assert!(rest.find('<').unwrap() > 4, "{id} is empty");
        }
    }
    assert!(pictures > 0);
}
