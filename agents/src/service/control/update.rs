//! The changes of services between two ticks: faults and deeds that begin or end, and automation.
//!
//! What several faults or deeds determine together is computed from all that are in force. Units: ticks.

use patchday_core::{ActorId, Chance, Injection, Tick};

use crate::{
    network::{
        message::{Kind, Message},
        model::Network,
        world::World,
    },
    service::{
        cells::{ServerSet, ServiceCell},
        control::{
            deeds::{DeedParams, in_force},
            faults::condition,
            section::DeedKind,
        },
    },
};

impl Network {
    /// Sets conditions and controls of all services to those at a tick.
    pub(crate) fn update_fleet(&self, world: &mut World, now: Tick) {
        let (faults, deeds) = (&self.fleet.faults, &self.fleet.deeds);
        for (server, of_server) in (0..).zip(&mut world.fleet.conditions) {
            *of_server = condition(faults, server, now);
            of_server.down |= deeds.iter().any(|deed| deed.restarts(server, now));
        }
        if deeds.is_empty() {
            return;
        }
        for (cell, control) in self.fleet.cells.iter().zip(&mut world.fleet.controls) {
            let of = |kind| {
                in_force(deeds, cell.service, kind, now, |deed| {
                    cell.is_in(&deed.regions)
                })
            };
            control.limit = of(DeedKind::Limit).map(|deed| self.part_of_limit(deed, cell));
            control.concurrency = of(DeedKind::Concurrency).map(|deed| deed.count);
            control.queue = of(DeedKind::Queue).map(|deed| deed.count);
            control.timeout = of(DeedKind::Timeout).map(|deed| deed.timeout);
            control.is_drained = of(DeedKind::Drain).is_some();
            control.ordered_by_operator = of(DeedKind::Servers).map(|deed| deed.count);
            let share = |region: usize| {
                let deed = in_force(deeds, cell.service, DeedKind::LetIn, now, |deed| {
                    deed.regions[region]
                });
                deed.map_or(Chance::ALWAYS, |deed| deed.share)
            };
            let let_in: Vec<Chance> = (0..world.cut.len()).map(share).collect();
            let is_open = let_in.iter().all(|share| *share == Chance::ALWAYS);
            control.let_in = if is_open { Vec::new() } else { let_in };
            control.update_members(cell.first);
        }
    }

    /// Returns the part of a limit for the servers of a cell, among all that it concerns.
    fn part_of_limit(&self, deed: &DeedParams, cell: &ServiceCell) -> u64 {
        let cells = self.fleet.cells.iter();
        let meant = cells.filter(|one| one.service == cell.service && one.is_in(&deed.regions));
        let all: u64 = meant.map(|one| u64::from(one.servers)).sum();
        let part = u128::from(deed.limit) * u128::from(cell.servers) / u128::from(all.max(1));
        part as u64
    }

    /// Sends servers the message about a fault that begins, if there is one.
    pub(crate) fn announce_fault(&self, number: u16, injection: &mut Injection<Self>) {
        let mut faults = self.fleet.faults.iter();
        if let Some(fault) = faults.find(|fault| fault.index == number)
            && let Some(kind) = fault.message()
        {
            self.announce(&fault.servers, kind, injection);
        }
    }

    /// Sends servers the message about a deed that begins, if there is one.
    pub(crate) fn announce_deed(&self, number: u16, injection: &mut Injection<Self>) {
        let mut deeds = self.fleet.deeds.iter();
        let Some(deed) = deeds.find(|deed| deed.index == number) else {
            return;
        };
        match deed.kind {
            DeedKind::Restart => self.announce(&deed.servers, Kind::ServerDown, injection),
            DeedKind::Clear => self.announce(&deed.servers, Kind::ClearQueue, injection),
            DeedKind::Limit
            | DeedKind::Concurrency
            | DeedKind::Queue
            | DeedKind::Servers
            | DeedKind::Timeout
            | DeedKind::Drain
            | DeedKind::LetIn => {}
        }
    }

    fn announce(&self, servers: &ServerSet, kind: Kind, injection: &mut Injection<Self>) {
        for server in servers.iter() {
            let server: ActorId = self.addresses.service_server(server);
            injection.send(server, Message::new(kind, 0));
        }
    }

    /// Returns the next tick from `now` on at which health checks or automatic scaling are due.
    pub(crate) fn next_automation(&self, world: &World, now: Tick) -> Option<Tick> {
        let cells = self.fleet.cells.iter().zip(&world.fleet.controls);
        let next = cells.filter_map(|(cell, control)| {
            let service = &self.fleet.services[cell.service];
            let automatic = service
                .is_automatic()
                .then(|| service.automatic(cell, control));
            automatic?.next(control, now)
        });
        next.min()
    }

    /// Executes the health checks and the automatic scaling of a tick.
    pub(crate) fn run_automation(&self, world: &mut World, now: Tick) {
        for (number, cell) in self.fleet.cells.iter().enumerate() {
            let service = &self.fleet.services[cell.service];
            if !service.is_automatic() {
                continue;
            }
            let automatic = service.automatic(cell, &world.fleet.controls[number]);
            let is_due = automatic.next(&world.fleet.controls[number], now) == Some(now);
            if is_due {
                automatic.act(number, &mut world.fleet, now);
            }
        }
    }
}
