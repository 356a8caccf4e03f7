//! Keys without effect: which keys do not change a run of a scenario, and why.
//!
//! Two kinds of rules. A section with a key `on` or `enabled` that is false has no effect; these
//! are found in the declarations. The others are rules about other keys: a policy that is
//! not chosen, a number that is 0. A test changes every key that is said to have no effect and
//! compares the rows of both runs. A key that is not listed can still be without effect in a run.

use crate::{
    client::platform::shares::others_at,
    scenario::{
        parameter::{form::Form, section::Section, value::Value},
        quantity::span::Span,
        root::Scenario,
    },
};

/// A key or section that does not change a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ineffective {
    /// The path of the key, or of a section of which no key has an effect.
    pub path: String,
    /// The reason, such as `overlay.enabled = false`.
    pub reason: String,
}

impl Ineffective {
    /// Returns whether the key `path` is this one or lies in it.
    pub fn covers(&self, path: &str) -> bool {
        let rest = path.strip_prefix(self.path.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

/// Names of keys that switch their section on and off.
const SWITCHES: [&str; 2] = ["on", "enabled"];

/// A condition under which keys have no effect.
struct EffectRule {
    holds: fn(&Scenario) -> bool,
    reason: &'static str,
    keys: &'static [&'static str],
}

const RULES: &[EffectRule] = &[
    EffectRule {
        holds: |_| true,
        reason: "it only names the scenario",
        keys: &["run.title"],
    },
    EffectRule {
        holds: |_| true,
        reason: "expectations judge the results and do not change them",
        keys: &["expect"],
    },
    EffectRule {
        holds: |scenario| scenario.client.retry.fixed.is_some(),
        reason: "client.retry.fixed is set, so the pause does not grow; unset it with \
                 -s client.retry.fixed=",
        keys: &["client.retry.exponential"],
    },
    EffectRule {
        holds: |scenario| {
            let platforms = &scenario.client.platform;
            others_at(scenario, 0) == 0.0 && platforms.iter().all(|one| one.retry.is_some())
        },
        reason: "every client belongs to a platform with a retry policy of its own",
        keys: &["client.retry"],
    },
    EffectRule {
        holds: |scenario| scenario.client.retry.budget.tokens == 0,
        reason: "client.retry.budget.tokens = 0: there is no budget",
        keys: &["client.retry.budget.refill"],
    },
    EffectRule {
        holds: |scenario| scenario.client.retry.breaker.failures == 0,
        reason: "client.retry.breaker.failures = 0: there is no circuit breaker",
        keys: &["client.retry.breaker.open"],
    },
    EffectRule {
        holds: |scenario| scenario.client.calls.busy_share.get() == 0.0,
        reason: "client.calls.busy_share = 0: there are no calls",
        keys: &[
            "client.calls.length_mean",
            "client.calls.video_share",
            "client.calls.video_length_mean",
            "client.calls.group_share",
            "client.calls.relayed_share",
            "client.calls.notice_min",
            "client.calls.notice_max",
        ],
    },
    EffectRule {
        holds: |scenario| !scenario.overlay.enabled,
        reason: "overlay.enabled = false",
        keys: &[
            "population.eligible_share",
            "population.office_host_share",
            "client.impatience",
            "client.probes",
            "client.bootstrap_probes",
            "client.probe_timeout",
            "client.host_cache",
            "client.refresh_every",
            "client.calls.relayed_share",
            "operator.force_supernodes",
            "operator.restart_overlay",
            "trigger.supernode_loss",
        ],
    },
    EffectRule {
        holds: |scenario| scenario.client.impatience.restart_share.get() == 0.0,
        reason: "client.impatience.restart_share = 0: users restart nothing",
        keys: &[
            "client.impatience.awake_from",
            "client.impatience.awake_until",
        ],
    },
    EffectRule {
        holds: |scenario| {
            let patch_day = &scenario.trigger.patch_day;
            patch_day.release.is_none() || patch_day.share.get() == 0.0
        },
        reason: "there is no patch day: it needs trigger.patch_day.release and a share above 0",
        keys: &[
            "trigger.patch_day.check_in_min",
            "trigger.patch_day.check_in_max",
            "trigger.patch_day.download_max",
            "trigger.patch_day.by_hand_share",
            "trigger.patch_day.scheduled",
            "trigger.patch_day.install_max",
        ],
    },
    EffectRule {
        holds: |scenario| scenario.trigger.patch_day.release.is_none(),
        reason: "trigger.patch_day.release is not set",
        keys: &["trigger.patch_day.share"],
    },
    EffectRule {
        holds: |scenario| scenario.trigger.patch_day.share.get() == 0.0,
        reason: "trigger.patch_day.share = 0",
        keys: &["trigger.patch_day.release"],
    },
    EffectRule {
        holds: |scenario| scenario.population.version.is_empty(),
        reason: "population.version is empty, so no client crashes",
        keys: &["client.crash", "population.fixed_share"],
    },
    EffectRule {
        holds: |scenario| scenario.population.sessions.long_share.get() == 0.0,
        reason: "population.sessions.long_share = 0",
        keys: &[
            "population.sessions.long_min",
            "population.sessions.long_max",
        ],
    },
    EffectRule {
        holds: |scenario| scenario.population.sessions.long_share.get() >= 1.0,
        reason: "population.sessions.long_share = 1",
        keys: &[
            "population.sessions.short_min",
            "population.sessions.short_max",
        ],
    },
    EffectRule {
        holds: |scenario| scenario.servers.login.retry_after == Span::ZERO,
        reason: "servers.login.retry_after = \"0s\": the servers ask for no pause",
        keys: &["client.retry.heed_retry_after"],
    },
];

/// Returns the keys and sections that do not change a run of a scenario.
pub fn without_effect(scenario: &Scenario) -> Vec<Ineffective> {
    let mut found = Vec::new();
    let switched: Vec<&str> = scenario
        .operator
        .action
        .iter()
        .filter_map(|action| action.deed.name().strip_suffix("-on"))
        .collect();
    switched_off(scenario, "", &switched, &mut found);
    for rule in RULES.iter().filter(|rule| (rule.holds)(scenario)) {
        found.extend(rule.keys.iter().map(|key| Ineffective {
            path: (*key).to_owned(),
            reason: rule.reason.to_owned(),
        }));
    }
    found
}

/// Adds the keys of sections whose switch is off. A service that an action of the operator switches on,
/// with a name in `later`, has an effect.
fn switched_off(section: &dyn Section, path: &str, later: &[&str], found: &mut Vec<Ineffective>) {
    let join = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    let keys = section.descriptors();
    let name = path.rsplit('.').next().unwrap_or(path).replace('_', "-");
    let switch = SWITCHES
        .iter()
        .find(|switch| section.get(switch) == Some(Value::Switch(false)));
    match switch {
        Some(switch) if !later.contains(&name.as_str()) => {
            let others = keys.iter().filter(|key| key.name != *switch);
            found.extend(others.map(|key| Ineffective {
                path: join(key.name),
                reason: format!("{} = false", join(switch)),
            }));
        }
        _ => {
            let nested = keys.iter();
            for key in nested.filter(|key| matches!(key.form, Form::Section { .. })) {
                for inner in section.sections(key.name) {
                    switched_off(inner, &join(key.name), later, found);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns whether a scenario has a key or section at a path.
    fn exists(section: &dyn Section, path: &str) -> bool {
        let (name, rest) = match path.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        let known = section.descriptors().iter().any(|key| key.name == name);
        match rest {
            None => known,
            Some(rest) => section
                .sections(name)
                .first()
                .is_some_and(|inner| exists(*inner, rest)),
        }
    }

    #[test]
    fn rules_name_keys_that_exist() {
        let scenario = Scenario::default();
        for key in RULES.iter().flat_map(|rule| rule.keys) {
            assert!(exists(&scenario, key), "{key}");
        }
        assert!(!exists(&scenario, "client.retry.nothing"));
    }

    #[test]
    fn a_section_that_is_off_has_no_effect_unless_an_action_switches_it_on() {
        let mut scenario = Scenario::default();
        scenario.overlay.enabled = false;
        let covered = |scenario: &Scenario, key: &str| {
            let all = without_effect(scenario);
            let found = all.into_iter().find(|one| one.covers(key));
            found.map(|one| one.reason)
        };
        let off = Some("overlay.enabled = false".to_owned());
        assert_eq!(covered(&scenario, "overlay.promotion.flaw"), off);
        assert_eq!(covered(&scenario, "overlay.enabled"), None);
        assert_eq!(covered(&scenario, "overlay_other"), None);
        let off = Some("servers.offline_messages.on = false".to_owned());
        assert_eq!(covered(&scenario, "servers.offline_messages.rate"), off);
        scenario.operator.action = vec![crate::scenario::Action {
            deed: crate::scenario::ActionKind::OfflineMessagesOn,
            ..Default::default()
        }];
        assert_eq!(covered(&scenario, "servers.offline_messages.rate"), None);
    }
}
