//! Retry policies: when a client tries again after a failure.
//!
//! The pause is fixed or grows exponentially. A circuit breaker, a longer pause that a server asks for,
//! and an empty token bucket make it longer. After too many failures the user gives up until the next
//! session. Full jitter is uniform from 0 to the pause; equal jitter is uniform from half of the pause
//! to all of it; decorrelated jitter is uniform from the base to a bound that triples with each failure
//! (fact 9, AWS Architecture Blog).
//!
//! A new policy is a variant of [`Jitter`] with its arm in [`RetryParams::pause`], or a key of
//! [`Retry`] with its step in [`RetryParams::next_pause`].
//!
//! The token bucket reuses the fields in which a client of an overlay stores its supernode:
//! [`Peer::list`] holds the tokens, and [`Peer::link`] the tick up to which they were refilled. Units:
//! ticks.

use patchday_core::{LOOKAHEAD, Span as Ticks, Tick, random::below};

use crate::{
    choice,
    client::state::{NEVER, Peer},
    network::distributions::between,
    scenario::quantity::span::Span,
    section,
};

choice! {
    /// The random part of the pause before the next attempt.
    pub enum Jitter {
        /// None: the full pause.
        None = "none",
        /// Uniform from zero to the full pause.
        Full = "full",
        /// Half of the pause is fixed, the other half is uniform.
        Equal = "equal",
        /// Uniform from the base to a bound that triples, instead of doubling, with every failure.
        Decorrelated = "decorrelated",
    }
}

section! {
    /// A pause that grows with every failure.
    pub struct Exponential {
        /// The pause after the first failure; it doubles with each further failure, unless jitter is
        /// decorrelated.
        base: Span = "30s", in "1s"..="1d", source "assumed, fact 6.25";
        /// Maximum pause.
        cap: Span = "25m", in "1s"..="7d", source "fact 1.21 (20-30 min between tries)";
        /// The random part of a pause.
        jitter: Jitter = "equal", source "assumed";
    }
}

section! {
    /// A token bucket: every retry takes a token; if the bucket is empty, the client waits for the next
    /// token.
    pub struct Budget {
        /// Maximum number of tokens of a client, and its tokens at the start of a session; 0 for no
        /// budget.
        tokens: u16 = 0, in 0..=10000, unit "tokens", source "given";
        /// The time until it gets a new token.
        refill: Span = "5m", in "1s"..="7d", source "given";
    }
}

section! {
    /// A circuit breaker: after several failures in a row the client makes no attempts for some time.
    pub struct Breaker {
        /// Failures in a row after which it opens; 0 for no breaker.
        failures: u8 = 0, in 0..=250, unit "failures", source "given";
        /// The time for which it stays open before the next attempt.
        open: Span = "10m", in "1s"..="7d", source "given";
    }
}

section! {
    /// The pause of a client after a failed cycle or login.
    pub struct Retry {
        /// A pause that grows with every failure.
        exponential: Exponential, section;
        /// A fixed pause instead of one that grows.
        fixed: Option<Span>, optional, in "1s"..="7d", source "given";
        /// A limit on the rate of retries; only for clients without an overlay.
        budget: Budget, section;
        /// A pause after many failures in a row.
        breaker: Breaker, section;
        /// Whether a rejected client waits at least as long as the server asks for.
        heed_retry_after: bool = false, source "given";
        /// Failures after which the user gives up until the next session; 0 for never.
        give_up: u8 = 0, in 0..=250, unit "failures", source "given";
    }
}

/// The compiled retry policy.
#[derive(Debug)]
pub(crate) struct RetryParams {
    fixed: Option<Ticks>,
    base: Ticks,
    cap: Ticks,
    jitter: Jitter,
    /// The tokens of a full bucket, 0 for no bucket, and the time until a token is added.
    tokens: u16,
    refill: Ticks,
    /// The failures after which the circuit breaker opens, 0 for none, and the time for which it stays
    /// open.
    breaker_failures: u8,
    breaker_open: Ticks,
    heed_retry_after: bool,
    /// The failures after which the user gives up; 0 for never.
    give_up: u8,
}

impl RetryParams {
    pub(crate) fn new(retry: &Retry) -> Self {
        Self {
            fixed: retry.fixed.map(Span::seconds),
            base: retry.exponential.base.seconds(),
            cap: retry.exponential.cap.seconds(),
            jitter: retry.exponential.jitter,
            tokens: retry.budget.tokens,
            refill: retry.budget.refill.seconds(),
            breaker_failures: retry.breaker.failures,
            breaker_open: retry.breaker.open.seconds(),
            heed_retry_after: retry.heed_retry_after,
            give_up: retry.give_up,
        }
    }

    /// Returns the pause after `attempt` earlier failures: at least one tick. `word` is uniform.
    fn pause(&self, attempt: u8, word: u32) -> Ticks {
        if let Some(fixed) = self.fixed {
            return fixed.max(LOOKAHEAD);
        }
        let grown = |factor: u64, more: u32| {
            let power = factor.saturating_pow(u32::from(attempt) + more);
            let pause = u64::from(self.base).saturating_mul(power);
            pause.min(self.cap.into()) as Ticks
        };
        let pause = match self.jitter {
            Jitter::None => grown(2, 0),
            Jitter::Full => between(word, 0, grown(2, 0)),
            Jitter::Equal => between(word, grown(2, 0) / 2, grown(2, 0)),
            Jitter::Decorrelated => between(word, self.base, grown(3, 1)),
        };
        pause.max(LOOKAHEAD)
    }

    /// Counts one more failure of a client and returns the pause before its next attempt, or `None` if
    /// its user gives up. `asked` is the pause that a server asked for; 0 for none.
    pub(crate) fn next_pause(
        &self,
        peer: &mut Peer,
        word: u32,
        asked: Ticks,
        now: Tick,
    ) -> Option<Ticks> {
        let failures = peer.attempt.saturating_add(1);
        // An always-on machine has no user at it, so its client never gives up.
        if self.give_up > 0 && failures >= self.give_up && peer.session_end != NEVER {
            return None;
        }
        let mut pause = self.pause(peer.attempt, word);
        peer.attempt = failures;
        if self.breaker_failures > 0 && failures >= self.breaker_failures {
            pause = pause.max(self.breaker_open);
        }
        if self.heed_retry_after && asked > 0 {
            // Uniform from the requested pause to twice as long, so that clients rejected together do
            // not return together.
            pause = pause.max(asked + below(word.rotate_left(16), asked));
        }
        if self.tokens > 0 {
            pause = pause.max(self.take_token(peer, now));
        }
        Some(pause)
    }

    /// Takes a token from the bucket of a client. Returns the time until the token is available.
    fn take_token(&self, peer: &mut Peer, now: Tick) -> Ticks {
        let gained = now.saturating_sub(peer.link) / self.refill;
        peer.link += gained * self.refill;
        let tokens = u32::from(peer.list).saturating_add(gained);
        if tokens >= u32::from(self.tokens) {
            peer.link = now;
        }
        peer.list = tokens.min(self.tokens.into()) as u16;
        if peer.list > 0 {
            peer.list -= 1;
            return 0;
        }
        // This request reserves the next token.
        peer.link += self.refill;
        peer.link - now
    }

    /// Refills the token bucket of a client, which must not be part of an overlay.
    pub(crate) fn fill_bucket(&self, peer: &mut Peer, now: Tick) {
        peer.list = self.tokens;
        peer.link = now;
    }
}
