//! Retry budgets of clients for their operations: each client has a bucket of tokens for each operation.
//!
//! A success adds `per_success` tokens under both laws. Under `throttle`, as in gRPC (proposal A6), a failure
//! removes one token, and a retry is sent only while more than half of the tokens are left. Under
//! `adaptive` a retry removes one token. A block stores, for each bucket that is not full, the number of
//! missing tokens. Units: thousandths of a token.

use std::{
    collections::BTreeMap,
    hash::{Hash, Hasher},
};

use patchday_core::ActorId;
use serde::{Deserialize, Serialize};

use crate::{choice, section};

choice! {
    /// How a retry budget of a client counts.
    pub enum BudgetLaw {
        /// A failure takes a token, a success adds `per_success`; a retry is sent only while more than
        /// half of the tokens are left (the retry throttling of gRPC).
        Throttle = "throttle",
        /// A retry takes a token, a success adds `per_success`; a retry without a token is not sent.
        Adaptive = "adaptive",
    }
}

section! {
    /// A retry budget of each client for an operation: a bucket of tokens, full at the start of a
    /// session.
    pub struct RequestBudget {
        /// How it counts.
        law: BudgetLaw = "throttle", source "given";
        /// The tokens of a full bucket.
        tokens: u16 = 10, in 1..=10000, unit "tokens", source "gRPC proposal A6 (its example)";
        /// The tokens that a successful request adds.
        per_success: f64 = 0.1, in 0..=1000, unit "tokens", source "gRPC proposal A6 (its example)";
    }
}

/// A token.
const TOKEN: u32 = 1_000;

/// The compiled retry budget of an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BudgetParams {
    law: BudgetLaw,
    /// What a full bucket holds, and what a success adds.
    full: u32,
    gain: u32,
}

impl BudgetParams {
    pub(crate) fn new(budget: &RequestBudget) -> Self {
        Self {
            law: budget.law,
            full: u32::from(budget.tokens) * TOKEN,
            gain: (budget.per_success * f64::from(TOKEN)).round() as u32,
        }
    }

    /// Returns what is missing after a success.
    fn after_success(self, missing: u32) -> u32 {
        missing.saturating_sub(self.gain)
    }

    /// Returns what is missing after a failure, and whether a retry can be sent, which then has its
    /// token. `wants` is whether the sender would send one.
    fn after_failure(self, missing: u32, wants: bool) -> (u32, bool) {
        match self.law {
            BudgetLaw::Throttle => {
                let missing = (missing + TOKEN).min(self.full);
                (missing, wants && missing < self.full / 2)
            }
            BudgetLaw::Adaptive if wants && missing + TOKEN <= self.full => (missing + TOKEN, true),
            BudgetLaw::Adaptive => (missing, false),
        }
    }
}

/// What is missing in the buckets of the clients of a block, by client and operation. A full bucket has
/// no entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RequestBudgets(BTreeMap<(ActorId, u8), u32>);

/// Without entries nothing is hashed, so a scenario without budgets has the digest that it has without
/// this map.
impl Hash for RequestBudgets {
    fn hash<H: Hasher>(&self, digest: &mut H) {
        if !self.0.is_empty() {
            self.0.hash(digest);
        }
    }
}

impl RequestBudgets {
    /// Returns the bytes that the map refers to. A node of a B-tree is two thirds full on average.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.0.len() * size_of::<((ActorId, u8), u32)>() * 3 / 2
    }

    /// Counts the success of a request of an operation.
    pub(crate) fn succeeded(&mut self, client: ActorId, operation: u8, budget: BudgetParams) {
        if self.0.is_empty() {
            return;
        }
        if let Some(missing) = self.0.get(&(client, operation)) {
            self.set(client, operation, budget.after_success(*missing));
        }
    }

    /// Counts the failure of a request of an operation. `wants` is whether the client would send it
    /// again. Returns whether the budget allows that.
    pub(crate) fn failed(
        &mut self,
        client: ActorId,
        operation: u8,
        budget: BudgetParams,
        wants: bool,
    ) -> bool {
        let missing = self.0.get(&(client, operation)).copied().unwrap_or(0);
        let (missing, is_allowed) = budget.after_failure(missing, wants);
        self.set(client, operation, missing);
        is_allowed
    }

    fn set(&mut self, client: ActorId, operation: u8, missing: u32) {
        if missing > 0 {
            self.0.insert((client, operation), missing);
        } else {
            self.0.remove(&(client, operation));
        }
    }

    /// Fills the buckets of a client.
    pub(crate) fn fill(&mut self, client: ActorId) {
        while let Some(key) = self.of_client(client) {
            self.0.remove(&key);
        }
    }

    /// Returns the first bucket of a client that is not full.
    fn of_client(&self, client: ActorId) -> Option<(ActorId, u8)> {
        let mut entries = self.0.range((client, 0)..=(client, u8::MAX));
        entries.next().map(|(key, _)| *key)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::DefaultHasher;

    use super::*;

    fn budget(law: BudgetLaw, tokens: u16, per_success: f64) -> BudgetParams {
        BudgetParams::new(&RequestBudget {
            law,
            tokens,
            per_success,
        })
    }

    #[test]
    fn a_throttle_allows_retries_while_more_than_half_of_the_tokens_are_left() {
        let budget = budget(BudgetLaw::Throttle, 10, 0.5);
        let mut buckets = RequestBudgets::default();
        // Four failures leave six tokens, the fifth leaves half of them.
        let allowed: Vec<bool> = (0..12)
            .map(|_| buckets.failed(7, 1, budget, true))
            .collect();
        assert_eq!(allowed[..5], [true, true, true, true, false]);
        assert!(allowed[5..].iter().all(|allowed| !allowed));
        // The bucket is empty and not below: 13 successes give 6.5 tokens, a failure takes one of them.
        for _ in 0..13 {
            buckets.succeeded(7, 1, budget);
        }
        assert!(buckets.failed(7, 1, budget, true));
        assert!(!buckets.failed(7, 1, budget, true));
        // Another client and another operation have buckets of their own.
        assert!(buckets.failed(8, 1, budget, true) && buckets.failed(7, 2, budget, true));
        // With an odd number half is not a whole token: 2 of 3 are more than half, 1 is not.
        let three = self::budget(BudgetLaw::Throttle, 3, 0.5);
        assert!(buckets.failed(9, 0, three, true) && !buckets.failed(9, 0, three, true));
    }

    #[test]
    fn an_adaptive_budget_takes_a_token_for_each_retry() {
        let budget = budget(BudgetLaw::Adaptive, 2, 0.4);
        let mut buckets = RequestBudgets::default();
        assert!(!buckets.failed(7, 0, budget, false));
        assert_eq!(buckets, RequestBudgets::default());
        assert!(buckets.failed(7, 0, budget, true) && buckets.failed(7, 0, budget, true));
        assert!(!buckets.failed(7, 0, budget, true));
        buckets.succeeded(7, 0, budget);
        buckets.succeeded(7, 0, budget);
        assert!(!buckets.failed(7, 0, budget, true));
        buckets.succeeded(7, 0, budget);
        assert!(buckets.failed(7, 0, budget, true) && !buckets.failed(7, 0, budget, true));
    }

    #[test]
    fn full_buckets_are_not_stored_and_have_no_hash() {
        let hash = |buckets: &RequestBudgets| {
            let mut digest = DefaultHasher::new();
            buckets.hash(&mut digest);
            digest.finish()
        };
        let budget = budget(BudgetLaw::Throttle, 10, 1.0);
        let (mut buckets, none) = (RequestBudgets::default(), DefaultHasher::new().finish());
        assert_eq!(hash(&buckets), none);
        buckets.failed(7, 0, budget, true);
        buckets.failed(7, 3, budget, true);
        buckets.failed(8, 0, budget, true);
        assert_ne!(hash(&buckets), none);
        buckets.fill(7);
        assert_eq!(buckets.0.len(), 1);
        buckets.succeeded(8, 0, budget);
        assert_eq!((hash(&buckets), buckets.heap_bytes()), (none, 0));
    }
}
