//! Checks of the platforms, and of the operations that name them.

use crate::{
    client::{
        platform::{
            membership::MOST_PLATFORMS,
            section::{OTHERS, ROUNDING},
            shares::others_at,
        },
        retry::check::check_retry,
    },
    scenario::{parameter::check::Remark, root::Scenario},
    service::section::{Operation, OperationTime},
};

/// Returns a remark for each contradiction or doubtful value.
pub(crate) fn check_platforms(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let platforms = &scenario.client.platform;
    if platforms.len() > MOST_PLATFORMS {
        remarks.push(Remark::error(
            "client.platform",
            format!(
                "has {} entries; the maximum is {MOST_PLATFORMS}",
                platforms.len()
            ),
        ));
    }
    for (number, one) in platforms.iter().enumerate() {
        let key = |key: &str| format!("client.platform.{number}.{key}");
        let mut earlier = platforms[..number].iter();
        if let Some(first) = earlier.position(|other| other.name == one.name) {
            let message = format!(
                "is also the name of platform {first}; each platform needs a name of its own"
            );
            remarks.push(Remark::error(key("name"), message));
        } else if one.name == OTHERS {
            let message = "stands for the clients of no platform; choose another name";
            remarks.push(Remark::error(key("name"), message));
        }
        if let Some(retry) = &one.retry {
            remarks.extend(check_retry(retry, &key("retry"), scenario));
        } else if !operations(scenario).any(|operation| operation.platforms.contains(&one.name)) {
            let message =
                "names a platform without effect: it has no `retry`, and no operation names it";
            remarks.push(Remark::warning(key("name"), message));
        }
        if one.share.get() == 0.0 {
            remarks.push(Remark::warning(key("share"), "holds no client"));
        }
        if one.from.is_some_and(|from| from >= scenario.run.end) {
            let message =
                "is not before the end of the run: no client moves to the platform during the run";
            remarks.push(Remark::warning(key("from"), message));
        }
    }
    let sum: f64 = platforms.iter().map(|one| one.share.get()).sum();
    if sum > 1.0 + ROUNDING {
        remarks.push(Remark::error(
            format!("client.platform.{}.share", platforms.len() - 1),
            format!("makes the sum of the shares of all platforms {sum}; the maximum is 1"),
        ));
    }
    remarks.extend(check_names(scenario));
    remarks.extend(check_sign_in(scenario));
    remarks
}

fn operations(scenario: &Scenario) -> impl Iterator<Item = &Operation> {
    scenario.client.operation.iter()
}

/// Returns whether some clients belong to no platform at the start of the run, when most do.
fn has_others(scenario: &Scenario) -> bool {
    others_at(scenario, 0) > 0.0
}

/// Returns a remark for each name in the platforms of an operation that has no meaning.
fn check_names(scenario: &Scenario) -> Vec<Remark> {
    let known: Vec<&str> = scenario
        .client
        .platform
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    let mut remarks = Vec::new();
    for (number, operation) in operations(scenario).enumerate() {
        let path = || format!("client.operation.{number}.platforms");
        for (place, name) in operation.platforms.iter().enumerate() {
            if operation.platforms[..place].contains(name) {
                remarks.push(Remark::warning(path(), format!("names {name} twice")));
            } else if name == OTHERS && !has_others(scenario) {
                let message = format!("names {OTHERS}, but every client belongs to a platform");
                remarks.push(Remark::warning(path(), message));
            } else if name != OTHERS && !known.contains(&name.as_str()) {
                let message = match known.as_slice() {
                    [] => format!("names {name}, but the scenario has no client.platform"),
                    known => format!(
                        "names {name}, which is no platform; the platforms are {}, and {OTHERS} for \
                         the clients of none",
                        known.join(", ")
                    ),
                };
                remarks.push(Remark::error(path(), message));
            }
        }
    }
    remarks
}

/// Returns an error for each platform whose clients have no required operation of the sign-in, if
/// those of others have one: they could not sign in.
fn check_sign_in(scenario: &Scenario) -> Vec<Remark> {
    let required = |one: &&Operation| one.required && one.when == OperationTime::SignIn;
    let is_restricted = |one: &Operation| !one.platforms.is_empty();
    let mut needed = operations(scenario).filter(required).peekable();
    if needed.peek().is_none() || needed.any(|one| !is_restricted(one)) {
        return Vec::new();
    }
    let is_served = |name: &str| {
        let mut needed = operations(scenario).filter(required);
        needed.any(|one| one.platforms.iter().any(|platform| platform == name))
    };
    let platforms = scenario.client.platform.iter().enumerate();
    let unserved = platforms.filter(|(_, one)| !is_served(&one.name));
    let mut remarks: Vec<Remark> = unserved
        .map(|(number, one)| {
            Remark::error(
                format!("client.platform.{number}.name"),
                format!(
                    "names a platform whose clients could not sign in: no required operation of the \
                     sign-in names {}, although those of other clients do",
                    one.name
                ),
            )
        })
        .collect();
    if has_others(scenario) && !is_served(OTHERS) {
        remarks.push(Remark::error(
            "client.operation",
            format!(
                "leaves the clients of no platform without a way to sign in: no required operation of \
                 the sign-in names {OTHERS}"
            ),
        ));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        client::{platform::section::Platform, retry::section::Retry},
        scenario::{parameter::check::Severity, quantity::share::Share},
    };

    fn platform(name: &str, share: f64) -> Platform {
        Platform {
            name: name.into(),
            share: Share::new(share).unwrap(),
            retry: Some(Retry::default()),
            ..Platform::default()
        }
    }

    fn sign_in(platforms: &[&str]) -> Operation {
        Operation {
            name: "login".into(),
            when: OperationTime::SignIn,
            required: true,
            platforms: platforms.iter().map(|name| (*name).into()).collect(),
            ..Operation::default()
        }
    }

    /// The errors and warnings of a scenario, each as path and message.
    fn remarks(platforms: Vec<Platform>, operations: Vec<Operation>) -> [Vec<String>; 2] {
        let mut scenario = Scenario::default();
        scenario.client.platform = platforms;
        scenario.client.operation = operations;
        [Severity::Error, Severity::Warning].map(|severity| {
            let all = check_platforms(&scenario).into_iter();
            let found = all.filter(|remark| remark.severity == severity);
            found
                .map(|remark| format!("{} {}", remark.path, remark.message))
                .collect()
        })
    }

    fn assert_only(found: &[String], part: &str) {
        assert!(found.len() == 1 && found[0].contains(part), "{found:?}");
    }

    #[test]
    fn shares_add_up_to_at_most_one_and_names_are_distinct() {
        let mix = vec![platform("web", 0.5), platform("app", 0.5)];
        assert_eq!(remarks(mix, vec![]), [[""; 0]; 2]);
        let [errors, _] = remarks(vec![platform("web", 0.5), platform("app", 0.6)], vec![]);
        assert_only(&errors, "client.platform.1.share makes the sum");
        let [errors, _] = remarks(vec![platform("web", 0.5), platform("web", 0.1)], vec![]);
        assert_only(&errors, "client.platform.1.name is also the name");
        let [errors, _] = remarks(vec![platform("others", 0.5)], vec![]);
        assert_only(&errors, "client.platform.0.name stands for");
    }

    #[test]
    fn operations_name_platforms_that_exist() {
        let operation = |names: &[&str]| Operation {
            required: false,
            ..sign_in(names)
        };
        let [errors, _] = remarks(vec![platform("web", 0.5)], vec![operation(&["app"])]);
        assert_only(&errors, "the platforms are web");
        let [errors, _] = remarks(vec![], vec![operation(&["app"])]);
        assert_only(&errors, "has no client.platform");
        let [errors, warnings] = remarks(
            vec![platform("web", 1.0)],
            vec![operation(&["web", "others"])],
        );
        assert_eq!(errors, [""; 0]);
        assert_only(&warnings, "every client belongs to a platform");
    }

    #[test]
    fn a_platform_that_changes_nothing_has_a_warning() {
        let plain = Platform {
            retry: None,
            ..platform("web", 0.5)
        };
        let [errors, warnings] = remarks(vec![plain.clone()], vec![]);
        assert_eq!(errors, [""; 0]);
        assert_only(&warnings, "without effect");
        let named = sign_in(&["web", "others"]);
        assert_eq!(remarks(vec![plain], vec![named]), [[""; 0]; 2]);
    }

    #[test]
    fn every_client_has_a_way_to_sign_in() {
        let mix = || vec![platform("web", 0.5), platform("app", 0.4)];
        let sent_by =
            |names: &[&[&str]]| remarks(mix(), names.iter().map(|n| sign_in(n)).collect());
        assert_only(&sent_by(&[&["web", "others"]])[0], "client.platform.1.name");
        assert_only(&sent_by(&[&["web"], &["app"]])[0], "names others");
        assert_eq!(sent_by(&[&["web"], &["app", "others"]])[0], [""; 0]);
        assert_eq!(sent_by(&[&["web"], &[]])[0], [""; 0]);
        // Without roll-outs and with shares of 1 there are no others.
        let full = vec![platform("web", 0.5), platform("app", 0.5)];
        let [errors, _] = remarks(full, vec![sign_in(&["web", "app"])]);
        assert_eq!(errors, [""; 0]);
        let later = Platform {
            over: "1d".parse().unwrap(),
            ..platform("web", 1.0)
        };
        assert_only(
            &remarks(vec![later], vec![sign_in(&["web"])])[0],
            "names others",
        );
    }
}
