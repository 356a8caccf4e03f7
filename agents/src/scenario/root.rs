//! The scenario: all parameters of the model.
//!
//! A section is a table of the scenario file. Its declaration gives the form, range, default
//! and source of each key; the reader, the schema, the error texts and the reference are
//! derived from it. A source is the number of a fact about 2007 or 2010, or the word *assumed*
//! (`ODD.md` lists the assumptions). Units: a tick is one second; rates are for the whole
//! network unless a key says otherwise.

use crate::{
    client::section::Client,
    event::section::Trigger,
    operator::section::Operator,
    overlay::section::Overlay,
    population::{holidays::Calendar, section::Population},
    scenario::{
        expect::Expect,
        observed::Observed,
        quantity::{instant::Instant, span::Span},
    },
    section,
    server::section::Servers,
};

section! {
    /// The run: its title, its time and its seed.
    pub struct Run {
        /// The title of the scenario.
        title: String, required, source "given";
        /// The instant at which the run starts.
        start: Instant, required, source "given";
        /// The instant at which the run ends, at most 60 days after the start.
        end: Instant, required, source "given";
        /// The seed of all random draws, unless the command line gives another.
        seed: u64 = 2007, source "given";
        /// The time between two rows of the series.
        sample: Span = "1m", in "1s"..="1d", source "given";
        /// An outage is a time with less than 90 % of the norm online that lasts longer than this.
        /// Shorter dips count only in the figures of hours below a level and of user hours lost.
        outage_after: Span = "5m", in "0s"..="7d", source "given";
        /// An outage is over when the network has been back at 90 % of the norm for this long. After a
        /// shorter recovery it goes on; after a longer one, the next dip is another outage.
        recovered_after: Span = "1h", in "0s"..="60d", source "given";
    }
}

section! {
    /// A whole scenario.
    pub struct Scenario {
        /// The run.
        run: Run, section;
        /// The users and their sessions.
        population: Population, section;
        /// Days of the week and holidays.
        calendar: Calendar, section;
        /// The client.
        client: Client, section;
        /// The overlay of supernodes.
        overlay: Overlay, section;
        /// The servers of the operator.
        servers: Servers, section;
        /// Events that affect the network from outside.
        trigger: Trigger, section;
        /// The operator and its actions.
        operator: Operator, section;
        /// Observations of the real outage.
        observed: Vec<Observed>, tables;
        /// Expectations about the results.
        expect: Vec<Expect>, tables;
    }
}

/// Maximum length of a run, in days.
pub const MAX_DAYS: i64 = 60;

/// Minimum number of users: with fewer, scaling the capacities down would remove parts of the
/// network.
pub const MIN_USERS: u64 = 1_000;

impl Run {
    /// Returns whether an instant is within the run.
    pub(crate) fn covers(&self, instant: Instant) -> bool {
        (self.start.seconds()..self.end.seconds()).contains(&instant.seconds())
    }
}

impl Scenario {
    /// Returns the length of the run, in ticks of one second.
    pub fn ticks(&self) -> u32 {
        (self.run.end.seconds() - self.run.start.seconds()).clamp(0, MAX_DAYS * 86_400) as u32
    }

    /// Returns the same network, `share` times as large: the number of users and the capacities
    /// that serve them are multiplied by `share`; the properties of one client or one supernode
    /// do not change. `share` is above 0. The values of the result can be out of range, so the
    /// caller must check it again.
    #[must_use]
    pub fn scaled(&self, share: f64) -> Self {
        let mut scenario = self.clone();
        let count = |value: u64| (value as f64 * share).round() as u64;
        scenario.population.users = count(scenario.population.users);
        scenario.overlay.core.supernodes = count(scenario.overlay.core.supernodes).max(1);
        for force in &mut scenario.operator.force_supernodes {
            force.count = count(force.count);
            force.rate = force.rate.scaled(share);
        }
        for action in &mut scenario.operator.action {
            action.count = count(action.count);
            action.rate = action.rate.scaled(share);
        }
        scenario.servers.scale(share);
        for flood in &mut scenario.trigger.login_flood {
            flood.rate = flood.rate.scaled(share);
        }
        for point in &mut scenario.observed {
            point.users = point.users.map(count);
            point.error_users = point.error_users.map(|users| count(users).max(1));
        }
        scenario
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::root::Scenario;

    #[test]
    fn every_declaration_is_valid() {
        assert_eq!(crate::scenario::parameter::faults::<Scenario>(), [""; 0]);
    }
}
