//! Property tests: any input gives a scenario or errors, without a panic and in short time.

use crate::scenario::{print::print, schema::keys};
use proptest::prelude::*;

use crate::scenario::load::tests::*;

#[test]
fn a_million_bytes_of_invalid_input_take_linear_time() {
    // An algorithm of quadratic time would take minutes.
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

/// The rich scenario with some characters replaced, doubled or removed.
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

/// Loads a text and prints the scenario or the errors.
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
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prints(&String::from_utf8_lossy(&bytes), &[]);
    }

    #[test]
    fn toml_like_text_does_not_panic(text in "([a-z\\[\\]{}=.,\"' \\n0-9#-]|login|region|share|name){0,60}") {
        prints(&text, &[]);
    }

    #[test]
    fn mutated_scenarios_do_not_panic(text in mutated()) {
        prints(&text, &[]);
    }

    #[test]
    fn arbitrary_overrides_do_not_panic(
        key in "(login|region|population|patch_day|client|0|europe|rate|share|quarters|watch|\\.|\\PC){0,6}",
        value in "([0-9.,\\[\\]{}\"' a-z/=-]|name|\\PC){0,12}",
    ) {
        prints("", &[format!("{key}={value}"), format!("region.0.{value}={key}"), value]);
    }

    #[test]
    fn every_scalar_accepts_or_rejects_any_bare_text(value in "\\PC{0,12}") {
        for key in keys::<Scenario>() {
            prints(RICH, &[format!("{}={value}", key.key.replace('N', "0"))]);
        }
    }
}
