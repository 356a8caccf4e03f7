//! The schedule: what comes from outside, in order of time.
//!
//! Exogenous by the scenario: the hourly lists, the release of the patch, what
//! the operator does and when. The operator's hours are given; but it acts only
//! once it has seen an incident, so a network that stays calm is left alone.

use patchday_core::{Injection, Model, Tick};

use crate::{
    letter::{Kind, Letter},
    network::Network,
    rhythm::Rhythm,
    scenario::Scenario,
    world::World,
};

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entry {
    /// Clients' lists of supernodes are drawn up anew.
    DrawList,
    /// The patch is released.
    Release,
    /// The operator looks whether fewer users than this are online.
    Watch(u64),
    /// The operator brings its machines in service up to this number.
    Force(u32),
    /// The operator restarts the overlay.
    Restart,
}

/// The operator adds machines in steps of this many ticks.
const FORCE_STEP: Tick = 60;

/// All entries of a scenario, ascending in time.
pub(crate) fn schedule(scenario: &Scenario, rhythm: &Rhythm) -> Vec<(Tick, Entry)> {
    let start = scenario.run.start.seconds();
    let end = scenario.ticks();
    let tick = |instant: crate::quantity::Instant| {
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
        (tick, Entry::Watch((rhythm.norm(tick) * below).round() as u64))
    }));
    let force = &scenario.operator.force_supernodes;
    if let Some(begin) = force.at.and_then(tick) {
        let mut at = begin;
        let mut done = 0;
        while done < force.count && at < end {
            let hours = f64::from(at - begin + FORCE_STEP);
            let due = ((force.rate.per_second() * hours) as u64).min(force.count);
            if due > done {
                done = due;
                entries.push((at, Entry::Force(done as u32)));
            }
            at += FORCE_STEP;
        }
    }
    let restart = &scenario.operator.restart_overlay;
    entries.extend(restart.at.and_then(tick).map(|tick| (tick, Entry::Restart)));
    entries.sort_unstable();
    entries
}

impl Network {
    /// Do what is due at `now`.
    pub(crate) fn follow_schedule(
        &self,
        world: &mut World,
        now: Tick,
        injection: &mut Injection<Self>,
    ) where
        Self: Model,
    {
        while let Some((_, entry)) = self
            .schedule
            .get(world.scheduled)
            .filter(|(tick, _)| *tick <= now)
        {
            world.scheduled += 1;
            match *entry {
                Entry::DrawList => world.directory.draw_list(),
                Entry::Release => {
                    world.released = Some(now);
                    injection.broadcast(Letter::new(Kind::Release, now));
                }
                Entry::Watch(least) => {
                    if world.incident.is_none() && world.online() < least {
                        world.incident = Some(now);
                    }
                }
                // Without an incident the operator leaves the network alone.
                Entry::Force(_) | Entry::Restart if world.incident.is_none() => {}
                Entry::Force(number) => {
                    for machine in world.forced..number {
                        injection
                            .post(self.places.machine(machine), Letter::new(Kind::Activate, 0));
                    }
                    world.forced = world.forced.max(number);
                }
                Entry::Restart => {
                    if self.retune {
                        world.flaw = false;
                    }
                    for supernode in world.directory.live() {
                        injection.post(*supernode, Letter::new(Kind::Reset, self.restart_within));
                    }
                }
            }
        }
    }
}
