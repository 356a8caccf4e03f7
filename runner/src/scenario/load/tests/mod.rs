//! Tests of loading, on a scenario with every kind of key.

mod chaos;
mod overriding;
mod reading;
mod writing;

use patchday_agents::scenario::parameter::{Check, Remark};
use patchday_agents::scenario::quantity::{Day, Instant, Rate, Share, Span};
use patchday_agents::{choice, section};

use crate::scenario::load::*;

choice! {
    /// The random spread of a pause.
    enum Jitter {
        /// None.
        None = "none",
        /// Over the whole pause.
        Full = "full",
        /// Over half of the pause.
        Equal = "equal",
        /// By the previous pause.
        Decorrelated = "decorrelated",
    }
}

section! {
    /// The users.
    struct Population {
        /// People who have the client.
        users: u64 = 220_000_000, min 1, unit "users", source "fact 2.1";
        /// The part of them that is online.
        online_share: Share = 0.05, source "fact 2.2";
        /// Weight of each quarter of the day.
        quarters: [f64; 4] = [1.0, 2.5, 0.1, 4.0], in 0..=10, source "assumed";
    }
}

section! {
    /// Exponential backoff.
    struct Exponential {
        /// The longest.
        cap: Span = "20m", in "1s"..="7d", source "fact 3.4";
        /// Their random spread.
        jitter: Jitter = "full", source "assumed";
        /// The first pauses.
        first: Vec<Span> = ["1s", "10s"], min "1s", source "assumed";
    }
}

section! {
    /// The retry policy of a client.
    struct Retry {
        /// Exponential backoff.
        exponential: Exponential, section;
    }
}

section! {
    /// The client program.
    struct Client {
        /// The retry policy.
        retry: Retry, section;
    }
}

section! {
    /// The login servers.
    struct Login {
        /// Their capacity.
        rate: Rate = "10000/m", source "assumed";
        /// A slope.
        slope: f64 = -0.5, in -1.0..=1.0, source "assumed";
        /// Whether they queue.
        queue: bool = true, source "assumed";
    }
}

section! {
    /// A day off.
    struct Holiday {
        /// When.
        on: Day, required, source "given";
    }
}

section! {
    /// A region.
    struct Region {
        /// The name.
        name: String, required, source "given";
        /// Its part of all users.
        share: Share = 0.5, source "assumed";
        /// Its days off.
        holiday: Vec<Holiday>, tables;
    }
}

section! {
    /// A release.
    struct PatchDay {
        /// The instant of the release.
        at: Instant, required, source "given";
        /// The share of PCs that install it.
        share: Share = 0.3, source "assumed";
    }
}

section! {
    /// A whole scenario.
    struct Scenario {
        /// The name.
        title: String = "un\"named\"\n", source "given";
        /// The end.
        until: Option<Instant>, optional, source "given";
        /// Columns to watch.
        watch: Vec<String>, optional, source "given";
        /// The users.
        population: Population, section;
        /// The client.
        client: Client, section;
        /// The servers.
        login: Login, section;
        /// The regions.
        region: Vec<Region>, tables = vec![
            Region { name: "europe".into(), ..Region::default() },
            Region { name: "asia".into(), ..Region::default() },
        ];
        /// The release.
        patch_day: Option<PatchDay>, optional section;
    }
}

impl Check for Scenario {
    fn check(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if self.login.rate.per_second() < 210.0 {
            remarks.push(Remark::warning(
                "login.rate",
                "is 167/s, below the calm login rate 210/s: the run starts overloaded",
            ));
        }
        let total: f64 = self.region.iter().map(|region| region.share.get()).sum();
        if total != 1.0 {
            let message = format!("has shares that sum to {total}, not 1");
            remarks.push(Remark::error("region", message));
        }
        remarks
    }
}

/// Loads a text called fleet.toml with overrides.
fn try_load(text: &str, overrides: &[&str]) -> Result<Loaded<Scenario>, Findings> {
    let overrides: Vec<_> = overrides.iter().map(|text| Override::set(text)).collect();
    load("fleet.toml", text, &overrides)
}

/// Loads a valid scenario.
fn loaded(text: &str, overrides: &[&str]) -> Loaded<Scenario> {
    match try_load(text, overrides) {
        Ok(loaded) => loaded,
        Err(report) => panic!("refused:\n{report}"),
    }
}

/// The errors of an invalid scenario.
fn report(text: &str, overrides: &[&str]) -> String {
    match try_load(text, overrides) {
        Ok(loaded) => panic!("loaded:\n{:?}", loaded.scenario),
        Err(report) => report.to_string(),
    }
}

/// A scenario that sets most keys.
const RICH: &str = r#"
title = 'a "title"'
until = 2007-08-20T00:00:00Z
watch = ["online", "chat"]

[population]
users = 1_000_000
quarters = [1, 2, 3.5, 1e-3]

[client.retry.exponential]
cap = "1h 30m"
jitter = "decorrelated"

[login]
rate = "500/s"

[[region]]
name = "europe"
share = 0.25

[[region.holiday]]
on = "2007-08-15"

[[region.holiday]]
on = 2007-08-27

[[region]]
name = "asia"
share = 0.75

[patch_day]
at = "2007-08-14T17:00:00Z"
"#;

#[test]
fn the_declarations_have_no_faults() {
    assert_eq!(
        patchday_agents::scenario::parameter::faults::<Scenario>(),
        [""; 0]
    );
}
