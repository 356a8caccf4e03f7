//! Triggers of a scenario: when the last one is over.
//!
//! A run that ends soon after its last trigger cannot show whether the network recovers. Times are
//! seconds since 1970.

use patchday_agents::scenario::Scenario;

use crate::host::format::instant;

/// Hours after the last trigger within which most networks that recover have recovered: one to
/// three in scenarios without an overlay.
const SETTLING_HOURS: i64 = 4;

/// The end of the last trigger within the run; `None` without triggers.
fn last_end(scenario: &Scenario) -> Option<i64> {
    let trigger = &scenario.trigger;
    let mut ends: Vec<(i64, i64)> = Vec::new();
    let mut add = |at: i64, lasts: u32| ends.push((at, at + i64::from(lasts)));
    let patch = &trigger.patch_day;
    if let (Some(release), true) = (patch.release, patch.share.get() > 0.0) {
        // Clients find and download the release, and install it within a day.
        let spread = patch.check_in_max.seconds() + patch.download_max.seconds();
        add(release.seconds(), spread + 86_400);
    }
    for one in &trigger.server {
        add(one.at.seconds(), one.lasts.seconds());
    }
    for one in &trigger.supernode_loss {
        add(one.at.seconds(), 0);
    }
    for one in &trigger.sign_out {
        add(one.at.seconds(), one.within.seconds());
    }
    for one in &trigger.power_cut {
        let back = one.back_within.seconds();
        add(one.at.seconds(), one.lasts.seconds().saturating_add(back));
    }
    for one in &trigger.region_cut {
        add(one.at.seconds(), one.lasts.seconds());
    }
    for one in &trigger.configuration_push {
        // Until the last client is repaired.
        let repair = one.repair_max.seconds();
        add(
            one.at.seconds(),
            one.within.seconds().saturating_add(repair),
        );
    }
    for one in &trigger.login_flood {
        add(one.at.seconds(), one.lasts.seconds());
    }
    for one in &trigger.traffic_peak {
        add(one.at.seconds(), one.lasts.seconds());
    }
    let (start, end) = (scenario.run.start.seconds(), scenario.run.end.seconds());
    let within = ends.into_iter().filter(|(at, _)| (start..end).contains(at));
    within.map(|(_, end)| end).max()
}

/// A warning if a scenario has no trigger or ends too soon after the last one.
pub(crate) fn warning(scenario: &Scenario) -> Option<String> {
    let end = scenario.run.end.seconds();
    let Some(last) = last_end(scenario) else {
        return Some(
            "warning: the scenario has no trigger within its time: nothing can be vulnerable or \
             metastable"
                .into(),
        );
    };
    (end - last < SETTLING_HOURS * 3_600).then(|| {
        format!(
            "warning: the last trigger ends at {}, and the run at {}: less than {SETTLING_HOURS} hours \
             later, too early to tell a network that recovers from one that stays down; set run.end to a \
             later instant",
            instant(last),
            instant(end)
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
        let hours = |seconds: i64| (seconds - scenario.run.start.seconds()) / 3_600;
        assert_eq!(last_end(&scenario).map(hours), Some(22 + 6 + 24));
    }
}
