//! The figures that every service, operation and source has, declared as figures of one's own.
//!
//! They are named after their owner, such as `gateway.success_share`, and are used wherever a figure of
//! one's own is.

use crate::{
    scenario::{
        own_figure::{Better, OwnFigure, Statistic},
        root::Scenario,
    },
    service::columns::{FleetColumn, SenderMetric, ServiceMetric},
};

/// Returns the figures of the services, operations and sources of a scenario.
pub(crate) fn fleet_figures(scenario: &Scenario) -> Vec<OwnFigure> {
    let columns = FleetColumn::all(scenario).into_iter();
    columns
        .filter_map(|column| {
            let owner = column.owner(scenario);
            let share = |divided_by: &str| OwnFigure {
                name: format!("{owner}.success_share"),
                column: format!("{owner}.ok"),
                divided_by: Some(format!("{owner}.{divided_by}")),
                statistic: Statistic::SumRatio,
                better: Some(Better::Higher),
                ..OwnFigure::default()
            };
            match column {
                FleetColumn::Service(_, ServiceMetric::Ok)
                | FleetColumn::Region(_, ServiceMetric::Ok) => Some(share("arrivals")),
                FleetColumn::Sender(_, SenderMetric::Ok) => Some(share("done")),
                FleetColumn::Service(_, ServiceMetric::P99S)
                | FleetColumn::Region(_, ServiceMetric::P99S)
                | FleetColumn::Sender(_, SenderMetric::P99S) => Some(OwnFigure {
                    name: format!("{owner}.p99_s_max"),
                    column: format!("{owner}.p99_s"),
                    statistic: Statistic::Max,
                    better: Some(Better::Lower),
                    ..OwnFigure::default()
                }),
                FleetColumn::Sender(_, SenderMetric::Sent) => Some(OwnFigure {
                    name: format!("{owner}.amplification"),
                    column: format!("{owner}.sent"),
                    divided_by: Some(format!("{owner}.done")),
                    statistic: Statistic::SumRatio,
                    better: Some(Better::Lower),
                    ..OwnFigure::default()
                }),
                FleetColumn::Service(..) | FleetColumn::Region(..) | FleetColumn::Sender(..) => {
                    None
                }
            }
        })
        .collect()
}
