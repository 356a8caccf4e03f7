//! The scenario: all parameters of the model.
//!
//! A section is a table of the scenario file. Its declaration gives the form, range, default
//! and source of each key; the reader, the schema, the error texts and the reference are
//! derived from it. A source is the number of a fact about 2007 or 2010, or the word *assumed*
//! (`ODD.md` lists the assumptions). Units: rates are for the whole network unless a key says
//! otherwise.

use patchday_core::{MAX_DELAY, Tick};

use crate::{
    client::section::Client,
    event::section::Trigger,
    operator::section::Operator,
    overlay::section::Overlay,
    population::{holidays::Calendar, section::Population},
    scenario::{
        expect::Expect,
        observed::Observed,
        own_figure::OwnFigure,
        quantity::{
            instant::Instant,
            run_clock::{RunClock, TickLength},
            span::Span,
        },
    },
    section,
    server::section::Servers,
    service::section::{RequestSource, ServiceSection},
};

section! {
    /// The run: its title, its time and its seed.
    pub struct Run {
        /// The title of the scenario.
        title: String, required, source "given";
        /// The instant at which the run starts.
        start: Instant, required, source "given";
        /// The instant at which the run ends, at most 60 days and 8,323,072 ticks after the start.
        end: Instant, required, source "given";
        /// The length of a tick, the least time between a message and its answer; it divides a second:
        /// 1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 100, 125, 200, 250 or 500 ms, or 1 s. If not set, a
        /// second. Times that are not a whole number of ticks are rounded up.
        tick: Option<Span>, optional, in "1ms"..="1s", source "given";
        /// The seed of all random draws, unless the command line gives another.
        seed: u64 = 2007, source "given";
        /// The time between two rows of the series.
        sample: Span = "1m", in "1ms"..="1d", source "given";
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
        /// Services: servers that answer requests and call each other.
        service: Vec<ServiceSection>, tables;
        /// Sources of requests to services that are no users.
        source: Vec<RequestSource>, tables;
        /// Events that affect the network from outside.
        trigger: Trigger, section;
        /// The operator and its actions.
        operator: Operator, section;
        /// Observations of the real outage.
        observed: Vec<Observed>, tables;
        /// Figures of one's own, computed from the series.
        figure: Vec<OwnFigure>, tables;
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
    /// Returns the start of the run and the length of its ticks. A length that no scenario without
    /// errors has is a second.
    pub fn clock(&self) -> RunClock {
        let tick = self.tick.and_then(TickLength::new).unwrap_or_default();
        RunClock {
            start: self.start,
            tick,
        }
    }

    /// Returns whether an instant is within the run.
    pub(crate) fn covers(&self, instant: Instant) -> bool {
        (self.start..self.end).contains(&instant)
    }
}

impl Scenario {
    /// Returns the length of the run in ticks.
    pub fn ticks(&self) -> Tick {
        let clock = self.run.clock();
        let most = (MAX_DAYS * i64::from(clock.tick.day())).min(MAX_DELAY.into());
        clock.ticks_until(self.run.end).clamp(0, most) as Tick
    }

    /// Returns the length of a tick.
    pub fn tick(&self) -> TickLength {
        self.run.clock().tick
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
