//! Parameters: what a client does by itself.

use crate::{
    choice,
    scenario::quantity::{share::Share, span::Span},
    section,
};

choice! {
    /// How a pause before the next try is spread.
    pub enum Jitter {
        /// Not at all: the full pause.
        None = "none",
        /// Evenly from zero to the full pause.
        Full = "full",
        /// Half the pause is fixed, half is drawn.
        Equal = "equal",
        /// Evenly from the base to a bound that trebles, not doubles, with every failure.
        Decorrelated = "decorrelated",
    }
}

section! {
    /// A pause that grows with every failed cycle.
    pub struct Exponential {
        /// The pause after the first failed cycle; it doubles with each further one, unless jitter is
        /// decorrelated.
        base: Span = "30s", in "1s"..="1d", source "assumed, fact 6.25";
        /// The longest pause.
        cap: Span = "25m", in "1s"..="7d", source "fact 1.21 (20-30 min between tries)";
        /// How a pause is spread.
        jitter: Jitter = "equal", source "assumed";
    }
}

section! {
    /// A token bucket: every retry takes a token; without one, it waits for the next.
    pub struct Budget {
        /// Tokens a client has at most, and at the beginning of a session; 0 for no budget.
        tokens: u16 = 0, in 0..=10000, unit "tokens", source "given";
        /// The time in which it gets a new one.
        refill: Span = "5m", in "1s"..="7d", source "given";
    }
}

section! {
    /// A circuit breaker: after some failures in a row the client stops trying for a while.
    pub struct Breaker {
        /// Failures in a row that open it; 0 for no breaker.
        failures: u8 = 0, in 0..=250, unit "failures", source "given";
        /// How long it stays open before one more try.
        open: Span = "10m", in "1s"..="7d", source "given";
    }
}

section! {
    /// How long a client waits after a cycle of tries, or a log-in, that failed.
    pub struct Retry {
        /// A pause that grows.
        exponential: Exponential, section;
        /// A fixed pause in its place.
        fixed: Option<Span>, optional, in "1s"..="7d", source "given";
        /// A limit on retries over time; only for clients that sign in at servers directly.
        budget: Budget, section;
        /// A pause after many failures.
        breaker: Breaker, section;
        /// Whether it waits as long as a server that turns it away asks for.
        heed_retry_after: bool = false, source "given";
        /// Failures after which the user gives up until the next session; 0 for never.
        give_up: u8 = 0, in 0..=250, unit "failures", source "given";
    }
}

section! {
    /// What users do who cannot sign in.
    pub struct Impatience {
        /// Chance that, after a failed cycle, the user restarts or reinstalls the client, which then
        /// begins again with the shortest pause.
        restart_share: Share = 0.05, source "assumed, facts 1.22, 3.10";
    }
}

section! {
    /// What becomes of a client that crashed.
    pub struct Crash {
        /// Shortest time until its user has started it again.
        restart_min: Span = "1m", in "1s"..="1d", source "assumed, fact 3.10 (users restarted it)";
        /// Longest time.
        restart_max: Span = "20m", in "1s"..="7d", source "assumed";
        /// Chance that its user installs a fixed version meanwhile, once there is one.
        fix_share: Share = 0.1, source "assumed";
        /// Share of clients that update themselves to a fixed version, once there is one.
        update_share: Share = 0.5, source "assumed";
        /// How long that takes, on average.
        update_mean: Span = "7d", in "1m"..="60d", source "assumed";
    }
}

section! {
    /// Calls between users.
    pub struct Calls {
        /// Share of online users who are in a call at any time; every call has two of them.
        busy_share: Share = 0.04, source "fact 5.6 (180,000 conversations with 9 M online)";
        /// Mean length of a call.
        length_mean: Span = "9m", in "1s"..="1d", source "assumed, fact 6.33 (median 2.9, p75 12 min)";
        /// Share of calls with video.
        video_share: Share = 0.06, source "fact 6.34 (2007)";
        /// Mean length of a call with video.
        video_length_mean: Span = "12m", in "1s"..="1d", source "assumed, fact 6.33 (median 4.9, p75 16 min)";
        /// Share of calls with video that are group calls, where there is group video.
        group_share: Share = 0.02, source "assumed";
        /// Share of calls whose ends cannot reach each other without a relay; none without an overlay.
        relayed_share: Share = 0.1, source "assumed, facts 6.31, 6.35";
        /// How soon at the earliest one end of a call notices that the other, or the relay, is gone.
        notice_min: Span = "5s", in "1s"..="4m", source "assumed";
        /// How late at the latest.
        notice_max: Span = "20s", in "1s"..="4m", source "assumed";
    }
}

section! {
    /// What a client does by itself.
    pub struct Client {
        /// Supernodes a client tries in one cycle.
        probes: u8 = 7, in 1..=30, unit "supernodes", source "fact 6.26 (7 built-in addresses), fact 6.9";
        /// Of these, how many of the last come from the addresses built into the client or handed out
        /// by them, if no supernode has answered in this cycle.
        bootstrap_probes: u8 = 1, in 0..=30, unit "supernodes", source "assumed, facts 6.26, 6.27";
        /// How long a client waits for an answer to a probe.
        probe_timeout: Span = "5s", in "2s"..="10m", source "fact 6.25";
        /// Supernodes a client remembers.
        host_cache: u16 = 200, in 1..=10_000, unit "supernodes", source "fact 6.16";
        /// How long a client waits for the log-in server.
        login_timeout: Span = "30s", in "2s"..="1h", source "assumed, fact 6.28";
        /// How soon at the earliest a client notices that its supernode is gone.
        keep_alive_min: Span = "20s", in "1s"..="1d", source "fact 6.7 (known peers polled every 20 s)";
        /// How late at the latest.
        keep_alive_max: Span = "180s", in "1s"..="1d", source "fact 6.7 (largest regular gap 180 s)";
        /// How often a leaf refreshes what it knows at its supernode. Counted as traffic, but so light
        /// that it does not load the supernode.
        refresh_every: Span = "1h", in "1m"..="7d", source "fact 6.7 (about once an hour)";
        /// How long it waits after a cycle that failed.
        retry: Retry, section;
        /// What its user does meanwhile.
        impatience: Impatience, section;
        /// When it crashed.
        crash: Crash, section;
        /// Calls.
        calls: Calls, section;
    }
}
