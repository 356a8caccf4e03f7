//! Queues and thundering herds compared with closed forms.
//!
//! Units: seconds; ticks of one second.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{instant, simulation, small_network, value};
use patchday_agents::scenario::{Jitter, SignOut};

/// All clients log in again at two o'clock, at a server that serves `rate` a second and
/// queues requests for up to `queue`; rejected clients pause with full jitter up to `cap`.
/// Returns the number of clients, and the number served after each of `seconds`.
fn herd(rate: &str, queue: &str, cap: &str, seconds: &[u32]) -> (f64, Vec<f64>) {
    let mut scenario = small_network(6);
    scenario.overlay.enabled = false;
    scenario.client.impatience.restart_share = common::share(0.0);
    scenario.client.login_timeout = "1h".parse().unwrap();
    let retry = &mut scenario.client.retry.exponential;
    retry.base = cap.parse().unwrap();
    retry.cap = cap.parse().unwrap();
    retry.jitter = Jitter::Full;
    scenario.servers.login.servers = 1;
    scenario.servers.login.rate = rate.parse().unwrap();
    scenario.servers.login.queue = queue.parse().unwrap();
    scenario.trigger.sign_out = vec![SignOut {
        at: instant(2.0),
        share: common::share(1.0),
        within: "1s".parse().unwrap(),
        regions: Vec::new(),
    }];
    let mut run = simulation(&scenario, 21);
    run.run_until(7_199).unwrap();
    let (herd, before) = (value(&mut run, "online"), run.totals().login_served);
    let back = seconds.iter().map(|after| {
        run.run_until(7_200 + after).unwrap();
        (run.totals().login_served - before) as f64
    });
    let back = back.collect();
    (herd, back)
}

#[test]
fn a_herd_that_fits_into_the_queue_is_served_at_the_rate() {
    let (herd, back) = herd("1/s", "1h", "30s", &[100, 300, 2_000]);
    assert!(herd > 500.0);
    // First come, first served, at one a second; the messages take two ticks.
    assert!(
        (back[0] - 100.0).abs() < 4.0 && (back[1] - 300.0).abs() < 4.0,
        "{back:?}"
    );
    // All of the herd have logged in, and a few new clients.
    assert!(back[2] >= herd && back[2] < herd + 60.0, "{herd}, {back:?}");
}

#[test]
fn a_herd_with_full_jitter_keeps_a_server_busy_until_it_is_small() {
    // Pauses are uniform from 0 to T = 200 s, so n waiting clients arrive at 2n/T a second.
    // While that exceeds the rate c, the server is busy; below n = cT/2 = 100 it is not, and
    // the rest of the herd decays by a factor e every T/2.
    let (herd, back) = herd("1/s", "1s", "200s", &[200, 400, 2_400]);
    // The busy server serves one a second, except in seconds without an arrival: at a load of
    // a at most the share exp(-a) of all seconds, here below 2 % (a = 4 to 7).
    assert!(
        back[0] > 0.9 * 200.0 && back[0] <= 204.0,
        "{herd}: {back:?}"
    );
    assert!(
        back[1] > 0.9 * 400.0 && back[1] <= 408.0,
        "{herd}: {back:?}"
    );
    // Expected time until the last client is served: (n - cT/2)/c + T/2 (ln(cT/2) + 0.577),
    // some 1,100 s, with a standard deviation of T/2 * pi/sqrt(6) = 130 s.
    let expected = (herd - 100.0) + 100.0 * (100.0_f64.ln() + 0.577);
    assert!((900.0..1_300.0).contains(&expected), "{expected}");
    // A user whose session ends meanwhile does not come back.
    assert!(back[2] >= 0.98 * herd, "{herd}: {back:?}");
}
