//! Parameters of the operator: its actions and their conditions.
//!
//! Declarations only. Units: each key names its own.

use crate::{
    choice,
    scenario::quantity::{instant::Instant, rate::Rate, share::Share, span::Span},
    section,
    service::control::section::ServiceDeed,
};

section! {
    /// Engineers add dedicated machines as supernodes. An attempt that would start before the operator
    /// has noticed an incident does not take place.
    pub struct ForceSupernodes {
        /// The name of this attempt.
        name: String, required, source "given";
        /// When it starts.
        at: Instant, required, source "fact 1.10";
        /// The rate at which machines are added.
        rate: Rate = "500/h", in "0/s"..="1000000/s", source "assumed";
        /// The number of machines; 0 for none.
        count: u64, required, in 0..=10_000_000, unit "supernodes", source "assumed";
        /// Maximum number of leaves of one machine.
        seats: u16 = 500, in 1..=60_000, unit "leaves", source "assumed, some as many as others";
        /// Requests per second that one machine can answer.
        requests: f64 = 50.0, in 0.001..=100_000, unit "requests/s", source "assumed (servers)";
        /// Whether they continue under any load and drop only the excess requests, as servers do. If
        /// not, they fail like other supernodes and do not return.
        sturdy: bool = true, source "assumed";
    }
}

section! {
    /// A restart of the overlay: every supernode drops its leaves.
    pub struct RestartOverlay {
        /// When it happens; if not set, never. Before the operator has noticed an incident, it does not
        /// take place.
        at: Option<Instant>, optional, source "fact 8.1 (23:00 on 17 Aug \"looks like a reboot\")";
        /// The time until the last leaf notices; the supernodes themselves continue.
        within: Span = "3m", in "1ms"..="1d", source "assumed";
        /// Whether the restart sets parameters with which the allocation algorithm works.
        retune: bool = false, source "fact 1.7 (by 21 August; assumed after this restart)";
    }
}

choice! {
    /// The actions of the operator.
    pub enum ActionKind {
        /// Put machines into service as supernodes.
        AddSupernodes = "add-supernodes",
        /// Put strong machines into service as mega-supernodes.
        AddMegaSupernodes = "add-mega-supernodes",
        /// Switch off the offline-message servers and the requests of the clients to them.
        OfflineMessagesOff = "offline-messages-off",
        /// Switch the offline-message servers on.
        OfflineMessagesOn = "offline-messages-on",
        /// Switch off the group-video servers; their calls are dropped.
        GroupVideoOff = "group-video-off",
        /// Switch the group-video servers on.
        GroupVideoOn = "group-video-on",
        /// Multiply the rate of the login servers by `factor`, from then on. It multiplies with earlier
        /// actions of this kind and with troubles of the servers.
        LoginRate = "login-rate",
        /// Admit only the share `factor` of all logins of users, and reject the others. The latest action
        /// of this kind holds.
        LoginAdmission = "login-admission",
        /// Publish a fixed version of the client.
        ShipFix = "ship-fix",
        /// Set parameters with which the allocation algorithm works.
        Retune = "retune",
    }
}

choice! {
    /// The condition of an action.
    pub enum Gauge {
        /// None: only the time matters.
        Always = "always",
        /// Users online, as a share of the norm, are below the level.
        OnlineBelow = "online-below",
        /// Users online, as a share of the norm, are above the level.
        OnlineAbove = "online-above",
        /// Supernodes in service, as a share of the target number, are below the level.
        SupernodesBelow = "supernodes-below",
        /// The wait for a login, in seconds, is above the level.
        LoginWaitAbove = "login-wait-above",
        /// The wait for the offline-message servers, in seconds, is above the level.
        OfflineMessagesWaitAbove = "offline-messages-wait-above",
    }
}

section! {
    /// An entry of the playbook: an action that happens once, when its condition is met.
    pub struct Action {
        /// Its name.
        name: String, required, source "given";
        /// The action.
        deed: ActionKind, required, source "given";
        /// The condition.
        when: Gauge = "always", source "given";
        /// The level of the gauge: a share, or seconds.
        level: f64 = 0.5, in 0..=1000000, source "given";
        /// The earliest instant of the decision, which is made at a check of the gauges (`watch_every`),
        /// whether or not there is an incident.
        not_before: Option<Instant>, optional, source "given";
        /// The age of the gauges that the operator sees.
        lag: Span = "0s", in "0s"..="2d", source "given";
        /// The time from the decision to the action.
        after: Span = "0s", in "0s"..="7d", source "given";
        /// The factor of the rate (`login-rate`), or the admitted share (`login-admission`).
        factor: f64 = 1.0, in 0..=1000, source "given";
        /// The number of machines to add.
        count: u64 = 0, in 0..=10_000_000, unit "supernodes", source "given";
        /// The rate at which they are added.
        rate: Rate = "500/h", in "0/s"..="1000000/s", source "given";
        /// Maximum number of leaves of one machine.
        seats: u16 = 5000, in 1..=60_000, unit "leaves", source "facts 3.12, 8.3 (1,000 to 10,000)";
        /// Requests per second that one machine can answer.
        requests: f64 = 200.0, in 0.001..=100_000, unit "requests/s", source "assumed (servers)";
        /// Whether they continue under any load.
        sturdy: bool = true, source "assumed";
    }
}

section! {
    /// The operator. Attempts to add supernodes and the restart of the overlay take place only after an
    /// incident was noticed; the playbook does not wait for an incident.
    pub struct Operator {
        /// An incident starts when fewer users than this share of the norm are online.
        incident_below: Share = 0.5, source "assumed";
        /// The interval at which the operator checks the gauges.
        watch_every: Span = "10m", in "1ms"..="1d", source "assumed";
        /// Attempts to add supernodes.
        force_supernodes: Vec<ForceSupernodes>, tables;
        /// The restart of the overlay.
        restart_overlay: RestartOverlay, section;
        /// The playbook.
        action: Vec<Action>, tables;
        /// What it does to services, and when.
        service: Vec<ServiceDeed>, tables;
    }
}

impl Operator {
    /// Returns the number of machines that all actions together can add.
    pub fn machines(&self) -> u64 {
        let forced = self.force_supernodes.iter().map(|attempt| attempt.count);
        let added = self.action.iter().map(|action| action.count);
        forced.chain(added).fold(0, u64::saturating_add)
    }
}
