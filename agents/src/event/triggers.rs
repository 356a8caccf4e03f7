//! Triggers: the effects of scheduled events on the network.
//!
//! They change the world and inject messages before any actor acts in a tick. The actions of
//! the operator have no effect before an incident. Units: ticks.

use patchday_core::{Injection, Tick};

use crate::{
    event::{mass_event::MassEvent, schedule::Event},
    network::{
        message::{Kind, Message},
        model::Network,
        world::{Note, World},
    },
    server::{kind::ServerKind, queueing::service_clock::USUAL_SPEED},
};

impl Network {
    /// Executes the events that are due at `now`.
    pub(crate) fn fire_scheduled(
        &self,
        world: &mut World,
        now: Tick,
        injection: &mut Injection<Self>,
    ) {
        while let Some(scheduled) = self
            .event
            .schedule
            .get(world.scheduled)
            .filter(|scheduled| scheduled.at <= now)
        {
            world.scheduled += 1;
            match scheduled.event {
                Event::PublishList => world.directory.draw_list(),
                Event::ReleasePatch => {
                    world.released = Some(now);
                    world.notes.push((now, Note::Released));
                    injection.broadcast(Message::new(Kind::Release, now));
                }
                Event::CheckGauges(incident_below, norm) => {
                    if world.incident.is_none() && world.online() < incident_below {
                        world.incident = Some(now);
                        world.notes.push((now, Note::Incident));
                    }
                    self.follow_playbook(world, norm, now, injection);
                }
                Event::RoutineRequests => self.servers.offline_messages.send_routine(
                    &self.addresses,
                    self.versions.any_fragile(),
                    world,
                    now,
                    injection,
                ),
                Event::ServerTrouble(server, left, number) => {
                    world.set_speed(server, u64::from(left) * 1000, now);
                    if server == ServerKind::GroupVideo && left == 0 {
                        let servers = self.addresses.server(ServerKind::GroupVideo);
                        injection.send(servers, Message::new(Kind::SwitchOff, 0));
                    }
                    world.notes.push((now, Note::Trouble(number)));
                }
                Event::ServerTroubleOver(server, number) => {
                    world.set_speed(server, USUAL_SPEED, now);
                    world.notes.push((now, Note::TroubleOver(number)));
                }
                Event::Hit(number) => {
                    let mass_event = &self.event.mass_events[usize::from(number)];
                    world.notes.push((now, mass_event.note));
                    self.update_cuts(world, mass_event, true);
                    injection.broadcast(Message::new(Kind::MassEvent, number.into()));
                }
                Event::HitOver(number) => {
                    world.notes.push((now, Note::Over(number)));
                    self.update_cuts(world, &self.event.mass_events[usize::from(number)], false);
                }
                Event::FloodLogins(count) => {
                    for place in 0..self.addresses.login_servers() {
                        let server = self.addresses.login_server(place);
                        injection.send(server, Message::new(Kind::Flood, count));
                    }
                }
                Event::FloodChance(chance) => world.flooded = chance,
                Event::Traffic(factor) => world.traffic = factor,
                Event::AddNote(note) => world.notes.push((now, note)),
                Event::LoseSupernodes(number) => {
                    world.notes.push((now, Note::Loss(number)));
                    for supernode in world.directory.live() {
                        injection.send(*supernode, Message::new(Kind::Loss, number.into()));
                    }
                }
                // The operator does not act before an incident.
                Event::StartAttempt(_) | Event::AddMachines(..) | Event::RestartOverlay
                    if world.incident.is_none() => {}
                Event::StartAttempt(number) => world.notes.push((now, Note::Forced(number))),
                Event::AddMachines(first, end) => {
                    for machine in first..end {
                        injection.send(
                            self.addresses.machine(machine),
                            Message::new(Kind::Activate, 0),
                        );
                    }
                    world.forced += end - first;
                }
                Event::RestartOverlay => {
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

    /// Updates which regions are cut off, when a mass event starts or ends.
    fn update_cuts(&self, world: &mut World, mass_event: &MassEvent, starts: bool) {
        if !mass_event.cuts_off {
            return;
        }
        for (cuts, hit) in world.cut.iter_mut().zip(&mass_event.regions) {
            if *hit {
                *cuts = if starts { *cuts + 1 } else { *cuts - 1 };
            }
        }
        world.cut_regions = world.cut.iter().map(|cuts| u32::from(*cuts)).sum();
    }
}
