//! Parameters of a retry policy.
//!
//! Declarations only. Units: each key names its own.

use crate::{choice, scenario::quantity::span::Span, section};

choice! {
    /// The random part of the pause before the next attempt.
    pub enum Jitter {
        /// None: the full pause.
        None = "none",
        /// Uniform from zero to the full pause.
        Full = "full",
        /// Half of the pause is fixed, the other half is uniform.
        Equal = "equal",
        /// Uniform from the base to three times the last pause.
        Decorrelated = "decorrelated",
    }
}

section! {
    /// A pause that grows with every failure.
    pub struct Exponential {
        /// The pause after the first failure.
        base: Span = "30s", in "1ms"..="1d", source "assumed, fact 6.25";
        /// Maximum pause.
        cap: Span = "25m", in "1ms"..="7d", source "fact 1.21 (20-30 min between tries)";
        /// The factor by which the pause grows with each further failure. Decorrelated jitter does not
        /// use it.
        factor: f64 = 2.0, in 1..=100, source "assumed (binary exponential back-off)";
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
        refill: Span = "5m", in "1ms"..="7d", source "given";
    }
}

section! {
    /// A circuit breaker: after several failures in a row the client makes no attempts for some time.
    pub struct Breaker {
        /// Failures in a row after which it opens; 0 for no breaker.
        failures: u8 = 0, in 0..=250, unit "failures", source "given";
        /// The time for which it stays open before the next attempt.
        open: Span = "10m", in "1ms"..="7d", source "given";
    }
}

section! {
    /// The pause of a client after a failed cycle or login.
    pub struct Retry {
        /// A pause that grows with every failure.
        exponential: Exponential, section;
        /// A fixed pause instead of one that grows.
        fixed: Option<Span>, optional, in "1ms"..="7d", source "given";
        /// A limit on the rate of retries; only for clients without an overlay.
        budget: Budget, section;
        /// A pause after many failures in a row.
        breaker: Breaker, section;
        /// Whether a rejected client waits at least as long as the server asks for.
        heed_retry_after: bool = false, source "given";
        /// Failures after which the user gives up until the next session; 0 for never. Clients on
        /// machines that are always on have no next session and never give up.
        give_up: u8 = 0, in 0..=250, unit "failures", source "given";
    }
}
