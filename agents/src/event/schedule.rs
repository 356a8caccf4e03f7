//! The schedule: the events of a scenario that affect the network from outside, in order of
//! time.
//!
//! It also holds events at fixed times that are not triggers: the attempts of the operator to add
//! supernodes and the restart of the overlay. Events that repeat are computed from the tick (see
//! [`crate::event::periodic`]) and take no memory. Units: ticks.

use patchday_core::Tick;

use crate::{
    event::{effects::Effects, mass_event::MassEvent},
    scenario::{
        quantity::{instant::Instant, run_clock::RunClock},
        root::Scenario,
    },
    service::{
        control::{deeds::DeedParams, faults::FaultParams},
        params::FleetParams,
    },
};

/// What happens. The order of the variants is the order of events at the same tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// A new list of supernodes is published to the clients.
    PublishList,
    /// The patch is released.
    ReleasePatch,
    /// The operator checks the gauges.
    CheckGauges,
    /// The offline-message servers receive a batch of routine requests.
    RoutineRequests,
    /// The trouble of servers with this index is over.
    TroubleOver(u16),
    /// The trouble of servers with this index starts.
    Trouble(u16),
    /// The mass event with this index is over.
    HitOver(u16),
    /// The mass event with this index starts.
    Hit(u16),
    /// The flood with this index starts.
    Flood(u16),
    /// A flood is over.
    FloodOver,
    /// The traffic peak with this index starts.
    Peak(u16),
    /// A traffic peak is over.
    PeakOver,
    /// The loss of supernodes with this index.
    LoseSupernodes(u16),
    /// The attempt to add supernodes with this index starts.
    StartAttempt(u16),
    /// The operator adds its machines from the first number to before the second, in an attempt that
    /// started at the last one.
    AddMachines(u32, u32, Tick),
    /// The operator restarts the overlay.
    RestartOverlay,
    /// The fault of a service with this index is over.
    FaultOver(u16),
    /// The fault of a service with this index starts.
    Fault(u16),
    /// The deed of the operator with this index is over.
    DeedOver(u16),
    /// The deed of the operator with this index begins.
    Deed(u16),
}

/// An event and the tick at which it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ScheduledEvent {
    pub(crate) at: Tick,
    pub(crate) event: Event,
}

/// The operator adds machines in steps of this many seconds.
const FORCE_STEP: u32 = 60;

/// Returns the events of a scenario that do not repeat, in ascending order of time. Events outside the
/// run do not happen; an effect or a mass event that began before the start of the run and lasts into it
/// begins at the start.
pub(crate) fn schedule(
    scenario: &Scenario,
    effects: &Effects,
    mass_events: &[MassEvent],
    fleet: &FleetParams,
) -> Vec<ScheduledEvent> {
    let mut schedule = Builder {
        scenario,
        clock: scenario.run.clock(),
        end: scenario.ticks(),
        events: Vec::new(),
    };
    schedule.add_patch_day();
    schedule.add_effects(effects);
    schedule.add_mass_events(mass_events);
    schedule.add_losses();
    schedule.add_operator();
    schedule.add_faults(&fleet.faults);
    schedule.add_deeds(&fleet.deeds);
    schedule.events.sort_unstable();
    schedule.events
}

/// A schedule to which events are added in any order.
struct Builder<'a> {
    scenario: &'a Scenario,
    clock: RunClock,
    /// The tick after the last one.
    end: Tick,
    events: Vec<ScheduledEvent>,
}

impl Builder<'_> {
    /// Adds an event, if `at` is before the end of the run.
    fn add(&mut self, at: Tick, event: Event) {
        if at < self.end {
            self.events.push(ScheduledEvent { at, event });
        }
    }

    /// Returns the tick of an instant, if it is in the run.
    fn tick(&self, instant: Instant) -> Option<Tick> {
        let tick = Tick::try_from(self.clock.ticks_until(instant)).ok();
        tick.filter(|tick| *tick < self.end)
    }

    fn add_patch_day(&mut self) {
        let patch = &self.scenario.trigger.patch_day;
        let release = patch.release.filter(|_| patch.share.get() > 0.0);
        if let Some(at) = release.and_then(|release| self.tick(release)) {
            self.add(at, Event::ReleasePatch);
        }
    }

    fn add_effects(&mut self, effects: &Effects) {
        for (_, trouble) in &effects.troubles {
            self.add(trouble.period.from, Event::Trouble(trouble.index));
            self.add(trouble.period.until, Event::TroubleOver(trouble.index));
        }
        for flood in &effects.floods {
            self.add(flood.period.from, Event::Flood(flood.index));
            self.add(flood.period.until, Event::FloodOver);
        }
        for peak in &effects.peaks {
            self.add(peak.period.from, Event::Peak(peak.index));
            self.add(peak.period.until, Event::PeakOver);
        }
    }

    fn add_mass_events(&mut self, mass_events: &[MassEvent]) {
        for (index, mass_event) in mass_events.iter().enumerate() {
            let index = index as u16;
            let Some(begins) = mass_event.begins() else {
                continue;
            };
            self.add(begins, Event::Hit(index));
            if let Some(over) = mass_event.over_after(begins) {
                self.add(over, Event::HitOver(index));
            }
        }
    }

    fn add_losses(&mut self) {
        for (index, loss) in self.scenario.trigger.supernode_loss.iter().enumerate() {
            if let Some(at) = self.tick(loss.at) {
                self.add(at, Event::LoseSupernodes(index as u16));
            }
        }
    }

    fn add_faults(&mut self, faults: &[FaultParams]) {
        for fault in faults {
            self.add(fault.period.from, Event::Fault(fault.index));
            self.add(fault.period.until, Event::FaultOver(fault.index));
        }
    }

    fn add_deeds(&mut self, deeds: &[DeedParams]) {
        for deed in deeds {
            for period in &deed.periods {
                self.add(period.from, Event::Deed(deed.index));
                if deed.ends {
                    self.add(period.until, Event::DeedOver(deed.index));
                }
            }
        }
    }

    fn add_operator(&mut self) {
        let operator = &self.scenario.operator;
        let mut first_machine = 0;
        for (index, attempt) in operator.force_supernodes.iter().enumerate() {
            let start = self.tick(attempt.at).filter(|_| attempt.count > 0);
            if let Some(start) = start {
                self.add(start, Event::StartAttempt(index as u16));
                let mut added = 0;
                let step = self.clock.tick.seconds(FORCE_STEP) as usize;
                let steps = (start..self.end).step_by(step);
                for (step, at) in steps.enumerate() {
                    if added == attempt.count {
                        break;
                    }
                    let seconds = (step as u64 + 1) as f64 * f64::from(FORCE_STEP);
                    let due = ((attempt.rate.per_second() * seconds) as u64).min(attempt.count);
                    if due > added {
                        let (from, to) = (first_machine + added as u32, first_machine + due as u32);
                        self.events.push(ScheduledEvent {
                            at,
                            event: Event::AddMachines(from, to, start),
                        });
                        added = due;
                    }
                }
            }
            first_machine += attempt.count as u32;
        }
        if let Some(at) = operator.restart_overlay.at.and_then(|at| self.tick(at)) {
            self.add(at, Event::RestartOverlay);
        }
    }
}
