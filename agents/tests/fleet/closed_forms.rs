//! Waits, losses and utilisation of one station against M/M/c, M/M/c/K and M/G/1.

use patchday_agents::scenario::{Balancer, ServiceSection, TimeLaw, quantity::Share};

use crate::stations::{batch_ratios, service, station};

/// The probability that all of `servers` are busy and an arrival is lost, at `load` erlangs.
fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |loss, server| {
        load * loss / (f64::from(server) + load * loss)
    })
}

/// The probability that an arrival waits.
fn erlang_c(servers: u32, load: f64) -> f64 {
    let loss = erlang_b(servers, load);
    let count = f64::from(servers);
    count * loss / (count - load * (1.0 - loss))
}

/// The probabilities of 0 to `most` requests at a station of `servers`.
fn states(servers: u32, most: u32, load: f64) -> Vec<f64> {
    let mut all = vec![1.0];
    for state in 1..=most {
        let last = all[all.len() - 1];
        all.push(last * load / f64::from(state.min(servers)));
    }
    let sum: f64 = all.iter().sum();
    all.iter().map(|one| one / sum).collect()
}

const TIME: u32 = 40;

#[test]
fn waits_and_utilisation_are_those_of_m_m_c() {
    for (servers, utilisation) in [(1, 0.5), (1, 0.8), (4, 0.7), (10, 0.85)] {
        let load = f64::from(servers) * utilisation;
        let rate = load / f64::from(TIME);
        let scenario = station(service("desk", 1, servers, TIME), rate);
        let [wait, busy] = batch_ratios(&scenario, (20, 40_000), |stats| {
            let counts = stats.services[0].counts;
            [(counts.waited, counts.begun), (counts.busy, counts.begun)]
        });
        let expected =
            erlang_c(servers, load) * f64::from(TIME) / (f64::from(servers) * (1.0 - utilisation));
        // A time of work is rounded to ticks, and requests of one tick arrive together.
        let off = 0.02 * expected + 0.5;
        assert!(
            wait.agrees_with(expected, off),
            "{servers} {utilisation}: {wait:?}, {expected}"
        );
        assert!(busy.agrees_with(TIME.into(), 0.5), "{servers}: {busy:?}");
    }
}

#[test]
fn losses_are_those_of_erlang_b_and_m_m_c_k() {
    for (servers, places, load) in [
        (1, 0, 0.9),
        (6, 0, 5.0),
        (3, 2, 2.5),
        (1, 8, 1.1),
        (4, 10, 6.0),
    ] {
        let desk = ServiceSection {
            queue: places,
            ..service("desk", 1, servers, TIME)
        };
        let scenario = station(desk, load / f64::from(TIME));
        let [loss, wait] = batch_ratios(&scenario, (20, 40_000), |stats| {
            let counts = stats.services[0].counts;
            [
                (counts.rejected, counts.arrivals),
                (counts.waited, counts.begun),
            ]
        });
        let states = states(servers, servers + places, load);
        let lost = states[states.len() - 1];
        assert!(
            loss.agrees_with(lost, 0.01),
            "{servers} + {places}: {loss:?}, {lost}"
        );
        if places == 0 {
            assert!((lost - erlang_b(servers, load)).abs() < 1e-12);
        }
        let waiting: f64 = states
            .iter()
            .zip(0_u32..)
            .map(|(share, state)| share * f64::from(state.saturating_sub(servers)))
            .sum();
        let expected = waiting / (load / f64::from(TIME) * (1.0 - lost));
        assert!(
            wait.agrees_with(expected, 0.02 * expected + 0.5),
            "{servers} + {places}: {wait:?}, {expected}"
        );
    }
}

#[test]
fn waits_are_those_of_m_g_1() {
    let share = Share::new(0.1).unwrap();
    let laws = [
        (TimeLaw::Constant, 1.0),
        (TimeLaw::Exponential, 2.0),
        (TimeLaw::LogNormal, 0.64_f64.exp()),
        // One in ten takes ten times as long: 1.9 units on average, 10.9 in square.
        (TimeLaw::TwoPoint, 10.9 / 1.9_f64.powi(2)),
    ];
    for (law, second_moment) in laws {
        let desk = ServiceSection {
            law,
            spread: 0.8,
            slow_share: share,
            slow_factor: 10.0,
            ..service("desk", 1, 1, TIME)
        };
        let utilisation = 0.6;
        let scenario = station(desk, utilisation / f64::from(TIME));
        let [wait] = batch_ratios(&scenario, (20, 60_000), |stats| {
            let counts = stats.services[0].counts;
            [(counts.waited, counts.begun)]
        });
        let expected = utilisation * second_moment * f64::from(TIME) / (2.0 * (1.0 - utilisation));
        assert!(
            wait.agrees_with(expected, 0.02 * expected + 0.5),
            "{law}: {wait:?}, {expected}"
        );
    }
}

/// Eight servers of one place each: the queues are shorter the more a sender knows of them.
#[test]
fn a_sender_that_knows_loads_waits_less() {
    let wait = |balancer| {
        let desk = ServiceSection {
            balancer,
            ..service("desk", 8, 1, TIME)
        };
        let scenario = station(desk, 0.8 * 8.0 / f64::from(TIME));
        let [wait] = batch_ratios(&scenario, (15, 20_000), |stats| {
            let counts = stats.services[0].counts;
            [(counts.waited, counts.begun)]
        });
        wait.mean
    };
    let random = wait(Balancer::Random);
    // Each server is an M/M/1 queue of its own.
    let expected = 0.8 / 0.2 * f64::from(TIME);
    assert!(
        (random / expected - 1.0).abs() < 0.15,
        "{random}, {expected}"
    );
    let round = wait(Balancer::RoundRobin);
    let two = wait(Balancer::TwoChoices);
    let least = wait(Balancer::LeastRequests);
    assert!(round < 0.8 * random, "{round} {random}");
    assert!(two < 0.6 * round, "{two} {round}");
    assert!(least < 0.8 * two, "{least} {two}");
    // With the least load an arrival waits a little longer than with one queue for all.
    let one_queue = erlang_c(8, 6.4) * f64::from(TIME) / 1.6;
    assert!(
        least > one_queue && least < 3.0 * one_queue,
        "{least} {one_queue}"
    );
}
