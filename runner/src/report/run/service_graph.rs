//! The graph of services: who calls whom, with load, capacity and outcome of each, as a picture and a table.
//!
//! Each service stands below those that call it. Rates are means over the run, per second.

use patchday_agents::scenario::{
    FleetColumn, Scenario, SenderMetric, ServiceLoad, ServiceMetric, ServiceSection, callers_first,
    request_senders,
};

use crate::{
    host::format::short,
    report::{
        html::{
            page::{HtmlCell, HtmlTable, Section, head},
            viewport::Viewport,
        },
        run::run_data::RunData,
        svg::canvas::{AltText, Anchor},
    },
};

const BOX_HEIGHT: f64 = 46.0;
const TIER: f64 = 92.0;

/// A box of the picture.
struct GraphNode {
    name: String,
    /// What is said of it below its name.
    remark: String,
    /// The row, from 0 at the top.
    tier: usize,
    /// The boxes that it calls.
    calls: Vec<usize>,
    is_sender: bool,
}

/// The section of the graph; `None` without services.
pub(crate) fn section(run: &RunData) -> Option<Section> {
    let scenario = &run.scenario;
    if scenario.service.is_empty() {
        return None;
    }
    let nodes = nodes(run);
    let loads = ServiceLoad::all(scenario);
    let rows = loads.iter().zip(0..).map(|(load, number)| {
        let sum = |metric| total(run, FleetColumn::Service(number, metric));
        let arrivals = sum(ServiceMetric::Arrivals);
        let share = |part: f64| match arrivals {
            0.0 => "-".to_owned(),
            all => format!("{:.1} %", 100.0 * part / all),
        };
        let worst = most(run, FleetColumn::Service(number, ServiceMetric::P99S));
        vec![
            HtmlCell::text(&load.name),
            HtmlCell::number(short(load.per_s)),
            HtmlCell::number(match load.capacity_per_s {
                rate if rate.is_finite() => short(rate),
                _ => "any".to_owned(),
            }),
            HtmlCell::number(short(arrivals)),
            HtmlCell::number(share(sum(ServiceMetric::Ok))),
            HtmlCell::number(share(sum(ServiceMetric::Rejected))),
            HtmlCell::number(share(
                sum(ServiceMetric::Errors) + sum(ServiceMetric::CallFailed),
            )),
            HtmlCell::number(share(
                sum(ServiceMetric::TimedOut) + sum(ServiceMetric::Lost),
            )),
            HtmlCell::number(format!("{worst:.3}")),
        ]
    });
    let section = Section::new("graph", "Graph of services")
        .picture(
            |viewport| draw(&nodes, viewport),
            "Who calls whom. Below each name: requests of the whole run and the share that succeeded.",
        )
        .table(HtmlTable {
            caption: "Load of a calm day, and what became of the requests of the run.".into(),
            head: head(&[
                "Service",
                "Calm load /s#",
                "Capacity /s#",
                "Requests#",
                "In time#",
                "Rejected#",
                "Failed#",
                "No answer#",
                "Worst p99, s#",
            ]),
            rows: rows.collect(),
            long: false,
        });
    Some(section)
}

fn total(run: &RunData, column: FleetColumn) -> f64 {
    run.fleet_column(column).iter().sum()
}

fn most(run: &RunData, column: FleetColumn) -> f64 {
    run.fleet_column(column).into_iter().fold(0.0, f64::max)
}

fn remark(requests: f64, ok: f64) -> String {
    if requests == 0.0 {
        return "no requests".to_owned();
    }
    format!("{}, {:.1} % ok", short(requests), 100.0 * ok / requests)
}

/// The senders in the first row, then the services.
fn nodes(run: &RunData) -> Vec<GraphNode> {
    let scenario = &run.scenario;
    let senders: Vec<_> = request_senders(scenario).collect();
    let place = |name: &str| {
        let found = ServiceSection::index_of(&scenario.service, name);
        found.map(|place| senders.len() + place)
    };
    let tiers = tiers(scenario);
    let of_senders = senders.iter().zip(0..).map(|(sender, number)| {
        let sum = |metric| total(run, FleetColumn::Sender(number, metric));
        GraphNode {
            name: sender.name.to_owned(),
            remark: remark(sum(SenderMetric::Done), sum(SenderMetric::Ok)),
            tier: 0,
            calls: place(sender.service).into_iter().collect(),
            is_sender: true,
        }
    });
    let services = scenario.service.iter().zip(0..).zip(&tiers);
    let of_services = services.map(|((service, number), tier)| {
        let sum = |metric| total(run, FleetColumn::Service(number, metric));
        let calls = service.calls.iter();
        GraphNode {
            name: service.name.clone(),
            remark: remark(sum(ServiceMetric::Arrivals), sum(ServiceMetric::Ok)),
            tier: tier + 1,
            calls: calls.filter_map(|call| place(&call.service)).collect(),
            is_sender: false,
        }
    });
    of_senders.chain(of_services).collect()
}

/// The row of each service: below all that call it.
fn tiers(scenario: &Scenario) -> Vec<usize> {
    let services = &scenario.service;
    let mut tiers = vec![0; services.len()];
    for caller in callers_first(services).unwrap_or_default() {
        for call in &services[caller].calls {
            if let Some(called) = ServiceSection::index_of(services, &call.service) {
                tiers[called] = tiers[called].max(tiers[caller] + 1);
            }
        }
    }
    tiers
}

fn draw(nodes: &[GraphNode], viewport: Viewport) -> String {
    let rows = nodes.iter().map(|node| node.tier + 1).max().unwrap_or(1);
    let names: Vec<String> = nodes
        .iter()
        .map(|node| {
            let called: Vec<&str> = node
                .calls
                .iter()
                .map(|one| nodes[*one].name.as_str())
                .collect();
            match called.as_slice() {
                [] => format!("{}: {}.", node.name, node.remark),
                called => format!(
                    "{} calls {}: {}.",
                    node.name,
                    called.join(", "),
                    node.remark
                ),
            }
        })
        .collect();
    let name = AltText {
        title: "Which service calls which",
        description: &names.join(" "),
    };
    let height = TIER * rows as f64;
    let mut canvas = viewport.canvas(height, name, "graph-picture", "");
    let width = viewport.width();
    let middles: Vec<(f64, f64)> = nodes
        .iter()
        .enumerate()
        .map(|(number, node)| {
            let in_row = nodes.iter().filter(|other| other.tier == node.tier).count();
            let before = nodes[..number]
                .iter()
                .filter(|other| other.tier == node.tier)
                .count();
            let x = width * (before as f64 + 0.5) / in_row as f64;
            (x, TIER * node.tier as f64 + BOX_HEIGHT / 2.0 + 8.0)
        })
        .collect();
    for (node, (x, y)) in nodes.iter().zip(&middles) {
        for called in &node.calls {
            let (to_x, to_y) = middles[*called];
            let from = (*x, y + BOX_HEIGHT / 2.0);
            canvas.line(from, (to_x, to_y - BOX_HEIGHT / 2.0), "tick");
        }
    }
    for (node, (x, y)) in nodes.iter().zip(&middles) {
        let in_row = nodes.iter().filter(|other| other.tier == node.tier).count();
        let half = (width / in_row as f64 / 2.0 - 6.0).min(104.0);
        let (left, right) = (x - half, x + half);
        let (top, bottom) = (y - BOX_HEIGHT / 2.0, y + BOX_HEIGHT / 2.0);
        let corners = [
            (left, top),
            (right, top),
            (right, bottom),
            (left, bottom),
            (left, top),
        ];
        if !node.is_sender {
            canvas.path(&corners, "core");
        }
        canvas.text((*x, y - 2.0), Anchor::Middle, "bold", &node.name);
        canvas.text((*x, y + 15.0), Anchor::Middle, "small", &node.remark);
    }
    canvas.finish()
}
