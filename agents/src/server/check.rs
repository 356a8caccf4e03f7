//! Checks of the servers' parameters that need the whole scenario: whether the servers are fast enough for
//! a normal day. Units: requests per second, seconds.

use crate::{
    population::activity::Activity,
    scenario::{parameter::check::Remark, root::Scenario},
    server::section::Servers,
};

/// Returns a remark for each contradiction or doubtful value.
pub(crate) fn check_servers(scenario: &Scenario) -> Vec<Remark> {
    let calm = Activity::peak_sign_ins(scenario);
    let servers = &scenario.servers;
    let mut remarks = overloaded(servers, calm);
    let patience = scenario.client.login_timeout;
    let work = f64::from(servers.login.servers) / servers.login.rate.per_second();
    if work >= f64::from(patience.seconds()) {
        remarks.push(Remark::warning(
            "servers.login.rate",
            format!(
                "means that a login takes each of {} servers {work:.0} s, longer than client.login_timeout = \"{patience}\": \
                 every login times out",
                servers.login.servers
            ),
        ));
    }
    if servers.login.queue.seconds() == 0 && work >= 1.0 {
        remarks.push(Remark::warning(
            "servers.login.queue",
            format!(
                "is 0, and a login takes each server {work:.0} s: logins that arrive in the same second arrive \
                 together, and a free server admits one of them, so at low load fewer are rejected than by a \
                 server that is busy for that time from any moment on"
            ),
        ));
    }
    if servers.login.queue > patience {
        remarks.push(Remark::warning(
            "servers.login.queue",
            format!(
                "is longer than client.login_timeout = \"{patience}\": in an overload the servers work for \
                 clients that no longer wait"
            ),
        ));
    }
    remarks
}

/// Returns a warning for each kind of server whose rate is below `calm` logins per second.
fn overloaded(servers: &Servers, calm: f64) -> Vec<Remark> {
    [
        ("servers.login.rate", servers.login.rate),
        ("servers.presence.rate", servers.presence.rate),
        ("servers.chat.rate", servers.chat.rate),
    ]
    .into_iter()
    .filter(|(_, rate)| rate.per_second() < calm)
    .map(|(path, rate)| {
        Remark::warning(
            path,
            format!(
                "is {:.3}/s, below the peak login rate of a normal day, {calm:.3}/s: the servers are overloaded without any event",
                rate.per_second()
            ),
        )
    })
    .collect()
}
