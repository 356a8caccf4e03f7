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
        model::{Network, Scene},
        world::World,
    },
    server::{
        line_group::{Line, LineGroup},
        section::ServerKind,
    },
};

impl Network {
    /// The gateway takes a letter.
    pub(crate) fn gateway(
        &self,
        world: &World,
        mut station: LineGroup,
        letter: Message,
        scene: &mut Scene<'_>,
    ) {
        let panel = scene.id == self.places.manager();
        let (rules, kind) = match panel {
            true => (&self.manager, ServerKind::Manager),
            false => (&self.gateways, ServerKind::Gateway),
        };
        let size = rules.size.left(world.slowness[kind as usize]);
        let before = station.busy;
        if letter.kind == Kind::Round {
            scene.send(scene.id, LOOKAHEAD, Message::new(Kind::Round, 0));
            for _ in 0..station.refill(size) {
                self.take_line(rules, &mut station, scene);
            }
            let word = scene.draw(draw_ids::GATEWAY, 0).word(0);
            let calls = rules
                .calls_at(scene.now)
                .map_or(0, |calls| calls.count(word));
            for _ in 0..calls {
                let line = station.arrive(size);
                let counters = &mut scene.tally.counters;
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
                    Line::Free => self.take_line(rules, &mut station, scene),
                    Line::Wait => {}
                    Line::Lost => *failed += 1,
                }
            }
        } else if station.end(size) {
            self.take_line(rules, &mut station, scene);
        }
        if !panel {
            scene.tally.gateway_busy += i64::from(station.busy) - i64::from(before);
        }
        *scene.state = State::LineGroup(station);
    }

    /// A call has a line; it ends after its length.
    fn take_line(&self, rules: &Gateways, station: &mut LineGroup, scene: &mut Scene<'_>) {
        station.begun = station.begun.wrapping_add(1);
        // The draw's word 0 is that of the arrivals, under index 0.
        let word = scene.draw(draw_ids::GATEWAY, station.begun).word(1);
        let length = rules.lengths.span(word);
        scene.send(scene.id, length, Message::new(Kind::LineFree, 0));
    }

    /// Business users expected online: their share of the norm.
    pub(crate) fn business_norm(&self, now: Tick) -> u64 {
        (self.rhythm.norm(now) * self.business_share).round() as u64
    }
}
