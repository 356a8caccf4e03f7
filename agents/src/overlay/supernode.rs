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
        model::{Network, Scene},
        world::World,
    },
    overlay::{
        section::Overload,
        supernode_load::{Load, Strength, SupernodeLoad},
    },
};

impl Network {
    /// A machine that was a supernode when the run began.
    pub(crate) fn enlist(&self, world: &World, peer: Peer, scene: &mut Scene<'_>) {
        self.enter(peer, Phase::Online, scene);
        let peer = Peer {
            phase: Phase::Online,
            ..peer
        };
        self.take_role(peer, scene);
        self.plan_call(peer.session_end, scene);
        self.offer_relaying(scene);
        self.plan_patch(world, peer, scene);
    }

    /// A machine of the operator goes into service.
    pub(crate) fn activate(&self, peer: Peer, scene: &mut Scene<'_>) {
        if peer.link != scene.id {
            self.take_role(
                Peer {
                    phase: Phase::Online,
                    session_end: NEVER,
                    ..peer
                },
                scene,
            );
        }
    }

    /// A supernode asks this leaf to become one too.
    pub(crate) fn promote(&self, peer: Peer, supernode: ActorId, more: u8, scene: &mut Scene<'_>) {
        let fit = peer.phase.online()
            && peer.link != scene.id
            && peer.uptime(scene.now) >= self.promotion.uptime
            && self.population.traits(scene.random(), scene.id).eligible;
        if fit {
            scene.tally.counters.promotions += 1;
            let leave = Message::numbered(Kind::Leave, scene.id, peer.seat());
            scene.send(peer.link, LOOKAHEAD, leave);
            self.take_role(peer, scene);
        } else {
            let no = Message::numbered(Kind::Decline, scene.id, more);
            scene.send(supernode, LOOKAHEAD, no);
        }
    }

    fn take_role(&self, mut peer: Peer, scene: &mut Scene<'_>) {
        let strength = self.strength(scene);
        peer.link = scene.id;
        *scene.state = State::Peer(peer);
        scene
            .block_state
            .clusters
            .add(SupernodeLoad::new(scene.id, scene.now, strength));
        scene.tally.entered.push(scene.id);
        // Machines of the operator only serve.
        if !self.places.is_client(scene.id) {
            return;
        }
        let first = between(
            scene.draw(draw_ids::PROMOTION, 0).word(3),
            1,
            self.promotion.every,
        );
        scene.send(scene.id, first, Message::new(Kind::Housekeeping, scene.now));
    }

    /// What this machine can do as a supernode.
    fn strength(&self, scene: &Scene<'_>) -> Strength {
        if self.places.is_client(scene.id) {
            let limits = &self.supernode;
            let traits = self.population.traits(scene.random(), scene.id);
            let rate = limits.rates.thousandths(traits.strength);
            return Strength {
                rate,
                seats: limits.seats,
                sturdy: traits.sturdy || limits.overload == Overload::ServesOn,
                mega: false,
            };
        }
        let number = self.places.machine_number(scene.id);
        match self.machines.iter().find(|attempt| number < attempt.end) {
            Some(attempt) => attempt.strength,
            None => unreachable!(
                "actor {} belongs to no attempt, at tick {}",
                scene.id, scene.now
            ),
        }
    }

    /// The role ends; each leaf notices after its own keep-alive delay.
    pub(crate) fn retire(&self, scene: &mut Scene<'_>) {
        if let Some(cluster) = scene.block_state.clusters.remove(scene.id) {
            let (low, high) = (self.client.keep_alive_min, self.client.keep_alive_max);
            scene.tally.left.push(scene.id);
            self.drop_leaves(&cluster, low.seconds(), high.seconds(), scene);
        }
    }

    fn drop_leaves(&self, cluster: &SupernodeLoad, low: Span, high: Span, scene: &mut Scene<'_>) {
        scene.tally.leaves -= cluster.leaves.len() as i64;
        for (leaf, number) in cluster.seated() {
            let draw = scene
                .random()
                .draw(leaf, scene.now, draw_ids::KEEP_ALIVE, scene.id);
            let delay = between(draw.word(0), low, high);
            let lost = Message::numbered(Kind::LinkLost, scene.id, number);
            scene.send(leaf, delay, lost);
        }
    }

    /// A client asks for a seat.
    pub(crate) fn probed(
        &self,
        world: &World,
        peer: Peer,
        client: ActorId,
        serial: u8,
        scene: &mut Scene<'_>,
    ) {
        let timeout = self.client.probe_timeout.seconds() - LOOKAHEAD;
        let limits = &self.supernode;
        let Some(cluster) = scene.block_state.clusters.of(scene.id) else {
            // It went while the probe was on its way.
            let silence = Message::numbered(Kind::Silence, scene.id, serial);
            return scene.send(client, timeout, silence);
        };
        scene.tally.counters.requests += 1;
        let (kind, delay) = match cluster.request(scene.now, limits.burst, limits.endurance) {
            Load::Lost => (Kind::Silence, timeout),
            Load::FallsOver => {
                self.fall_over(world, peer, scene);
                (Kind::Silence, timeout)
            }
            Load::Fine if cluster.full() => (Kind::Refuse, LOOKAHEAD),
            Load::Fine => {
                cluster.seat(client, Peer::seat_number(serial));
                scene.tally.leaves += 1;
                (Kind::Accept, LOOKAHEAD)
            }
        };
        if kind == Kind::Silence {
            scene.tally.counters.requests_lost += 1;
        }
        scene.send(client, delay, Message::numbered(kind, scene.id, serial));
    }

    /// Too much for too long: the client on the host goes down, and with it the
    /// role (fact 1.8), or it gives up the role alone (fact 3.10). A machine of the
    /// operator is gone for good.
    fn fall_over(&self, world: &World, mut peer: Peer, scene: &mut Scene<'_>) {
        self.retire(scene);
        let gives_up = self.supernode.overload == Overload::ShutsDown;
        let counters = &mut scene.tally.counters;
        match gives_up {
            true => counters.supernodes_shut_down += 1,
            false => counters.supernodes_fallen += 1,
        }
        if !self.places.is_client(scene.id) {
            *scene.state = State::Peer(Peer::off());
        } else if gives_up {
            peer.link = NOBODY;
            peer.up_at(scene.now);
            self.remember(world, &mut peer);
            self.seek(world, peer, scene);
        } else {
            let down = self.restart_time(scene, 0);
            self.go_down(world, peer, down, scene);
        }
    }

    /// A share of all hosts restarts at once: is this one of them?
    pub(crate) fn lost(&self, world: &World, peer: Peer, loss: u32, scene: &mut Scene<'_>) {
        let draw = scene.draw(draw_ids::LOSS, loss);
        let taken = draw.hits(0, self.losses[loss as usize]);
        if taken && peer.link == scene.id && self.places.is_client(scene.id) {
            self.restart(world, peer, scene);
        }
    }

    /// A leaf of the start of the run.
    pub(crate) fn adopt(&self, client: ActorId, scene: &mut Scene<'_>) {
        match scene.block_state.clusters.of(scene.id) {
            Some(cluster) if !cluster.full() => {
                // The first seat of a client that has asked for none has the number 0.
                cluster.seat(client, 0);
                scene.tally.leaves += 1;
            }
            // All seats are taken, or the supernode went in the first seconds.
            _ => scene.send(client, LOOKAHEAD, Message::new(Kind::LinkLost, scene.id)),
        }
    }

    /// A leaf gives a seat back.
    pub(crate) fn leaf_left(&self, client: ActorId, number: u8, scene: &mut Scene<'_>) {
        if scene
            .block_state
            .clusters
            .of(scene.id)
            .is_some_and(|cluster| cluster.remove(client, number))
        {
            scene.tally.leaves -= 1;
        }
    }

    /// The operator restarts this supernode: it drops its leaves and serves on.
    pub(crate) fn reset(&self, within: Span, scene: &mut Scene<'_>) {
        if let Some(mut cluster) = scene.block_state.clusters.remove(scene.id) {
            self.drop_leaves(&cluster, LOOKAHEAD, within.max(LOOKAHEAD), scene);
            cluster.calm_down(scene.now);
            cluster.clear();
            scene.block_state.clusters.add(cluster);
        }
    }

    /// Are others needed? `since` tells whether the role is still the same.
    pub(crate) fn housekeeping(&self, world: &World, since: Tick, scene: &mut Scene<'_>) {
        let rules = &self.promotion;
        let now = scene.now;
        let Some(cluster) = scene
            .block_state
            .clusters
            .of(scene.id)
            .filter(|cluster| cluster.since == since)
        else {
            return;
        };
        let at_limit = cluster.full() || cluster.overloaded(now, self.supernode.burst);
        let loaded = cluster.leaves.len() >= rules.loaded;
        scene.send(
            scene.id,
            rules.every,
            Message::new(Kind::Housekeeping, since),
        );
        let live = world.directory.live().len() as u64;
        let missing = Chance::ratio(rules.target.saturating_sub(world.listed()), live);
        let draw = scene.draw(draw_ids::PROMOTION, 1);
        let wanted = draw.hits(0, missing) || (loaded && !world.flaw);
        if wanted && !(at_limit && world.flaw) {
            self.ask_leaf(self.promotion.asks, scene);
        }
    }

    /// Ask a leaf that looks fit, the first from a place drawn at random on, if
    /// `more` may be asked.
    pub(crate) fn ask_leaf(&self, more: u8, scene: &mut Scene<'_>) {
        let random = scene.random();
        let draw = scene.draw(draw_ids::PROMOTION, 2 + u32::from(more));
        let Some(cluster) = scene.block_state.clusters.of(scene.id).filter(|_| more > 0) else {
            return;
        };
        let leaves = &cluster.leaves;
        let start = draw.below(0, leaves.len() as u32) as usize;
        let asked = leaves[start..]
            .iter()
            .chain(&leaves[..start])
            .find(|leaf| self.population.traits(random, **leaf).eligible)
            .copied();
        if let Some(leaf) = asked {
            let letter = Message::numbered(Kind::Promote, scene.id, more - 1);
            scene.send(leaf, LOOKAHEAD, letter);
        }
    }
}
