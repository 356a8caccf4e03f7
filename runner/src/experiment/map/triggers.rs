//! Kicks: what hits a scenario from outside, how it is taken out, and when it is over.
//!
//! What the network does afterwards is its own. A run that ends soon after its last kick cannot
//! tell whether it comes back. Times are seconds since 1970.

use patchday_agents::scenario::Scenario;

use crate::{experiment::jobs::job::Job, host::format::instant};

/// What takes every kick out of a scenario.
const UNKICKED: [&str; 10] = [
    "trigger.patch_day.share=0.0",
    "trigger.server=[]",
    "trigger.supernode_loss=[]",
    "trigger.sign_out=[]",
    "trigger.power_cut=[]",
    "trigger.region_cut=[]",
    "trigger.configuration_push=[]",
    "trigger.login_flood=[]",
    "trigger.traffic_peak=[]",
    "run.title=without its triggers",
];

/// The time after the last kick in which a network that can come back mostly does: in the
/// scenarios without an overlay it takes one to three hours.
const SETTLING_HOURS: i64 = 4;

/// A job without its kicks; an axis that is a trigger is none then.
pub(crate) fn without(mut job: Job) -> Job {
    job.set.retain(|one| !one.starts_with("trigger."));
    job.set.extend(UNKICKED.map(String::from));
    job
}

/// When the last kick within the run is over; none without a kick.
fn last_end(scenario: &Scenario) -> Option<i64> {
    let trigger = &scenario.trigger;
    let mut ends: Vec<(i64, i64)> = Vec::new();
    let mut add = |at: i64, lasts: u32| ends.push((at, at + i64::from(lasts)));
    let patch = &trigger.patch_day;
    if let (Some(release), true) = (patch.release, patch.share.get() > 0.0) {
        // Found, fetched, and installed within the day that follows.
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

/// A warning, if a scenario has no kick or ends too soon after the last one.
pub(crate) fn warn(scenario: &Scenario) -> Option<String> {
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
             later, too early to tell a network that comes back from one that stays down; give run.end a \
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
    fn a_run_that_ends_soon_after_its_last_kick_is_warned_of() {
        assert_eq!(warn(&scenario(4)), None);
        let early = warn(&scenario(3)).unwrap();
        assert!(early.contains("too early to tell"), "{early}");
        // A kick that never comes is none.
        let mut none = scenario(9);
        none.trigger.server[0].at = none.run.end.after(Span::from_hours(1));
        assert!(warn(&none).unwrap().contains("no trigger"));
    }

    #[test]
    fn a_patch_day_kicks_until_its_last_patch_is_installed() {
        let mut scenario = scenario(30);
        scenario.trigger.server.clear();
        scenario.trigger.patch_day.share = Share::new(0.5).unwrap();
        scenario.trigger.patch_day.release = Some(scenario.run.start);
        let hours = |seconds: i64| (seconds - scenario.run.start.seconds()) / 3_600;
        assert_eq!(last_end(&scenario).map(hours), Some(22 + 6 + 24));
    }
}
