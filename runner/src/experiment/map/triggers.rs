//! Triggers of a scenario: when the last one is over.
//!
//! A run that ends soon after its last trigger cannot show whether the network recovers.

use patchday_agents::scenario::{
    Scenario,
    quantity::{Instant, Span},
};

/// Hours after the last trigger within which most networks that recover have recovered: one to
/// three in scenarios without an overlay.
const SETTLING_HOURS: u32 = 4;

/// The end of the last trigger within the run; `None` without triggers.
fn last_end(scenario: &Scenario) -> Option<Instant> {
    let trigger = &scenario.trigger;
    let mut ends: Vec<(Instant, Instant)> = Vec::new();
    let mut add = |at: Instant, lasts: Span| ends.push((at, at.after(lasts)));
    let patch = &trigger.patch_day;
    if let (Some(release), true) = (patch.release, patch.share.get() > 0.0) {
        // Clients find and download the release, and install it within a day.
        let found = patch.check_in_max.plus(patch.download_max);
        add(release, found.plus(Span::from_hours(24)));
    }
    for one in &trigger.server {
        add(one.at, one.lasts);
    }
    for one in &trigger.supernode_loss {
        add(one.at, Span::ZERO);
    }
    for one in &trigger.sign_out {
        add(one.at, one.within);
    }
    for one in &trigger.power_cut {
        add(one.at, one.lasts.plus(one.back_within));
    }
    for one in &trigger.region_cut {
        add(one.at, one.lasts);
    }
    for one in &trigger.configuration_push {
        // Until the last client is repaired.
        add(one.at, one.within.plus(one.repair_max));
    }
    for one in &trigger.login_flood {
        add(one.at, one.lasts);
    }
    for one in &trigger.traffic_peak {
        add(one.at, one.lasts);
    }
    let run = &scenario.run;
    let within = ends
        .into_iter()
        .filter(|(at, _)| (run.start..run.end).contains(at));
    within.map(|(_, end)| end).max()
}

/// A warning if a scenario has no trigger or ends too soon after the last one.
pub(crate) fn warning(scenario: &Scenario) -> Option<String> {
    let end = scenario.run.end;
    let Some(last) = last_end(scenario) else {
        return Some(
            "warning: the scenario has no trigger within its time: nothing can be vulnerable or \
             metastable"
                .into(),
        );
    };
    (end < last.after(Span::from_hours(SETTLING_HOURS))).then(|| {
        format!(
            "warning: the last trigger ends at {last}, and the run at {end}: less than {SETTLING_HOURS} hours \
             later, too early to tell a network that recovers from one that stays down; set run.end to a \
             later instant"
        )
    })
}

#[cfg(test)]
mod tests {
    use patchday_agents::scenario::{
        ServerKind, ServerTrouble,
        quantity::{Share, Span},
    };

    use super::*;

    fn scenario(hours_after: u32) -> Scenario {
        let mut scenario = Scenario::default();
        scenario.trigger.patch_day.share = Share::new(0.0).unwrap();
        let start = scenario.run.start;
        scenario.run.end = start.after(Span::from_hours(6 + hours_after));
        scenario.trigger.server.push(ServerTrouble {
            server: ServerKind::Login,
            at: start.after(Span::from_hours(5)),
            lasts: Span::from_hours(1),
            factor: 0.1,
        });
        scenario
    }

    #[test]
    fn a_run_that_ends_soon_after_its_last_trigger_gives_a_warning() {
        assert_eq!(warning(&scenario(4)), None);
        let early = warning(&scenario(3)).unwrap();
        assert!(early.contains("too early to tell"), "{early}");
        // A trigger after the end of the run does not count.
        let mut none = scenario(9);
        none.trigger.server[0].at = none.run.end.after(Span::from_hours(1));
        assert!(warning(&none).unwrap().contains("no trigger"));
    }

    #[test]
    fn a_patch_day_lasts_until_its_last_patch_is_installed() {
        let mut scenario = scenario(30);
        scenario.trigger.server.clear();
        scenario.trigger.patch_day.share = Share::new(0.5).unwrap();
        scenario.trigger.patch_day.release = Some(scenario.run.start);
        let start = scenario.run.start;
        let hours = |end: Instant| (end.millis() - start.millis()) / 3_600_000;
        assert_eq!(last_end(&scenario).map(hours), Some(22 + 6 + 24));
    }
}
