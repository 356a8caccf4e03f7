//! A model that notices any change in the order of mail, for the tests.

use patchday_core::{
    ActorId, Context, InitContext, Injection, MAX_DELAY, Model, Packet, Tally, Tick,
};

/// Actors keep a running product over what they hear, and say the product on;
/// the world and the block_state take part. Triggers inject and broadcast.
#[derive(Clone, Debug)]
pub(crate) struct Gossip {
    pub(crate) actors: u32,
    /// At most this many letters for each letter handled.
    pub(crate) fan: u32,
    /// Whether some mail travels far ahead.
    pub(crate) far: bool,
    /// Ticks at which a trigger fires, ascending.
    pub(crate) triggers: Vec<Tick>,
}

#[derive(Default)]
pub(crate) struct Heard {
    letters: u64,
    /// Who was loud; the barrier puts it in order.
    loud: Vec<ActorId>,
}

impl Tally for Heard {
    fn merge(&mut self, other: &mut Self) {
        self.letters += std::mem::take(&mut other.letters);
        self.loud.append(&mut other.loud);
    }
}

impl Model for Gossip {
    type State = u64;
    type Message = Packet;
    type BlockState = u64;
    type World = u64;
    type Tally = Heard;

    fn create(&self, _: &u64, id: ActorId, init: &mut InitContext<'_, Self>) -> u64 {
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
        // Only a sum: a block's actors share the block_state.
        *context.block_state = context.block_state.wrapping_add(*context.state);
        context.tally.letters += 1;
        if state.is_multiple_of(50) {
            context.tally.loud.push(context.id);
        }
        // On average one letter for one, so that the crowd neither dies nor explodes.
        let letters = match state % 8 {
            0 => self.fan,
            1..=6 => 1,
            _ if self.fan > 1 => 0,
            _ => 1,
        };
        for index in 0..letters {
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
        !(state ^ u64::from(id)).is_multiple_of(4)
    }

    fn end_tick(&self, world: &mut u64, tally: &mut Heard, now: Tick) {
        tally.loud.sort_unstable();
        for id in tally.loud.drain(..) {
            *world = world.wrapping_mul(31).wrapping_add(id.into());
        }
        *world = world.wrapping_add(std::mem::take(&mut tally.letters) ^ u64::from(now));
    }
}
