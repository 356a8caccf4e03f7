//! Triggers: what the entries of the schedule do to the network when they are due.
//!
//! They act on the world and inject messages before any actor acts in a tick. The operator's
//! entries have no effect before there is an incident. Units: ticks.

use patchday_core::{Injection, Tick};

use crate::{
    event::{mass_event::MassEvent, schedule::Entry},
    network::{
        message::{Kind, Message},
        model::Network,
        world::{Note, World},
    },
    server::kind::ServerKind,
};

impl Network {
    /// Do what is due at `now`.
    pub(crate) fn follow_schedule(
        &self,
        world: &mut World,
        now: Tick,
        injection: &mut Injection<Self>,
    ) {
        while let Some((_, entry)) = self
            .event
            .schedule
            .get(world.scheduled)
            .filter(|(tick, _)| *tick <= now)
        {
            world.scheduled += 1;
            match *entry {
                Entry::DrawList => world.directory.draw_list(),
                Entry::Release => {
                    world.released = Some(now);
                    world.notes.push((now, Note::Released));
                    injection.broadcast(Message::new(Kind::Release, now));
                }
                Entry::Watch(least, norm) => {
                    if world.incident.is_none() && world.online() < least {
                        world.incident = Some(now);
                        world.notes.push((now, Note::Incident));
                    }
                    self.follow_playbook(world, norm, now, injection);
                }
                Entry::Routine => self.servers.offline_messages.send_routine(
                    &self.addresses,
                    self.versions.any_fragile(),
                    world,
                    now,
                    injection,
                ),
                Entry::Trouble(server, left, number) => {
                    world.speeds[server as usize] = left;
                    if server == ServerKind::GroupVideo && left == 0 {
                        let servers = self.addresses.server(ServerKind::GroupVideo);
                        injection.send(servers, Message::new(Kind::SwitchOff, 0));
                    }
                    world.notes.push((now, Note::Trouble(number)));
                }
                Entry::TroubleOver(server, number) => {
                    world.speeds[server as usize] = 1000;
                    world.notes.push((now, Note::TroubleOver(number)));
                }
                Entry::MassEvent(number) => {
                    let mass_event = &self.event.mass_events[usize::from(number)];
                    world.notes.push((now, mass_event.note));
                    self.cut(world, mass_event, true);
                    injection.broadcast(Message::new(Kind::MassEvent, number.into()));
                }
                Entry::MassEventOver(number) => {
                    world.notes.push((now, Note::Over(number)));
                    self.cut(world, &self.event.mass_events[usize::from(number)], false);
                }
                Entry::Flood(count) => {
                    for place in 0..self.addresses.login_servers() {
                        let server = self.addresses.login_server(place);
                        injection.send(server, Message::new(Kind::Flood, count));
                    }
                }
                Entry::FloodChance(chance) => world.flooded = chance,
                Entry::Traffic(factor) => world.traffic = factor,
                Entry::Tell(note) => world.notes.push((now, note)),
                Entry::Loss(number) => {
                    world.notes.push((now, Note::Loss(number)));
                    for supernode in world.directory.live() {
                        injection.send(*supernode, Message::new(Kind::Loss, number.into()));
                    }
                }
                // Without an incident the operator leaves the network alone.
                Entry::Attempt(_) | Entry::Force(..) | Entry::Restart
                    if world.incident.is_none() => {}
                Entry::Attempt(number) => world.notes.push((now, Note::Forced(number))),
                Entry::Force(first, end) => {
                    for machine in first..end {
                        injection.send(
                            self.addresses.machine(machine),
                            Message::new(Kind::Activate, 0),
                        );
                    }
                    world.forced += end - first;
                }
                Entry::Restart => {
                    world.notes.push((now, Note::Restarted));
                    if self.operator.retune {
                        world.flaw = false;
                    }
                    for supernode in world.directory.live() {
                        injection.send(
                            *supernode,
                            Message::new(Kind::Reset, self.operator.restart_within),
                        );
                    }
                }
            }
        }
    }

    /// The regions of a mass_event are cut off from now on, or no longer.
    fn cut(&self, world: &mut World, mass_event: &MassEvent, begins: bool) {
        if !mass_event.cuts {
            return;
        }
        for (cuts, hit) in world.cut.iter_mut().zip(&mass_event.regions) {
            if *hit {
                *cuts = if begins { *cuts + 1 } else { *cuts - 1 };
            }
        }
        world.cut_regions = world.cut.iter().map(|cuts| u32::from(*cuts)).sum();
    }
}
