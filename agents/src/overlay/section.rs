//! Parameters of the overlay: supernodes, their replacement, and relays.

use crate::{
    choice,
    overlay::promotion::Promotion,
    scenario::quantity::{share::Share, span::Span},
    section,
};

section! {
    /// The supernodes as a whole.
    pub struct Core {
        /// The target number of supernodes, independent of the load: the directory has a fixed number
        /// of slots with some supernodes each.
        supernodes: u64 = 30_000, in 1..=100_000_000, unit "supernodes",
            source "facts 6.20 (about 25,000; N/300), 6.21 (2,048 slots of some 10), 6.30 (relatively stable)";
        /// The interval at which the list of supernodes is published that clients remember.
        list_every: Span = "1h", in "2m"..="1d", source "fact 6.7 (information refresh about once an hour)";
    }
}

choice! {
    /// The reaction of a supernode to too many pending requests.
    pub enum Overload {
        /// The client on the host goes down, which ends the role.
        FallsOver = "falls-over",
        /// It gives up the role to protect its host; the client continues as an ordinary client.
        ShutsDown = "shuts-down",
        /// It stays in service and loses the requests above its capacity.
        ServesOn = "serves-on",
    }
}

section! {
    /// The capacity of a supernode.
    pub struct Supernode {
        /// Maximum number of leaves.
        seats: u16 = 600, in 1..=60_000, unit "leaves", source "assumed, facts 3.7, 6.22 (several hundred)";
        /// Requests per second that the median supernode can answer in the long run.
        requests: f64 = 1.5, in 0.001..=100_000, unit "requests/s", source "assumed, fact 6.23 (5 kB/s for control traffic)";
        /// The spread of that rate among supernodes: the standard deviation of its logarithm.
        requests_spread: f64 = 1.0, in 0..=3, source "assumed";
        /// The number of requests that can arrive at once, in seconds of that rate; further requests
        /// are lost.
        burst: Span = "20s", in "1ms"..="1h", source "assumed";
        /// A supernode is overloaded when requests above its rate have accumulated to this many seconds
        /// of it.
        endurance: Span = "4h", in "1ms"..="7d", source "assumed, fact 1.8 (the remaining ones fell over too)";
        /// The reaction of an overloaded supernode. A machine that went down or gave up the role must
        /// be up for `overlay.promotion.uptime` again before it qualifies.
        overload: Overload = "falls-over", source "fact 1.8 (2007), fact 3.10 (2010: shuts-down)";
        /// Share of hosts that stay in service under any load and lose the requests above their capacity.
        sturdy_share: Share = 0.05, source "assumed, fact 8.1 (150,000 still online at the worst)";
    }
}

section! {
    /// Machines that carry calls between ends that cannot reach each other: those that are eligible as
    /// supernodes but are not in service as such.
    pub struct Relay {
        /// Maximum number of calls that a relay carries at a time.
        calls: u16 = 8, in 1..=60_000, unit "calls", source "assumed, fact 6.23 (4 kB/s voice, 10 kB/s video)";
        /// Relays that a caller asks, one after another.
        asks: u8 = 4, in 1..=100, unit "relays", source "assumed";
    }
}

section! {
    /// The peer-to-peer overlay.
    pub struct Overlay {
        /// Whether there is an overlay; without it, clients log in at the servers directly.
        enabled: bool = true, source "given";
        /// All supernodes together.
        core: Core, section;
        /// The capacity of a supernode.
        supernode: Supernode, section;
        /// The replacement of supernodes.
        promotion: Promotion, section;
        /// The machines that carry calls.
        relay: Relay, section;
    }
}
