//! The schedule: what comes from outside, in order of time.
//!
//! Exogenous by the scenario: the hourly lists, the release of the patch, what
//! the operator does and when. The operator's hours are given; but it acts only
//! once it has seen an incident, so a network that stays calm is left alone.

use patchday_core::{Chance, Tick};

use crate::{
    event::mass_event::MassEvent,
    network::world::Note,
    population::activity::Activity,
    scenario::root::Scenario,
    server::{kind::ServerKind, offline_messages::ROUTINE_EVERY},
};

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entry {
    /// Clients' lists of supernodes are drawn up anew.
    DrawList,
    /// The patch is released.
    Release,
    /// The operator looks whether fewer users than the first are online; the second is
    /// the norm.
    Watch(u64, u64),
    /// The offline-message servers take a batch of routine requests.
    Routine,
    /// What is left of the rate of these servers, in thousandths, because of the
    /// trouble with this number.
    Trouble(ServerKind, u32, u16),
    /// The trouble with this number is over.
    TroubleOver(ServerKind, u16),
    /// The mass_event with this number.
    MassEvent(u16),
    /// It is over.
    MassEventOver(u16),
    /// So many log-ins of an attacker, at every server.
    Flood(u32),
    /// A flood begins or ends: the chance of a log-in among those of the attacker.
    FloodChance(Chance),
    /// What is asked of the offline-message servers, in thousandths of the usual.
    Traffic(u32),
    /// Something for the timeline.
    Tell(Note),
    /// Supernodes vanish: the loss with this number.
    Loss(u16),
    /// An attempt to add supernodes by force begins.
    Attempt(u16),
    /// The operator puts its machines with these numbers into service.
    Force(u32, u32),
    /// The operator restarts the overlay.
    Restart,
}

/// The operator adds machines in steps of this many ticks.
const FORCE_STEP: Tick = 60;

/// All entries of a scenario, ascending in time. What would begin outside the run does
/// not happen, so it does not end either.
pub(crate) fn schedule(scenario: &Scenario, activity: &Activity) -> Vec<(Tick, Entry)> {
    let start = scenario.run.start.seconds();
    let end = scenario.ticks();
    let tick = |instant: crate::scenario::quantity::instant::Instant| {
        Tick::try_from(instant.seconds() - start)
            .ok()
            .filter(|tick| *tick < end)
    };
    let mut entries = Vec::new();
    // The first list is drawn up when the supernodes of the start have enlisted.
    let every = scenario.overlay.core.list_every.seconds();
    entries.extend(
        (0..)
            .map(|hour| 2 + hour * every)
            .take_while(|t| *t < end)
            .map(|t| (t, Entry::DrawList)),
    );
    let patch = &scenario.trigger.patch_day;
    if patch.share.get() > 0.0 {
        entries.extend(
            patch
                .release
                .and_then(tick)
                .map(|tick| (tick, Entry::Release)),
        );
    }
    let below = scenario.operator.incident_below.get();
    let watches = (1..).map(|round| round * scenario.operator.watch_every.seconds());
    // The norm is a float; rounded here, once, it decides as an integer.
    entries.extend(watches.take_while(|tick| *tick < end).map(|tick| {
        let norm = activity.norm(tick);
        let least = (norm * below).round() as u64;
        (tick, Entry::Watch(least, norm.round() as u64))
    }));
    if scenario.servers.offline_messages.on {
        let routine = (1..).map(|round| round * ROUTINE_EVERY);
        entries.extend(
            routine
                .take_while(|t| *t < end)
                .map(|t| (t, Entry::Routine)),
        );
    }
    for (number, trouble) in scenario.trigger.server.iter().enumerate() {
        let number = number as u16;
        let left = (trouble.factor * 1000.0).round() as u32;
        let Some(begin) = tick(trouble.at) else {
            continue;
        };
        entries.push((begin, Entry::Trouble(trouble.server, left, number)));
        let over = tick(trouble.at.after(trouble.lasts));
        entries.extend(over.map(|at| (at, Entry::TroubleOver(trouble.server, number))));
    }
    for (number, loss) in scenario.trigger.supernode_loss.iter().enumerate() {
        entries.extend(tick(loss.at).map(|at| (at, Entry::Loss(number as u16))));
    }
    for (number, mass_event) in MassEvent::all(scenario).iter().enumerate() {
        let within = |at: i64| Tick::try_from(at).ok().filter(|tick| *tick < end);
        let number = number as u16;
        let Some(begin) = within(mass_event.at) else {
            continue;
        };
        entries.push((begin, Entry::MassEvent(number)));
        let over = mass_event.over.and_then(within);
        entries.extend(over.map(|at| (at, Entry::MassEventOver(number))));
    }
    for (number, flood) in scenario.trigger.login_flood.iter().enumerate() {
        let Some(begin) = tick(flood.at) else {
            continue;
        };
        entries.push((begin, Entry::Tell(Note::Flood(number as u16))));
        let each = flood.rate.per_second() / f64::from(scenario.servers.login.servers);
        let until = |ticks: u32| (each * f64::from(ticks)).round() as u32;
        // The servers cannot tell a user from the attacker: who gets one of their places
        // is chance.
        let places = scenario.servers.login.rate.per_second();
        let chance = Chance::new(places / flood.rate.per_second().max(places));
        entries.push((begin, Entry::FloodChance(chance)));
        let over = tick(flood.at.after(flood.lasts));
        entries.extend(over.map(|at| (at, Entry::FloodChance(Chance::ALWAYS))));
        let ticks = 0..flood.lasts.seconds().min(end - begin);
        entries.extend(ticks.map(|t| (begin + t, Entry::Flood(until(t + 1) - until(t)))));
    }
    for (number, peak) in scenario.trigger.traffic_peak.iter().enumerate() {
        let factor = (peak.factor * 1000.0).round() as u32;
        let Some(begin) = tick(peak.at) else {
            continue;
        };
        entries.push((begin, Entry::Tell(Note::Peak(number as u16))));
        entries.push((begin, Entry::Traffic(factor)));
        let over = tick(peak.at.after(peak.lasts));
        entries.extend(over.map(|at| (at, Entry::Traffic(1000))));
    }
    let mut number = 0;
    for (place, attempt) in scenario.operator.force_supernodes.iter().enumerate() {
        if attempt.count > 0 {
            entries.extend(tick(attempt.at).map(|at| (at, Entry::Attempt(place as u16))));
        }
        let steps = tick(attempt.at)
            .map_or(0..0, |begin| begin..end)
            .step_by(FORCE_STEP as usize);
        let mut done = 0;
        for (step, at) in steps.enumerate() {
            let seconds = (step as u64 + 1) as f64 * f64::from(FORCE_STEP);
            let due = ((attempt.rate.per_second() * seconds) as u64).min(attempt.count);
            if due > done {
                entries.push((at, Entry::Force(number + done as u32, number + due as u32)));
                done = due;
            }
        }
        number += attempt.count as u32;
    }
    let restart = &scenario.operator.restart_overlay;
    entries.extend(restart.at.and_then(tick).map(|tick| (tick, Entry::Restart)));
    entries.sort_unstable();
    entries
}
