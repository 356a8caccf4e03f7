//! Parameters: what a client does by itself.

use crate::{
    call::params::Calls,
    client::retry::Retry,
    scenario::quantity::{share::Share, span::Span},
    section,
};

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
