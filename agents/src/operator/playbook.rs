//! The playbook: the actions of the operator, which depend on gauges.
//!
//! The operator checks the gauges at intervals, and sees them with a lag. It decides on an
//! action once, when its condition is met, and acts after a lead time. From then on machines
//! are added at a rate. Factors of the login rate multiply each other and those of troubles; of two
//! actions that set the same switch or the admitted share, the later one holds, and of two at the same
//! tick the one further down. Decisions use integers only: levels are thousandths, rounded when the
//! scenario is compiled. Units: ticks, thousandths.

use patchday_core::{Injection, Tick};

use crate::{
    network::{
        message::{Kind, Message},
        model::Network,
        world::{Note, World},
    },
    operator::{memory::Gauges, rule::Rule, section::ActionKind},
    server::kind::ServerKind,
};

impl Network {
    /// Checks the gauges and executes the actions that are due. `norm` is the expected number
    /// of users online.
    pub(crate) fn follow_playbook(
        &self,
        world: &mut World,
        norm: u64,
        now: Tick,
        injection: &mut Injection<Self>,
    ) {
        let longest_lag = self
            .operator
            .rules
            .iter()
            .map(|rule| rule.lag)
            .max()
            .unwrap_or(0);
        let gauges = self.current_gauges(world, norm, now);
        world.memory.record(gauges, longest_lag);
        for (index, rule) in self.operator.rules.iter().enumerate() {
            let mut progress = world.progress[index];
            if progress.decided.is_none() {
                let met = now >= rule.not_before
                    && world
                        .memory
                        .seen_at(now, rule.lag)
                        .is_some_and(|gauges| rule.is_met(gauges));
                progress.decided = met.then_some(now);
            }
            let due = progress.decided.is_some_and(|at| now - at >= rule.after);
            if due && progress.begun.is_none() {
                progress.begun = Some(now);
                world.progress[index] = progress;
                world.notes.push((now, Note::Action(index as u16)));
                self.execute(world, rule, now, injection);
            }
            if let Some(begun) = progress.begun {
                let ticks = u64::from(now - begun + self.operator.watch_every);
                let wanted = u128::from(rule.rate) * u128::from(ticks) / 1_000_000;
                let wanted = wanted.min(rule.machines.len() as u128) as u32;
                for number in rule.machines.start + progress.added..rule.machines.start + wanted {
                    injection.send(
                        self.addresses.machine(number),
                        Message::new(Kind::Activate, 0),
                    );
                }
                let added = wanted.saturating_sub(progress.added);
                progress.added += added;
                world.forced += added;
            }
            world.progress[index] = progress;
        }
    }

    fn current_gauges(&self, world: &World, norm: u64, now: Tick) -> Gauges {
        let offline = world.queue(
            &self.addresses,
            self.addresses.server(ServerKind::OfflineMessages),
        );
        Gauges {
            at: now,
            online: world.online(),
            norm,
            supernodes: world.directory.live().len() as u64,
            wanted: self.promotion.target,
            login_wait: world.login_wait(&self.addresses, now),
            offline_messages_wait: offline
                .wait_thousandths(&world.pace(ServerKind::OfflineMessages, now)),
        }
    }

    /// Executes the action of a rule, except for adding machines.
    fn execute(&self, world: &mut World, rule: &Rule, now: Tick, injection: &mut Injection<Self>) {
        match rule.deed {
            ActionKind::AddSupernodes | ActionKind::AddMegaSupernodes => {}
            ActionKind::OfflineMessagesOff => {
                world.offline_messages_on = false;
                world.late = false;
            }
            ActionKind::OfflineMessagesOn => world.offline_messages_on = true,
            // The progress of this rule counts already.
            ActionKind::LoginRate => self.update_speed(ServerKind::Login, world, now, injection),
            ActionKind::LoginAdmission => world.admission = rule.share,
            // A second fixed version does not change the time of the first.
            ActionKind::ShipFix => drop(world.fix_out.get_or_insert(now)),
            ActionKind::GroupVideoOff => {
                world.group_video_on = false;
                let servers = self.addresses.server(ServerKind::GroupVideo);
                injection.send(servers, Message::new(Kind::SwitchOff, 0));
            }
            ActionKind::GroupVideoOn => world.group_video_on = true,
            ActionKind::Retune => world.flaw = false,
        }
    }
}
