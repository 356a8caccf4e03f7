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
                 every login times out; for the rate of each server write rate_each",
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
    let count = servers.login.servers;
    let each = servers.login.rate.per_second() / f64::from(count);
    let of_each = match count {
        1 => String::new(),
        _ => format!(
            "; rate is that of all {count} servers together, {each:.3}/s each: for the rate of each write rate_each"
        ),
    };
    [
        ("servers.login.rate", true, servers.login.rate, of_each),
        ("servers.presence.rate", servers.presence.on, servers.presence.rate, String::new()),
        ("servers.chat.rate", servers.chat.on, servers.chat.rate, String::new()),
    ]
    .into_iter()
    .filter(|(_, on, rate, _)| *on && rate.per_second() < calm)
    .map(|(path, _, rate, hint)| {
        Remark::warning(
            path,
            format!(
                "is {:.3}/s, below the peak login rate of a normal day, {calm:.3}/s: the servers are overloaded without any \
                 event{hint}",
                rate.per_second()
            ),
        )
    })
    .collect()
}
