//! The schedule: the events of a scenario that affect the network from outside, in order of
//! time.
//!
//! It also holds events at fixed times that are not triggers: the publication of supernode
//! lists, the routine requests to the offline-message servers, and the actions of the operator
//! at given hours. The operator acts only after an incident, so these have no effect in a calm
//! network. Units: ticks.

use patchday_core::{Chance, Tick};

use crate::{
    event::mass_event::MassEvent,
    network::world::Note,
    population::activity::Activity,
    scenario::{quantity::instant::Instant, root::Scenario},
    server::{kind::ServerKind, offline_messages::ROUTINE_EVERY},
};

/// What happens. The order of the variants is the order of events at the same tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// A new list of supernodes is published to the clients.
    PublishList,
    /// The patch is released.
    ReleasePatch,
    /// The operator checks the gauges. An incident starts if fewer users than the first number
    /// are online; the second number is the norm.
    CheckGauges(u64, u64),
    /// The offline-message servers receive a batch of routine requests.
    RoutineRequests,
    /// The rate of these servers becomes this many thousandths of the usual rate; the last
    /// number is the index of the trigger.
    ServerTrouble(ServerKind, u32, u16),
    /// The trouble with this index is over.
    ServerTroubleOver(ServerKind, u16),
    /// The mass event with this index starts.
    Hit(u16),
    /// The mass event with this index is over.
    HitOver(u16),
    /// This many logins of an attacker arrive at each server.
    FloodLogins(u32),
    /// A flood starts or ends: the probability that a user's login is served.
    FloodChance(Chance),
    /// The requests to the offline-message servers become this many thousandths of the usual
    /// number.
    Traffic(u32),
    /// A note for the timeline.
    AddNote(Note),
    /// The loss of supernodes with this index.
    LoseSupernodes(u16),
    /// The attempt to add supernodes with this index starts.
    StartAttempt(u16),
    /// The operator adds its machines from the first number to before the second.
    AddMachines(u32, u32),
    /// The operator restarts the overlay.
    RestartOverlay,
}

/// An event and the tick at which it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ScheduledEvent {
    pub(crate) at: Tick,
    pub(crate) event: Event,
}

/// The operator adds machines in steps of this many ticks.
const FORCE_STEP: Tick = 60;

/// Returns all events of a scenario, in ascending order of time. An event that would start
/// outside the run does not happen, so it does not end in the run either.
pub(crate) fn schedule(scenario: &Scenario, activity: &Activity) -> Vec<ScheduledEvent> {
    let mut schedule = Builder {
        scenario,
        start: scenario.run.start.seconds(),
        end: scenario.ticks(),
        events: Vec::new(),
    };
    schedule.add_periodic(activity);
    schedule.add_patch_day();
    schedule.add_server_troubles();
    schedule.add_mass_events();
    schedule.add_login_floods();
    schedule.add_traffic_peaks();
    schedule.add_operator();
    schedule.events.sort_unstable();
    schedule.events
}

/// A schedule to which events are added in any order.
struct Builder<'a> {
    scenario: &'a Scenario,
    /// Unix seconds of tick 0.
    start: i64,
    /// The tick after the last one.
    end: Tick,
    events: Vec<ScheduledEvent>,
}

impl Builder<'_> {
    fn add(&mut self, at: Tick, event: Event) {
        self.events.push(ScheduledEvent { at, event });
    }

    /// Adds an event, if `at` is in the run.
    fn add_if_in_run(&mut self, at: Option<Tick>, event: Event) {
        if let Some(at) = at {
            self.add(at, event);
        }
    }

    /// Returns a tick, if it is in the run.
    fn in_run(&self, tick: i64) -> Option<Tick> {
        Tick::try_from(tick).ok().filter(|tick| *tick < self.end)
    }

    /// Returns the tick of an instant, if it is in the run.
    fn tick(&self, instant: Instant) -> Option<Tick> {
        self.in_run(instant.seconds() - self.start)
    }

    fn add_periodic(&mut self, activity: &Activity) {
        let end = self.end;
        // At tick 2 the supernodes of the start are in the directory.
        let every = self.scenario.overlay.core.list_every.seconds();
        for at in (0..)
            .map(|hour| 2 + hour * every)
            .take_while(|at| *at < end)
        {
            self.add(at, Event::PublishList);
        }
        let below = self.scenario.operator.incident_below.get();
        let every = self.scenario.operator.watch_every.seconds();
        for at in (1..).map(|round| round * every).take_while(|at| *at < end) {
            // The norm is a float; it is rounded once, here, because decisions use integers.
            let norm = activity.norm(at);
            let incident_below = (norm * below).round() as u64;
            self.add(at, Event::CheckGauges(incident_below, norm.round() as u64));
        }
        if self.scenario.servers.offline_messages.on {
            let rounds = (1..).map(|round| round * ROUTINE_EVERY);
            for at in rounds.take_while(|at| *at < end) {
                self.add(at, Event::RoutineRequests);
            }
        }
    }

    fn add_patch_day(&mut self) {
        let patch = &self.scenario.trigger.patch_day;
        if patch.share.get() > 0.0 {
            let release = patch.release.and_then(|release| self.tick(release));
            self.add_if_in_run(release, Event::ReleasePatch);
        }
    }

    fn add_server_troubles(&mut self) {
        for (index, trouble) in self.scenario.trigger.server.iter().enumerate() {
            let index = index as u16;
            let thousandths = (trouble.factor * 1000.0).round() as u32;
            let Some(start) = self.tick(trouble.at) else {
                continue;
            };
            self.add(
                start,
                Event::ServerTrouble(trouble.server, thousandths, index),
            );
            let over = self.tick(trouble.at.after(trouble.lasts));
            self.add_if_in_run(over, Event::ServerTroubleOver(trouble.server, index));
        }
        for (index, loss) in self.scenario.trigger.supernode_loss.iter().enumerate() {
            self.add_if_in_run(self.tick(loss.at), Event::LoseSupernodes(index as u16));
        }
    }

    fn add_mass_events(&mut self) {
        for (index, mass_event) in MassEvent::all(self.scenario).iter().enumerate() {
            let index = index as u16;
            let Some(start) = self.in_run(mass_event.at) else {
                continue;
            };
            self.add(start, Event::Hit(index));
            let over = mass_event.over.and_then(|over| self.in_run(over));
            self.add_if_in_run(over, Event::HitOver(index));
        }
    }

    fn add_login_floods(&mut self) {
        let login = &self.scenario.servers.login;
        for (index, flood) in self.scenario.trigger.login_flood.iter().enumerate() {
            let Some(start) = self.tick(flood.at) else {
                continue;
            };
            self.add(start, Event::AddNote(Note::Flood(index as u16)));
            // The servers cannot distinguish users from the attacker, so chance decides which
            // of their logins is served.
            let capacity = login.rate.per_second();
            let chance = Chance::new(capacity / flood.rate.per_second().max(capacity));
            self.add(start, Event::FloodChance(chance));
            let over = self.tick(flood.at.after(flood.lasts));
            self.add_if_in_run(over, Event::FloodChance(Chance::ALWAYS));
            let each = flood.rate.per_second() / f64::from(login.servers);
            let until = |ticks: u32| (each * f64::from(ticks)).round() as u32;
            for tick in 0..flood.lasts.seconds().min(self.end - start) {
                let logins = until(tick + 1) - until(tick);
                self.add(start + tick, Event::FloodLogins(logins));
            }
        }
    }

    fn add_traffic_peaks(&mut self) {
        for (index, peak) in self.scenario.trigger.traffic_peak.iter().enumerate() {
            let thousandths = (peak.factor * 1000.0).round() as u32;
            let Some(start) = self.tick(peak.at) else {
                continue;
            };
            self.add(start, Event::AddNote(Note::Peak(index as u16)));
            self.add(start, Event::Traffic(thousandths));
            let over = self.tick(peak.at.after(peak.lasts));
            self.add_if_in_run(over, Event::Traffic(1000));
        }
    }

    fn add_operator(&mut self) {
        let operator = &self.scenario.operator;
        let mut first_machine = 0;
        for (index, attempt) in operator.force_supernodes.iter().enumerate() {
            let start = self.tick(attempt.at);
            if attempt.count > 0 {
                self.add_if_in_run(start, Event::StartAttempt(index as u16));
            }
            let steps = start.map_or(0..0, |start| start..self.end);
            let mut added = 0;
            for (step, at) in steps.step_by(FORCE_STEP as usize).enumerate() {
                let seconds = (step as u64 + 1) as f64 * f64::from(FORCE_STEP);
                let due = ((attempt.rate.per_second() * seconds) as u64).min(attempt.count);
                if due > added {
                    let (from, to) = (first_machine + added as u32, first_machine + due as u32);
                    self.add(at, Event::AddMachines(from, to));
                    added = due;
                }
            }
            first_machine += attempt.count as u32;
        }
        let restart = operator.restart_overlay.at.and_then(|at| self.tick(at));
        self.add_if_in_run(restart, Event::RestartOverlay);
    }
}
