//! Retry budgets of clients against closed forms: errors at random hit every attempt with the same
//! probability.

use patchday_agents::{
    SenderCounts,
    scenario::{BudgetLaw, FaultEffect, Operation, RequestBudget, Scenario},
};

use crate::{
    clients::{clients, fault, operation},
    common::share,
    stations::{simulation, span},
};

/// Clients that poll and retry up to ten times; the share `errors` of all attempts fails.
fn polls(errors: f64, budget: Option<RequestBudget>) -> Scenario {
    let mut scenario = clients(vec![Operation {
        every: Some(span(500)),
        retries: 10,
        pause: span(4),
        budget,
        ..operation("poll")
    }]);
    scenario.trigger.service = vec![fault(FaultEffect::Errors, 0, 86_400, errors)];
    scenario
}

fn budget(law: BudgetLaw, tokens: u16, per_success: f64) -> Option<RequestBudget> {
    Some(RequestBudget {
        law,
        tokens,
        per_success,
    })
}

/// The counts between two ticks.
fn counts(scenario: &Scenario, from: u32, until: u32) -> SenderCounts {
    let mut run = simulation(scenario, 3);
    run.run_until(from).unwrap();
    let before = run.fleet_stats().senders[0];
    run.run_until(until).unwrap();
    let mut counts = run.fleet_stats().senders[0];
    counts.sent -= before.sent;
    counts.retries -= before.retries;
    counts.ok -= before.ok;
    counts.given_up -= before.given_up;
    counts.over_budget -= before.over_budget;
    counts
}

/// The retries for each request.
fn retries(counts: SenderCounts) -> f64 {
    counts.retries as f64 / (counts.sent - counts.retries) as f64
}

#[test]
fn an_adaptive_budget_spends_what_successes_add() {
    // Every attempt succeeds with probability s and adds r, so R = r s (1 + R) retries for each request.
    for (errors, per_success) in [(0.8, 0.5), (0.6, 0.25), (0.9, 2.0)] {
        let scenario = polls(errors, budget(BudgetLaw::Adaptive, 5, per_success));
        let counts = counts(&scenario, 10_000, 80_000);
        let added = per_success * (1.0 - errors);
        let expected = added / (1.0 - added);
        let measured = retries(counts);
        assert!(
            (measured / expected - 1.0).abs() < 0.03,
            "{measured} {expected}"
        );
        // Every request that failed and has attempts left was over the budget.
        assert!(counts.over_budget <= counts.given_up);
        assert!(counts.over_budget as f64 > 0.95 * counts.given_up as f64);
    }
}

#[test]
fn a_throttle_lets_all_retries_pass_below_its_share_of_failures_and_none_above() {
    // The bucket empties if f > r (1 - f): with r = 0.5 that is a share of failures above a third.
    let throttled = |errors| {
        let scenario = polls(errors, budget(BudgetLaw::Throttle, 100, 0.5));
        counts(&scenario, 60_000, 80_000)
    };
    let below = throttled(0.2);
    let unlimited = 0.2 / (1.0 - 0.2);
    assert!((retries(below) / unlimited - 1.0).abs() < 0.04, "{below:?}");
    assert_eq!((below.over_budget, below.given_up), (0, 0));
    let above = throttled(0.6);
    assert!(retries(above) < 0.01, "{above:?}");
    // The others belong to sessions that had ended.
    assert!(
        above.over_budget as f64 > 0.99 * above.given_up as f64,
        "{above:?}"
    );
}

#[test]
fn without_a_budget_nothing_is_held_back() {
    let counts = counts(&polls(0.5, None), 10_000, 30_000);
    assert_eq!(counts.over_budget, 0);
    assert!((retries(counts) - 1.0).abs() < 0.03, "{counts:?}");
}

#[test]
fn a_session_starts_with_a_full_bucket() {
    // Two tokens that no success adds to: two retries for each session.
    let mut scenario = polls(1.0, budget(BudgetLaw::Adaptive, 2, 0.0));
    scenario.population.always_on_share = share(0.0);
    scenario.population.online_share = share(0.3);
    let mut run = simulation(&scenario, 3);
    let mut totals = |until| {
        run.run_until(until).unwrap();
        (run.totals().sessions, run.fleet_stats().senders[0].retries)
    };
    let (before, after) = (totals(36_000), totals(86_400));
    let sessions = after.0 - before.0;
    let measured = (after.1 - before.1) as f64 / sessions as f64;
    assert!(
        sessions > 300 && (1.9..2.1).contains(&measured),
        "{sessions} {measured}"
    );
}
