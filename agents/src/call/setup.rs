//! Calls between users: set up through the directory, carried by the two ends alone or
//! by a third, ended by a user or by the network.
//!
//! As long as a session lasts, its user wants to call somebody every so often, signed in
//! or not. He calls somebody whose session covers the moment, so in a calm network
//! nearly every call rings; it fails if his own supernode is gone without his knowledge,
//! if no relay is found where one is needed, or if the other is not signed in. A call
//! under way does not need the supernode any more; it is dropped when the machine at
//! either end, or the one that carries it, goes. Everything is counted at the caller's
//! end, so nothing is counted twice. Units: ticks.

use patchday_core::{ActorId, LOOKAHEAD, Span, Tick};

use crate::{
    call::call_leg::{Line, Media, Stage, tag},
    client::state::{NOBODY, Peer, Phase, State, TALKING},
    network::{
        distributions::between,
        draw_ids,
        message::{Kind, Message},
        model::{Network, Scene},
        world::World,
    },
};

/// Draws of [`draw_ids::CALL`] that are taken by other questions than whom to call.
const FIRST_CONTACT: u32 = 2;

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A user hangs up.
    HungUp,
    /// A machine goes without a word.
    Lost,
}

impl Network {
    /// Plan when the user of a session next wants to call somebody.
    pub(crate) fn plan_call(&self, session_end: Tick, scene: &mut Scene<'_>) {
        let Some(pauses) = &self.calls.pause else {
            return;
        };
        let pause = pauses.span(scene.draw(draw_ids::CALL, 0).word(0));
        if scene.now.saturating_add(pause) < session_end {
            scene.send(scene.id, pause, Message::new(Kind::CallStart, session_end));
        }
    }

    /// The user of the session that ends at `end` wants to call somebody.
    pub(crate) fn call_start(&self, world: &World, peer: Peer, end: Tick, scene: &mut Scene<'_>) {
        if peer.phase == Phase::Off || peer.session_end != end {
            return;
        }
        self.plan_call(end, scene);
        if peer.probe & TALKING != 0 {
            return;
        }
        scene.tally.counters.calls_wanted += 1;
        if !peer.phase.online() {
            scene.tally.counters.calls_missed += 1;
            return self.count_lost(scene.now, 0, scene);
        }
        let reaches =
            (!self.overlay || world.directory.is_live(peer.link)) && !self.is_cut_off(world, scene);
        let draw = scene.draw(draw_ids::CALL, 1);
        let media = match (
            draw.hits(1, self.calls.video_share),
            draw.hits(2, self.calls.group_share),
        ) {
            (true, true) => Media::GroupVideo,
            (true, false) => Media::Video,
            (false, _) => Media::Voice,
        };
        let other = match media {
            Media::GroupVideo => Some(NOBODY),
            Media::Voice | Media::Video => self.somebody(scene),
        };
        let Some(other) = other.filter(|_| reaches) else {
            scene.tally.counters.calls_failed += 1;
            return self.count_lost(scene.now, 0, scene);
        };
        let mut line = Line::new(scene.id, other, media, scene.now);
        let carried = match media {
            Media::GroupVideo => {
                line.carrier = self.places.group_video();
                Some(line.carrier)
            }
            Media::Voice | Media::Video if draw.hits(3, self.calls.relayed_share) => {
                let relay = self.relay(world, &mut line, scene);
                if relay.is_none() {
                    scene.tally.counters.calls_failed += 1;
                    return self.count_lost(scene.now, 0, scene);
                }
                relay
            }
            Media::Voice | Media::Video => None,
        };
        let (to, kind) = match carried {
            Some(carrier) => (carrier, Kind::Carry),
            None => {
                line.stage = Stage::Ringing;
                (other, Kind::Ring)
            }
        };
        scene.send(to, LOOKAHEAD, Message::numbered(kind, scene.id, line.tag()));
        self.pick_up(line, peer, scene);
    }

    /// Note that this client is in a call.
    fn pick_up(&self, line: Line, mut peer: Peer, scene: &mut Scene<'_>) {
        scene.block_state.lines.add(line);
        peer.probe |= TALKING;
        *scene.state = State::Peer(peer);
    }

    /// Somebody to call: an account drawn at random among those whose user is about.
    fn somebody(&self, scene: &Scene<'_>) -> Option<ActorId> {
        let random = scene.random();
        let groups =
            (0..self.calls.contacts).map(|group| scene.draw(draw_ids::CALL, FIRST_CONTACT + group));
        let mut drawn = groups
            .flat_map(|draw| [0, 1, 2, 3].map(|place| draw.below(place, self.places.clients())));
        drawn.find(|id| {
            let traits = self.population.traits(random, *id);
            let about = |id| self.rhythm.is_about(random, id, &traits, scene.now);
            *id != scene.id && traits.regular && (traits.always_on || about(*id))
        })
    }

    /// How long a call that this client began at `begun` is to last.
    fn length(&self, begun: Tick, scene: &Scene<'_>) -> Span {
        let draw = scene.random().draw(scene.id, begun, draw_ids::CALL, 1);
        match draw.hits(1, self.calls.video_share) {
            true => self.calls.video.span(draw.word(0)),
            false => self.calls.voice.span(draw.word(0)),
        }
    }

    /// TickStats what is lost of a call of which `talked` ticks took place.
    fn count_lost(&self, begun: Tick, talked: Span, scene: &mut Scene<'_>) {
        let lost = self.length(begun, scene).saturating_sub(talked);
        scene.tally.counters.call_seconds_lost += u64::from(lost);
        if self.population.is_business(scene.random(), scene.id) {
            scene.tally.counters.business_calls_lost += 1;
        }
    }

    /// Somebody calls.
    pub(crate) fn ring(
        &self,
        world: &World,
        peer: Peer,
        caller: ActorId,
        tag: u8,
        scene: &mut Scene<'_>,
    ) {
        let found = peer.phase.online()
            && (!self.overlay || world.directory.is_live(peer.link))
            && !self.is_cut_off(world, scene);
        let kind = match found {
            false => Kind::Unreached,
            true if peer.probe & TALKING != 0 => Kind::Engaged,
            true => Kind::Answer,
        };
        scene.send(caller, LOOKAHEAD, Message::numbered(kind, scene.id, tag));
        if kind == Kind::Answer {
            // Of the tick in which the caller began, the last eight bits are known.
            let ago = Tick::from((scene.now as u8).wrapping_sub(tag));
            let line = Line {
                stage: Stage::Talking,
                caller: false,
                ..Line::new(scene.id, caller, Media::Voice, scene.now - ago)
            };
            self.pick_up(line, peer, scene);
        }
    }

    /// The end of this client's call, if a letter with this tag is about it.
    fn line<'a>(peer: Peer, tag: u8, scene: &'a mut Scene<'_>) -> Option<&'a mut Line> {
        if peer.probe & TALKING == 0 {
            return None;
        }
        scene
            .block_state
            .lines
            .of(scene.id)
            .filter(|line| line.tag() == tag)
    }

    /// The other end answers.
    pub(crate) fn answered(&self, peer: Peer, callee: ActorId, tag: u8, scene: &mut Scene<'_>) {
        let line = Self::line(peer, tag, scene)
            .filter(|line| line.stage == Stage::Ringing && line.other == callee);
        match line.copied() {
            Some(line) => self.begin(line, scene),
            // The caller went in these seconds.
            None => scene.send(
                callee,
                LOOKAHEAD,
                Message::numbered(Kind::HangUp, scene.id, tag),
            ),
        }
    }

    /// They talk from now on.
    pub(crate) fn begin(&self, mut line: Line, scene: &mut Scene<'_>) {
        line.stage = Stage::Talking;
        line.answered = scene.now;
        let length = self.length(line.begun, scene);
        scene.send(scene.id, length, Message::new(Kind::CallEnd, line.begun));
        scene.tally.counters.calls += 1;
        scene.tally.talking[line.media as usize] += 1;
        scene.block_state.lines.add(line);
    }

    /// The other end is not signed in, or in another call.
    pub(crate) fn not_answered(
        &self,
        peer: Peer,
        callee: ActorId,
        engaged: bool,
        tag: u8,
        scene: &mut Scene<'_>,
    ) {
        let rings = Self::line(peer, tag, scene)
            .is_some_and(|line| line.stage == Stage::Ringing && line.other == callee);
        if rings {
            self.abandon(peer, engaged, scene);
        }
    }

    /// A call of this client cannot be set up, or nobody is free to take it.
    pub(crate) fn abandon(&self, mut peer: Peer, engaged: bool, scene: &mut Scene<'_>) {
        let Some(line) = scene.block_state.lines.remove(scene.id) else {
            return;
        };
        peer.probe &= !TALKING;
        *scene.state = State::Peer(peer);
        if line.carrier != NOBODY && line.stage == Stage::Ringing {
            self.release(&line, LOOKAHEAD, scene);
        }
        match engaged {
            true => scene.tally.counters.calls_engaged += 1,
            false => {
                scene.tally.counters.calls_failed += 1;
                self.count_lost(line.begun, 0, scene);
            }
        }
    }

    /// The call that began then has lasted as long as its users wanted.
    pub(crate) fn call_end(&self, mut peer: Peer, begun: Tick, scene: &mut Scene<'_>) {
        if Self::line(peer, tag(begun), scene).is_some_and(|line| line.begun == begun) {
            self.leave_call(&mut peer, Ending::HungUp, scene);
            *scene.state = State::Peer(peer);
        }
    }

    /// The other end, or the machine that carries the call, says that it is over, or is gone.
    pub(crate) fn call_over(
        &self,
        mut peer: Peer,
        by: ActorId,
        ending: Ending,
        tag: u8,
        scene: &mut Scene<'_>,
    ) {
        let line = Self::line(peer, tag, scene).copied();
        let Some(line) = line.filter(|line| line.other == by || line.carrier == by) else {
            return;
        };
        // Who says so need not be told.
        let told = Line {
            other: if line.other == by { NOBODY } else { line.other },
            carrier: if line.carrier == by {
                NOBODY
            } else {
                line.carrier
            },
            ..line
        };
        scene.block_state.lines.add(told);
        // Who is still there tells the others at once.
        self.take_leave(&mut peer, ending, LOOKAHEAD, scene);
        *scene.state = State::Peer(peer);
    }

    /// This client leaves its call, if it is in one, and the others learn of it: at once
    /// when the user hangs up, later when the machine goes without a word.
    pub(crate) fn leave_call(&self, peer: &mut Peer, ending: Ending, scene: &mut Scene<'_>) {
        let delay = match ending {
            Ending::HungUp => LOOKAHEAD,
            Ending::Lost => {
                let (low, high) = self.calls.notice;
                between(scene.draw(draw_ids::NOTICE, scene.id).word(0), low, high)
            }
        };
        self.take_leave(peer, ending, delay, scene);
    }

    /// Leave a call; the others learn of it after `delay`.
    fn take_leave(&self, peer: &mut Peer, ending: Ending, delay: Span, scene: &mut Scene<'_>) {
        if peer.probe & TALKING == 0 {
            return;
        }
        peer.probe &= !TALKING;
        let Some(line) = scene.block_state.lines.remove(scene.id) else {
            return;
        };
        if line.other != NOBODY && line.stage != Stage::Carrying {
            let kind = match (ending, line.caller) {
                (Ending::Lost, false) => Kind::CallLost,
                (Ending::Lost, true) | (Ending::HungUp, _) => Kind::HangUp,
            };
            let letter = Message::numbered(kind, scene.id, line.tag());
            scene.send(line.other, delay, letter);
        }
        if line.caller {
            self.count_call(&line, ending, scene);
            if line.carrier != NOBODY {
                self.release(&line, delay, scene);
            }
        }
    }

    fn count_call(&self, line: &Line, ending: Ending, scene: &mut Scene<'_>) {
        if line.stage != Stage::Talking {
            scene.tally.counters.calls_failed += 1;
            return self.count_lost(line.begun, 0, scene);
        }
        let talked = scene.now - line.answered;
        scene.tally.talking[line.media as usize] -= 1;
        scene.tally.counters.call_seconds += u64::from(talked);
        match ending {
            Ending::HungUp => scene.tally.counters.calls_ended += 1,
            Ending::Lost => {
                scene.tally.counters.calls_dropped += 1;
                self.count_lost(line.begun, talked, scene);
            }
        }
    }
}
