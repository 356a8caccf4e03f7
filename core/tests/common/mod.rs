//! A model whose digest changes with any change in the order of messages, for the tests.

use patchday_core::{
    ActorId, Context, InitContext, Injection, Kinds, MAX_DELAY, Model, Packet, Tally, Tick,
};
use serde::{Deserialize, Serialize};

/// The state of an actor is a hash of all its messages and of the world at that time, and the
/// actor sends parts of it on. Block states and the world hash it, too. Triggers inject and
/// broadcast messages.
#[derive(Clone, Debug)]
pub(crate) struct OrderSensitive {
    pub(crate) actors: u32,
    /// The numbers of dormant and of spread actors among them.
    pub(crate) dormant: u32,
    pub(crate) spread: u32,
    /// The maximum number of messages sent for each message handled.
    pub(crate) max_sent: u32,
    /// Whether some messages have long delays.
    pub(crate) far: bool,
    /// Ticks at which a trigger fires, ascending.
    pub(crate) triggers: Vec<Tick>,
}

/// The state of a dormant actor that no message has reached.
pub(crate) const DORMANT: u64 = u64::MAX;

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Received {
    messages: u64,
    /// Some of the receivers; the barrier sorts them.
    chosen: Vec<ActorId>,
}

impl Tally for Received {
    fn merge(&mut self, other: &mut Self) {
        self.messages += std::mem::take(&mut other.messages);
        self.chosen.append(&mut other.chosen);
    }
}

impl Model for OrderSensitive {
    type State = u64;
    type Message = Packet;
    type BlockState = u64;
    type World = u64;
    type Tally = Received;

    fn kinds(&self, actors: u32) -> Kinds {
        let active = self.actors - self.dormant - self.spread;
        Kinds {
            active,
            dormant: self.dormant,
            spread: actors - active - self.dormant,
        }
    }

    fn dormant_state(&self) -> Option<u64> {
        Some(DORMANT)
    }

    fn create(&self, _: &u64, id: ActorId, init: &mut InitContext<'_, Self>) -> u64 {
        let first_spread = self.actors - self.spread;
        if (first_spread - self.dormant..first_spread).contains(&id) {
            return DORMANT;
        }
        if id.is_multiple_of(3) {
            init.send(
                1 + init.draw(1, 0).below(0, 20),
                Packet { word: id, tag: 0 },
            );
        }
        u64::from(id)
    }

    fn receive(&self, world: &u64, message: Packet, context: &mut Context<'_, Self>) {
        let state = context.state.wrapping_mul(6_364_136_223_846_793_005) ^ u64::from(message.word);
        *context.state = state.wrapping_add(*world);
        // A sum, because the actors of a block share the block state.
        *context.block_state = context.block_state.wrapping_add(*context.state);
        context.tally.messages += 1;
        if state.is_multiple_of(50) {
            context.tally.chosen.push(context.id);
        }
        // One message for each on average, so that their number neither dies out nor explodes.
        let messages = match state % 8 {
            0 => self.max_sent,
            1..=6 => 1,
            _ if self.max_sent > 1 => 0,
            _ => 1,
        };
        for index in 0..messages {
            let draw = context.draw(3, index);
            let delay = match draw.below(2, 16) {
                0 if self.far => 1 + draw.below(3, MAX_DELAY),
                1 | 2 if self.far => 65_530 + draw.below(3, 12),
                3 => 1 + draw.below(3, 900),
                _ => 1 + draw.below(3, 6),
            };
            let word = (*context.state >> 7) as u32;
            context.send(
                draw.below(0, self.actors),
                delay,
                Packet {
                    word,
                    tag: message.tag.wrapping_add(1),
                },
            );
        }
    }

    fn next_trigger(&self, _: &u64, now: Tick) -> Option<Tick> {
        self.triggers.iter().copied().find(|tick| *tick >= now)
    }

    fn fire(&self, world: &mut u64, now: Tick, injection: &mut Injection<Self>) {
        *world = world.rotate_left(9) ^ u64::from(now);
        injection.broadcast(Packet { word: now, tag: 1 });
        injection.broadcast(Packet { word: !now, tag: 3 });
        for index in 0..self.actors.min(40) {
            injection.send(
                index * 7 % self.actors,
                Packet {
                    word: index,
                    tag: 2,
                },
            );
        }
    }

    fn receives_broadcast(&self, id: ActorId, state: &u64, _: &Packet) -> bool {
        *state != DORMANT && !(state ^ u64::from(id)).is_multiple_of(4)
    }

    fn end_tick(&self, world: &mut u64, tally: &mut Received, now: Tick) {
        tally.chosen.sort_unstable();
        for id in tally.chosen.drain(..) {
            *world = world.wrapping_mul(31).wrapping_add(id.into());
        }
        *world = world.wrapping_add(std::mem::take(&mut tally.messages) ^ u64::from(now));
    }
}
