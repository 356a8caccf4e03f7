//! Retry policies: when a client tries again after a failure, if it does.
//!
//! The pause is fixed or grows; a breaker, a server that asks to be left alone and an
//! empty token bucket make it longer; who has failed too often gives up until the next
//! session. Full jitter is even from 0 to the pause, equal jitter keeps half of it,
//! decorrelated jitter is even from the base to a bound that trebles (fact 9, AWS
//! Architecture Blog). The bucket lies where a client of an overlay keeps its
//! supernode: [`Peer::list`] are tokens, [`Peer::link`] is the tick up to which they
//! were refilled. Units: ticks.

use patchday_core::{LOOKAHEAD, Span, random::below};

use crate::{
    client::{
        section::Jitter,
        state::{NEVER, Peer},
    },
    network::{
        distributions::between,
        model::{Context, Network},
    },
};

impl Network {
    /// The pause after `attempt` earlier failures, in ticks, at least one.
    pub(crate) fn pause(&self, attempt: u8, word: u32) -> Span {
        let retry = &self.client.retry;
        if let Some(fixed) = retry.fixed {
            return fixed.seconds().max(LOOKAHEAD);
        }
        let policy = &retry.exponential;
        let (base, cap) = (policy.base.seconds(), policy.cap.seconds());
        let grown = |factor: u64, more: u32| {
            let power = factor.saturating_pow(u32::from(attempt) + more);
            u64::from(base).saturating_mul(power).min(cap.into()) as Span
        };
        let pause = match policy.jitter {
            Jitter::None => grown(2, 0),
            Jitter::Full => between(word, 0, grown(2, 0)),
            Jitter::Equal => between(word, grown(2, 0) / 2, grown(2, 0)),
            Jitter::Decorrelated => between(word, base, grown(3, 1)),
        };
        pause.max(LOOKAHEAD)
    }

    /// The pause of a client that has failed once more, whom a server may have asked to
    /// stay away for `asked` ticks; none if its user gives up.
    pub(crate) fn pause_of(
        &self,
        peer: &mut Peer,
        word: u32,
        asked: Span,
        context: &Context<'_>,
    ) -> Option<Span> {
        let retry = &self.client.retry;
        let failures = peer.attempt.saturating_add(1);
        // A machine that is always on has nobody who gives up.
        if retry.give_up > 0 && failures >= retry.give_up && peer.session_end != NEVER {
            return None;
        }
        let mut pause = self.pause(peer.attempt, word);
        peer.attempt = failures;
        if retry.breaker.failures > 0 && failures >= retry.breaker.failures {
            pause = pause.max(retry.breaker.open.seconds());
        }
        if retry.heed_retry_after && asked > 0 {
            // As long again to spread those who were turned away together.
            pause = pause.max(asked + below(word.rotate_left(16), asked));
        }
        if retry.budget.tokens > 0 {
            pause = pause.max(self.wait_for_token(peer, context.now));
        }
        Some(pause)
    }

    /// Takes a token; how long until there is one.
    fn wait_for_token(&self, peer: &mut Peer, now: u32) -> Span {
        let budget = &self.client.retry.budget;
        let refill = budget.refill.seconds();
        let gained = now.saturating_sub(peer.link) / refill;
        peer.link += gained * refill;
        let tokens = u32::from(peer.list).saturating_add(gained);
        if tokens >= u32::from(budget.tokens) {
            peer.link = now;
        }
        peer.list = tokens.min(budget.tokens.into()) as u16;
        if peer.list > 0 {
            peer.list -= 1;
            return 0;
        }
        // The next token is this one's already.
        peer.link += refill;
        peer.link - now
    }

    /// A bucket that is full.
    pub(crate) fn fill_bucket(&self, peer: &mut Peer, now: u32) {
        if !self.overlay {
            peer.list = self.client.retry.budget.tokens;
            peer.link = now;
        }
    }
}
