//! PHOLD, the standard synthetic load of parallel simulation.
//!
//! Every actor starts with one envelope. An actor that handles an envelope sends one to a
//! random actor, with a delay from an exponential distribution. The number of envelopes in
//! flight is therefore constant, and the rate at which they are handled measures only the
//! engine. See R. Fujimoto, "Performance of Time Warp under synthetic workloads" (1990). The
//! state depends on the order of the envelopes, so equal digests mean equal order. Units:
//! ticks.

use crate::{
    actor_id::ActorId,
    engine::digest::Digester,
    mail::envelope::Packet,
    model::{Context, InitContext, Model},
    random::below,
    time::{LOOKAHEAD, Span},
};

const PURPOSE_HOP: u32 = 0x5048_4F4C;
const TABLE_BITS: u32 = 12;

/// PHOLD with a state of 16 bytes and envelopes of 12 bytes.
#[derive(Clone, Debug)]
pub struct Phold {
    actors: u32,
    /// Delays at 4,096 equidistant quantiles, in ticks.
    delays: Vec<Span>,
}

/// The state of an actor of PHOLD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PholdState {
    /// Envelopes handled.
    pub handled: u64,
    /// A hash of the senders in the order in which their envelopes were handled.
    pub path: u64,
}

impl Phold {
    /// Creates PHOLD for `actors` actors with a mean delay of about `mean` ticks, at least 1.
    /// Delays are rounded to the nearest tick and are at least 1.
    pub fn new(actors: u32, mean: f64) -> Self {
        let steps = 1u32 << TABLE_BITS;
        let delays = (0..steps)
            .map(|step| {
                let quantile = (f64::from(step) + 0.5) / f64::from(steps);
                ((mean - f64::from(LOOKAHEAD)).max(0.0) * -(1.0 - quantile).ln()).round() as Span
                    + LOOKAHEAD
            })
            .collect();
        Self { actors, delays }
    }

    fn delay(&self, word: u32) -> Span {
        self.delays[(word >> (32 - TABLE_BITS)) as usize]
    }
}

impl Model for Phold {
    type State = PholdState;
    type Message = Packet;
    type BlockState = ();
    type World = ();
    type Tally = ();

    fn fingerprint(&self) -> u64 {
        Digester::hash_one(&self.delays)
    }

    fn create(&self, (): &(), id: ActorId, init: &mut InitContext<'_, Self>) -> PholdState {
        let draw = init.draw(PURPOSE_HOP, 0);
        init.send(self.delay(draw.word(1)), Packet { word: id, tag: 0 });
        PholdState {
            handled: 0,
            path: id.into(),
        }
    }

    #[inline(always)]
    fn receive(&self, (): &(), message: Packet, context: &mut Context<'_, Self>) {
        let draw = context.draw(PURPOSE_HOP, message.word);
        let state = &mut *context.state;
        state.handled += 1;
        state.path = state
            .path
            .wrapping_mul(0x2545_F491_4F6C_DD1D)
            .wrapping_add(message.word.into());
        let reply = Packet {
            word: context.id,
            tag: message.tag.wrapping_add(1),
        };
        context.send(
            below(draw.word(0), self.actors),
            self.delay(draw.word(1)),
            reply,
        );
    }
}
