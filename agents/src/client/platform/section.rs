//! Parameters of platforms.
//!
//! Units: each key names its own.

use patchday_core::Tick;

use crate::{
    client::retry::section::Retry,
    scenario::quantity::{instant::Instant, run_clock::RunClock, share::Share, span::Span},
    section,
};

/// The name that stands for the clients of no platform in the platforms of an operation.
pub(crate) const OTHERS: &str = "others";
/// Shares whose sum differs from 1 by at most this are all clients.
pub(crate) const ROUNDING: f64 = 1e-6;

section! {
    /// A platform or version of the client with a retry policy of its own. A client belongs to at most
    /// one platform; it moves there at one moment and stays. Clients of no platform follow
    /// client.retry.
    pub struct Platform {
        /// Its name.
        name: String, required, source "given";
        /// The share of all clients; the shares of all platforms add up to at most 1.
        share: Share, required, source "given";
        /// When its roll-out begins; from the start of the run if not set.
        from: Option<Instant>, optional, source "given";
        /// How long its roll-out takes: its clients grow in a straight line from none to `share` of
        /// all. Until a client moves to the platform, it belongs to none.
        over: Span = "0s", in "0s"..="60d", source "given";
        /// Its retry policy; that of client.retry if not set. Keys that are left out have their
        /// defaults, not the values of client.retry.
        retry: Option<Retry>, optional section;
    }
}

impl Platform {
    /// Returns the first tick of its roll-out, negative before the start of the run, and the ticks that
    /// the roll-out takes.
    pub(crate) fn roll_out(&self, clock: RunClock) -> (i64, Tick) {
        let from = self.from.map_or(0, |from| clock.ticks_until(from));
        (from, clock.tick.ticks(self.over))
    }

    /// Returns the share of all clients that belong to it at a tick.
    pub(crate) fn share_at(&self, clock: RunClock, tick: Tick) -> f64 {
        let (from, over) = self.roll_out(clock);
        let elapsed = i64::from(tick) - from;
        if elapsed < 0 {
            0.0
        } else if elapsed >= i64::from(over) {
            self.share.get()
        } else {
            self.share.get() * elapsed as f64 / f64::from(over)
        }
    }
}
