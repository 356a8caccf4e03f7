//! The derived figures of a scenario that `check` and `plan` print: calm load, capacity, headroom.
//!
//! Units: users, logins per second, seconds.

use patchday_agents::scenario::{CalmLoad, Scenario, ServiceLoad};
use serde::Serialize;

use crate::host::{
    format::{duration, grouped, rounded, short},
    text::text_table::{left, right, text_table},
};

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
    /// The services, if there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) services: Vec<DerivedService>,
}

/// The derived figures of a service, for programs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct DerivedService {
    pub(crate) name: String,
    /// Requests per second at the calm peak.
    pub(crate) calm_per_s: f64,
    /// Requests per second that the servers can work on; null if their work takes no time.
    pub(crate) capacity_per_s: Option<f64>,
    /// Capacity divided by the calm peak; null without requests.
    pub(crate) headroom: Option<f64>,
    /// Mean time from arrival to answer without waiting, in seconds.
    pub(crate) time_s: f64,
    /// The most attempts for one request of a client or source if everything fails.
    pub(crate) most_attempts: f64,
}

impl DerivedService {
    fn new(load: &ServiceLoad) -> Self {
        let finite = |value: f64| value.is_finite().then(|| rounded(value, 3));
        Self {
            name: load.name.clone(),
            calm_per_s: rounded(load.per_s, 3),
            capacity_per_s: finite(load.capacity_per_s),
            headroom: load.headroom().and_then(finite),
            time_s: rounded(load.time_s, 4),
            most_attempts: rounded(load.attempts, 1),
        }
    }
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
            services: ServiceLoad::all(scenario)
                .iter()
                .map(DerivedService::new)
                .collect(),
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
             drain      {drain}\n{}",
            grouped(self.online_peak),
            self.sessions_a_day,
            per_second(self.calm_logins_per_s),
            per_second(self.capacity_per_s),
            self.services_text(),
        )
    }

    /// A table of the services; empty without services.
    fn services_text(&self) -> String {
        if self.services.is_empty() {
            return String::new();
        }
        let columns = [
            left("service"),
            right("calm load"),
            right("capacity"),
            right("headroom"),
            right("answer in"),
            right("attempts at most"),
        ];
        let rows = self.services.iter().map(|service| {
            let or_none = |value: Option<f64>, text: fn(f64) -> String| {
                value.map_or_else(|| "-".to_owned(), text)
            };
            vec![
                service.name.clone(),
                format!("{}/s", per_second(service.calm_per_s)),
                or_none(service.capacity_per_s, |rate| {
                    format!("{}/s", per_second(rate))
                }),
                or_none(service.headroom, |times| format!("{times:.1}")),
                format!("{:.3} s", service.time_s),
                format!("{:.0}", service.most_attempts),
            ]
        });
        text_table(&columns, rows)
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
