//! Checks of the servers' parameters that need the whole scenario: whether they keep up
//! with a calm day.

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
                "gives each of {} servers {work:.0} s for one log-in, and clients wait {patience}: \
                 nobody will be signed in",
                servers.login.servers
            ),
        ));
    }
    if servers.login.queue > patience {
        remarks.push(Remark::warning(
            "servers.login.queue",
            format!(
                "is longer than client.login_timeout = \"{patience}\": under a herd the servers work for \
                 clients that have stopped waiting"
            ),
        ));
    }
    remarks
}

/// Servers that cannot keep up with `calm` sign-ins a second.
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
                "is {:.3}/s, below the calm sign-in rate {calm:.3}/s at peak: the run starts overloaded",
                rate.per_second()
            ),
        )
    })
    .collect()
}
