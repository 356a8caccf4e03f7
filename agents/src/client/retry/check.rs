//! Checks of a retry policy: that of all clients, or of a platform.

use crate::{
    client::retry::{
        policy::longest_grown_pause,
        section::{Jitter, Retry},
    },
    scenario::{
        parameter::check::{Remark, max_below_min},
        quantity::run_clock::TickLength,
        root::Scenario,
    },
};

/// Returns a remark for each contradiction or doubtful value of the retry policy at `path`.
pub(crate) fn check_retry(retry: &Retry, path: &str, scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let pause = &retry.exponential;
    let key = |key: &str| format!("{path}.{key}");
    remarks.extend(max_below_min(
        (&key("exponential.base"), pause.base),
        (&key("exponential.cap"), pause.cap),
    ));
    remarks.extend(cap_never_reached(retry, path, scenario.tick()));
    if retry.budget.tokens > 0 && scenario.overlay.enabled {
        remarks.push(Remark::error(
            key("budget.tokens"),
            "works only without an overlay: set it to 0, or set overlay.enabled = false",
        ));
    }
    let always_on = scenario.population.always_on_share.get();
    if retry.give_up > 0 && always_on > 0.0 {
        let percent = (always_on * 1000.0).round() / 10.0;
        remarks.push(Remark::warning(
            key("give_up"),
            format!(
                "does not apply to the {percent} % of the regular users whose machine is always on \
                 (population.always_on_share): they have no next session, so their clients never give up"
            ),
        ));
    }
    remarks
}

/// Returns a warning if pauses stop to grow below their cap, because a client counts at most 255
/// failures in a row.
fn cap_never_reached(retry: &Retry, path: &str, tick: TickLength) -> Option<Remark> {
    let pause = &retry.exponential;
    let grows = retry.fixed.is_none() && pause.jitter != Jitter::Decorrelated && pause.factor > 1.0;
    let most = longest_grown_pause(retry, tick);
    (grows && most < tick.ticks(pause.cap)).then(|| {
        let most = tick.as_seconds(most.into());
        Remark::warning(
            format!("{path}.exponential.factor"),
            format!(
                "is so small that the pause never reaches {path}.exponential.cap = \"{}\": it stays at {most} s \
                 from {} failures in a row on, the most that a client counts",
                pause.cap,
                u8::MAX
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The warning for a factor, a base of 2 s and a cap of 1500 s.
    fn warning(factor: f64) -> Option<String> {
        let mut retry = Retry::default();
        retry.exponential.factor = factor;
        retry.exponential.base = "2s".parse().unwrap();
        retry.exponential.cap = "1500s".parse().unwrap();
        cap_never_reached(&retry, "client.retry", TickLength::SECOND).map(|remark| remark.message)
    }

    #[test]
    fn a_pause_that_never_reaches_its_cap_has_a_warning() {
        // 2 s times 1.01^255 is 25.3 s; 1.027^255 times 2 s is above 1500 s.
        assert!(warning(1.01).is_some_and(|text| text.contains("stays at 25 s")));
        assert_eq!(warning(1.027), None);
        assert_eq!(warning(1.0), None);
    }
}
