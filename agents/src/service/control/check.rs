//! Checks of caches, automation and deeds that need the whole scenario.

use crate::{
    event::check::too_many,
    scenario::{parameter::check::Remark, root::Scenario},
    service::control::section::{DeedKind, ServiceDeed},
};

/// Returns a remark for each doubtful value of caches, memory and automation.
pub(crate) fn check_controls(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (number, service) in scenario.service.iter().enumerate() {
        let path = |key: &str| format!("service.{number}.{key}");
        let most = service.concurrency.saturating_add(service.queue);
        if service.dies_at.is_some_and(|requests| requests > most) {
            let message = format!("is never reached: concurrency and queue are {most} requests");
            remarks.push(Remark::warning(path("dies_at"), message));
        }
        if service.cache.is_some() && service.calls.is_empty() {
            let message =
                "has no effect: the service makes no calls that an answer in the cache saves";
            remarks.push(Remark::warning(path("cache"), message));
        }
        if let Some(scale) = &service.autoscale {
            if scale.target.get() == 0.0 {
                let message = "is 0: no number of servers has no place taken";
                remarks.push(Remark::error(path("autoscale.target"), message));
            }
            for (key, servers) in [("start", scale.start), ("least", scale.least)] {
                if servers > service.servers {
                    let message = format!(
                        "is above servers = {}, the most it can have",
                        service.servers
                    );
                    remarks.push(Remark::error(path(&format!("autoscale.{key}")), message));
                }
            }
        }
    }
    remarks
}

/// Returns a remark for each contradiction or doubtful value of the operator's deeds.
pub(crate) fn check_deeds(scenario: &Scenario) -> Vec<Remark> {
    let deeds = &scenario.operator.service;
    let mut remarks = Vec::from_iter(too_many("operator.service".into(), deeds.len()));
    for (number, deed) in deeds.iter().enumerate() {
        let path = |key: &str| format!("operator.service.{number}.{key}");
        let of_keys = check_keys(deed).into_iter();
        remarks.extend(of_keys.map(|(key, is_error, message)| {
            if is_error {
                Remark::error(path(key), message)
            } else {
                Remark::warning(path(key), message)
            }
        }));
        if deed.at >= scenario.run.end {
            let message = "is not before the end of the run: this deed has no effect";
            remarks.push(Remark::warning(path("at"), message));
        }
    }
    remarks
}

/// Returns keys that a deed lacks (errors) or has without effect, each with the reason.
fn check_keys(deed: &ServiceDeed) -> Vec<(&'static str, bool, String)> {
    let kind = deed.deed;
    let mut found = Vec::new();
    let counted = matches!(
        kind,
        DeedKind::Concurrency | DeedKind::Queue | DeedKind::Servers
    );
    let needs = |key: &str| format!("is \"{kind}\" and needs `{key}`");
    let idle = || format!("has no effect on a deed \"{kind}\"");
    if kind == DeedKind::Limit && deed.rate.is_none() {
        found.push(("deed", true, needs("rate")));
    } else if kind != DeedKind::Limit && deed.rate.is_some() {
        found.push(("rate", false, idle()));
    }
    if counted && deed.count.is_none() {
        found.push(("deed", true, needs("count")));
    } else if !counted && kind != DeedKind::Restart && deed.count.is_some() {
        found.push(("count", false, idle()));
    }
    if kind == DeedKind::Restart && deed.lasts.is_none() {
        found.push(("deed", true, needs("lasts")));
    } else if kind == DeedKind::Clear && deed.lasts.is_some() {
        found.push(("lasts", false, idle()));
    }
    if kind != DeedKind::LetIn && deed.share.get() != 0.0 {
        found.push(("share", false, idle()));
    }
    if kind == DeedKind::Timeout && deed.timeout.is_none() {
        found.push(("deed", true, needs("timeout")));
    } else if kind != DeedKind::Timeout && deed.timeout.is_some() {
        found.push(("timeout", false, idle()));
    }
    if deed.times > 1 && deed.lasts.is_none() && kind != DeedKind::Clear {
        let message =
            "has no effect: without `lasts` the deed is in force until the end of the run";
        found.push(("times", false, message.to_owned()));
    }
    found
}
