//! Whatever comes in, an answer comes out, and soon.

use crate::scenario::{print::print, schema::keys};
use proptest::prelude::*;

use crate::scenario::load::tests::*;

#[test]
fn a_million_bytes_of_nonsense_are_answered() {
    // Each would take minutes if anything took the square of its size.
    for text in [
        (0..50_000)
            .map(|key| format!("online_shar{key}=1\n"))
            .collect(),
        format!("region=[{}]", "{holiday=[{}],nmae=1},".repeat(40_000)),
        format!("watch=[{}]", "1,".repeat(500_000)),
        format!("watch={}", "[".repeat(500_000)),
        format!("a{}=1", ".a".repeat(500_000)),
        format!("{}=1", "a".repeat(1_000_000)),
    ] {
        assert!(report(&text, &[]).len() < 100_000);
    }
}

/// A text in which some characters were replaced, doubled or dropped.
fn mutated() -> impl Strategy<Value = String> {
    let edit = (0..RICH.len(), 0..4_u8, any::<char>());
    proptest::collection::vec(edit, 1..8).prop_map(|edits| {
        let mut text: Vec<char> = RICH.chars().collect();
        for (at, kind, c) in edits {
            let at = at % text.len();
            match kind {
                0 => text[at] = c,
                1 => text.insert(at, c),
                2 => text.insert(at, text[at]),
                _ => drop(text.remove(at)),
            }
        }
        text.into_iter().collect()
    })
}

/// Whatever was loaded or refused, the outcome prints.
fn prints(text: &str, overrides: &[String]) {
    let overrides: Vec<_> = overrides.iter().map(|text| Override::set(text)).collect();
    match load::<Scenario>("x", text, &overrides) {
        Ok(loaded) => drop(print(&loaded, "x")),
        Err(report) => {
            assert!(report.errors() > 0);
            let lines = report.to_string();
            assert!(
                !lines.contains('\r')
                    && lines.lines().count() == report.errors() + report.warnings() + 1
            );
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prints(&String::from_utf8_lossy(&bytes), &[]);
    }

    #[test]
    fn no_toml_like_text_panics(text in "([a-z\\[\\]{}=.,\"' \\n0-9#-]|login|region|share|name){0,60}") {
        prints(&text, &[]);
    }

    #[test]
    fn no_mutated_scenario_panics(text in mutated()) {
        prints(&text, &[]);
    }

    #[test]
    fn no_override_panics(
        key in "(login|region|population|patch_day|client|0|europe|rate|share|quarters|watch|\\.|\\PC){0,6}",
        value in "([0-9.,\\[\\]{}\"' a-z/=-]|name|\\PC){0,12}",
    ) {
        prints("", &[format!("{key}={value}"), format!("region.0.{value}={key}"), value]);
    }

    #[test]
    fn every_scalar_takes_or_refuses_every_bare_text(value in "\\PC{0,12}") {
        for key in keys::<Scenario>() {
            prints(RICH, &[format!("{}={value}", key.key.replace('N', "0"))]);
        }
    }
}
