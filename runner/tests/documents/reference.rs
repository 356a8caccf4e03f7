//! The reference pages of the guide are those that the program makes.

use std::fs;

use patchday_runner::commands::reference;

use crate::pages::{read, root};

/// Set to rewrite the pages.
const REWRITE: &str = "PATCHDAY_REWRITE_REFERENCE";

#[test]
fn the_reference_pages_are_those_of_the_program() {
    let folder = root().join("runner/guide/src/reference");
    for (name, text) in reference::pages() {
        let path = folder.join(name);
        if std::env::var_os(REWRITE).is_some() {
            fs::write(&path, &text).unwrap();
        }
        let same = read(&path) == text;
        assert!(
            same,
            "{name} is not what the program declares; to rewrite it: {REWRITE}=1 cargo test -p \
             patchday-runner --test documents reference"
        );
    }
}
