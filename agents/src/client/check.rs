//! Checks of the client's parameters that need the whole scenario.

use crate::{
    client::{platform::check::check_platforms, retry::check::check_retry, section::Client},
    scenario::{
        parameter::check::{Remark, max_below_min},
        quantity::run_clock::TickLength,
        root::Scenario,
    },
    service::sender::check::{check_budgets, check_late_answers},
};

/// Returns a remark for each contradiction or doubtful value.
pub(crate) fn check_client(scenario: &Scenario) -> Vec<Remark> {
    let client = &scenario.client;
    let mut remarks = Vec::new();
    remarks.extend(max_below_min(
        ("client.keep_alive_min", client.keep_alive_min),
        ("client.keep_alive_max", client.keep_alive_max),
    ));
    remarks.extend(max_below_min(
        ("client.crash.restart_min", client.crash.restart_min),
        ("client.crash.restart_max", client.crash.restart_max),
    ));
    remarks.extend(max_below_min(
        ("client.calls.notice_min", client.calls.notice_min),
        ("client.calls.notice_max", client.calls.notice_max),
    ));
    remarks.extend(check_retry(&client.retry, "client.retry", scenario));
    remarks.extend(check_platforms(scenario));
    remarks.extend(check_budgets(scenario));
    remarks.extend(check_late_answers(scenario));
    remarks.extend(no_time_to_answer(client, scenario.tick()));
    if client.bootstrap_probes > client.probes {
        remarks.push(Remark::error(
            "client.bootstrap_probes",
            format!("is above client.probes = {}", client.probes),
        ));
    }
    if client.calls.busy_share.get() >= 0.5 {
        remarks.push(Remark::error(
            "client.calls.busy_share",
            "must be below 0.5",
        ));
    }
    remarks
}

/// Returns an error for each timeout that ends before an answer can arrive: a request and its answer
/// take a tick each.
fn no_time_to_answer(client: &Client, tick: TickLength) -> Vec<Remark> {
    let timeouts = [
        ("client.probe_timeout", client.probe_timeout),
        ("client.login_timeout", client.login_timeout),
    ];
    let short = timeouts.into_iter().filter(|one| tick.ticks(one.1) < 2);
    let remarks = short.map(|(path, _)| {
        let (tick, least) = (tick.span(), tick.span_of(2));
        Remark::error(
            path,
            format!(
                "is below {least}: a request and its answer take a tick of {tick} each (run.tick)"
            ),
        )
    });
    remarks.collect()
}
