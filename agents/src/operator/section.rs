//! Parameters: what the operator does, and when.

use crate::{
    choice,
    scenario::quantity::{instant::Instant, rate::Rate, share::Share, span::Span},
    section,
};

section! {
    /// Engineers add supernodes by force: machines that do nothing else.
    pub struct ForceSupernodes {
        /// What this attempt is called.
        name: String, required, source "given";
        /// When they begin.
        at: Instant, required, source "fact 1.10";
        /// How fast they add.
        rate: Rate = "500/h", in "0/s"..="1000000/s", source "assumed";
        /// How many they add at most; 0 for none.
        count: u64, required, in 0..=10_000_000, unit "supernodes", source "assumed";
        /// Leaves one of them takes at most.
        seats: u16 = 500, in 1..=60_000, unit "leaves", source "assumed, some as many as others";
        /// Requests a second one of them can answer.
        requests: f64 = 50.0, in 0.001..=100_000, unit "requests/s", source "assumed (servers)";
        /// Whether they serve on under any load and only lose what is too much, as servers do; if not,
        /// they fall over like others and are gone.
        sturdy: bool = true, source "assumed";
    }
}

section! {
    /// The operator restarts the overlay: every supernode drops its leaves.
    pub struct RestartOverlay {
        /// When; without it never.
        at: Option<Instant>, optional, source "fact 8.1 (23:00 on 17 Aug \"looks like a reboot\")";
        /// How long it takes until the last leaf has noticed; the supernodes themselves serve on.
        within: Span = "3m", in "1s"..="1d", source "assumed";
        /// Whether the restart brings parameters with which the allocation algorithm works.
        retune: bool = false, source "fact 1.7 (by 21 August; assumed after this restart)";
    }
}

choice! {
    /// What the operator can do.
    pub enum Deed {
        /// Put machines into service as supernodes.
        AddSupernodes = "add-supernodes",
        /// Put strong machines into service as mega-supernodes.
        AddMegaSupernodes = "add-mega-supernodes",
        /// Switch the offline-message servers off, and the clients' requests to them.
        OfflineMessagesOff = "offline-messages-off",
        /// Switch them on again.
        OfflineMessagesOn = "offline-messages-on",
        /// Switch the group-video servers off; their calls are dropped.
        GroupVideoOff = "group-video-off",
        /// Switch them on again.
        GroupVideoOn = "group-video-on",
        /// Bring the log-in servers to `factor` times their rate.
        LoginRate = "login-rate",
        /// Let only the share `factor` of all log-ins in, and turn the others away.
        LoginAdmission = "login-admission",
        /// Publish a fixed version of the client.
        ShipFix = "ship-fix",
        /// Give the allocation algorithm parameters with which it works.
        Retune = "retune",
    }
}

choice! {
    /// What the operator goes by.
    pub enum Gauge {
        /// Nothing: the time alone decides.
        Always = "always",
        /// Users online, as a share of the norm, are below the level.
        OnlineBelow = "online-below",
        /// They are above it.
        OnlineAbove = "online-above",
        /// Supernodes in service, as a share of those wanted, are below the level.
        SupernodesBelow = "supernodes-below",
        /// The wait for a log-in, in seconds, is above the level.
        LoginWaitAbove = "login-wait-above",
        /// The wait for the offline-message servers, in seconds, is above the level.
        OfflineMessagesWaitAbove = "offline-messages-wait-above",
    }
}

section! {
    /// An entry of the playbook: what the operator does, once, when its condition is met.
    pub struct Action {
        /// What it is called.
        name: String, required, source "given";
        /// What is done.
        deed: Deed, required, source "given";
        /// What it depends on.
        when: Gauge = "always", source "given";
        /// The level of the gauge: a share, or seconds.
        level: f64 = 0.5, in 0..=1000000, source "given";
        /// Not before this instant.
        not_before: Option<Instant>, optional, source "given";
        /// How old the gauges are that the operator sees.
        lag: Span = "0s", in "0s"..="2d", source "given";
        /// How long it takes from the decision to the deed.
        after: Span = "0s", in "0s"..="7d", source "given";
        /// The new rate as a multiple of the old, or the share let in.
        factor: f64 = 1.0, in 0..=1000, source "given";
        /// How many machines are added at most.
        count: u64 = 0, in 0..=10_000_000, unit "supernodes", source "given";
        /// How fast they are added.
        rate: Rate = "500/h", in "0/s"..="1000000/s", source "given";
        /// Leaves one of them takes at most.
        seats: u16 = 5000, in 1..=60_000, unit "leaves", source "facts 3.12, 8.3 (1,000 to 10,000)";
        /// Requests a second one of them can answer.
        requests: f64 = 200.0, in 0.001..=100_000, unit "requests/s", source "assumed (servers)";
        /// Whether they serve on under any load.
        sturdy: bool = true, source "assumed";
    }
}

section! {
    /// What the operator does; nothing before there is an incident.
    pub struct Operator {
        /// There is an incident from the moment at which fewer users than this share of the norm are
        /// online; before it the operator does nothing.
        incident_below: Share = 0.5, source "assumed";
        /// How often the operator looks.
        watch_every: Span = "10m", in "1m"..="1d", source "assumed";
        /// Supernodes by force, one entry an attempt.
        force_supernodes: Vec<ForceSupernodes>, tables;
        /// A restart of the overlay.
        restart_overlay: RestartOverlay, section;
        /// The playbook.
        action: Vec<Action>, tables;
    }
}

impl Operator {
    /// Machines that the operator may add, all together.
    pub fn machines(&self) -> u64 {
        let forced = self.force_supernodes.iter().map(|attempt| attempt.count);
        let added = self.action.iter().map(|action| action.count);
        forced.chain(added).fold(0, u64::saturating_add)
    }
}
