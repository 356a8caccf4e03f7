//! The role of a supernode: taking leaves, refusing, falling over, and seeing
//! to it that there are enough others.
//!
//! *The allocation algorithm.* Every so often a supernode looks at the number of
//! supernodes listed. If it is below the number wanted, each one asks a leaf to
//! become one too, with the chance that makes up for the gap; a loaded supernode
//! asks in any case. A leaf that is fit does as it is asked; if not, another is
//! asked, a few times. *The flaw* (facts 1.5, 1.6, 1.9): vanished supernodes stay listed
//! for a day, and the list overrules the load; and a supernode that is at its
//! limit (all seats taken, or losing requests) loses its promotions. Either
//! alone is harmless: at a low load seats are left, and the gap is filled a day
//! later. High load and a shrinking core together stop self-healing.

use patchday_core::{ActorId, Chance, LOOKAHEAD, Span, Tick};

use crate::{
    client::state::{NEVER, NOBODY, Peer, Phase, State},
    network::{
        distributions::between,
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    overlay::{
        section::Overload,
        supernode_load::{RequestOutcome, Strength, SupernodeLoad},
    },
};

impl Network {
    /// A machine that was a supernode when the run began.
    pub(crate) fn enlist(&self, world: &World, peer: Peer, context: &mut Context<'_>) {
        self.enter(peer, Phase::Online, context);
        let peer = Peer {
            phase: Phase::Online,
            ..peer
        };
        self.take_role(peer, context);
        self.plan_call(peer.session_end, context);
        self.offer_relaying(context);
        self.plan_patch(world, peer, context);
    }

    /// A machine of the operator goes into service.
    pub(crate) fn activate(&self, peer: Peer, context: &mut Context<'_>) {
        if peer.link != context.id {
            self.take_role(
                Peer {
                    phase: Phase::Online,
                    session_end: NEVER,
                    ..peer
                },
                context,
            );
        }
    }

    /// A supernode asks this leaf to become one too.
    pub(crate) fn promote(
        &self,
        peer: Peer,
        supernode: ActorId,
        more: u8,
        context: &mut Context<'_>,
    ) {
        let fit = peer.phase.online()
            && peer.link != context.id
            && peer.uptime(context.now) >= self.promotion.uptime
            && self
                .population
                .traits(context.random(), context.id)
                .eligible;
        if fit {
            context.tally.counters.promotions += 1;
            let leave = Message::numbered(Kind::Leave, context.id, peer.seat());
            context.send(peer.link, LOOKAHEAD, leave);
            self.take_role(peer, context);
        } else {
            let no = Message::numbered(Kind::Decline, context.id, more);
            context.send(supernode, LOOKAHEAD, no);
        }
    }

    fn take_role(&self, mut peer: Peer, context: &mut Context<'_>) {
        let strength = self.strength(context);
        peer.link = context.id;
        *context.state = State::Peer(peer);
        context
            .block_state
            .supernodes
            .add(SupernodeLoad::new(context.id, context.now, strength));
        context.tally.entered.push(context.id);
        // Machines of the operator only serve.
        if !self.addresses.is_client(context.id) {
            return;
        }
        let first = between(
            context.draw(draw_ids::PROMOTION, 0).word(3),
            1,
            self.promotion.every,
        );
        context.send(
            context.id,
            first,
            Message::new(Kind::Housekeeping, context.now),
        );
    }

    /// What this machine can do as a supernode.
    fn strength(&self, context: &Context<'_>) -> Strength {
        if self.addresses.is_client(context.id) {
            let limits = &self.supernode;
            let traits = self.population.traits(context.random(), context.id);
            let rate = limits.rates.thousandths(traits.strength);
            return Strength {
                rate,
                seats: limits.seats,
                sturdy: traits.sturdy || limits.overload == Overload::ServesOn,
                mega: false,
            };
        }
        let number = self.addresses.machine_number(context.id);
        match self.machines.iter().find(|attempt| number < attempt.end) {
            Some(attempt) => attempt.strength,
            None => unreachable!(
                "actor {} belongs to no attempt, at tick {}",
                context.id, context.now
            ),
        }
    }

    /// The role ends; each leaf notices after its own keep-alive delay.
    pub(crate) fn retire(&self, context: &mut Context<'_>) {
        if let Some(load) = context.block_state.supernodes.remove(context.id) {
            let (low, high) = (self.client.keep_alive_min, self.client.keep_alive_max);
            context.tally.left.push(context.id);
            self.drop_leaves(&load, low.seconds(), high.seconds(), context);
        }
    }

    fn drop_leaves(&self, load: &SupernodeLoad, low: Span, high: Span, context: &mut Context<'_>) {
        context.tally.leaves -= load.leaves.len() as i64;
        for (leaf, number) in load.seated() {
            let draw = context
                .random()
                .draw(leaf, context.now, draw_ids::KEEP_ALIVE, context.id);
            let delay = between(draw.word(0), low, high);
            let lost = Message::numbered(Kind::LinkLost, context.id, number);
            context.send(leaf, delay, lost);
        }
    }

    /// A client asks for a seat.
    pub(crate) fn probed(
        &self,
        world: &World,
        peer: Peer,
        client: ActorId,
        serial: u8,
        context: &mut Context<'_>,
    ) {
        let timeout = self.client.probe_timeout.seconds() - LOOKAHEAD;
        let limits = &self.supernode;
        let Some(load) = context.block_state.supernodes.get(context.id) else {
            // It went while the probe was on its way.
            let silence = Message::numbered(Kind::Silence, context.id, serial);
            return context.send(client, timeout, silence);
        };
        context.tally.counters.requests += 1;
        let (kind, delay) = match load.request(context.now, limits.burst, limits.endurance) {
            RequestOutcome::Lost => (Kind::Silence, timeout),
            RequestOutcome::FallsOver => {
                self.fall_over(world, peer, context);
                (Kind::Silence, timeout)
            }
            RequestOutcome::Fine if load.full() => (Kind::Refuse, LOOKAHEAD),
            RequestOutcome::Fine => {
                load.seat(client, Peer::seat_number(serial));
                context.tally.leaves += 1;
                (Kind::Accept, LOOKAHEAD)
            }
        };
        if kind == Kind::Silence {
            context.tally.counters.requests_lost += 1;
        }
        context.send(client, delay, Message::numbered(kind, context.id, serial));
    }

    /// Too much for too long: the client on the host goes down, and with it the
    /// role (fact 1.8), or it gives up the role alone (fact 3.10). A machine of the
    /// operator is gone for good.
    fn fall_over(&self, world: &World, mut peer: Peer, context: &mut Context<'_>) {
        self.retire(context);
        let gives_up = self.supernode.overload == Overload::ShutsDown;
        let counters = &mut context.tally.counters;
        match gives_up {
            true => counters.supernodes_shut_down += 1,
            false => counters.supernodes_fallen += 1,
        }
        if !self.addresses.is_client(context.id) {
            *context.state = State::Peer(Peer::off());
        } else if gives_up {
            peer.link = NOBODY;
            peer.up_at(context.now);
            self.remember(world, &mut peer);
            self.seek(world, peer, context);
        } else {
            let down = self.restart_time(context, 0);
            self.go_down(world, peer, down, context);
        }
    }

    /// A share of all hosts restarts at once: is this one of them?
    pub(crate) fn lost(&self, world: &World, peer: Peer, loss: u32, context: &mut Context<'_>) {
        let draw = context.draw(draw_ids::LOSS, loss);
        let taken = draw.hits(0, self.losses[loss as usize]);
        if taken && peer.link == context.id && self.addresses.is_client(context.id) {
            self.restart(world, peer, context);
        }
    }

    /// A leaf of the start of the run.
    pub(crate) fn adopt(&self, client: ActorId, context: &mut Context<'_>) {
        match context.block_state.supernodes.get(context.id) {
            Some(load) if !load.full() => {
                // The first seat of a client that has asked for none has the number 0.
                load.seat(client, 0);
                context.tally.leaves += 1;
            }
            // All seats are taken, or the supernode went in the first seconds.
            _ => context.send(client, LOOKAHEAD, Message::new(Kind::LinkLost, context.id)),
        }
    }

    /// A leaf gives a seat back.
    pub(crate) fn leaf_left(&self, client: ActorId, number: u8, context: &mut Context<'_>) {
        if context
            .block_state
            .supernodes
            .get(context.id)
            .is_some_and(|load| load.remove(client, number))
        {
            context.tally.leaves -= 1;
        }
    }

    /// The operator restarts this supernode: it drops its leaves and serves on.
    pub(crate) fn reset(&self, within: Span, context: &mut Context<'_>) {
        if let Some(mut load) = context.block_state.supernodes.remove(context.id) {
            self.drop_leaves(&load, LOOKAHEAD, within.max(LOOKAHEAD), context);
            load.calm_down(context.now);
            load.clear();
            context.block_state.supernodes.add(load);
        }
    }

    /// Are others needed? `since` tells whether the role is still the same.
    pub(crate) fn housekeeping(&self, world: &World, since: Tick, context: &mut Context<'_>) {
        let rules = &self.promotion;
        let now = context.now;
        let Some(load) = context
            .block_state
            .supernodes
            .get(context.id)
            .filter(|load| load.since == since)
        else {
            return;
        };
        let at_limit = load.full() || load.overloaded(now, self.supernode.burst);
        let loaded = load.leaves.len() >= rules.loaded;
        context.send(
            context.id,
            rules.every,
            Message::new(Kind::Housekeeping, since),
        );
        let live = world.directory.live().len() as u64;
        let missing = Chance::ratio(rules.target.saturating_sub(world.listed()), live);
        let draw = context.draw(draw_ids::PROMOTION, 1);
        let wanted = draw.hits(0, missing) || (loaded && !world.flaw);
        if wanted && !(at_limit && world.flaw) {
            self.ask_leaf(self.promotion.asks, context);
        }
    }

    /// Ask a leaf that looks fit, the first from a place drawn at random on, if
    /// `more` may be asked.
    pub(crate) fn ask_leaf(&self, more: u8, context: &mut Context<'_>) {
        let random = context.random();
        let draw = context.draw(draw_ids::PROMOTION, 2 + u32::from(more));
        let Some(load) = context
            .block_state
            .supernodes
            .get(context.id)
            .filter(|_| more > 0)
        else {
            return;
        };
        let leaves = &load.leaves;
        let start = draw.below(0, leaves.len() as u32) as usize;
        let asked = leaves[start..]
            .iter()
            .chain(&leaves[..start])
            .find(|leaf| self.population.traits(random, **leaf).eligible)
            .copied();
        if let Some(leaf) = asked {
            let message = Message::numbered(Kind::Promote, context.id, more - 1);
            context.send(leaf, LOOKAHEAD, message);
        }
    }
}
