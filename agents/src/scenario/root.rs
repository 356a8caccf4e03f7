//! The scenario: every parameter of the model, one source of truth.
//!
//! A section is a table of the scenario file; its declaration gives each key's
//! form, range, default and source, and from it follow the reading, the schema,
//! the error texts and the reference. A source is a fact number of the collected
//! facts of 2007 and 2010 (`ODD.md` has the list of assumptions) or the word
//! *assumed*. Units: a tick is one second; rates are for the whole network
//! unless a key says otherwise.

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
    /// What is simulated, from when to when.
    pub struct Run {
        /// What the scenario is called.
        title: String, required, source "given";
        /// The instant at which the run starts.
        start: Instant, required, source "given";
        /// The instant before which it ends; at most 60 days after the start.
        end: Instant, required, source "given";
        /// The seed of every draw, unless the command line gives another.
        seed: u64 = 2007, source "given";
        /// The time between two rows of the series.
        sample: Span = "1m", in "1s"..="1d", source "given";
    }
}

section! {
    /// A whole scenario.
    pub struct Scenario {
        /// What is simulated, from when to when.
        run: Run, section;
        /// Who there is, and when they come.
        population: Population, section;
        /// Days that are not like the others.
        calendar: Calendar, section;
        /// What a client does by itself.
        client: Client, section;
        /// The supernodes and how they are replaced.
        overlay: Overlay, section;
        /// Servers of the operator.
        servers: Servers, section;
        /// What hits the network from outside.
        trigger: Trigger, section;
        /// What the operator does.
        operator: Operator, section;
        /// What is known to have happened.
        observed: Vec<Observed>, tables;
        /// What a run must fulfil.
        expect: Vec<Expect>, tables;
    }
}

/// The longest run, in days.
pub const MAX_DAYS: i64 = 60;

/// The fewest users for which capacities can be cut without losing a part of
/// the network.
pub const MIN_USERS: u64 = 1_000;

impl Run {
    /// Whether an instant lies within the run.
    pub(crate) fn covers(&self, instant: Instant) -> bool {
        (self.start.seconds()..self.end.seconds()).contains(&instant.seconds())
    }
}

impl Scenario {
    /// The length of the run, in ticks of one second.
    pub fn ticks(&self) -> u32 {
        (self.run.end.seconds() - self.run.start.seconds()).clamp(0, MAX_DAYS * 86_400) as u32
    }

    /// The same network, `share` times as large: users and the capacities that
    /// serve them shrink or grow together; what one client or one supernode
    /// can do stays as it is. `share` is above 0; the result may be outside its ranges
    /// and must be checked again.
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
        }
        scenario
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::root::Scenario;

    #[test]
    fn every_declaration_is_sound() {
        assert_eq!(crate::scenario::parameter::faults::<Scenario>(), [""; 0]);
    }
}
