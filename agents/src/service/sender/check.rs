//! Checks of the retry budgets of operations, and of late answers that count.

use crate::{
    scenario::{parameter::check::Remark, root::Scenario},
    service::{section::OperationTime, sender::budget::BudgetLaw},
};

/// Returns a warning for each retry budget, or key of one, without effect.
pub(crate) fn check_budgets(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (number, one) in scenario.client.operation.iter().enumerate() {
        let Some(budget) = &one.budget else {
            continue;
        };
        let path = |key: &str| format!("client.operation.{number}.{key}");
        if one.required && one.when == OperationTime::SignIn {
            let message = "has no effect on a required operation of the sign-in: the client tries again \
                           by its retry policy";
            remarks.push(Remark::warning(path("budget"), message));
        } else if one.retries == 0 {
            let message = "has no effect on an operation with retries = 0";
            remarks.push(Remark::warning(path("budget"), message));
        } else if budget.law == BudgetLaw::Throttle && budget.tokens <= 2 {
            let message = "allows no retry: the first failure leaves at most half of the tokens";
            remarks.push(Remark::warning(path("budget.tokens"), message));
        }
    }
    remarks
}

/// Returns a warning for each operation or source for which late answers count in vain or twice.
pub(crate) fn check_late_answers(scenario: &Scenario) -> Vec<Remark> {
    let twice = "can count a request twice: its answer may come after a retry was sent";
    let mut remarks = Vec::new();
    for (number, one) in scenario.client.operation.iter().enumerate() {
        let path = format!("client.operation.{number}.accept_late");
        if one.accept_late && one.required && one.when == OperationTime::SignIn {
            let message = "does not save a sign-in: it has failed when the time-out is over";
            remarks.push(Remark::warning(path, message));
        } else if one.accept_late && one.retries > 0 {
            remarks.push(Remark::warning(path, twice));
        }
    }
    for (number, one) in scenario.source.iter().enumerate() {
        if one.accept_late && one.retries > 0 {
            let path = format!("source.{number}.accept_late");
            remarks.push(Remark::warning(path, twice));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{section::Operation, sender::budget::RequestBudget};

    fn warning(change: impl FnOnce(&mut Operation)) -> Option<String> {
        let mut operation = Operation {
            retries: 2,
            budget: Some(RequestBudget::default()),
            ..Operation::default()
        };
        change(&mut operation);
        let mut scenario = Scenario::default();
        scenario.client.operation = vec![operation];
        let mut remarks = check_budgets(&scenario);
        remarks.pop().map(|remark| remark.path)
    }

    #[test]
    fn budgets_without_effect_have_a_warning() {
        let path = |key: &str| Some(format!("client.operation.0.{key}"));
        assert_eq!(warning(|_| ()), None);
        assert_eq!(warning(|one| one.retries = 0), path("budget"));
        let required = |one: &mut Operation| {
            one.required = true;
            one.when = OperationTime::SignIn;
        };
        assert_eq!(warning(required), path("budget"));
        let tokens = |tokens| {
            warning(|one| {
                one.budget = Some(RequestBudget {
                    tokens,
                    ..RequestBudget::default()
                });
            })
        };
        assert_eq!(tokens(2), path("budget.tokens"));
        assert_eq!(tokens(3), None);
    }
}
