//! The allocation algorithm, which keeps the number of supernodes at its target, and the flaw of 2007.
//!
//! At regular intervals a supernode compares the number of supernodes listed with the target. If it is
//! below the target, the supernode asks a leaf to become one too, with the probability with which all
//! supernodes together fill the gap. A loaded supernode always asks. A leaf that is fit takes the role;
//! otherwise another leaf is asked, a few times.
//!
//! *The flaw* (facts 1.5, 1.6, 1.9) has two parts. Vanished supernodes stay listed for a day, and load
//! does not cause promotions. And a supernode at its limit (all seats taken, or losing requests) loses
//! its promotions. Either part alone is harmless: at a low load seats are free, and the gap is filled a
//! day later. Together, under a high load and with a shrinking number of supernodes, they prevent the
//! overlay from recovering. Units: supernodes, leaves, ticks.

use patchday_core::{ActorId, Chance, Context, LOOKAHEAD, Span as Ticks, Tick};

use crate::{
    client::state::{Peer, UPTIME_UNIT},
    network::{
        context::NetworkModel,
        draw_ids,
        message::{Kind, Message},
        world::World,
    },
    scenario::quantity::{
        run_clock::{TickLength, delay},
        span::Span,
    },
    section,
};

section! {
    /// The allocation algorithm: how a lost or loaded supernode is replaced.
    pub struct Promotion {
        /// Whether it has the flaw of 2007: vanished supernodes stay listed, so that the algorithm sees no
        /// need to promote even under load; and the promotions of a supernode at its limit, full or
        /// losing requests, are lost.
        flaw: bool = true, source "facts 1.5, 1.6, 1.9, 1.13";
        /// The time for which the flawed algorithm lists a vanished supernode.
        flaw_memory: Span = "24h", in "1m"..="30d", source "assumed, facts 1.11, 6.29 (72 h)";
        /// The interval at which a supernode checks whether more supernodes are needed.
        every: Span = "10m", in "1m"..="1d", source "assumed";
        /// Maximum number of leaves that a supernode asks each time, one after another, until one is
        /// fit.
        asks: u8 = 3, in 1..=100, unit "leaves", source "assumed";
        /// A supernode with this share of its seats taken is loaded and asks for another one.
        loaded_at: f64 = 0.8, in 0..=1, source "assumed, fact 1.9";
        /// The time for which a machine must have been up to qualify, with a resolution of four
        /// minutes.
        uptime: Span = "3d", in "5m"..="30d", source "facts 3.8, 6.19 (several days)";
    }
}

/// The compiled parameters of the allocation algorithm.
#[derive(Debug)]
pub(crate) struct PromotionParams {
    /// The target number of supernodes.
    pub(crate) target: u64,
    pub(crate) every: Ticks,
    asks: u8,
    /// The number of leaves from which on a supernode is loaded.
    loaded: usize,
    /// The time for which a machine must have been up.
    uptime: Ticks,
    uptime_unit: Ticks,
    /// The time for which the flawed algorithm lists a vanished supernode.
    pub(crate) memory: Ticks,
    /// The time after a lost request for which a supernode counts as at its limit.
    burst: Ticks,
}

impl PromotionParams {
    /// Compiles the section. `target` is the number of supernodes wanted; `seats` and `burst` are
    /// limits of a supernode.
    pub(crate) fn new(
        promotion: &Promotion,
        target: u64,
        seats: u16,
        burst: Ticks,
        tick: TickLength,
    ) -> Self {
        Self {
            target,
            every: tick.ticks(promotion.every),
            asks: promotion.asks,
            loaded: (f64::from(seats) * promotion.loaded_at).ceil() as usize,
            uptime: tick.ticks(promotion.uptime),
            uptime_unit: tick.seconds(UPTIME_UNIT),
            memory: tick.ticks(promotion.flaw_memory),
            burst,
        }
    }

    /// Checks whether more supernodes are needed, and asks a leaf if so. `since` is the tick at which
    /// the role started for which the timer was set.
    pub(crate) fn look<M: NetworkModel>(
        &self,
        world: &World,
        since: Tick,
        eligible: impl Fn(ActorId) -> bool,
        context: &mut Context<'_, M>,
    ) {
        let (id, now) = (context.id, context.now);
        let load = context.block_state.supernodes.get(id);
        let Some(load) = load.filter(|load| load.since == since) else {
            return;
        };
        let at_limit = load.full() || load.overloaded(now, self.burst);
        let loaded = load.leaves.len() >= self.loaded;
        let timer = Message::new(Kind::Housekeeping, since);
        context.send(id, delay(self.every), timer);
        let live = world.directory.live().len() as u64;
        let missing = Chance::ratio(self.target.saturating_sub(world.listed(context.now)), live);
        let draw = context.draw(draw_ids::PROMOTION, 1);
        let wanted = draw.hits(0, missing) || (loaded && !world.flaw);
        if wanted && !(at_limit && world.flaw) {
            self.ask_leaf(self.asks, eligible, context);
        }
    }

    /// Asks the first eligible leaf after a random position, if `more` leaves may be asked.
    pub(crate) fn ask_leaf<M: NetworkModel>(
        &self,
        more: u8,
        eligible: impl Fn(ActorId) -> bool,
        context: &mut Context<'_, M>,
    ) {
        let id = context.id;
        let draw = context.draw(draw_ids::PROMOTION, 2 + u32::from(more));
        let load = context.block_state.supernodes.get(id);
        let Some(load) = load.filter(|_| more > 0) else {
            return;
        };
        let start = draw.below(0, load.leaves.slots() as u32) as usize;
        let after = load.leaves.iter_from(start);
        let fit = after.map(|seat| seat.leaf).find(|leaf| eligible(*leaf));
        if let Some(leaf) = fit {
            let message = Message::numbered(Kind::Promote, id, more - 1);
            context.send(leaf, LOOKAHEAD, message);
        }
    }

    /// Returns whether a leaf that is asked becomes a supernode.
    pub(crate) fn is_fit(
        &self,
        peer: &Peer,
        id: ActorId,
        now: Tick,
        eligible: impl Fn(ActorId) -> bool,
    ) -> bool {
        let uptime = peer.uptime(now, self.uptime_unit);
        let long = uptime >= u64::from(self.uptime);
        peer.phase.online() && peer.link != id && long && eligible(id)
    }
}
