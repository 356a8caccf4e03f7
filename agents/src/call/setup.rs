//! Calls between users: set up through the directory, carried by the two ends alone or by a third
//! actor, ended by a user or by the network.
//!
//! During a session the user wants to make calls from time to time, whether logged in or not. The
//! callee is a user with a session in progress, so nearly every call rings if the network works. A call
//! fails if the caller has not yet noticed the loss of its supernode, if the call needs a relay and
//! none is found, or if the callee is not logged in. A call in progress needs no supernode; it is
//! dropped if the machine at either end, or the carrier, goes down. Invariant: all counters are updated
//! at the caller's end, so each call is counted once. Units: ticks.

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

/// The reason why a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A user hangs up.
    HungUp,
    /// A machine goes down without sending a message.
    Lost,
}

impl Network {
    /// Schedules the next time at which the user of a session wants to make a call.
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

    /// Handles the time at which the user of the session that ends at `end` wants to make a call.
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
            Media::Voice | Media::Video => {
                self.find_callee(context.random(), context.id, context.now)
            }
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

    /// Marks this client as being in a call.
    fn enter_call(&self, leg: CallLeg, mut peer: Peer, context: &mut Context<'_>) {
        context.block_state.legs.put(leg);
        peer.probe |= TALKING;
        *context.state = State::Peer(peer);
    }

    /// Returns the length of the call that this client started at `begun`.
    fn length(&self, begun: Tick, context: &Context<'_>) -> Span {
        let draw = context.random().draw(context.id, begun, draw_ids::CALL, 1);
        if draw.hits(1, self.call.video_share) {
            self.call.video.span(draw.word(0))
        } else {
            self.call.voice.span(draw.word(0))
        }
    }

    /// Counts the lost part of a dropped call that lasted `talked` ticks.
    fn count_lost(&self, begun: Tick, talked: Span, context: &mut Context<'_>) {
        let lost = self.length(begun, context).saturating_sub(talked);
        context.tally.counters.call_seconds_lost += u64::from(lost);
        if self.population.is_business(context.random(), context.id) {
            context.tally.counters.business_calls_lost += 1;
        }
    }

    /// Handles a call that arrives.
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
            // The tag holds the low eight bits of the tick at which the call started.
            let ago = Tick::from((context.now as u8).wrapping_sub(tag));
            let leg = CallLeg {
                stage: Stage::Talking,
                caller: false,
                ..CallLeg::new(context.id, caller, Media::Voice, context.now - ago)
            };
            self.enter_call(leg, peer, context);
        }
    }

    /// Returns the client's leg, if a message with this tag is about it.
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

    /// Handles the answer of the callee.
    pub(crate) fn answered(&self, peer: Peer, callee: ActorId, tag: u8, context: &mut Context<'_>) {
        let leg = Self::leg(peer, tag, context)
            .filter(|leg| leg.stage == Stage::Ringing && leg.other == callee);
        match leg.copied() {
            Some(leg) => self.begin(leg, context),
            // The caller has left the call in the meantime.
            None => context.send(
                callee,
                LOOKAHEAD,
                Message::numbered(Kind::HangUp, context.id, tag),
            ),
        }
    }

    /// Starts the conversation.
    pub(crate) fn begin(&self, mut leg: CallLeg, context: &mut Context<'_>) {
        leg.stage = Stage::Talking;
        leg.answered = context.now;
        let length = self.length(leg.begun, context);
        context.send(context.id, length, Message::new(Kind::CallEnd, leg.begun));
        context.tally.counters.calls += 1;
        context.tally.talking[leg.media as usize] += 1;
        context.block_state.legs.put(leg);
    }

    /// Handles the message that the callee is not logged in or is in another call.
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
            self.abandon_call(peer, engaged, context);
        }
    }

    /// Ends a call of this client that cannot be set up or is not answered.
    pub(crate) fn abandon_call(&self, mut peer: Peer, engaged: bool, context: &mut Context<'_>) {
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

    /// Ends the call that started at `begun` after the length that its users wanted.
    pub(crate) fn call_end(&self, mut peer: Peer, begun: Tick, context: &mut Context<'_>) {
        if Self::leg(peer, tag(begun), context).is_some_and(|leg| leg.begun == begun) {
            self.leave_call(&mut peer, Ending::HungUp, context);
            *context.state = State::Peer(peer);
        }
    }

    /// Handles the message of the other end or of the carrier that the call has ended or that its
    /// sender is gone.
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
        // The sender already knows, so it gets no message.
        let remaining = CallLeg {
            other: if leg.other == by { NO_ACTOR } else { leg.other },
            carrier: if leg.carrier == by {
                NO_ACTOR
            } else {
                leg.carrier
            },
            ..leg
        };
        context.block_state.legs.put(remaining);
        // This end is still up, so it informs the other actors at once.
        self.leave_call_after(&mut peer, ending, LOOKAHEAD, context);
        *context.state = State::Peer(peer);
    }

    /// Leaves the current call, if there is one. The other actors notice at once if the user hangs up,
    /// and later if the machine goes down.
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

    /// Counts a call that has ended.
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
