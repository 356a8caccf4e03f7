//! Calm networks: without an event the number of users online is the norm, and a population that cannot
//! have its norm is refused.
//!
//! Units: ticks of one second.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{share, simulation, small_network, value};
use patchday_agents::scenario::{
    Holiday, Region, Scenario,
    parameter::{Check, Remark, Severity},
    quantity::{Rate, Share, Span, UtcOffset},
};

const HOUR: u32 = 3_600;

/// A source of choices: a linear congruential generator.
struct Choices(u64);

impl Choices {
    fn uniform(&mut self, low: f64, high: f64) -> f64 {
        self.0 = (self.0.wrapping_mul(6_364_136_223_846_793_005)).wrapping_add(1);
        low + (high - low) * (self.0 >> 33) as f64 / f64::from(1u32 << 31)
    }

    fn span(&mut self, low: f64, high: f64) -> Span {
        let seconds = low * (high / low).powf(self.uniform(0.0, 1.0));
        format!("{seconds:.0}s").parse().unwrap()
    }
}

/// A network of `users` without an overlay and without calls, whose servers never queue.
fn calm(users: u64) -> Scenario {
    let mut scenario = small_network(26);
    scenario.overlay.enabled = false;
    scenario.calendar.weekdays = [1.0; 7];
    scenario.population.users = users;
    scenario.population.always_on_share = Share::NONE;
    let fast = Rate::from_per_second(100_000.0).unwrap();
    scenario.servers.login.rate = fast;
    scenario.servers.presence.rate = fast;
    scenario.servers.chat.rate = fast;
    scenario
}

/// Asserts that the users online are within four standard errors of the norm at the start and at every
/// hour.
fn assert_calm(scenario: &Scenario, seed: u64) {
    let errors = errors(scenario);
    assert!(errors.is_empty(), "{errors:?}");
    let users = scenario.population.users as f64;
    let mut run = simulation(scenario, seed);
    let hours = scenario.ticks() / HOUR;
    for tick in [10, 300, 1_800]
        .into_iter()
        .chain((1..=hours).map(|hour| hour * HOUR))
    {
        run.run_until(tick).unwrap();
        let (online, norm) = (value(&mut run, "online"), value(&mut run, "norm"));
        let error = (norm * (1.0 - norm / users)).sqrt().max(1.0);
        assert!(
            (online - norm).abs() < 4.0 * error,
            "seed {seed}, tick {tick}: {online} online, norm {norm}, standard error {error}"
        );
    }
}

/// Errors in a scenario.
fn errors(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = scenario.check();
    remarks.retain(|remark| remark.severity == Severity::Error);
    remarks
}

#[test]
fn a_random_calm_network_has_the_norm_at_every_hour() {
    for seed in 1..=12 {
        let mut choices = Choices(seed);
        let mut scenario = calm(8_000);
        let population = &mut scenario.population;
        population.regular_share = share(choices.uniform(0.5, 1.0));
        population.always_on_share = share(choices.uniform(0.0, 0.3));
        population.always_on_uptime = choices.span(4_000.0, 400_000.0);
        population.restart_max = choices.span(60.0, 7_200.0);
        population.restart_min = choices.span(1.0, 60.0);
        let sessions = &mut population.sessions;
        sessions.long_share = share(choices.uniform(0.0, 1.0));
        (sessions.long_min, sessions.long_max) =
            (choices.span(60.0, 7_200.0), choices.span(7_200.0, 57_600.0));
        (sessions.short_min, sessions.short_max) =
            (choices.span(60.0, 300.0), choices.span(300.0, 3_600.0));
        sessions.hourly = std::array::from_fn(|_| choices.uniform(0.0, 10.0).floor());
        sessions.hourly[12] = 1.0;
        population.region = (0..3)
            .map(|index| Region {
                name: format!("region {index}"),
                share: share([0.5, 0.3, 0.2][index]),
                utc_offset: UtcOffset::from_minutes(15.0 * choices.uniform(-48.0, 56.0).round())
                    .unwrap(),
            })
            .collect();
        scenario.calendar.weekdays = std::array::from_fn(|_| choices.uniform(0.0, 2.0));
        let always = scenario.population.always_on_share.get();
        let part = choices.uniform(0.02, 0.6);
        let online = scenario.population.regular_share.get() * (always + (1.0 - always) * part);
        scenario.population.online_share = share(online);
        assert_calm(&scenario, seed);
    }
}

#[test]
fn sessions_of_one_to_two_minutes_have_their_norm() {
    let mut scenario = calm(100_000);
    scenario.population.online_share = share(0.02);
    let sessions = &mut scenario.population.sessions;
    sessions.hourly = [1.0; 24];
    sessions.long_share = Share::NONE;
    sessions.short_min = "1m".parse().unwrap();
    sessions.short_max = "2m".parse().unwrap();
    scenario.run.end = common::instant(6.0);
    assert_calm(&scenario, 3);
}

#[test]
fn machines_that_restart_each_hour_for_half_an_hour_have_their_norm() {
    let mut scenario = calm(20_000);
    let population = &mut scenario.population;
    population.always_on_share = share(0.8);
    population.always_on_uptime = "1h".parse().unwrap();
    population.restart_min = "30m".parse().unwrap();
    population.restart_max = "30m".parse().unwrap();
    population.online_share = share(0.6);
    scenario.run.end = common::instant(8.0);
    assert_calm(&scenario, 4);
}

#[test]
fn a_share_online_below_that_of_always_on_machines_is_refused() {
    let mut scenario = calm(10_000);
    scenario.population.regular_share = share(0.9);
    scenario.population.always_on_share = share(0.9);
    scenario.population.online_share = share(0.6);
    let message = "is below 0.8098, the share of all users who are online at any time because their machines are always on \
                   (regular_share = 0.9 times always_on_share = 0.9, less restarts): raise it, or lower \
                   population.always_on_share";
    assert_refused(&scenario, "population.online_share", message);
    scenario.population.online_share = share(0.81);
    assert_eq!(errors(&scenario), []);
    // Every user is online all the time, except for restarts.
    scenario.population.always_on_share = Share::ALL;
    scenario.population.online_share = share(0.9);
    assert_eq!(errors(&scenario), []);
    // Without sessions the share follows from the machines: any other value has no effect.
    for other in [0.5, 1.0] {
        scenario.population.online_share = share(other);
        let remarks = scenario.check();
        let remark = remarks
            .iter()
            .find(|remark| remark.path == "population.online_share")
            .unwrap();
        assert!(remark.message.contains("has no effect: all machines"));
        assert_eq!(errors(&scenario), []);
    }
    assert_calm(&scenario, 5);
}

#[test]
fn a_share_online_that_no_number_of_sessions_gives_is_refused() {
    let mut scenario = calm(10_000);
    scenario.population.regular_share = share(0.5);
    scenario.population.online_share = share(0.6);
    let message = "is above 0.5000, the share of all users who are online at the peak with 200 sessions a day of each \
                   user: lower it, raise population.regular_share, or make the sessions longer";
    assert_refused(&scenario, "population.online_share", message);
}

#[test]
fn a_factor_that_needs_too_many_sessions_is_refused() {
    let mut scenario = calm(10_000);
    let sessions = &mut scenario.population.sessions;
    sessions.hourly = [1.0; 24];
    sessions.long_share = Share::NONE;
    sessions.short_min = "1m".parse().unwrap();
    sessions.short_max = "1m".parse().unwrap();
    // 58 s of each minute count, so 160 sessions are needed for 1 - exp(-160 * 58 / 86,400).
    scenario.population.online_share = share(0.102);
    scenario.calendar.holiday = vec![Holiday {
        day: "2007-08-15".parse().unwrap(),
        factor: 2.0,
        regions: Vec::new(),
    }];
    let message = "needs 320.4 sessions of a user on 2007-08-15, but at most 200 are possible: lower it, or make the \
                   sessions longer";
    assert_refused(&scenario, "calendar.holiday.0.factor", message);
    scenario.calendar.holiday[0].factor = 1.2;
    assert_eq!(errors(&scenario), []);
    scenario.calendar.weekdays[3] = 1.5;
    let message = "needs 240.3 sessions of a user on the busiest day of the week, 1.5 times the 160.2 of an ordinary \
                   weekday, but at most 200 are possible: lower the factor, or make the sessions longer";
    assert_refused(&scenario, "calendar.weekdays", message);
}

#[test]
fn a_holiday_of_twice_the_sessions_has_its_norm() {
    let mut scenario = calm(20_000);
    scenario.population.online_share = share(0.4);
    scenario.calendar.holiday = vec![Holiday {
        day: "2007-08-14".parse().unwrap(),
        factor: 4.0,
        regions: Vec::new(),
    }];
    assert_calm(&scenario, 5);
}

#[test]
fn giving_up_is_warned_of_if_machines_are_always_on() {
    let mut scenario = calm(10_000);
    scenario.client.retry.give_up = 3;
    let warned = |scenario: &Scenario| {
        let remarks = scenario.check();
        remarks
            .into_iter()
            .find(|one| one.path == "client.retry.give_up")
    };
    assert_eq!(warned(&scenario), None);
    scenario.population.always_on_share = share(0.25);
    let warning = warned(&scenario).unwrap();
    assert_eq!(warning.severity, Severity::Warning);
    assert_eq!(
        warning.message,
        "does not apply to the 25 % of the regular users whose machine is always on (population.always_on_share): \
         they have no next session, so their clients never give up"
    );
}

fn assert_refused(scenario: &Scenario, path: &str, message: &str) {
    let errors = errors(scenario);
    let found: Vec<_> = errors
        .iter()
        .map(|one| (one.path.as_str(), one.message.as_str()))
        .collect();
    assert_eq!(found, [(path, message)]);
}
