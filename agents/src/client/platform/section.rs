//! Parameters of platforms, and the share of the clients that they hold at a time.
//!
//! Units: each key names its own.

use patchday_core::Tick;

use crate::{
    client::retry::section::Retry,
    scenario::{
        quantity::{instant::Instant, run_clock::RunClock, share::Share, span::Span},
        root::Scenario,
    },
    section,
    service::section::Operation,
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

/// Returns the share of all clients that belong to no platform at a tick.
pub(crate) fn others_at(scenario: &Scenario, tick: Tick) -> f64 {
    let clock = scenario.run.clock();
    let platforms = scenario.client.platform.iter();
    let held: f64 = platforms.map(|one| one.share_at(clock, tick)).sum();
    let others = 1.0 - held;
    if others > ROUNDING { others } else { 0.0 }
}

/// Returns the share of all clients that send an operation at the end of the run.
pub(crate) fn senders_share(scenario: &Scenario, operation: &Operation) -> f64 {
    if operation.platforms.is_empty() {
        return 1.0;
    }
    let (clock, end) = (scenario.run.clock(), scenario.ticks());
    let is_named = |name: &str| operation.platforms.iter().any(|one| one == name);
    let platforms = scenario.client.platform.iter();
    let named = platforms.filter(|one| is_named(&one.name));
    let held: f64 = named.map(|one| one.share_at(clock, end)).sum();
    let others = if is_named(OTHERS) {
        others_at(scenario, end)
    } else {
        0.0
    };
    held + others
}
