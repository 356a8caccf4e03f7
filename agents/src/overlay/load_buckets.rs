//! The pending requests of a supernode: when it loses requests, and when it fails.
//!
//! There are two leaky buckets, which drain at the host's rate. The first holds the pending requests,
//! up to a burst; requests above the burst are lost. The second holds all requests that arrived, up to
//! `endurance` ticks of the rate; when it is full, the supernode is overloaded, and it stays so until
//! half of the bucket has drained. Under a steady load of `a` requests per tick and a rate of `r`, it is
//! overloaded after `endurance * r / (a - r)` ticks, and never if `a <= r`.
//!
//! An overloaded supernode fails after a time without memory, however great the load: its *patience*. It
//! is drawn when the overload begins, which is the same as a constant hazard. The failure takes place at
//! the first request after that time, if the overload lasted until then. Sturdy ones do not fail.
//! Digests depend on the order of the fields. Units: millionths of a request, ticks.

use patchday_core::{Span, Tick};
use serde::{Deserialize, Serialize};

use crate::network::distributions::ExponentialSpans;

const REQUEST: u64 = 1_000_000;

/// The limits of a supernode's load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoadLimits {
    /// The requests that can arrive at once, in ticks of the rate.
    pub(crate) burst: Span,
    /// The pending requests from which on it is overloaded, in ticks of the rate.
    pub(crate) endurance: Span,
    /// The time of overload until it fails; `None` if it fails at once.
    pub(crate) patience: Option<ExponentialSpans>,
}

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestOutcome {
    /// It is answered.
    Fine,
    /// It is lost.
    Lost,
    /// It makes the supernode fail.
    FallsOver,
}

/// The two buckets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct LoadBuckets {
    /// Levels of the first and the second bucket at `drained_at`.
    in_hand: u64,
    pile: u64,
    drained_at: Tick,
    /// The tick of the last lost request, if any was lost.
    lost_at: Option<Tick>,
    /// While it is overloaded: the tick at which its patience ends.
    falls_at: Option<Tick>,
}

/// Returns the level of a bucket that holds `span` ticks of requests at the rate, and one more.
fn bucket_size(rate: u64, span: Span) -> u64 {
    rate.saturating_mul(span.into()).saturating_add(REQUEST)
}

impl LoadBuckets {
    /// Creates empty buckets.
    pub(crate) fn new(now: Tick) -> Self {
        Self {
            drained_at: now,
            ..Self::default()
        }
    }

    /// Returns the level of the second bucket at a tick since the last request.
    fn pile_at(&self, rate: u64, tick: Tick) -> u64 {
        let since = u64::from(tick.saturating_sub(self.drained_at));
        self.pile.saturating_sub(rate.saturating_mul(since))
    }

    fn drain(&mut self, rate: u64, now: Tick) {
        self.pile = self.pile_at(rate, now);
        let gone = rate.saturating_mul((now - self.drained_at).into());
        self.in_hand = self.in_hand.saturating_sub(gone);
        self.drained_at = now;
    }

    /// Handles a request at `now`. The host has a rate, in millionths per tick, and is sturdy or not.
    /// `word` gives the uniform word of its patience.
    pub(crate) fn request(
        &mut self,
        (rate, sturdy): (u64, bool),
        now: Tick,
        limits: &LoadLimits,
        word: impl FnOnce() -> u32,
    ) -> RequestOutcome {
        let limit = bucket_size(rate, limits.endurance);
        if let Some(falls_at) = self.falls_at {
            if falls_at <= now && self.pile_at(rate, falls_at) > limit / 2 {
                return RequestOutcome::FallsOver;
            }
            if self.pile_at(rate, now) <= limit / 2 {
                self.falls_at = None;
            }
        }
        self.drain(rate, now);
        self.pile = self.pile.saturating_add(REQUEST);
        if self.pile > limit {
            self.pile = limit;
            if !sturdy && self.falls_at.is_none() {
                let Some(patience) = limits.patience else {
                    return RequestOutcome::FallsOver;
                };
                self.falls_at = Some(now.saturating_add(patience.span(word())));
            }
        }
        if self.in_hand + REQUEST > bucket_size(rate, limits.burst) {
            self.lost_at = Some(now);
            return RequestOutcome::Lost;
        }
        self.in_hand += REQUEST;
        RequestOutcome::Fine
    }

    /// Empties both buckets at `now`.
    pub(crate) fn clear(&mut self, now: Tick) {
        (self.in_hand, self.pile) = (0, 0);
        self.falls_at = None;
        self.drained_at = now;
    }

    /// Returns whether a request was lost in the last `burst` ticks.
    pub(crate) fn overflowed(&self, now: Tick, burst: Span) -> bool {
        self.lost_at.is_some_and(|lost| now - lost <= burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A host that is not sturdy, with a rate in requests per tick.
    fn host(requests: u64) -> (u64, bool) {
        (requests * REQUEST, false)
    }

    fn limits(endurance: u32, patience: u32) -> LoadLimits {
        LoadLimits {
            burst: 5,
            endurance,
            patience: (patience > 0).then(|| ExponentialSpans::new(patience.into())),
        }
    }

    /// Sends a steady `requests` per tick to a supernode with a rate of `rate` requests per tick, whose
    /// patience has this word. Returns the tick at which it fails, or `None` if it does not within a day.
    fn fall(requests: u32, rate: u64, limits: &LoadLimits, word: u32) -> Option<Tick> {
        let mut load = LoadBuckets::new(0);
        (0..86_400).find(|now| {
            (0..requests).any(|_| {
                load.request(host(rate), *now, limits, || word) == RequestOutcome::FallsOver
            })
        })
    }

    #[test]
    fn without_patience_a_supernode_fails_at_the_time_of_the_closed_form() {
        let falls_after = |requests| fall(requests, 2, &limits(60, 0), 0);
        assert_eq!(falls_after(2), None);
        // endurance * r / (a - r), within the tick in which the second bucket overflows.
        assert!((119..=121).contains(&falls_after(3).unwrap()));
        assert!((19..=21).contains(&falls_after(8).unwrap()));
    }

    #[test]
    fn an_overloaded_supernode_fails_after_its_patience_however_great_the_load() {
        // Twice and a hundred times the rate: the bucket of 60 s is full after 60 s or at once; from
        // then on both fail with a mean of 600 s and the spread of an exponential time.
        for (requests, full) in [(4, 60.0), (200, 0.6)] {
            let times = (0..1_000u32).map(|index| {
                let word = (index * 2 + 1) * (u32::MAX / 2_000);
                f64::from(fall(requests, 2, &limits(60, 600), word).unwrap()) - full
            });
            let times: Vec<f64> = times.collect();
            let mean = times.iter().sum::<f64>() / 1e3;
            assert!((mean - 600.0).abs() < 6.0, "{requests}: {mean}");
            let survivors = times.iter().filter(|time| **time > 1_200.0).count();
            assert!(
                (125..=145).contains(&survivors),
                "{survivors} of 1000 exp(-2)"
            );
        }
    }

    #[test]
    fn patience_does_not_end_once_the_overload_is_over() {
        let mut load = LoadBuckets::new(0);
        let limits = limits(60, 600);
        // 61 requests at once fill the bucket, the next one overloads it: it would fail after 416 s
        // (half of all do within 600 ln 2). Without further requests half has drained after 31 s.
        for _ in 0..62 {
            assert_ne!(
                load.request(host(1), 10, &limits, || 1 << 31),
                RequestOutcome::FallsOver
            );
        }
        assert!(
            load.falls_at
                .is_some_and(|tick| (424..=428).contains(&tick))
        );
        let after = load.request(host(1), 500, &limits, || 0);
        assert_eq!((after, load.falls_at), (RequestOutcome::Fine, None));
    }

    #[test]
    fn a_sturdy_supernode_loses_requests_and_never_fails() {
        let mut load = LoadBuckets::new(0);
        for now in 0..10_000 {
            for _ in 0..10 {
                let outcome = load.request((REQUEST, true), now, &limits(60, 1), || 0);
                assert_ne!(outcome, RequestOutcome::FallsOver);
            }
        }
        assert!(load.overflowed(10_000, 5));
    }

    #[test]
    fn requests_above_the_burst_are_lost_until_it_has_drained() {
        let mut load = LoadBuckets::new(0);
        let mut answered = |now| {
            let requests = (0..20).map(|_| load.request(host(1), now, &limits(900, 0), || 0));
            requests
                .filter(|outcome| *outcome == RequestOutcome::Fine)
                .count()
        };
        // The burst and one more at once, then one per tick: the rate.
        assert_eq!((answered(10), answered(11), answered(12)), (6, 1, 1));
        assert!(load.overflowed(13, 5));
        assert!(!load.overflowed(90, 5));
    }
}
