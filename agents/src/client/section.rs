//! Parameters of a client: its search for a supernode, its timeouts, and its user.

use crate::{
    call::params::Calls,
    client::{platform::section::Platform, retry::section::Retry},
    scenario::quantity::{share::Share, span::Span},
    section,
    service::section::Operation,
};

section! {
    /// The reaction of users who cannot log in.
    pub struct Impatience {
        /// Probability that, after a failed cycle, the user restarts or reinstalls the client, which
        /// then starts again with the shortest pause.
        restart_share: Share = 0.2, source "assumed, facts 1.22, 3.10";
        /// The local time, after midnight, from which on users are awake; asleep, they restart nothing.
        awake_from: Span = "8h", in "0s"..="24h", source "assumed, facts 2.3 (calm night), 5.9 (night dip)";
        /// The local time until which they are awake.
        awake_until: Span = "23h", in "0s"..="24h", source "assumed, facts 2.3, 5.9";
    }
}

section! {
    /// The behaviour after a crash of the client.
    pub struct Crash {
        /// Minimum time until its user has started it again.
        restart_min: Span = "1m", in "1ms"..="1d", source "assumed, fact 3.10 (users restarted it)";
        /// Maximum time until its user has started it again.
        restart_max: Span = "20m", in "1ms"..="7d", source "assumed";
        /// Probability that its user installs a fixed version, if there is one, before starting it
        /// again.
        fix_share: Share = 0.1, source "assumed";
        /// Share of clients that update themselves to a fixed version, if there is one.
        update_share: Share = 0.5, source "assumed";
        /// Mean time until such a client has updated itself.
        update_mean: Span = "7d", in "1m"..="60d", source "assumed";
    }
}

section! {
    /// The behaviour of a client.
    pub struct Client {
        /// Supernodes a client tries in one cycle.
        probes: u8 = 7, in 1..=30, unit "supernodes", source "fact 6.26 (7 built-in addresses), fact 6.9";
        /// The number of these probes, the last of a cycle, that go to addresses built into the client
        /// or named by them, if no supernode has answered in this cycle.
        bootstrap_probes: u8 = 1, in 0..=30, unit "supernodes", source "assumed, facts 6.26, 6.27";
        /// The time for which a client waits for an answer to a probe; at least two ticks.
        probe_timeout: Span = "5s", in "2ms"..="10m", source "fact 6.25";
        /// Supernodes in the host cache of a client.
        host_cache: u16 = 200, in 1..=10_000, unit "supernodes", source "fact 6.16";
        /// The time for which a client waits for the answer of a login server; at least two ticks.
        login_timeout: Span = "30s", in "2ms"..="1h", source "assumed, fact 6.28";
        /// Minimum time until a client notices that its supernode is gone.
        keep_alive_min: Span = "20s", in "1ms"..="1d", source "fact 6.7 (known peers polled every 20 s)";
        /// Maximum time until it notices.
        keep_alive_max: Span = "180s", in "1ms"..="1d", source "fact 6.7 (largest regular gap 180 s)";
        /// The interval at which a leaf refreshes its information at its supernode. Counted as traffic,
        /// but too small to load the supernode.
        refresh_every: Span = "1h", in "1m"..="7d", source "fact 6.7 (about once an hour)";
        /// The pause after a failed cycle or login.
        retry: Retry, section;
        /// The reaction of its user if it cannot log in.
        impatience: Impatience, section;
        /// The behaviour after a crash.
        crash: Crash, section;
        /// Calls between users.
        calls: Calls, section;
        /// Platforms or versions of the client with a retry policy of their own.
        platform: Vec<Platform>, tables;
        /// Requests to services, at the sign-in or while online.
        operation: Vec<Operation>, tables;
    }
}
