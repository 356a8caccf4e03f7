//! The determinism guarantee for a mix of platforms with a roll-out and retry budgets, in which every
//! part has an effect.

use patchday_agents::scenario::{
    BudgetLaw, FaultEffect, Operation, OperationTime, Platform, RequestBudget, Retry, Scenario,
    ServiceFault, ServiceSection,
};

use crate::{
    common::{instant, share, without_overlay},
    plan::{Case, Plan},
    random_choices::RandomChoices,
    snapshot::FullSnapshot,
};

fn platform(name: &str, of_all: f64, pause: &str) -> Platform {
    let mut retry = Retry {
        fixed: Some(pause.parse().unwrap()),
        ..Retry::default()
    };
    retry.budget.tokens = 3;
    Platform {
        name: name.into(),
        share: share(of_all),
        retry: Some(retry),
        ..Platform::default()
    }
}

fn operation(name: &str, platforms: &[&str], law: BudgetLaw) -> Operation {
    Operation {
        name: name.into(),
        service: "web".into(),
        every: Some("50s".parse().unwrap()),
        retries: 3,
        budget: Some(RequestBudget {
            law,
            ..RequestBudget::default()
        }),
        platforms: platforms.iter().map(|name| (*name).into()).collect(),
        ..Operation::default()
    }
}

/// Two hours in which half of the requests fail, and all clients are signed out once.
fn mix() -> Scenario {
    let mut scenario = without_overlay(3);
    scenario.trigger.sign_out[0].at = instant(1.5);
    scenario.service = vec![ServiceSection {
        name: "web".into(),
        servers: 3,
        ..ServiceSection::default()
    }];
    scenario.client.platform = vec![
        platform("web", 0.3, "7s"),
        Platform {
            from: Some(instant(0.5)),
            over: "2h".parse().unwrap(),
            ..platform("new", 0.4, "40s")
        },
    ];
    scenario.client.operation = vec![
        Operation {
            when: OperationTime::SignIn,
            required: true,
            every: None,
            budget: None,
            ..operation("login", &[], BudgetLaw::Throttle)
        },
        operation("poll", &["web", "others"], BudgetLaw::Throttle),
        operation("send", &["new"], BudgetLaw::Adaptive),
    ];
    scenario.trigger.service = vec![ServiceFault {
        service: "web".into(),
        at: instant(0.2),
        lasts: "1d".parse().unwrap(),
        effect: FaultEffect::Errors,
        share: share(0.5),
        ..ServiceFault::default()
    }];
    scenario
}

#[test]
fn platforms_and_budgets_hold_the_determinism_guarantee() {
    let scenario = mix();
    let case = Case {
        end: scenario.ticks(),
        scenario,
        seed: 5,
        fork: None,
        sample: 600,
    };
    let (case, serial) = case.limited(u64::MAX);
    let expected = FullSnapshot::capture(&serial.simulation);
    let no_buckets = "request_budgets: RequestBudgets({})";
    let mut blocks = expected.blocks.iter();
    assert!(blocks.any(|one| !format!("{:?}", one.block_state).contains(no_buckets)));
    let senders = serial.simulation.fleet_stats().senders;
    assert!(senders.iter().all(|one| one.sent > 1_000));
    assert!(senders[1].over_budget > 0 && senders[2].over_budget > 0);
    for number in 0..6 {
        let plan = Plan::any(&mut RandomChoices::new(number), case.end);
        let planned = case.run(&plan, case.end);
        assert_eq!(
            planned.simulation.digest(),
            serial.simulation.digest(),
            "{plan}"
        );
        let found = FullSnapshot::capture(&planned.simulation);
        assert!(found.to_bytes() == expected.to_bytes(), "{plan}");
        assert_eq!(planned.rows, serial.rows, "{plan}");
    }
}
