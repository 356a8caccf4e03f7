//! Checks of the servers' parameters that need the whole scenario: whether the servers are fast enough for
//! a normal day. Units: requests per second, seconds.

use crate::{
    population::ordinary_day::OrdinaryDay,
    scenario::{
        parameter::check::Remark,
        quantity::{rate::Rate, run_clock::TickLength, span::Span},
        root::Scenario,
    },
    server::section::Servers,
};

/// Returns a remark for each contradiction or doubtful value.
pub(crate) fn check_servers(scenario: &Scenario) -> Vec<Remark> {
    let calm = OrdinaryDay::sign_ins(scenario);
    let servers = &scenario.servers;
    let mut remarks = overloaded(servers, calm);
    let patience = scenario.client.login_timeout;
    let tick = scenario.tick();
    let work = f64::from(servers.login.servers) / servers.login.rate.per_second();
    if work >= patience.as_seconds() {
        remarks.push(Remark::warning(
            "servers.login.rate",
            format!(
                "means that a login takes each of {} servers {} s, longer than client.login_timeout = \"{patience}\": \
                 every login times out; for the rate of each server write rate_each",
                servers.login.servers,
                rounded(work)
            ),
        ));
    }
    if servers.login.queue == Span::ZERO && work >= tick.span().as_seconds() {
        remarks.push(Remark::warning(
            "servers.login.queue",
            format!(
                "is 0, and a login takes each server {} s: logins that arrive in the same tick of {} arrive \
                 together, and a free server admits one of them, so at low load fewer are rejected than by a \
                 server that is busy for that time from any moment on",
                rounded(work),
                tick.span()
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
    let (gateway, manager) = (&servers.gateway, &servers.manager);
    remarks.extend(short_calls(
        ("servers.gateway.length_mean", gateway.on),
        (gateway.calls, gateway.length_mean, gateway.lines),
        tick,
    ));
    remarks.extend(short_calls(
        ("servers.manager.length_mean", manager.on),
        (manager.requests, manager.length_mean, manager.lines),
        tick,
    ));
    remarks
}

/// Rounds a time: whole seconds from ten seconds on, and milliseconds below.
fn rounded(seconds: f64) -> f64 {
    if seconds < 10.0 {
        (seconds * 1e3).round() / 1e3
    } else {
        seconds.round()
    }
}

/// The mean length of calls, in ticks, below which the tick is not small beside it.
const SHORT_CALL: f64 = 20.0;
/// The load of each line from which on loss matters.
const BUSY_LINES: f64 = 0.6;

/// Returns a warning if calls are so short that the ticks change the share that is lost.
fn short_calls(
    (path, on): (&'static str, bool),
    (rate, length, lines): (Rate, Span, u64),
    tick: TickLength,
) -> Option<Remark> {
    let load = rate.per_second() * length.as_seconds() / lines as f64;
    let matters = on && tick.mean(length) < SHORT_CALL && load >= BUSY_LINES;
    matters.then(|| {
        Remark::warning(
            path,
            format!(
                "is \"{length}\", and the lines are busy: the simulation counts in ticks of {}, calls of a tick arrive \
                 together, and a call of one tick holds its line during the arrivals of the next, so more calls are \
                 lost than Erlang's formula says; the formula holds for lengths of {} and more (run.tick)",
                tick.span(),
                tick.span_of(60)
            ),
        )
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_calls_on_busy_lines_have_a_warning() {
        let warns = |rate: &str, length: &str, lines| {
            let figures = (rate.parse().unwrap(), length.parse().unwrap(), lines);
            let path = "servers.manager.length_mean";
            short_calls((path, true), figures, TickLength::SECOND).is_some()
        };
        assert!(warns("6/s", "1s", 5));
        assert!(warns("66.667/s", "3s", 200));
        assert!(!warns("20/s", "3s", 200));
        assert!(!warns("100/s", "3m", 200));
    }
}
