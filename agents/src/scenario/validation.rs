//! The checks of a whole scenario.
//!
//! Each folder of the model checks its own section in a file `check.rs`. This file calls them all and adds
//! the checks of the run; those of figures of one's own are in `metrics`. Units: days, seconds.

use crate::{
    client::check::check_client,
    event::check::check_triggers,
    metrics::own_figure::check_figures,
    operator::check::check_operator,
    population::check::check_population,
    scenario::{
        dependent_defaults,
        effect::without_effect,
        observed::check_observed,
        parameter::check::{Check, Given, Remark, Resolution},
        root::{MAX_DAYS, Scenario},
    },
    server::check::check_servers,
    service::graph::check::check_services,
};

impl Check for Scenario {
    fn resolve(&mut self, given: &dyn Fn(&str) -> Given) -> Resolution {
        dependent_defaults::resolve(self, given)
    }

    fn check(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let length = self.run.end.seconds() - self.run.start.seconds();
        if length <= 0 {
            remarks.push(Remark::error("run.end", "is not after run.start"));
        } else if length > MAX_DAYS * 86_400 {
            remarks.push(Remark::error(
                "run.end",
                format!("is more than {MAX_DAYS} days after run.start"),
            ));
        }
        let (sample, after) = (self.run.sample, self.run.outage_after);
        if sample.seconds() > 60 && sample > after {
            remarks.push(Remark::warning(
                "run.sample",
                format!(
                    "is longer than run.outage_after ({after}): outages are found in the samples, so \
                     one between two of them is missed, and begin and end of others are up to \
                     {sample} late"
                ),
            ));
        }
        remarks.extend(check_population(self));
        remarks.extend(check_client(self));
        remarks.extend(check_servers(self));
        remarks.extend(check_services(self));
        remarks.extend(check_triggers(self));
        remarks.extend(check_operator(self));
        remarks.extend(check_observed(&self.observed));
        remarks.extend(check_figures(self));
        remarks
    }

    fn without_effect(&self) -> Vec<(String, String)> {
        let all = without_effect(self).into_iter();
        all.map(|one| (one.path, one.reason)).collect()
    }
}
