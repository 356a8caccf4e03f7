//! The load of an ordinary weekday beside the capacity of the login servers: the figures that show a
//! mistake in a scenario before it runs.
//!
//! Units: users, logins per second, seconds.

use crate::{population::ordinary_day::OrdinaryDay, scenario::root::Scenario};

/// The load of an ordinary weekday and the capacity of the login servers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalmLoad {
    /// Users online at the peak.
    pub online_peak: f64,
    /// Mean number of sessions a day of a regular user whose machine is not always on.
    pub sessions_a_day: f64,
    /// Maximum number of logins per second.
    pub logins_per_s: f64,
    /// Logins per second that the login servers can serve and admit.
    pub capacity_per_s: f64,
}

impl CalmLoad {
    /// Computes the figures of a scenario.
    pub fn new(scenario: &Scenario) -> Self {
        let (population, login) = (&scenario.population, &scenario.servers.login);
        let ordinary = OrdinaryDay::new(scenario);
        let sessions_a_day = ordinary.sessions();
        Self {
            online_peak: population.users as f64 * population.online_share.get(),
            sessions_a_day,
            logins_per_s: ordinary.peak_sign_ins(sessions_a_day) * population.users as f64,
            capacity_per_s: login.rate.per_second() * login.admission.get(),
        }
    }

    /// Returns the capacity as a multiple of the calm peak; `None` without logins.
    pub fn headroom(&self) -> Option<f64> {
        (self.logins_per_s > 0.0).then(|| self.capacity_per_s / self.logins_per_s)
    }

    /// Returns the seconds until all users online at the peak have logged in, if all begin at once and the
    /// servers work at capacity; `None` without capacity.
    pub fn drain_s(&self) -> Option<f64> {
        (self.capacity_per_s > 0.0).then(|| self.online_peak / self.capacity_per_s)
    }
}
