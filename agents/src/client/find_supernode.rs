//! The search for a supernode: host caches, probes, cycles and pauses.
//!
//! A client probes one supernode after another (fact 6.9): first its last supernode, then entries of
//! its host cache, which is a sample of the supernodes that were in service when the client was last
//! online. Supernodes that refuse name others. The last probes of a cycle go to built-in addresses,
//! which know a recent list. A cycle without success is followed by a pause, which grows with each
//! failure. Units: ticks.

use patchday_core::{ActorId, Draw, LOOKAHEAD, Random, Span, random::below};

use crate::{
    client::{
        retry::policy::Failure,
        state::{FIXED, HEARD, NO_ACTOR, Peer, Phase, State, TALKING, TRIED},
    },
    network::{
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    scenario::quantity::run_clock::delay,
};

/// The host cache of a client, as positions in the list of supernodes of the time when the client was
/// last online. It is a function of client, list and slot, so it is not stored.
struct HostCache {
    client: ActorId,
    list: u16,
    size: u32,
    /// The slot that is read next.
    slot: u32,
    /// The last draw, which four slots share.
    drawn: Option<(u32, Draw)>,
}

/// The draws of a series of probes, made when the first of them is needed.
struct Probing {
    cache: HostCache,
    /// The draw whose sequence chooses among supernodes that the client does not know itself, and the
    /// number of words used so far.
    draw: Draw,
    used: usize,
}

impl Probing {
    /// Returns the next word of the sequence.
    fn word(&mut self) -> u32 {
        let word = self.draw.sequence().nth(self.used);
        self.used += 1;
        word.unwrap_or_default()
    }
}

impl HostCache {
    /// Returns the entry of the next slot, as a uniform word.
    fn next(&mut self, random: Random) -> u32 {
        let (group, place) = (self.slot / 4, self.slot % 4);
        let draw = match self.drawn {
            Some((drawn, draw)) if drawn == group => draw,
            _ => {
                let index = u32::from(self.list) << 16 | group;
                random.trait_draw(self.client, draw_ids::HOST_CACHE, index)
            }
        };
        self.drawn = Some((group, draw));
        self.slot = (self.slot + 1) % self.size;
        draw.word(place as usize)
    }
}

/// The actor that a client probes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Candidate {
    /// A supernode in service.
    Live(ActorId),
    /// A supernode that is out of service.
    Gone,
    /// None, because the client knows no supernode.
    Unknown,
}

impl Network {
    /// Starts a cycle, or logs in at once if there is no overlay.
    pub(crate) fn seek(&self, world: &World, mut peer: Peer, context: &mut Context<'_>) {
        peer.probe &= FIXED | TALKING;
        if !self.overlay {
            return self.sign_in_directly(world, peer, context);
        }
        self.enter(peer, Phase::Seeking, context);
        peer.phase = Phase::Seeking;
        self.probe_next(world, peer, context);
    }

    /// Sends the next probe of the cycle.
    ///
    /// A probe of a supernode that is out of service needs no message: the directory shows that no
    /// answer will come, so the timeout is added to the delay of the next probe. The cycle does not
    /// find a machine that becomes a supernode during this delay.
    fn probe_next(&self, world: &World, mut peer: Peer, context: &mut Context<'_>) {
        let timeout = self.client.probe_timeout;
        let mut silence: Span = 0;
        let begun = peer.serial;
        let mut probing = None;
        let cut_off = self.is_cut_off(world, context);
        while peer.probe & TRIED < self.client.probes {
            let found = self.candidate(world, &peer, begun, &mut probing, context);
            if found == Candidate::Unknown {
                break;
            }
            peer.probe += 1;
            peer.serial = peer.serial.wrapping_add(1);
            context.tally.counters.attempts += 1;
            if let Candidate::Live(target) = found
                && !cut_off
            {
                let probe = Message::numbered(Kind::Probe, context.id, peer.serial);
                context.send(target, delay(silence.saturating_add(LOOKAHEAD)), probe);
                *context.state = State::Peer(peer);
                return;
            }
            context.tally.counters.timed_out += 1;
            silence = silence.saturating_add(timeout);
        }
        if silence == 0 {
            return self.cycle_failed(world, peer, context);
        }
        let over = Message::numbered(Kind::CycleOver, 0, peer.serial);
        context.send(context.id, delay(silence), over);
        *context.state = State::Peer(peer);
    }

    /// Handles the timeout of the last probes of a cycle.
    pub(crate) fn cycle_over(
        &self,
        world: &World,
        peer: Peer,
        serial: u8,
        context: &mut Context<'_>,
    ) {
        if peer.phase == Phase::Seeking && peer.serial == serial {
            self.cycle_failed(world, peer, context);
        }
    }

    /// Returns the draws of the series of probes that started with the serial number `begun`. The host
    /// cache starts at a random slot.
    fn probing(&self, list: u16, begun: u8, context: &Context<'_>) -> Probing {
        let draw = context.draw(draw_ids::PROBE, begun.into());
        let size = self.client.host_cache;
        Probing {
            cache: HostCache {
                client: context.id,
                list,
                size,
                slot: draw.below(2, size),
                drawn: None,
            },
            draw,
            used: 0,
        }
    }

    /// Returns the next supernode to try. `begun` is the serial number with which this series of probes
    /// started, and `probing` holds its draws.
    fn candidate(
        &self,
        world: &World,
        peer: &Peer,
        begun: u8,
        probing: &mut Option<Probing>,
        context: &Context<'_>,
    ) -> Candidate {
        let directory = &world.directory;
        let tried = peer.probe & TRIED;
        if tried == 0 && peer.link != NO_ACTOR && peer.link != context.id {
            return if directory.is_live(peer.link) {
                Candidate::Live(peer.link)
            } else {
                Candidate::Gone
            };
        }
        let probing = probing.get_or_insert_with(|| self.probing(peer.list, begun, context));
        if peer.probe & HEARD != 0 {
            let live = directory.live();
            let place = below(probing.word(), live.len() as u32) as usize;
            return live
                .get(place)
                .map_or(Candidate::Unknown, |supernode| Candidate::Live(*supernode));
        }
        let built_in = tried + self.client.bootstrap_probes >= self.client.probes;
        let (number, word) = if built_in {
            (directory.newest(), probing.word())
        } else {
            (peer.list, probing.cache.next(context.random()))
        };
        match directory.list(number) {
            Some(list) => list.pick(word).map_or(Candidate::Gone, Candidate::Live),
            None => Candidate::Unknown,
        }
    }

    /// Returns whether the user of this client is awake, by the local time.
    fn is_awake(&self, context: &Context<'_>) -> bool {
        let (from, until) = self.client.awake;
        let (random, id) = (context.random(), context.id);
        let (region, _) = self.population.region_and_business(random, id);
        let local = self.activity.local(region, context.now.into());
        let of_day = local.rem_euclid(self.tick.day().into()) as Span;
        if from <= until {
            (from..until).contains(&of_day)
        } else {
            of_day >= from || of_day < until
        }
    }

    fn cycle_failed(&self, world: &World, mut peer: Peer, context: &mut Context<'_>) {
        let draw = context.draw(draw_ids::RETRY, peer.serial.into());
        context.tally.counters.cycles_failed += 1;
        if draw.hits(0, self.client.impatient) && self.is_awake(context) {
            context.tally.counters.client_restarts += 1;
            peer.attempt = 0;
        }
        self.wait(world, peer, draw.word(1), 0, context);
    }

    /// Starts the pause before the next cycle, or gives up until the next session. `asked` is the pause
    /// that a server asked for, in ticks; 0 for none.
    pub(crate) fn wait(
        &self,
        world: &World,
        mut peer: Peer,
        word: u32,
        asked: Span,
        context: &mut Context<'_>,
    ) {
        let Some(pause) = self.next_pause(&mut peer, word, asked, context) else {
            return self.give_up(world, peer, context);
        };
        peer.serial = peer.serial.wrapping_add(1);
        let again = Message::numbered(Kind::Retry, 0, peer.serial);
        context.send(context.id, pause, again);
        self.enter(peer, Phase::Waiting, context);
    }

    /// Counts a failure of this client and returns the pause before its next attempt, in ticks, or
    /// `None` if its user gives up. `word` is uniform; `asked` is the pause that a server asked for, 0
    /// for none.
    pub(crate) fn next_pause(
        &self,
        peer: &mut Peer,
        word: u32,
        asked: Span,
        context: &mut Context<'_>,
    ) -> Option<Span> {
        let failure = Failure {
            client: context.id,
            now: context.now,
            word,
            asked,
        };
        let policy = self.retry_policy(context);
        policy.next_pause(peer, failure, &mut context.block_state.last_pauses)
    }

    /// Handles that the user gives up until the next session.
    pub(crate) fn give_up(&self, world: &World, peer: Peer, context: &mut Context<'_>) {
        context.tally.counters.given_up += 1;
        self.session_end(world, peer, peer.session_end, context);
    }

    /// Handles the end of a pause.
    pub(crate) fn retry(&self, world: &World, peer: Peer, serial: u8, context: &mut Context<'_>) {
        if peer.phase == Phase::Waiting && peer.serial == serial {
            self.seek(world, peer, context);
        }
    }

    /// Handles the answer of a supernode that gives the client a seat.
    pub(crate) fn accepted(
        &self,
        world: &World,
        mut peer: Peer,
        supernode: ActorId,
        serial: u8,
        context: &mut Context<'_>,
    ) {
        context.tally.counters.accepted += 1;
        if peer.phase != Phase::Seeking || peer.serial != serial {
            // The session has ended or the PC has restarted in the meantime.
            let leave = Message::numbered(Kind::Leave, context.id, Peer::seat_number(serial));
            context.send(supernode, LOOKAHEAD, leave);
            return;
        }
        peer.link = supernode;
        peer.set_seat(Peer::seat_number(serial));
        self.enter(peer, Phase::SigningIn, context);
        peer.phase = Phase::SigningIn;
        self.log_in(world, peer, context);
    }

    /// Handles the answer of a supernode that refuses and names others.
    pub(crate) fn refused(
        &self,
        world: &World,
        mut peer: Peer,
        serial: u8,
        context: &mut Context<'_>,
    ) {
        context.tally.counters.refused += 1;
        if peer.phase == Phase::Seeking && peer.serial == serial {
            peer.probe |= HEARD;
            self.probe_next(world, peer, context);
        }
    }

    /// Handles a probe without an answer.
    pub(crate) fn silent(&self, world: &World, peer: Peer, serial: u8, context: &mut Context<'_>) {
        context.tally.counters.timed_out += 1;
        if peer.phase == Phase::Seeking && peer.serial == serial {
            self.probe_next(world, peer, context);
        }
    }

    /// Handles the time at which the client notices that the seat with this number is gone.
    pub(crate) fn link_lost(
        &self,
        world: &World,
        mut peer: Peer,
        supernode: ActorId,
        number: u8,
        context: &mut Context<'_>,
    ) {
        if !peer.phase.attached() || peer.link != supernode || peer.seat() != number {
            return;
        }
        context.tally.counters.links_lost += 1;
        if peer.phase.online() {
            peer.list = world.directory.newest();
            peer.attempt = 0;
        }
        peer.link = NO_ACTOR;
        self.seek(world, peer, context);
    }
}
