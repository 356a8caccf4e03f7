//! The lines of a ledger of runs: a run each, found by its key.
//!
//! A key is a hash of everything that the result of a run depends on: the scenario as it runs, with
//! its seed and its end, and the sources of the program. A line is an object on one line with a
//! checksum. Its first member is the key, so that a reader can index a ledger without reading the
//! records.

use std::{fmt, io};

use patchday_agents::scenario::Scenario;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    results::{
        figures::{Figures, Outcome},
        run_record::{OnlineShares, RunRecord},
        samples::KeptSeries,
    },
    scenario::print::canonical,
    store::checksummed_json::{self, Form},
};

/// The text in the checksums of the lines: a line of another kind of ledger is not valid here.
const PART_OF: &str = "runs";
/// What precedes the key in a line.
const BEFORE_KEY: &[u8] = b"{\"key\":\"";
/// Bytes of a key, and of its text.
const BYTES: usize = 32;
const DIGITS: usize = 2 * BYTES;

/// The key of a run. Two runs with the same key have the same results.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RunKey([u8; BYTES]);

impl RunKey {
    /// The key of a run of this scenario by this program. The number of threads has no part in it,
    /// because no result depends on it.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        Self::from_parts(&[&canonical(scenario)])
    }

    /// The key of a run by this program that is not a whole run of one scenario; `parts` is all that
    /// its result depends on.
    pub(crate) fn from_parts(parts: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new();
        let program = [env!("CARGO_PKG_VERSION"), env!("PATCHDAY_GIT")];
        for part in program.iter().chain(parts) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Self(*hasher.finalize().as_bytes())
    }

    fn from_text(text: &[u8]) -> Option<Self> {
        let hash = blake3::Hash::from_hex(text).ok()?;
        Some(Self(*hash.as_bytes()))
    }
}

/// Which of `of` parts of about equal size, counted from 0, contains the run of a scenario. It depends
/// neither on other runs, so a part keeps its runs when an experiment grows, nor on the program.
pub(crate) fn part(scenario: &Scenario, of: u32) -> u32 {
    let hash = blake3::hash(canonical(scenario).as_bytes());
    let [a, b, c, d, ..] = *hash.as_bytes();
    u32::from_le_bytes([a, b, c, d]) % of.max(1)
}

impl fmt::Display for RunKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for RunKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for RunKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RunKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(text.as_bytes()).ok_or_else(|| D::Error::custom("`key` is not a key"))
    }
}

/// A line.
#[derive(Serialize, Deserialize)]
struct RunLine {
    key: RunKey,
    /// The digest of a run that reached its end.
    digest: Option<String>,
    /// Why it failed, if it did.
    failed: Option<String>,
    figures: Figures,
    #[serde(default)]
    observed: Vec<Option<f64>>,
    #[serde(default)]
    incident: Option<(i64, i64)>,
    wall_s: f64,
    #[serde(default)]
    shares: OnlineShares,
}

/// The line of a run.
///
/// # Errors
/// Returns an error if the record cannot be written as JSON.
pub(crate) fn run_line(key: RunKey, record: &RunRecord) -> io::Result<String> {
    let (digest, failed, figures) = match &record.outcome {
        Outcome::Done { digest, figures } => (Some(digest.clone()), None, figures.clone()),
        Outcome::Failed(why) => (None, Some(why.clone()), Figures::new()),
    };
    let line = RunLine {
        key,
        digest,
        failed,
        figures,
        observed: record.observed.clone(),
        incident: record.incident,
        wall_s: record.wall_s,
        shares: record.shares.clone(),
    };
    checksummed_json::to_text(&line, Form::Line, PART_OF)
}

/// The key of a line whose checksum is valid. The rest of the line is not read.
///
/// # Errors
/// Returns what is wrong with the line.
pub(crate) fn key_of(line: &[u8]) -> Result<RunKey, &'static str> {
    checksummed_json::verify(line, Form::Line, PART_OF)?;
    let key = line
        .strip_prefix(BEFORE_KEY)
        .and_then(|rest| rest.get(..DIGITS));
    key.and_then(RunKey::from_text)
        .ok_or("it is not the line of a run")
}

/// Reads the line of a run.
///
/// # Errors
/// Returns what is wrong with the line.
pub(crate) fn read_run(line: &[u8]) -> Result<(RunKey, RunRecord), String> {
    let text = checksummed_json::verify(line, Form::Line, PART_OF)?;
    let line: RunLine = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    let outcome = match (line.digest, line.failed) {
        (Some(digest), None) => Outcome::Done {
            digest,
            figures: line.figures,
        },
        (None, Some(why)) => Outcome::Failed(why),
        _ => return Err("a run has either a digest or a reason why it failed".into()),
    };
    let record = RunRecord {
        outcome,
        observed: line.observed,
        shares: line.shares,
        incident: line.incident,
        wall_s: line.wall_s,
        kept: KeptSeries::default(),
    };
    Ok((line.key, record))
}

#[cfg(test)]
pub(crate) mod tests {
    use patchday_agents::scenario::quantity::Span;

    use super::*;

    /// A record whose figures have this value.
    pub(crate) fn record(value: f64) -> RunRecord {
        RunRecord {
            outcome: Outcome::Done {
                digest: format!("{value}"),
                figures: Figures::from([
                    ("user_hours_lost".into(), Some(value)),
                    ("hours_to_90_percent".into(), None),
                ]),
            },
            observed: vec![Some(value / 3.0), None],
            shares: OnlineShares {
                start: 1_187_049_600,
                step_s: 600,
                values: vec![10_000, 9_876, 0],
            },
            incident: Some((1, 2)),
            wall_s: 0.25,
            kept: KeptSeries::default(),
        }
    }

    pub(crate) fn key(number: u32) -> RunKey {
        RunKey::from_parts(&[&number.to_string()])
    }

    #[test]
    fn a_run_is_read_back_and_its_key_is_found_without_reading_it() {
        for record in [
            record(0.1 + 0.2),
            record(f64::MIN_POSITIVE),
            RunRecord::failed("halted: \"x\"\n".into()),
        ] {
            let line = run_line(key(7), &record).unwrap();
            assert!(line.ends_with('\n') && line.matches('\n').count() == 1);
            assert_eq!(key_of(line.as_bytes()), Ok(key(7)));
            assert_eq!(read_run(line.as_bytes()), Ok((key(7), record)));
            assert!(key_of(&line.as_bytes()[1..]).is_err());
        }
        let other = checksummed_json::to_text(&serde_json::json!({"a": 1}), Form::Line, PART_OF);
        assert!(key_of(other.unwrap().as_bytes()).is_err());
    }

    #[test]
    fn a_key_changes_with_every_value_of_the_scenario() {
        let base = Scenario::default();
        let mut seed = base.clone();
        seed.run.seed += 1;
        let mut end = base.clone();
        end.run.end = end.run.end.after(Span::from_hours(1));
        let mut users = base.clone();
        users.population.users += 1;
        let keys = [&base, &seed, &end, &users].map(RunKey::new);
        for (number, key) in keys.iter().enumerate() {
            assert!(!keys[..number].contains(key), "{number}");
        }
        assert_eq!(RunKey::new(&base.clone()), keys[0]);
        assert_ne!(
            RunKey::from_parts(&["ab", "c"]),
            RunKey::from_parts(&["a", "bc"])
        );
    }

    #[test]
    fn parts_are_of_equal_size() {
        let mut counts = [0; 4];
        let mut scenario = Scenario::default();
        for seed in 0..1_000 {
            scenario.run.seed = seed;
            counts[part(&scenario, 4) as usize] += 1;
        }
        // Four standard deviations.
        let is_even = |count: &u32| (195..305).contains(count);
        assert!(counts.iter().all(is_even), "{counts:?}");
        assert_eq!(part(&scenario, 0), 0);
    }
}
