//! Business gateways and the business control panel (Connect and Manager): calls of
//! company switchboards, and requests of their administrators, on infrastructure of the
//! operator's own, which touches no supernode (fact 3.22: both kept working in 2010).
//!
//! One actor each stands for all lines. In every tick it takes the calls of that tick, a
//! Poisson count whose mean follows the hour, and gives each a line, a place to wait, or
//! neither. Units: calls, ticks.

use patchday_core::{LOOKAHEAD, Tick};

use crate::{
    client::state::State,
    network::{
        draw_ids,
        limits::Gateways,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    server::{
        line_group::{Arrival, LineGroup},
        section::ServerKind,
    },
};

impl Network {
    /// The gateway takes a message.
    pub(crate) fn gateway(
        &self,
        world: &World,
        mut group: LineGroup,
        message: Message,
        context: &mut Context<'_>,
    ) {
        let panel = context.id == self.addresses.manager();
        let (rules, kind) = match panel {
            true => (&self.manager, ServerKind::Manager),
            false => (&self.gateways, ServerKind::Gateway),
        };
        let size = rules.size.left(world.slowness[kind as usize]);
        let before = group.busy;
        if message.kind == Kind::Round {
            context.send(context.id, LOOKAHEAD, Message::new(Kind::Round, 0));
            for _ in 0..group.refill(size) {
                self.take_line(rules, &mut group, context);
            }
            let word = context.draw(draw_ids::GATEWAY, 0).word(0);
            let calls = rules
                .calls_at(context.now)
                .map_or(0, |calls| calls.count(word));
            for _ in 0..calls {
                let line = group.arrive(size);
                let counters = &mut context.tally.counters;
                let (came, failed) = match panel {
                    true => (
                        &mut counters.manager_requests,
                        &mut counters.manager_requests_failed,
                    ),
                    false => (
                        &mut counters.gateway_calls,
                        &mut counters.gateway_calls_failed,
                    ),
                };
                *came += 1;
                match line {
                    Arrival::Free => self.take_line(rules, &mut group, context),
                    Arrival::Wait => {}
                    Arrival::Lost => *failed += 1,
                }
            }
        } else if group.end(size) {
            self.take_line(rules, &mut group, context);
        }
        if !panel {
            context.tally.gateway_busy += i64::from(group.busy) - i64::from(before);
        }
        *context.state = State::LineGroup(group);
    }

    /// A call has a line; it ends after its length.
    fn take_line(&self, rules: &Gateways, group: &mut LineGroup, context: &mut Context<'_>) {
        group.begun = group.begun.wrapping_add(1);
        // The draw's word 0 is that of the arrivals, under index 0.
        let word = context.draw(draw_ids::GATEWAY, group.begun).word(1);
        let length = rules.lengths.span(word);
        context.send(context.id, length, Message::new(Kind::LineFree, 0));
    }

    /// Business users expected online: their share of the norm.
    pub(crate) fn business_norm(&self, now: Tick) -> u64 {
        (self.activity.norm(now) * self.business_share).round() as u64
    }
}
