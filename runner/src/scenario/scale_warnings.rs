//! Granularity: what a small scale makes so coarse that it acts differently.
//!
//! A scale shrinks people and capacities together, and a capacity of a few pieces is another one
//! than the same share of many. What was measured, and the limits taken from it:
//!
//! * A log-in server is never cut: the last one is slowed down instead. `retry-storm.toml` at a
//!   scale of 0.002 has one server that takes 4.2 s for a log-in, more than a quarter of the 15 s
//!   that clients wait: the ordinary ups and downs of arrivals make a queue too long for them,
//!   its work is wasted, and it goes down without any trigger (with 12 seeds 11 times at 0.22 of
//!   the patience, 4 times at 0.19, never at 0.16 and less). Limit: a tenth of the patience.
//! * A core of few supernodes loses a large share of itself by chance. August 2007 with 65 % of
//!   PCs patched falls with 3 of 5 seeds at 15 supernodes, 4 at 30, 1 at 60, none at 120, 1 at
//!   300. Limit: 100 supernodes.
//! * A count is rounded to whole pieces. Limit: a tenth of itself; a count that becomes none is
//!   an action that does nothing.
//!
//! Lines of gateways and of the control panel have a floor in the scale itself.

use patchday_agents::scenario::{Scenario, parameter::Remark};

use crate::host::format::rounded;

/// The largest share of the clients' patience that the work of one log-in may take.
const PATIENCE: f64 = 0.1;
/// The fewest supernodes of a core.
const SUPERNODES: u64 = 100;
/// The largest share of a count that may be lost or won by rounding.
const ROUNDING: f64 = 0.1;

/// What is coarse in a scenario that was scaled, and was not before.
pub(crate) fn remarks(before: &Scenario, scale: f64, after: &Scenario) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if let Some((work, share)) = long_work(after).filter(|_| long_work(before).is_none()) {
        let login = &after.servers.login;
        let needed = scale * share / PATIENCE / f64::from(login.servers);
        remarks.push(Remark::warning(
            "servers.login",
            format!(
                "is cut to {} at scale {scale}, where one log-in takes {work:.1} s of the {} that \
                 clients wait: queues that would not be there in full size are too long for them; from \
                 --scale {} on it acts as it should",
                pieces(login.servers.into(), "server"),
                after.client.login_timeout,
                two_figures_up(needed),
            ),
        ));
    }
    let core = |scenario: &Scenario| scenario.overlay.core.supernodes;
    if after.overlay.enabled && core(after) < SUPERNODES.min(core(before)) {
        let needed = SUPERNODES as f64 / core(before) as f64;
        remarks.push(Remark::warning(
            "overlay.core.supernodes",
            format!(
                "is cut to {} at scale {scale}: chance takes a large share of so few at once, and edges \
                 move; from --scale {} on there are {SUPERNODES}",
                pieces(core(after), "supernode"),
                two_figures_up(needed.min(1.0)),
            ),
        ));
    }
    for (path, meant, is) in counts(before, after) {
        let meant = meant as f64 * scale;
        if (is as f64 - meant).abs() > ROUNDING * meant {
            remarks.push(Remark::warning(
                path,
                format!(
                    "is {is} at scale {scale}, where {} is meant",
                    rounded(meant, 2)
                ),
            ));
        }
    }
    remarks
}

/// How long a server works for one log-in, in seconds and as a share of the clients' patience,
/// if that is too long.
fn long_work(scenario: &Scenario) -> Option<(f64, f64)> {
    let login = &scenario.servers.login;
    let work = f64::from(login.servers) / login.rate.per_second();
    let share = work / f64::from(scenario.client.login_timeout.seconds().max(1));
    (share > PATIENCE).then_some((work, share))
}

/// Counts that a scale rounds: their keys, before and after.
fn counts(before: &Scenario, after: &Scenario) -> Vec<(String, u64, u64)> {
    let mut counts = Vec::new();
    let operator = (&before.operator, &after.operator);
    let forces = operator.0.force_supernodes.iter();
    for (index, (one, other)) in forces.zip(&operator.1.force_supernodes).enumerate() {
        let path = format!("operator.force_supernodes.{index}.count");
        counts.push((path, one.count, other.count));
    }
    let actions = operator.0.action.iter();
    for (index, (one, other)) in actions.zip(&operator.1.action).enumerate() {
        let path = format!("operator.action.{index}.count");
        counts.push((path, one.count, other.count));
    }
    if before.servers.group_video.on {
        let calls = |scenario: &Scenario| scenario.servers.group_video.calls;
        counts.push((
            "servers.group_video.calls".into(),
            calls(before),
            calls(after),
        ));
    }
    counts
}

fn pieces(count: u64, what: &str) -> String {
    match count {
        1 => format!("one {what}"),
        count => format!("{count} {what}s"),
    }
}

/// A scale with two figures, rounded up.
fn two_figures_up(scale: f64) -> f64 {
    let factor = 10_f64.powf(1.0 - scale.log10().floor());
    // Less than a thousandth above is noise of the division.
    rounded((scale * factor - 1e-3).ceil() / factor, 9)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remarks_at(scenario: &Scenario, scale: f64) -> Vec<String> {
        let found = remarks(scenario, scale, &scenario.scaled(scale));
        found
            .into_iter()
            .map(|one| one.path + " " + &one.message)
            .collect()
    }

    /// The servers and the patience of `retry-storm.toml`.
    fn storm() -> Scenario {
        let mut scenario = Scenario::default();
        scenario.population.users = 22_000_000;
        scenario.overlay.enabled = false;
        scenario.client.login_timeout = "15s".parse().unwrap();
        scenario.servers.login.servers = 20;
        scenario.servers.login.rate = "120/s".parse().unwrap();
        scenario
    }

    #[test]
    fn one_slow_server_is_told_from_many_fast_ones() {
        let storm = storm();
        let told = remarks_at(&storm, 0.002);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].contains("one log-in takes 4.2 s of the 15s"),
            "{told:?}"
        );
        assert!(told[0].contains("--scale 0.0056 on"), "{told:?}");
        assert_eq!(remarks_at(&storm, 0.0056), [""; 0]);
        assert_eq!(remarks_at(&storm, 0.01), [""; 0]);
        // What was so before the scale is meant.
        let mut slow = storm;
        slow.servers.login.rate = "2/s".parse().unwrap();
        assert_eq!(remarks_at(&slow, 0.5), [""; 0]);
    }

    #[test]
    fn a_core_of_few_supernodes_is_told() {
        let mut scenario = Scenario::default();
        scenario.overlay.core.supernodes = 30_000;
        let told = remarks_at(&scenario, 0.001);
        assert!(told[0].contains("cut to 30 supernodes"), "{told:?}");
        assert!(told[0].contains("--scale 0.0034 on"), "{told:?}");
        assert_eq!(remarks_at(&scenario, 0.0034), [""; 0]);
        scenario.overlay.enabled = false;
        assert_eq!(remarks_at(&scenario, 0.001), [""; 0]);
    }

    #[test]
    fn a_count_that_is_rounded_away_is_told() {
        let mut scenario = storm();
        scenario.servers.group_video.on = true;
        scenario.servers.group_video.calls = 120;
        assert_eq!(remarks_at(&scenario, 0.1), [""; 0]);
        let told = remarks_at(&scenario, 0.02);
        assert!(
            told[0].contains("is 2 at scale 0.02, where 2.4 is meant"),
            "{told:?}"
        );
    }

    #[test]
    fn scales_are_rounded_up_to_two_figures() {
        for (scale, up) in [
            (0.0055556, 0.0056),
            (0.0033333, 0.0034),
            (0.01, 0.01),
            (1.0, 1.0),
        ] {
            assert_eq!(two_figures_up(scale), up);
        }
    }
}
