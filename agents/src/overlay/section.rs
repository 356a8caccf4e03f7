//! Parameters: the supernodes and how they are replaced.

use crate::{
    choice,
    overlay::promotion::Promotion,
    scenario::quantity::{share::Share, span::Span},
    section,
};

section! {
    /// The core of the overlay.
    pub struct Core {
        /// Supernodes the allocation algorithm wants to have, whatever the load: the directory has a
        /// fixed number of slots with some supernodes each.
        supernodes: u64 = 30_000, in 1..=100_000_000, unit "supernodes",
            source "facts 6.20 (about 25,000; N/300), 6.21 (2,048 slots of some 10), 6.30 (relatively stable)";
        /// How often a list of supernodes, as clients remember it, is drawn up.
        list_every: Span = "1h", in "2m"..="1d", source "fact 6.7 (information refresh about once an hour)";
    }
}

choice! {
    /// What a supernode does when too many requests have piled up.
    pub enum Overload {
        /// The client on the host falls over, and the role with it.
        FallsOver = "falls-over",
        /// It gives the role up to protect its host; the client goes on as an ordinary one.
        ShutsDown = "shuts-down",
        /// It serves on and loses what is too much.
        ServesOn = "serves-on",
    }
}

section! {
    /// What one supernode can do.
    pub struct Supernode {
        /// Leaves it takes at most.
        seats: u16 = 600, in 1..=60_000, unit "leaves", source "assumed, facts 3.7, 6.22 (several hundred)";
        /// Requests a second the median supernode can answer over a long time.
        requests: f64 = 1.5, in 0.001..=100_000, unit "requests/s", source "assumed, fact 6.23 (5 kB/s for control traffic)";
        /// How much supernodes differ: the standard deviation of the logarithm of that rate.
        requests_spread: f64 = 1.0, in 0..=3, source "assumed";
        /// Requests that may come at once, in seconds of that rate; what comes above is lost.
        burst: Span = "20s", in "1s"..="1h", source "assumed";
        /// A supernode falls over when requests above its rate have piled up to this many seconds of it.
        endurance: Span = "4h", in "1s"..="7d", source "assumed, fact 1.8 (the remaining ones fell over too)";
        /// What it does then; a machine that fell over or gave the role up must be up for
        /// `overlay.promotion.uptime` again before it qualifies.
        overload: Overload = "falls-over", source "fact 1.8 (2007), fact 3.10 (2010: shuts-down)";
        /// Share of hosts that serve on under any load and only lose what is too much.
        sturdy_share: Share = 0.05, source "assumed, fact 8.1 (150,000 still online at the worst)";
    }
}

section! {
    /// Machines that carry calls between ends that cannot reach each other: those that could be
    /// supernodes and are not.
    pub struct Relay {
        /// Calls that one carries at a time.
        calls: u16 = 8, in 1..=60_000, unit "calls", source "assumed, fact 6.23 (4 kB/s voice, 10 kB/s video)";
        /// Relays that a caller asks, one after another.
        asks: u8 = 4, in 1..=100, unit "relays", source "assumed";
    }
}

section! {
    /// The peer-to-peer overlay.
    pub struct Overlay {
        /// Whether there is one; without it, clients sign in at the log-in servers directly.
        enabled: bool = true, source "given";
        /// The core.
        core: Core, section;
        /// What one supernode can do.
        supernode: Supernode, section;
        /// How supernodes are replaced.
        promotion: Promotion, section;
        /// What carries calls.
        relay: Relay, section;
    }
}
