//! Operations of clients: at the sign-in and while online, their retries and what a failure costs.

use patchday_agents::{
    Phase, Simulation,
    scenario::{
        FaultEffect, Operation, OperationTime, Scenario, ServiceFault, ServiceSection, SignOut,
        TimeLaw, quantity::Share,
    },
};

use crate::{
    common::{instant, share, value},
    stations::{empty, service, simulation, span},
};

/// Clients that are always online, and a service that answers in 5 ticks.
pub(crate) fn clients(operations: Vec<Operation>) -> Scenario {
    let mut scenario = empty();
    scenario.population.online_share = share(0.9);
    scenario.population.always_on_share = share(0.9);
    scenario.service = vec![ServiceSection {
        law: TimeLaw::Constant,
        ..service("web", 4, 10_000, 5)
    }];
    scenario.client.operation = operations;
    scenario.client.retry.fixed = Some(span(30));
    scenario
}

pub(crate) fn operation(name: &str) -> Operation {
    Operation {
        name: name.into(),
        service: "web".into(),
        timeout: span(20),
        ..Operation::default()
    }
}

pub(crate) fn at_sign_in(name: &str, count: u8) -> Operation {
    Operation {
        when: OperationTime::SignIn,
        required: true,
        count,
        ..operation(name)
    }
}

pub(crate) fn fault(effect: FaultEffect, from: u32, lasts: u32, errors: f64) -> ServiceFault {
    ServiceFault {
        service: "web".into(),
        at: instant(f64::from(from) / 3_600.0),
        lasts: span(lasts),
        effect,
        share: Share::new(errors).unwrap(),
        ..ServiceFault::default()
    }
}

/// All clients are signed out within a second, some hours after the start.
pub(crate) fn all_at(hours: f64) -> SignOut {
    SignOut {
        at: instant(hours),
        share: Share::ALL,
        within: span(1),
        regions: Vec::new(),
    }
}

pub(crate) fn online(run: &Simulation) -> usize {
    let peers = run.link_audit().peers;
    peers
        .iter()
        .filter(|peer| peer.phase == Phase::Online)
        .count()
}

#[test]
fn a_repeated_operation_is_sent_with_its_period_or_its_rate() {
    let every = Operation {
        every: Some(span(100)),
        ..operation("poll")
    };
    let random = Operation {
        rate: "36/h".parse().ok(),
        ..operation("send")
    };
    let mut run = simulation(&clients(vec![every, random]), 2);
    run.run_until(1_000).unwrap();
    let before = run.fleet_stats().senders;
    let users = online(&run) as f64;
    run.run_until(11_000).unwrap();
    let after = run.fleet_stats().senders;
    for (after, before) in after.iter().zip(&before) {
        let sent = (after.sent - before.sent) as f64;
        // Some restart or come and go meanwhile.
        assert!(
            (sent / (users * 100.0) - 1.0).abs() < 0.03,
            "{sent} {users}"
        );
        assert_eq!((after.failed, after.timed_out), (0, 0));
        assert!(after.sent - after.ok < users as u64);
    }
}

#[test]
fn clients_without_jitter_stay_together() {
    let most_at_once = |jitter| {
        let together = Operation {
            every: Some(span(300)),
            jitter,
            ..operation("poll")
        };
        let mut run = simulation(&clients(vec![together]), 2);
        let mut most = 0;
        for tick in (600..1_200).step_by(3) {
            run.run_until(tick).unwrap();
            most = most.max(run.fleet_stats().services[0].in_flight);
        }
        most
    };
    assert!(most_at_once(false) > 700);
    assert!(most_at_once(true) < 40);
}

#[test]
fn a_failed_request_is_sent_again_and_then_given_up() {
    let poll = Operation {
        every: Some(span(500)),
        retries: 2,
        pause: span(4),
        ..operation("poll")
    };
    let mut scenario = clients(vec![poll]);
    scenario.trigger.service = vec![fault(FaultEffect::Errors, 0, 86_400, 0.5)];
    let mut run = simulation(&scenario, 2);
    run.run_until(50_000).unwrap();
    let counts = run.fleet_stats().senders[0];
    let firsts = (counts.sent - counts.retries) as f64;
    let attempts = counts.sent as f64 / firsts;
    assert!((attempts - 1.75).abs() < 0.02, "{counts:?}");
    let lost = counts.given_up as f64 / firsts;
    assert!((lost - 0.125).abs() < 0.01, "{counts:?}");
}

#[test]
fn a_client_signs_in_when_all_required_requests_have_succeeded() {
    let mut scenario = clients(vec![at_sign_in("login", 3), at_sign_in("profile", 1)]);
    scenario.trigger.sign_out = vec![all_at(0.5)];
    let mut run = simulation(&scenario, 2);
    run.run_until(1_800).unwrap();
    let (users, before) = (online(&run), run.fleet_stats().senders);
    run.run_until(1_803).unwrap();
    assert!(online(&run) < users / 50);
    // A tick to notice, a tick to the service, 5 there, a tick back.
    run.run_until(1_812).unwrap();
    assert!(online(&run) >= users - 10, "{} {users}", online(&run));
    let after = run.fleet_stats().senders;
    let sent = |number: usize| after[number].sent - before[number].sent;
    assert!(sent(0) == 3 * sent(1) && sent(1) as usize >= users - 10);
    assert!(value(&mut run, "login_served") > 0.0);
    assert_eq!(
        value(&mut run, "login_arrivals"),
        0.0,
        "no login server is asked"
    );
}

#[test]
fn a_failed_sign_in_is_tried_again_by_the_retry_policy() {
    let mut scenario = clients(vec![at_sign_in("login", 1)]);
    scenario.trigger.service = vec![fault(FaultEffect::Dead, 3_600, 1_800, 1.0)];
    scenario.trigger.sign_out = vec![all_at(1.1)];
    let mut run = simulation(&scenario, 2);
    run.run_until(3_600).unwrap();
    let users = online(&run);
    run.run_until(5_390).unwrap();
    assert_eq!(online(&run), 0);
    let sent = run.fleet_stats().senders[0].sent as f64;
    // From 3,960 on an attempt every 20 + 30 ticks.
    let expected = users as f64 * (5_390.0 - 3_960.0) / 50.0;
    assert!((sent / expected - 1.0).abs() < 0.1, "{sent} {expected}");
    run.run_until(5_470).unwrap();
    assert!(online(&run) > users - 30, "{} {users}", online(&run));
}

#[test]
fn a_required_operation_that_fails_while_online_costs_the_session() {
    let needed = Operation {
        every: Some(span(100)),
        required: true,
        ..operation("heartbeat")
    };
    let mut scenario = clients(vec![at_sign_in("login", 1), needed]);
    scenario.trigger.service = vec![fault(FaultEffect::Dead, 3_600, 300, 1.0)];
    let mut run = simulation(&scenario, 2);
    run.run_until(3_600).unwrap();
    let users = online(&run);
    run.run_until(3_720).unwrap();
    assert_eq!(online(&run), 0, "every heartbeat was lost");
    run.run_until(4_100).unwrap();
    assert!(online(&run) > users - 30, "{} {users}", online(&run));
    // The operations of the new sessions are sent, and none of the old ones.
    let before = run.fleet_stats().senders[1].sent;
    run.run_until(5_100).unwrap();
    let sent = run.fleet_stats().senders[1].sent - before;
    assert!(sent.abs_diff(10 * users as u64) < 400, "{sent} {users}");
}
