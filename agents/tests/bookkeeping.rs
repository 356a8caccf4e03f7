//! Nothing is lost and nothing counted twice: gauges kept from differences against
//! a census, flows against each other, and what happens when mail runs over.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{attempt, cut_down, instant, share, village};
use patchday_core::Halt;

#[test]
fn gauges_agree_with_a_census_through_an_outage() {
    let mut scenario = cut_down(100_000, 60);
    scenario.trigger.patch_day.release = Some(instant(1.0));
    scenario.trigger.patch_day.share = share(1.0);
    scenario.overlay.supernode.seats = 330;
    scenario.operator.force_supernodes = vec![attempt(50.0, 30.0, 20)];
    let mut simulation = common::simulation(&scenario, 9);
    for half_hour in 1..=120 {
        simulation.run_until(half_hour * 1800).unwrap();
        assert_eq!(
            simulation.gauges(),
            simulation.census(),
            "hour {}",
            half_hour / 2
        );
    }
    let totals = simulation.totals();
    // Something went wrong in between, or the test shows little.
    assert!(totals.cycles_failed > 100_000, "{}", totals.cycles_failed);
}

#[test]
fn every_probe_has_one_outcome_and_every_log_in_too() {
    let mut scenario = village(30);
    scenario.trigger.patch_day.release = Some(instant(1.0));
    scenario.trigger.patch_day.check_in_min = "1h".parse().unwrap();
    scenario.trigger.patch_day.check_in_max = "2h".parse().unwrap();
    let mut simulation = common::simulation(&scenario, 4);
    // Ten minutes before the end nobody can be waiting for an answer of before.
    simulation.run_until(scenario.ticks() - 600).unwrap();
    let before = *simulation.totals();
    simulation.run_until(scenario.ticks()).unwrap();
    let after = *simulation.totals();
    let outcomes =
        |totals: &patchday_agents::Counters| totals.accepted + totals.refused + totals.timed_out;
    assert!(outcomes(&after) <= after.attempts);
    assert!(before.attempts <= outcomes(&after));
    assert_eq!(
        after.login_arrivals,
        after.login_admitted + after.login_rejected
    );
    assert!(after.login_served + after.login_late <= after.login_admitted);
    assert!(before.login_admitted <= after.login_served + after.login_late);
}

#[test]
fn a_run_ends_when_there_is_more_mail_than_allowed() {
    let scenario = cut_down(20_000, 24);
    let mut calm = common::simulation(&scenario, 1);
    calm.run_until(3_600).unwrap();
    let limit = calm.in_flight() / 2;
    let mut simulation = patchday_agents::Simulation::new(&scenario, 1, 1, 1, limit).unwrap();
    let halt = simulation.run_until(scenario.ticks()).unwrap_err();
    let Halt::MailLimit {
        tick, in_flight, ..
    } = halt;
    assert!(in_flight > limit);
    // What was computed can still be read, up to the tick of the halt.
    assert_eq!(simulation.now(), tick + 1);
    assert_eq!(simulation.gauges(), simulation.census());
}

#[test]
fn the_regions_of_a_row_are_all_users_online() {
    let scenario = cut_down(50_000, 30);
    let mut simulation = common::simulation(&scenario, 2);
    let columns = patchday_agents::metrics::region_columns(&scenario);
    let first = patchday_agents::metrics::COLUMNS.len();
    for hour in 1..=30 {
        simulation.run_until(hour * 3600).unwrap();
        let row = simulation.sample();
        assert_eq!(row.len(), first + columns.len());
        let online: f64 = row[first..].iter().map(|cell| cell.value()).sum();
        assert_eq!(online, row[0].value(), "hour {hour}");
        assert!(row[first..].iter().all(|cell| cell.value() > 0.0));
    }
}
