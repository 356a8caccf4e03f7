//! Warnings about a scale so small that the scenario behaves differently.
//!
//! A scale reduces users and capacities by the same factor, but a system of few servers does not
//! behave like one of many. The limits, and the measurements they are based on:
//!
//! * Service time. The number of login servers is at least one; below that, the server becomes
//!   slower instead. `retry-storm.toml` at scale 0.002 has one server that takes 4.2 s per login,
//!   more than a quarter of the client timeout of 15 s. Normal fluctuation of arrivals then makes
//!   the queueing delay exceed the timeout, work is wasted, and the service collapses without a
//!   trigger: with 12 seeds 11 times at a service time of 0.22 of the timeout, 4 times at 0.19,
//!   never at 0.16 and less. Limit: a tenth of the timeout.
//! * Supernodes. A core of few supernodes randomly loses a large share. August 2007 with 65 % of
//!   PCs patched collapses with 3 of 5 seeds at 15 supernodes, 4 at 30, 1 at 60, none at 120, 1 at
//!   300. Limit: 100 supernodes.
//! * Counts are rounded to integers. Limit: an error of a tenth; an action with count 0 has no
//!   effect.
//!
//! The trunk groups of gateways and of the control panel have a minimum size in the scaling itself.

use patchday_agents::scenario::{Scenario, parameter::Remark};

use crate::host::format::rounded;

/// The longest service time of a login, as a share of the client timeout.
const SERVICE_SHARE: f64 = 0.1;
/// The smallest core, in supernodes.
const SUPERNODES: u64 = 100;
/// The largest relative rounding error of a count.
const ROUNDING: f64 = 0.1;

/// The warnings about a scaled scenario that do not apply to it before scaling.
pub(crate) fn remarks(before: &Scenario, scale: f64, after: &Scenario) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if let Some((service, share)) = long_service(after).filter(|_| long_service(before).is_none()) {
        let login = &after.servers.login;
        let needed = scale * share / SERVICE_SHARE / f64::from(login.servers);
        remarks.push(Remark::warning(
            "servers.login",
            format!(
                "is reduced to {} at scale {scale}: one login takes {service:.1} s of the {} that \
                 clients wait, so queues that do not occur at full size exceed their timeout; use \
                 --scale {} or more",
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
                "is reduced to {} at scale {scale}: random losses are a large share of so few, which \
                 moves tipping points; use --scale {} or more for {SUPERNODES}",
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
                    "is rounded from {} to {is} at scale {scale}",
                    rounded(meant, 2)
                ),
            ));
        }
    }
    remarks
}

/// The service time of a login in seconds and as a share of the client timeout, if it is too long.
fn long_service(scenario: &Scenario) -> Option<(f64, f64)> {
    let login = &scenario.servers.login;
    let service = f64::from(login.servers) / login.rate.per_second();
    let share = service / scenario.client.login_timeout.as_seconds();
    (share > SERVICE_SHARE).then_some((service, share))
}

/// The counts that a scale rounds: key, value before and after scaling.
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

/// A scale rounded up to two significant digits.
fn two_figures_up(scale: f64) -> f64 {
    let factor = 10_f64.powf(1.0 - scale.log10().floor());
    // An excess of less than a thousandth is an error of the division.
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

    /// The servers and the client timeout of `retry-storm.toml`.
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
    fn one_slow_server_instead_of_many_fast_ones_is_a_warning() {
        let storm = storm();
        let warnings = remarks_at(&storm, 0.002);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(
            warnings[0].contains("one login takes 4.2 s of the 15s"),
            "{warnings:?}"
        );
        assert!(
            warnings[0].contains("--scale 0.0056 or more"),
            "{warnings:?}"
        );
        assert_eq!(remarks_at(&storm, 0.0056), [""; 0]);
        assert_eq!(remarks_at(&storm, 0.01), [""; 0]);
        // No warning about what the scale did not change.
        let mut slow = storm;
        slow.servers.login.rate = "2/s".parse().unwrap();
        assert_eq!(remarks_at(&slow, 0.5), [""; 0]);
    }

    #[test]
    fn a_core_of_few_supernodes_is_a_warning() {
        let mut scenario = Scenario::default();
        scenario.overlay.core.supernodes = 30_000;
        let warnings = remarks_at(&scenario, 0.001);
        assert!(
            warnings[0].contains("reduced to 30 supernodes"),
            "{warnings:?}"
        );
        assert!(
            warnings[0].contains("--scale 0.0034 or more"),
            "{warnings:?}"
        );
        assert_eq!(remarks_at(&scenario, 0.0034), [""; 0]);
        scenario.overlay.enabled = false;
        assert_eq!(remarks_at(&scenario, 0.001), [""; 0]);
    }

    #[test]
    fn a_large_rounding_error_of_a_count_is_a_warning() {
        let mut scenario = storm();
        scenario.servers.group_video.on = true;
        scenario.servers.group_video.calls = 120;
        assert_eq!(remarks_at(&scenario, 0.1), [""; 0]);
        let warnings = remarks_at(&scenario, 0.02);
        assert!(
            warnings[0].contains("is rounded from 2.4 to 2 at scale 0.02"),
            "{warnings:?}"
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
