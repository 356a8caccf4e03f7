//! Parameters: what the operator does, and when.

use crate::{
    parameter::Remark,
    quantity::{Instant, Rate, Share, Span},
    scenario::Scenario,
    section,
};

/// The most actors there can be (the engine's limit), less some for servers.
const MOST_ACTORS: u64 = u32::MAX as u64 - (1 << 17);

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
    }
}

/// What the keys of this file must fulfil together.
pub(super) fn check(scenario: &Scenario) -> Vec<Remark> {
    let operator = &scenario.operator;
    let mut remarks = Vec::new();
    let outside = "is outside the run: it will not happen";
    let mut actors = scenario.population.users;
    for (index, attempt) in operator.force_supernodes.iter().enumerate() {
        actors = actors.saturating_add(attempt.count);
        if !scenario.run.covers(attempt.at) {
            let path = format!("operator.force_supernodes.{index}.at");
            remarks.push(Remark::warning(path, outside));
        }
    }
    if actors > MOST_ACTORS {
        remarks.push(Remark::error(
            "operator.force_supernodes",
            format!("and population.users make {actors} actors; at most {MOST_ACTORS} can be"),
        ));
    }
    if operator
        .restart_overlay
        .at
        .is_some_and(|instant| !scenario.run.covers(instant))
    {
        remarks.push(Remark::warning("operator.restart_overlay.at", outside));
    }
    remarks
}
