//! Triggers: the effects of scheduled events on the network.
//!
//! They change the world and inject messages before any actor acts in a tick. What several effects
//! determine together is computed from all that are in force whenever one of them begins or ends.
//! Attempts of the operator to add supernodes and the restart of the overlay have no effect before an
//! incident. Units: ticks.

use patchday_core::{Injection, Tick};

use crate::{
    event::{mass_event::MassEvent, schedule::Event},
    network::{
        message::{Kind, Message},
        model::Network,
        world::{Note, World},
    },
    server::kind::ServerKind,
};

impl Network {
    /// Returns the next tick from `now` on at which an event happens.
    pub(crate) fn next_event(&self, world: &World, now: Tick) -> Option<Tick> {
        let flooded = (world.flood.rate() > 0).then_some(now);
        let event = self.event.next(world.scheduled, now);
        let automation = self.next_automation(world, now);
        [flooded, event, automation].into_iter().flatten().min()
    }

    /// Executes the events that are due at `now`.
    pub(crate) fn fire_scheduled(
        &self,
        world: &mut World,
        now: Tick,
        injection: &mut Injection<Self>,
    ) {
        for event in self.event.take(&mut world.scheduled, now) {
            self.fire_event(event, world, now, injection);
        }
        self.send_flood(world, injection);
        self.run_automation(world, now);
    }

    fn fire_event(
        &self,
        event: Event,
        world: &mut World,
        now: Tick,
        injection: &mut Injection<Self>,
    ) {
        match event {
            Event::PublishList => world.directory.draw_list(),
            Event::ReleasePatch => {
                world.released = Some(now);
                world.notes.push((now, Note::Released));
                injection.broadcast(Message::new(Kind::Release, now));
            }
            Event::CheckGauges => self.check_gauges(world, now, injection),
            Event::RoutineRequests => self.servers.offline_messages.send_routine(
                &self.addresses,
                self.versions.any_fragile(),
                world,
                now,
                injection,
            ),
            Event::Trouble(number) => {
                world.notes.push((now, Note::Trouble(number)));
                self.change_trouble(number, world, now, injection);
            }
            Event::TroubleOver(number) => {
                world.notes.push((now, Note::TroubleOver(number)));
                self.change_trouble(number, world, now, injection);
            }
            Event::Hit(number) => {
                let note = self.event.mass_events[usize::from(number)].note;
                world.notes.push((now, note));
                self.update_cuts(world, now);
                injection.broadcast(Message::new(Kind::MassEvent, number.into()));
            }
            Event::HitOver(number) => {
                world.notes.push((now, Note::Over(number)));
                self.update_cuts(world, now);
            }
            Event::Flood(number) => {
                world.notes.push((now, Note::Flood(number)));
                self.update_flood(world, now);
            }
            Event::FloodOver => self.update_flood(world, now),
            Event::Peak(number) => {
                world.notes.push((now, Note::Peak(number)));
                world.traffic = self.event.effects.traffic(now);
            }
            Event::PeakOver => world.traffic = self.event.effects.traffic(now),
            Event::LoseSupernodes(number) => {
                world.notes.push((now, Note::Loss(number)));
                for supernode in world.directory.live() {
                    injection.send(*supernode, Message::new(Kind::Loss, number.into()));
                }
            }
            Event::StartAttempt(number) => {
                let begins = world.incident.is_some();
                let note = if begins {
                    Note::Forced(number)
                } else {
                    Note::NotForced(number)
                };
                world.notes.push((now, note));
            }
            Event::AddMachines(first, end, start) => {
                // An attempt that started before the incident was noticed does not take place.
                if world.incident.is_some_and(|noticed| noticed <= start) {
                    for machine in first..end {
                        injection.send(
                            self.addresses.machine(machine),
                            Message::new(Kind::Activate, 0),
                        );
                    }
                    world.forced += end - first;
                }
            }
            Event::RestartOverlay if world.incident.is_none() => {
                world.notes.push((now, Note::NotRestarted));
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
            Event::Fault(number) => {
                world.notes.push((now, Note::Fault(number)));
                self.update_fleet(world, now);
                self.announce_fault(number, injection);
            }
            Event::FaultOver(number) => {
                world.notes.push((now, Note::FaultOver(number)));
                self.update_fleet(world, now);
            }
            Event::Deed(number) => {
                world.notes.push((now, Note::Deed(number)));
                self.update_fleet(world, now);
                self.announce_deed(number, injection);
            }
            Event::DeedOver(number) => {
                world.notes.push((now, Note::DeedOver(number)));
                self.update_fleet(world, now);
            }
        }
    }

    /// Starts an incident if too few users are online, and follows the playbook.
    fn check_gauges(&self, world: &mut World, now: Tick, injection: &mut Injection<Self>) {
        let Some(expected) = self.event.periodic.expected(now) else {
            return;
        };
        if world.incident.is_none() && world.online() < expected.incident_below() {
            world.incident = Some(now);
            world.notes.push((now, Note::Incident));
        }
        self.follow_playbook(world, expected.norm(), now, injection);
    }

    /// Handles the start or the end of a trouble of servers.
    fn change_trouble(
        &self,
        number: u16,
        world: &mut World,
        now: Tick,
        injection: &mut Injection<Self>,
    ) {
        let mut troubles = self.event.effects.troubles.iter();
        if let Some((kind, _)) = troubles.find(|(_, trouble)| trouble.index == number) {
            self.update_speed(*kind, world, now, injection);
        }
    }

    /// Sets the speed of a kind of server to the product of all troubles and actions of the operator in
    /// force. Group-video servers that stop drop their calls.
    pub(crate) fn update_speed(
        &self,
        kind: ServerKind,
        world: &mut World,
        now: Tick,
        injection: &mut Injection<Self>,
    ) {
        let before = world.speed(kind);
        self.compose_speed(kind, world, now);
        if kind == ServerKind::GroupVideo && before > 0 && world.speed(kind) == 0 {
            let servers = self.addresses.server(ServerKind::GroupVideo);
            injection.send(servers, Message::new(Kind::SwitchOff, 0));
        }
    }

    fn compose_speed(&self, kind: ServerKind, world: &mut World, now: Tick) {
        let deeds = self.operator.speed_factors(kind, &world.progress);
        let speed = self.event.effects.speed(kind, now, deeds);
        if speed != world.speed(kind) {
            world.set_speed(kind, speed, now);
        }
        if kind == ServerKind::Login {
            self.update_chance(world);
        }
    }

    /// Sets what effects determine together to its value at `now`, for a world that was created under
    /// another scenario.
    pub(crate) fn compose_all(&self, world: &mut World, now: Tick) {
        for kind in ServerKind::ALL {
            self.compose_speed(*kind, world, now);
        }
        self.update_flood(world, now);
        self.update_cuts(world, now);
        world.traffic = self.event.effects.traffic(now);
        self.update_fleet(world, now);
    }

    fn update_flood(&self, world: &mut World, now: Tick) {
        world.flood.set_rate(self.event.effects.flood(now));
        self.update_chance(world);
    }

    fn update_chance(&self, world: &mut World) {
        let speed = world.speed(ServerKind::Login);
        world.flooded = self
            .event
            .effects
            .chance_in_flood(world.flood.rate(), speed);
    }

    /// Sends the logins of attackers that arrive in this tick. A message holds up to 2^32 - 1 of them.
    fn send_flood(&self, world: &mut World, injection: &mut Injection<Self>) {
        if world.flood.rate() == 0 {
            return;
        }
        let servers = self.addresses.login_servers();
        for (place, mut logins) in (0..servers).zip(world.flood.take(servers)) {
            let server = self.addresses.login_server(place);
            while logins > 0 {
                let part = u32::try_from(logins).unwrap_or(u32::MAX);
                injection.send(server, Message::new(Kind::Flood, part));
                logins -= u64::from(part);
            }
        }
    }

    /// Counts the cuts in force in each region.
    fn update_cuts(&self, world: &mut World, now: Tick) {
        for (region, cuts) in world.cut.iter_mut().enumerate() {
            let all = self.event.mass_events.iter();
            let in_force = all.filter(|one| one.cuts(region, now)).count();
            *cuts = in_force as u32;
        }
        world.cut_regions = world.cut.iter().sum();
    }

    /// Returns the power cut in force in a region that ends last, if there is one.
    pub(crate) fn power_cut(&self, region: usize, now: Tick) -> Option<(u32, &MassEvent)> {
        let all = (0_u32..).zip(&self.event.mass_events);
        let in_force = all.filter(|(_, one)| one.is_power_cut() && one.cuts(region, now));
        in_force.max_by_key(|(_, one)| one.over)
    }
}
