//! A scenario at another scale: users and the capacities that serve them multiplied by a factor.

use crate::{
    metrics::own_figure::scale_levels,
    scenario::root::Scenario,
    service::{scaling::ServiceScale, section::ServiceSection},
};

impl Scenario {
    /// Returns the same network, `share` times as large: the number of users and the capacities
    /// that serve them are multiplied by `share`; the properties of one client or one supernode
    /// do not change. So are observed users, and the levels of figures of one's own that are numbers
    /// of them. `share` is above 0. The values of the result can be out of range, so the
    /// caller must check it again.
    #[must_use]
    pub fn scaled(&self, share: f64) -> Self {
        let mut scenario = self.clone();
        let count = |value: u64| (value as f64 * share).round() as u64;
        scenario.population.users = count(scenario.population.users);
        scenario.overlay.core.supernodes = count(scenario.overlay.core.supernodes).max(1);
        for force in &mut scenario.operator.force_supernodes {
            force.count = count(force.count);
            force.rate = force.rate.scaled(share);
        }
        for action in &mut scenario.operator.action {
            action.count = count(action.count);
            action.rate = action.rate.scaled(share);
        }
        scenario.servers.scale(share);
        let services = scenario.service.iter_mut();
        let scales: Vec<ServiceScale> = services.map(|service| service.scale(share)).collect();
        let scale_of = |name: &str| {
            let index = ServiceSection::index_of(&scenario.service, name)?;
            scales.get(index).copied()
        };
        for deed in &mut scenario.operator.service {
            deed.rate = deed.rate.map(|rate| rate.scaled(share));
            if let Some(scale) = scale_of(&deed.service) {
                scale.scale_deed(deed);
            }
        }
        for fault in &mut scenario.trigger.service {
            if let Some(scale) = scale_of(&fault.service) {
                scale.scale_fault(fault);
            }
        }
        for source in &mut scenario.source {
            source.rate = source.rate.scaled(share);
            source.rate_at_end = source.rate_at_end.map(|rate| rate.scaled(share));
        }
        for flood in &mut scenario.trigger.login_flood {
            flood.rate = flood.rate.scaled(share);
        }
        for point in &mut scenario.observed {
            point.users = point.users.map(count);
            point.error_users = point.error_users.map(|users| count(users).max(1));
        }
        scale_levels(&mut scenario, share);
        scenario
    }
}
