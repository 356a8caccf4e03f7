//! `--observed incident.csv`: the points of the reader's own incident, instead of those of the
//! scenario.
//!
//! A CSV file with a header. Columns `time` (RFC 3339, UTC) and `users` or `share` are required, the
//! other keys of an observed point are optional; a cell that is empty is not given. The points become
//! one override of the scenario, so that they are checked, scaled and hashed like those of a file.

use std::path::Path;

use patchday_agents::scenario::{
    Confidence,
    quantity::{Instant, Span},
};

use crate::{
    experiment::error::ExperimentError,
    host::{error::Failure, escape, limited_read},
};

/// The columns that a file may have.
const COLUMNS: [&str; 11] = [
    "time",
    "users",
    "share",
    "error",
    "error_users",
    "within",
    "alternatives",
    "hold_out",
    "daily_peak",
    "what",
    "confidence",
];

/// The column `source`, which has the name of the file unless it is given.
const SOURCE: &str = "source";

/// The most points: beside more of them a fit has no more to learn.
const MOST_POINTS: usize = 500;

/// The override that replaces the observed points of a scenario by those of a file.
///
/// # Errors
/// Returns an error with line and column if the file cannot be read or is invalid.
pub(crate) fn as_override(path: &Path) -> Result<String, Failure> {
    let bytes =
        limited_read::whole(path, limited_read::ANSWER).map_err(Failure::file("read", path))?;
    let parsed = points(&bytes, &name(path)).map_err(|fault| ExperimentError::Incident {
        path: path.to_owned(),
        fault,
    });
    Ok(format!("observed=[{}]", parsed?.join(", ")))
}

/// The name of a file, which is the source of its points.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map_or_else(
        || "incident".into(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// The points of a file as inline tables of TOML. `source` is the source of those without one.
///
/// # Errors
/// Returns the fault with line and column.
pub(crate) fn points(bytes: &[u8], source: &str) -> Result<Vec<String>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let names: Vec<&str> = header
        .iter()
        .map(|name| name.trim_start_matches('\u{feff}'))
        .collect();
    for (place, name) in names.iter().enumerate() {
        let at = format!("line 1, column {}", place + 1);
        if !COLUMNS.contains(name) && *name != SOURCE {
            let name = escape::line(name);
            let known = COLUMNS.join(", ");
            return Err(format!(
                "{at}: no column `{name}`; columns are {known}, {SOURCE}"
            ));
        }
        if names[..place].contains(name) {
            return Err(format!("{at}: `{name}` is given twice"));
        }
    }
    if !names.contains(&"time") {
        return Err("line 1: the column `time` is missing".into());
    }
    if !names.contains(&"users") && !names.contains(&"share") {
        return Err("line 1: one of the columns `users` and `share` is missing".into());
    }
    let mut points = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| error.to_string())?;
        let line = row.position().map_or(0, csv::Position::line);
        if points.len() == MOST_POINTS {
            return Err(format!("line {line}: more than {MOST_POINTS} points"));
        }
        points.push(point(&names, &row, source).map_err(|(place, fault)| {
            let column = names.get(place).copied().unwrap_or_default();
            format!("line {line}, column {} ({column}): {fault}", place + 1)
        })?);
    }
    if points.is_empty() {
        return Err("it has no points".into());
    }
    Ok(points)
}

/// A row as an inline table.
///
/// # Errors
/// Returns the place of the column and the fault.
fn point(names: &[&str], row: &csv::StringRecord, source: &str) -> Result<String, (usize, String)> {
    let mut keys = Vec::new();
    let given = |name: &str| {
        let place = names.iter().position(|known| *known == name)?;
        let text = row.get(place).unwrap_or_default();
        (!text.is_empty()).then_some((place, text))
    };
    let place = |name: &str| names.iter().position(|known| *known == name).unwrap_or(0);
    if given("time").is_none() {
        return Err((place("time"), "a point needs a time".into()));
    }
    match (given("users"), given("share")) {
        (None, None) => {
            let at = place(if names.contains(&"users") {
                "users"
            } else {
                "share"
            });
            return Err((at, "a point needs `users` or `share`".into()));
        }
        (Some(_), Some((at, _))) => {
            return Err((at, "`users` is given, too: one of them is enough".into()));
        }
        _ => {}
    }
    for (place, name) in names.iter().enumerate() {
        let Some((_, text)) = given(name) else {
            continue;
        };
        let fault = |wanted: &str| {
            let text = escape::line(text);
            (place, format!("`{text}` is not {wanted}"))
        };
        let value = match *name {
            "time" => {
                let time = text.parse::<Instant>();
                let time = time.map_err(|_| fault("a time such as 2026-03-01T14:30:00Z"))?;
                quoted(&time.to_string())
            }
            "users" | "error_users" => {
                let plain = text.replace('_', "");
                let users = plain
                    .parse::<u64>()
                    .ok()
                    .filter(|users| i64::try_from(*users).is_ok());
                users
                    .ok_or_else(|| fault("a number of users such as 350000"))?
                    .to_string()
            }
            "share" => number(text, 0.0).ok_or_else(|| fault("a share from 0 to 1"))?,
            "error" => number(text, 0.001).ok_or_else(|| fault("a share from 0.001 to 1"))?,
            "within" => {
                let span = text.parse::<Span>();
                let span = span
                    .ok()
                    .filter(|span| (Span::from_millis(1)..=Span::from_hours(24)).contains(span));
                quoted(
                    &span
                        .ok_or_else(|| fault("a time such as 30m, at most 1d"))?
                        .to_string(),
                )
            }
            "hold_out" | "daily_peak" => match text {
                "true" | "false" => text.to_owned(),
                _ => return Err(fault("true or false")),
            },
            "confidence" => match text {
                "A" | "B" | "C" => quoted(text),
                _ => return Err(fault("A, B or C")),
            },
            _ => quoted(text),
        };
        keys.push(format!("{name} = {value}"));
    }
    if given(SOURCE).is_none() {
        keys.push(format!("{SOURCE} = {}", quoted(source)));
    }
    if given("confidence").is_none() {
        keys.push(format!(
            "confidence = {}",
            quoted(&Confidence::B.to_string())
        ));
    }
    Ok(format!("{{ {} }}", keys.join(", ")))
}

/// A number from `least` to 1, as it is written in TOML.
fn number(text: &str, least: f64) -> Option<String> {
    let number = text.parse::<f64>().ok()?;
    (least..=1.0)
        .contains(&number)
        .then(|| format!("{number:?}"))
}

/// A text as a basic string of TOML.
fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use patchday_agents::scenario::Scenario;

    use super::*;
    use crate::scenario::{load, origin::Override};

    const FILE: &str = "[run]\ntitle = \"t\"\nstart = \"2026-03-01T00:00:00Z\"\n\
                        end = \"2026-03-02T00:00:00Z\"\n";

    #[test]
    fn a_file_becomes_the_observed_points_of_the_scenario() {
        let csv = "time,users,share,error,within,alternatives,what\n\
                   2026-03-01T10:00:00Z,350_000,,0.05,30m,,\"half, \"\"about\"\"\"\n\
                   2026-03-01T11:00:00Z,,0.4,,,pair,\n\
                   2026-03-01T11:00:00Z,,0.9,,,pair,\n";
        let points = points(csv.as_bytes(), "my.csv").unwrap();
        let set = Override::set(&format!("observed=[{}]", points.join(", ")));
        let loaded = load::load::<Scenario>("t", FILE, &[set]);
        let observed = loaded
            .map_err(|report| report.to_string())
            .unwrap()
            .scenario
            .observed;
        assert_eq!(observed.len(), 3);
        assert_eq!(observed[0].users, Some(350_000));
        assert_eq!(observed[0].what, "half, \"about\"");
        assert_eq!(observed[0].source, "my.csv");
        assert_eq!(observed[0].error.map(|error| error.get()), Some(0.05));
        assert_eq!(observed[1].alternatives.as_deref(), Some("pair"));
        assert_eq!(observed[1].confidence, Confidence::B);
    }

    #[test]
    fn a_fault_is_named_with_line_and_column() {
        for (csv, expected) in [
            ("time\n", "line 1: one of the columns"),
            ("users\n1\n", "line 1: the column `time`"),
            ("time,users\n", "no points"),
            ("time,users,user\n", "line 1, column 3: no column `user`"),
            (
                "time,users,time\n",
                "line 1, column 3: `time` is given twice",
            ),
            (
                "time,users\nx,1\n",
                "line 2, column 1 (time): `x` is not a time",
            ),
            (
                "time,users\n2026-03-01T10:00:00Z,-1\n",
                "line 2, column 2 (users): `-1` is not a number of users",
            ),
            (
                "time,share\n2026-03-01T10:00:00Z,1.5\n",
                "line 2, column 2 (share): `1.5` is not a share",
            ),
            (
                "time,users,share\n2026-03-01T10:00:00Z,1,0.5\n",
                "line 2, column 3 (share): `users` is given, too",
            ),
            (
                "time,share\n2026-03-01T10:00:00Z,0.5\n2026-03-01T11:00:00Z,\n",
                "line 3, column 2 (share): a point needs",
            ),
            (
                "time,share,error\n2026-03-01T10:00:00Z,0.5,0\n",
                "line 2, column 3 (error): `0` is not a share from 0.001",
            ),
            ("time,share\n2026-03-01T10:00:00Z,0.5,7\n", "line: 2"),
        ] {
            let fault = points(csv.as_bytes(), "x").unwrap_err();
            assert!(fault.contains(expected), "{csv}: {fault}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic_or_give_an_override_that_is_no_list() {
        for length in 0..64_u64 {
            let bytes: Vec<u8> = (0..length)
                .map(|place| (place.wrapping_mul(0x9E37_79B9).wrapping_add(length * 77) >> 5) as u8)
                .collect();
            let mut csv = b"time,users,what\n2026-03-01T10:00:00Z,1,".to_vec();
            csv.extend(bytes);
            let _ = points(&csv, "x");
        }
    }
}
