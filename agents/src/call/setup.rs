//! Calls between users: set up through the directory, carried by the two ends alone or by a third
//! actor, ended by a user or by the network.
//!
//! During a session the user wants to make calls from time to time, signed in or not. The callee is a
//! user whose session covers the moment, so in a calm network nearly every call rings. A call fails if
//! the caller's supernode is gone unnoticed, if no relay is found for a call that needs one, or if the
//! callee is not signed in. A call in progress needs no supernode; it is dropped when the machine at
//! either end, or what carries it, goes down. All counts are made at the caller's end, so each call
//! counts once. Units: ticks.

use patchday_core::{ActorId, LOOKAHEAD, Span, Tick};

use crate::{
    call::call_leg::{CallLeg, Media, Stage, tag},
    client::state::{NO_ACTOR, Peer, Phase, State, TALKING},
    network::{
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    server::kind::ServerKind,
};

/// The draws of [`draw_ids::CALL`] before this index decide other things than the callee.
const FIRST_CONTACT: u32 = 2;

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A user hangs up.
    HungUp,
    /// A machine goes down, and sends no message.
    Lost,
}

impl Network {
    /// Plans when the user of a session next wants to make a call.
    pub(crate) fn plan_call(&self, session_end: Tick, context: &mut Context<'_>) {
        let Some(pauses) = &self.call.pause else {
            return;
        };
        let pause = pauses.span(context.draw(draw_ids::CALL, 0).word(0));
        if context.now.saturating_add(pause) < session_end {
            context.send(
                context.id,
                pause,
                Message::new(Kind::CallStart, session_end),
            );
        }
    }

    /// The user of the session that ends at `end` wants to make a call.
    pub(crate) fn call_start(
        &self,
        world: &World,
        peer: Peer,
        end: Tick,
        context: &mut Context<'_>,
    ) {
        if peer.phase == Phase::Off || peer.session_end != end {
            return;
        }
        self.plan_call(end, context);
        if peer.probe & TALKING != 0 {
            return;
        }
        context.tally.counters.calls_wanted += 1;
        if !peer.phase.online() {
            context.tally.counters.calls_missed += 1;
            return self.count_lost(context.now, 0, context);
        }
        let reaches = (!self.overlay || world.directory.is_live(peer.link))
            && !self.is_cut_off(world, context);
        let draw = context.draw(draw_ids::CALL, 1);
        let media = match (
            draw.hits(1, self.call.video_share),
            draw.hits(2, self.call.group_share),
        ) {
            (true, true) => Media::GroupVideo,
            (true, false) => Media::Video,
            (false, _) => Media::Voice,
        };
        let other = match media {
            Media::GroupVideo => Some(NO_ACTOR),
            Media::Voice | Media::Video => self.find_callee(context),
        };
        let Some(other) = other.filter(|_| reaches) else {
            context.tally.counters.calls_failed += 1;
            return self.count_lost(context.now, 0, context);
        };
        let mut leg = CallLeg::new(context.id, other, media, context.now);
        let carried = match media {
            Media::GroupVideo => {
                leg.carrier = self.addresses.server(ServerKind::GroupVideo);
                Some(leg.carrier)
            }
            Media::Voice | Media::Video if draw.hits(3, self.call.relayed_share) => {
                let relay = self.relay(world, &mut leg, context);
                if relay.is_none() {
                    context.tally.counters.calls_failed += 1;
                    return self.count_lost(context.now, 0, context);
                }
                relay
            }
            Media::Voice | Media::Video => None,
        };
        let (to, kind) = match carried {
            Some(carrier) => (carrier, Kind::Carry),
            None => {
                leg.stage = Stage::Ringing;
                (other, Kind::Ring)
            }
        };
        context.send(
            to,
            LOOKAHEAD,
            Message::numbered(kind, context.id, leg.tag()),
        );
        self.enter_call(leg, peer, context);
    }

    /// Notes that this client is in a call.
    fn enter_call(&self, leg: CallLeg, mut peer: Peer, context: &mut Context<'_>) {
        context.block_state.legs.add(leg);
        peer.probe |= TALKING;
        *context.state = State::Peer(peer);
    }

    /// Finds a user to call: an account drawn at random among those whose user is in a session.
    fn find_callee(&self, context: &Context<'_>) -> Option<ActorId> {
        let random = context.random();
        let groups = (0..self.call.contacts)
            .map(|group| context.draw(draw_ids::CALL, FIRST_CONTACT + group));
        let mut drawn = groups
            .flat_map(|draw| [0, 1, 2, 3].map(|place| draw.below(place, self.addresses.clients())));
        drawn.find(|id| {
            let traits = self.population.traits(random, *id);
            let about = |id| {
                self.activity
                    .is_in_session(random, id, &traits, context.now)
            };
            *id != context.id && traits.regular && (traits.always_on || about(*id))
        })
    }

    /// The length of the call that this client began at `begun`.
    fn length(&self, begun: Tick, context: &Context<'_>) -> Span {
        let draw = context.random().draw(context.id, begun, draw_ids::CALL, 1);
        if draw.hits(1, self.call.video_share) {
            self.call.video.span(draw.word(0))
        } else {
            self.call.voice.span(draw.word(0))
        }
    }

    /// Counts what is lost of a call of which `talked` ticks took place.
    fn count_lost(&self, begun: Tick, talked: Span, context: &mut Context<'_>) {
        let lost = self.length(begun, context).saturating_sub(talked);
        context.tally.counters.call_seconds_lost += u64::from(lost);
        if self.population.is_business(context.random(), context.id) {
            context.tally.counters.business_calls_lost += 1;
        }
    }

    /// A call arrives.
    pub(crate) fn ring(
        &self,
        world: &World,
        peer: Peer,
        caller: ActorId,
        tag: u8,
        context: &mut Context<'_>,
    ) {
        let found = peer.phase.online()
            && (!self.overlay || world.directory.is_live(peer.link))
            && !self.is_cut_off(world, context);
        let kind = if !found {
            Kind::Unreached
        } else if peer.probe & TALKING != 0 {
            Kind::Engaged
        } else {
            Kind::Answer
        };
        context.send(caller, LOOKAHEAD, Message::numbered(kind, context.id, tag));
        if kind == Kind::Answer {
            // The tag holds the last eight bits of the tick in which the caller began.
            let ago = Tick::from((context.now as u8).wrapping_sub(tag));
            let leg = CallLeg {
                stage: Stage::Talking,
                caller: false,
                ..CallLeg::new(context.id, caller, Media::Voice, context.now - ago)
            };
            self.enter_call(leg, peer, context);
        }
    }

    /// The client's end of a call, if a message with this tag is about it.
    fn leg<'a>(peer: Peer, tag: u8, context: &'a mut Context<'_>) -> Option<&'a mut CallLeg> {
        if peer.probe & TALKING == 0 {
            return None;
        }
        context
            .block_state
            .legs
            .get(context.id)
            .filter(|leg| leg.tag() == tag)
    }

    /// The other end answers.
    pub(crate) fn answered(&self, peer: Peer, callee: ActorId, tag: u8, context: &mut Context<'_>) {
        let leg = Self::leg(peer, tag, context)
            .filter(|leg| leg.stage == Stage::Ringing && leg.other == callee);
        match leg.copied() {
            Some(leg) => self.begin(leg, context),
            // The caller has left the call meanwhile.
            None => context.send(
                callee,
                LOOKAHEAD,
                Message::numbered(Kind::HangUp, context.id, tag),
            ),
        }
    }

    /// The conversation begins.
    pub(crate) fn begin(&self, mut leg: CallLeg, context: &mut Context<'_>) {
        leg.stage = Stage::Talking;
        leg.answered = context.now;
        let length = self.length(leg.begun, context);
        context.send(context.id, length, Message::new(Kind::CallEnd, leg.begun));
        context.tally.counters.calls += 1;
        context.tally.talking[leg.media as usize] += 1;
        context.block_state.legs.add(leg);
    }

    /// The callee is not signed in, or in another call.
    pub(crate) fn not_answered(
        &self,
        peer: Peer,
        callee: ActorId,
        engaged: bool,
        tag: u8,
        context: &mut Context<'_>,
    ) {
        let rings = Self::leg(peer, tag, context)
            .is_some_and(|leg| leg.stage == Stage::Ringing && leg.other == callee);
        if rings {
            self.abandon(peer, engaged, context);
        }
    }

    /// A call of this client cannot be set up, or is not answered.
    pub(crate) fn abandon(&self, mut peer: Peer, engaged: bool, context: &mut Context<'_>) {
        let Some(leg) = context.block_state.legs.remove(context.id) else {
            return;
        };
        peer.probe &= !TALKING;
        *context.state = State::Peer(peer);
        if leg.carrier != NO_ACTOR && leg.stage == Stage::Ringing {
            self.release(&leg, LOOKAHEAD, context);
        }
        if engaged {
            context.tally.counters.calls_engaged += 1;
        } else {
            context.tally.counters.calls_failed += 1;
            self.count_lost(leg.begun, 0, context);
        }
    }

    /// The call that began at `begun` has lasted as long as its users wanted.
    pub(crate) fn call_end(&self, mut peer: Peer, begun: Tick, context: &mut Context<'_>) {
        if Self::leg(peer, tag(begun), context).is_some_and(|leg| leg.begun == begun) {
            self.leave_call(&mut peer, Ending::HungUp, context);
            *context.state = State::Peer(peer);
        }
    }

    /// The other end, or what carries the call, reports that the call is over or that it is gone.
    pub(crate) fn call_over(
        &self,
        mut peer: Peer,
        by: ActorId,
        ending: Ending,
        tag: u8,
        context: &mut Context<'_>,
    ) {
        let leg = Self::leg(peer, tag, context).copied();
        let Some(leg) = leg.filter(|leg| leg.other == by || leg.carrier == by) else {
            return;
        };
        // The sender of the message needs no message.
        let remaining = CallLeg {
            other: if leg.other == by { NO_ACTOR } else { leg.other },
            carrier: if leg.carrier == by {
                NO_ACTOR
            } else {
                leg.carrier
            },
            ..leg
        };
        context.block_state.legs.add(remaining);
        // This end is still there, so the others notice at once.
        self.leave_call_after(&mut peer, ending, LOOKAHEAD, context);
        *context.state = State::Peer(peer);
    }

    /// This client leaves its call, if it is in one. The other actors notice at once if the user hangs
    /// up, later if the machine goes down.
    pub(crate) fn leave_call(&self, peer: &mut Peer, ending: Ending, context: &mut Context<'_>) {
        let delay = match ending {
            Ending::HungUp => LOOKAHEAD,
            Ending::Lost => {
                let word = context.draw(draw_ids::NOTICE, context.id).word(0);
                self.call.notice.span(word)
            }
        };
        self.leave_call_after(peer, ending, delay, context);
    }

    /// Leaves a call; the other actors notice after `delay`.
    fn leave_call_after(
        &self,
        peer: &mut Peer,
        ending: Ending,
        delay: Span,
        context: &mut Context<'_>,
    ) {
        if peer.probe & TALKING == 0 {
            return;
        }
        peer.probe &= !TALKING;
        let Some(leg) = context.block_state.legs.remove(context.id) else {
            return;
        };
        if leg.other != NO_ACTOR && leg.stage != Stage::Carrying {
            let kind = match (ending, leg.caller) {
                (Ending::Lost, false) => Kind::CallLost,
                (Ending::Lost, true) | (Ending::HungUp, _) => Kind::HangUp,
            };
            let message = Message::numbered(kind, context.id, leg.tag());
            context.send(leg.other, delay, message);
        }
        if leg.caller {
            self.count_call(&leg, ending, context);
            if leg.carrier != NO_ACTOR {
                self.release(&leg, delay, context);
            }
        }
    }

    /// Counts a call that is over.
    fn count_call(&self, leg: &CallLeg, ending: Ending, context: &mut Context<'_>) {
        if leg.stage != Stage::Talking {
            context.tally.counters.calls_failed += 1;
            return self.count_lost(leg.begun, 0, context);
        }
        let talked = context.now - leg.answered;
        context.tally.talking[leg.media as usize] -= 1;
        context.tally.counters.call_seconds += u64::from(talked);
        match ending {
            Ending::HungUp => context.tally.counters.calls_ended += 1,
            Ending::Lost => {
                context.tally.counters.calls_dropped += 1;
                self.count_lost(leg.begun, talked, context);
            }
        }
    }
}
