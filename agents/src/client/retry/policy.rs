//! Retry policies: when a client tries again after a failure.
//!
//! The pause is fixed or grows exponentially. A circuit breaker, a longer pause that a server asks for,
//! and an empty token bucket make it longer. After too many failures the user gives up until the next
//! session. Full jitter is uniform from 0 to the pause; equal jitter is uniform from half of the pause
//! to all of it; decorrelated jitter is uniform from the base to three times the last pause, cut at the
//! cap (fact 9, AWS Architecture Blog). Only decorrelated jitter depends on the last pause, so only
//! under that policy the block stores it.
//!
//! A new policy is a variant of [`Jitter`] with its arm in [`RetryParams::pause`], or a key of
//! [`Retry`] with its step in [`RetryParams::next_pause`]. The policies of platforms are of the same
//! kind, see [`crate::client::platform`].
//!
//! The token bucket reuses the fields in which a client of an overlay stores its supernode:
//! [`Peer::list`] holds the tokens, and [`Peer::link`] the tick up to which they were refilled. Units:
//! ticks.

use std::collections::BTreeMap;

use patchday_core::{ActorId, LOOKAHEAD, Span as Ticks, Tick, random::below};
use serde::{Deserialize, Serialize};

use crate::{
    client::{
        retry::section::{Jitter, Retry},
        state::{NEVER, Peer},
    },
    network::distributions::between,
    scenario::quantity::run_clock::{TickLength, delay},
};

/// The failure of a cycle or login.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure {
    pub(crate) client: ActorId,
    pub(crate) now: Tick,
    /// A uniform word for the pause.
    pub(crate) word: u32,
    /// The pause that a server asked for; 0 for none.
    pub(crate) asked: Ticks,
}

/// The last pause of each client of a block that waits under decorrelated jitter, in ticks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct LastPauses(BTreeMap<ActorId, Ticks>);

impl LastPauses {
    /// Returns the bytes that the map refers to. A node of a B-tree is two thirds full on average.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.0.len() * size_of::<(ActorId, Ticks)>() * 3 / 2
    }

    /// Removes the pause of a client that logged in.
    pub(crate) fn forget(&mut self, client: ActorId) {
        if !self.0.is_empty() {
            self.0.remove(&client);
        }
    }
}

/// The compiled retry policy.
#[derive(Debug)]
pub(crate) struct RetryParams {
    fixed: Option<Ticks>,
    base: Ticks,
    cap: Ticks,
    /// The pause without jitter after each number of earlier failures.
    grown: Vec<Ticks>,
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

/// Returns the pause without jitter after `failures` earlier failures in a row, in ticks.
fn grown_pause(retry: &Retry, failures: u8, tick: TickLength) -> Ticks {
    let (base, cap) = (
        tick.ticks(retry.exponential.base),
        tick.ticks(retry.exponential.cap),
    );
    let pause = f64::from(base) * libm::pow(retry.exponential.factor, failures.into());
    pause.round().min(cap.into()) as Ticks
}

/// Returns the longest pause without jitter, after as many failures as a client counts, in ticks.
pub(crate) fn longest_grown_pause(retry: &Retry, tick: TickLength) -> Ticks {
    grown_pause(retry, u8::MAX, tick)
}

impl RetryParams {
    pub(crate) fn new(retry: &Retry, tick: TickLength) -> Self {
        let base = tick.ticks(retry.exponential.base);
        let cap = tick.ticks(retry.exponential.cap);
        let grown = (0..=u8::MAX).map(|failures| grown_pause(retry, failures, tick));
        Self {
            fixed: retry.fixed.map(|fixed| tick.ticks(fixed)),
            base,
            cap,
            grown: grown.collect(),
            jitter: retry.exponential.jitter,
            tokens: retry.budget.tokens,
            refill: tick.ticks(retry.budget.refill),
            breaker_failures: retry.breaker.failures,
            breaker_open: tick.ticks(retry.breaker.open),
            heed_retry_after: retry.heed_retry_after,
            give_up: retry.give_up,
        }
    }

    /// Returns the pause after a failure that follows `earlier` failures, at least one tick.
    fn pause(&self, earlier: u8, failure: Failure, last: &mut LastPauses) -> Ticks {
        if let Some(fixed) = self.fixed {
            return fixed.max(LOOKAHEAD);
        }
        let grown = self.grown[usize::from(earlier)];
        let pause = match self.jitter {
            Jitter::None => grown,
            Jitter::Full => between(failure.word, 0, grown),
            Jitter::Equal => between(failure.word, grown / 2, grown),
            Jitter::Decorrelated => {
                // A pause of an earlier series of failures does not count.
                let known = last.0.get(&failure.client).filter(|_| earlier > 0);
                let last_pause = known.copied().unwrap_or(self.base);
                let most = last_pause.saturating_mul(3).max(self.base);
                let pause = between(failure.word, self.base, most).min(self.cap);
                last.0.insert(failure.client, pause);
                pause
            }
        };
        pause.max(LOOKAHEAD)
    }

    /// Counts one more failure of a client and returns the pause before its next attempt, or `None` if
    /// its user gives up.
    pub(crate) fn next_pause(
        &self,
        peer: &mut Peer,
        failure: Failure,
        last: &mut LastPauses,
    ) -> Option<Ticks> {
        let Failure {
            now, word, asked, ..
        } = failure;
        let failures = peer.attempt.saturating_add(1);
        // An always-on machine has no user at it, so its client never gives up.
        if self.give_up > 0 && failures >= self.give_up && peer.session_end != NEVER {
            return None;
        }
        let mut pause = self.pause(peer.attempt, failure, last);
        peer.attempt = failures;
        if self.breaker_failures > 0 && failures >= self.breaker_failures {
            pause = pause.max(self.breaker_open);
        }
        if self.heed_retry_after && asked > 0 {
            // Uniform from the requested pause to twice as long, so that clients rejected together do
            // not return together.
            let more = below(word.rotate_left(16), asked);
            pause = pause.max(asked.saturating_add(more));
        }
        if self.tokens > 0 {
            pause = pause.max(self.take_token(peer, now));
        }
        Some(delay(pause))
    }

    /// Takes a token from the bucket of a client. Returns the time until the token is available.
    fn take_token(&self, peer: &mut Peer, now: Tick) -> Ticks {
        // The next token is already reserved for an attempt that a restart of the machine replaced by an
        // earlier one. The client has one attempt at a time, so it reserves no second token, and its
        // debt is at most one token.
        if peer.link > now {
            return peer.link - now;
        }
        let gained = (now - peer.link) / self.refill;
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
        peer.link = peer.link.saturating_add(self.refill);
        peer.link - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::quantity::span::Span;

    fn policy(change: impl FnOnce(&mut Retry)) -> RetryParams {
        let mut retry = Retry::default();
        change(&mut retry);
        RetryParams::new(&retry, TickLength::SECOND)
    }

    fn seconds(text: &str) -> Span {
        text.parse().unwrap()
    }

    /// The pauses of a client after failures in a row, each with a uniform word.
    fn pauses(policy: &RetryParams, words: impl IntoIterator<Item = u32>) -> Vec<Ticks> {
        let (mut peer, mut last) = (Peer::off(), LastPauses::default());
        let pauses = words.into_iter().map(|word| {
            let failure = Failure {
                client: 5,
                now: 0,
                word,
                asked: 0,
            };
            policy.next_pause(&mut peer, failure, &mut last).unwrap()
        });
        pauses.collect()
    }

    #[test]
    fn pauses_grow_by_the_factor_up_to_the_cap() {
        let with_factor = |factor| {
            policy(|retry| {
                retry.exponential.base = seconds("10s");
                retry.exponential.cap = seconds("2m");
                retry.exponential.factor = factor;
                retry.exponential.jitter = Jitter::None;
            })
        };
        assert_eq!(
            pauses(&with_factor(2.0), [7; 6]),
            [10, 20, 40, 80, 120, 120]
        );
        assert_eq!(pauses(&with_factor(1.5), [7; 6]), [10, 15, 23, 34, 51, 76]);
        assert_eq!(pauses(&with_factor(1.0), [7; 4]), [10; 4]);
        // After 255 failures the pause stays at the cap.
        assert_eq!(pauses(&with_factor(1.01), [7; 300])[299], 120);
    }

    #[test]
    fn decorrelated_jitter_draws_up_to_three_times_the_last_pause() {
        let policy = policy(|retry| {
            retry.exponential.base = seconds("10s");
            retry.exponential.cap = seconds("5m");
            retry.exponential.jitter = Jitter::Decorrelated;
        });
        // The greatest word selects three times the last pause, word 0 the base.
        let drawn = pauses(
            &policy,
            [
                u32::MAX,
                u32::MAX,
                0,
                u32::MAX,
                u32::MAX,
                u32::MAX,
                u32::MAX,
            ],
        );
        assert_eq!(drawn, [30, 90, 10, 30, 90, 270, 300]);
        // The middle word selects the middle between the base and three times the last pause.
        assert_eq!(pauses(&policy, [1 << 31, 1 << 31]), [20, 35]);
    }

    #[test]
    fn a_login_starts_decorrelated_jitter_again_from_the_base() {
        let policy = policy(|retry| {
            retry.exponential.base = seconds("10s");
            retry.exponential.jitter = Jitter::Decorrelated;
        });
        let (mut peer, mut last) = (Peer::off(), LastPauses::default());
        let mut next = |peer: &mut Peer| {
            let failure = Failure {
                client: 5,
                now: 0,
                word: u32::MAX,
                asked: 0,
            };
            policy.next_pause(peer, failure, &mut last).unwrap()
        };
        assert_eq!((next(&mut peer), next(&mut peer)), (30, 90));
        peer.attempt = 0;
        assert_eq!(next(&mut peer), 30);
    }

    #[test]
    fn a_client_owes_at_most_one_token() {
        let policy = policy(|retry| {
            retry.fixed = Some(seconds("1s"));
            retry.budget.tokens = 1;
            retry.budget.refill = seconds("7d");
        });
        let (mut peer, mut last) = (Peer::off(), LastPauses::default());
        peer.fill_bucket(policy.tokens, 0);
        let mut fail = |now| {
            let failure = Failure {
                client: 5,
                now,
                word: 0,
                asked: 0,
            };
            policy.next_pause(&mut peer, failure, &mut last).unwrap()
        };
        let week = 7 * 86_400;
        assert_eq!(fail(0), 1);
        // The machine restarts every hour and fails again, and waits for the same token each time.
        for hour in 0..100 {
            assert_eq!(fail(hour * 3_600), week - hour * 3_600);
        }
        assert_eq!(fail(week), week);
        assert_eq!(fail(3 * week), 1);
    }
}
