//! The role of a supernode: it accepts or refuses leaves, fails under load, and asks leaves to become
//! supernodes by the algorithm of [`crate::overlay::promotion`].
//!
//! Units: leaves, requests, ticks.

use patchday_core::{ActorId, LOOKAHEAD, Span, Tick};

use crate::{
    client::state::{NEVER, NO_ACTOR, Peer, Phase, State},
    network::{
        distributions::{UniformSpan, between},
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    overlay::{
        section::Overload,
        supernode_load::{RequestOutcome, Seat, Strength, SupernodeLoad},
    },
    scenario::quantity::run_clock::delay,
};

impl Network {
    /// Starts the role on a machine that is a supernode at the start of the run.
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

    /// Puts a machine of the operator into service.
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

    /// Handles the request of a supernode that this leaf become a supernode, too. `more` is the number
    /// of further leaves that may be asked.
    pub(crate) fn promote(
        &self,
        peer: Peer,
        supernode: ActorId,
        more: u8,
        context: &mut Context<'_>,
    ) {
        let random = context.random();
        let eligible = |id| self.population.traits(random, id).eligible;
        if self
            .promotion
            .is_fit(&peer, context.id, context.now, eligible)
        {
            context.tally.counters.promotions += 1;
            let leave = Message::numbered(Kind::Leave, context.id, peer.seat());
            context.send(peer.link, LOOKAHEAD, leave);
            self.take_role(peer, context);
        } else {
            let no = Message::numbered(Kind::Decline, context.id, more);
            context.send(supernode, LOOKAHEAD, no);
        }
    }

    /// Starts the role of a supernode.
    fn take_role(&self, mut peer: Peer, context: &mut Context<'_>) {
        let strength = self.strength(context);
        peer.link = context.id;
        *context.state = State::Peer(peer);
        context
            .block_state
            .supernodes
            .add(SupernodeLoad::new(context.id, context.now, strength));
        context.tally.entered.push(context.id);
        // Machines of the operator do not ask leaves to become supernodes.
        if !self.addresses.is_client(context.id) {
            return;
        }
        let first = between(
            context.draw(draw_ids::PROMOTION, 0).word(3),
            1,
            self.promotion.every,
        );
        let timer = Message::new(Kind::Housekeeping, context.now);
        context.send(context.id, delay(first), timer);
    }

    /// Returns the strength of this machine as a supernode.
    fn strength(&self, context: &Context<'_>) -> Strength {
        if self.addresses.is_client(context.id) {
            let traits = self.population.traits(context.random(), context.id);
            return self.supernode.strength(traits.strength, traits.sturdy);
        }
        let number = self.addresses.machine_number(context.id);
        match self.operator.strength(number) {
            Some(strength) => strength,
            None => unreachable!(
                "actor {} is not a machine of the operator, at tick {}",
                context.id, context.now
            ),
        }
    }

    /// Ends the role; each leaf notices after a keep-alive delay of its own.
    pub(crate) fn retire(&self, context: &mut Context<'_>) {
        if let Some(load) = context.block_state.supernodes.remove(context.id) {
            context.tally.left.push(context.id);
            self.drop_leaves(&load, self.client.keep_alive, context);
        }
    }

    /// Drops all leaves; each notices after a delay of its own.
    fn drop_leaves(&self, load: &SupernodeLoad, notice: UniformSpan, context: &mut Context<'_>) {
        context.tally.leaves -= load.leaves.len() as i64;
        for seat in load.leaves.iter() {
            let Seat { leaf, number } = *seat;
            let draw = context
                .random()
                .draw(leaf, context.now, draw_ids::KEEP_ALIVE, context.id);
            let delay = notice.span(draw.word(0));
            let lost = Message::numbered(Kind::LinkLost, context.id, number);
            context.send(leaf, delay, lost);
        }
    }

    /// Handles a probe: the request of a client for a seat.
    pub(crate) fn probed(
        &self,
        world: &World,
        peer: Peer,
        client: ActorId,
        serial: u8,
        context: &mut Context<'_>,
    ) {
        let timeout = self.client.probe_timeout - LOOKAHEAD;
        let limits = &self.supernode;
        let Some(load) = context.block_state.supernodes.get(context.id) else {
            // The supernode went out of service while the probe was in flight.
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

    /// Ends the role because of overload. Either the client on the host goes down as well (fact 1.8),
    /// or it continues without the role (fact 3.10). A machine of the operator does not return.
    fn fall_over(&self, world: &World, mut peer: Peer, context: &mut Context<'_>) {
        self.retire(context);
        let gives_up = self.supernode.overload == Overload::ShutsDown;
        let counters = &mut context.tally.counters;
        if gives_up {
            counters.supernodes_shut_down += 1;
        } else {
            counters.supernodes_fallen += 1;
        }
        if !self.addresses.is_client(context.id) {
            *context.state = State::Peer(Peer::off());
        } else if gives_up {
            peer.link = NO_ACTOR;
            peer.up_at(context.now, self.restart.uptime_unit);
            self.remember(world, &mut peer);
            self.seek(world, peer, context);
        } else {
            let down = self.restart_time(context, 0);
            self.go_down(world, peer, down, context);
        }
    }

    /// Handles a sudden loss of supernodes: restarts the host if it is one of those lost.
    pub(crate) fn lost(&self, world: &World, peer: Peer, loss: u32, context: &mut Context<'_>) {
        let draw = context.draw(draw_ids::LOSS, loss);
        let taken = draw.hits(0, self.event.losses[loss as usize]);
        if taken && peer.link == context.id && self.addresses.is_client(context.id) {
            self.restart(world, peer, context);
        }
    }

    /// Gives a leaf its seat at the start of the run.
    pub(crate) fn adopt(&self, client: ActorId, context: &mut Context<'_>) {
        match context.block_state.supernodes.get(context.id) {
            Some(load) if !load.full() => {
                // The first seat of a client without an earlier request has the number 0.
                load.seat(client, 0);
                context.tally.leaves += 1;
            }
            // All seats are taken, or the supernode ended its role in the first seconds.
            _ => context.send(client, LOOKAHEAD, Message::new(Kind::LinkLost, context.id)),
        }
    }

    /// Takes the seat of a leaf back.
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

    /// Handles the restart of the overlay: drops all leaves and stays in service.
    pub(crate) fn reset(&self, within: Span, context: &mut Context<'_>) {
        if let Some(mut load) = context.block_state.supernodes.remove(context.id) {
            let notice = UniformSpan::new(LOOKAHEAD, within.max(LOOKAHEAD));
            self.drop_leaves(&load, notice, context);
            load.clear_load(context.now);
            load.leaves.clear();
            context.block_state.supernodes.add(load);
        }
    }

    /// Checks whether more supernodes are needed. `since` is the tick at which the role started for
    /// which the timer was set.
    pub(crate) fn housekeeping(&self, world: &World, since: Tick, context: &mut Context<'_>) {
        let random = context.random();
        let eligible = |id| self.population.traits(random, id).eligible;
        self.promotion.look(world, since, eligible, context);
    }

    /// Handles the answer of a leaf that is not fit: asks another leaf, if `more` may be asked.
    pub(crate) fn declined(&self, more: u8, context: &mut Context<'_>) {
        let random = context.random();
        let eligible = |id| self.population.traits(random, id).eligible;
        self.promotion.ask_leaf(more, eligible, context);
    }
}
