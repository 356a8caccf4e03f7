//! The derived figures of a scenario that `check` and `plan` print: calm load, capacity, headroom.
//!
//! Units: users, logins per second, seconds.

use patchday_agents::scenario::{CalmLoad, Scenario};
use serde::Serialize;

use crate::host::format::{duration, grouped, rounded, short};

/// The derived figures, for programs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct DerivedFigures {
    /// Users online at the peak of an ordinary weekday.
    pub(crate) online_peak: u64,
    /// Sessions a day of a regular user whose machine is not always on.
    pub(crate) sessions_a_day: f64,
    /// Logins per second at the peak of an ordinary weekday.
    pub(crate) calm_logins_per_s: f64,
    /// Logins per second of all login servers.
    pub(crate) capacity_per_s: f64,
    /// Capacity divided by the calm peak; null without logins.
    pub(crate) headroom: Option<f64>,
    /// Seconds until all users online at the peak have logged in at capacity.
    pub(crate) drain_s: Option<f64>,
}

impl DerivedFigures {
    /// The figures of a scenario.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let load = CalmLoad::new(scenario);
        Self {
            online_peak: load.online_peak.round() as u64,
            sessions_a_day: rounded(load.sessions_a_day, 3),
            calm_logins_per_s: rounded(load.logins_per_s, 3),
            capacity_per_s: rounded(load.capacity_per_s, 3),
            headroom: load.headroom().map(|times| rounded(times, 2)),
            drain_s: load.drain_s().map(|seconds| rounded(seconds, 1)),
        }
    }

    /// Lines of at most 80 columns, with a label of 11 columns.
    pub(crate) fn text(&self, scenario: &Scenario) -> String {
        let login = &scenario.servers.login;
        let each = self.capacity_per_s / f64::from(login.servers);
        let servers = match login.servers {
            1 => "1 server".to_owned(),
            count => format!("{count} servers, {}/s each", per_second(each)),
        };
        let headroom = self.headroom.map_or_else(
            || "no logins on a calm day".to_owned(),
            |times| format!("{times:.1} times the calm peak"),
        );
        let drain = self.drain_s.map_or_else(
            || "never: there is no capacity".to_owned(),
            |seconds| {
                format!(
                    "{} to log in all {} users at capacity, if all come at once",
                    duration(seconds),
                    short(self.online_peak as f64)
                )
            },
        );
        format!(
            "calm peak  {} users online; {:.2} sessions a day of each not always on\n\
             logins     {}/s at the calm peak\n\
             capacity   {}/s of all login servers ({servers})\n\
             headroom   {headroom}\n\
             drain      {drain}\n",
            grouped(self.online_peak),
            self.sessions_a_day,
            per_second(self.calm_logins_per_s),
            per_second(self.capacity_per_s),
        )
    }
}

/// A rate with three significant digits: `0.25`, `12.3`, `10,000`.
fn per_second(rate: f64) -> String {
    match rate {
        rate if rate >= 100.0 => grouped(rate.round() as u64),
        rate if rate >= 10.0 => format!("{rate:.1}"),
        rate => format!("{rate:.2}"),
    }
}
