//! The charts of a run: which columns of the series are shown together.

use patchday_agents::{metrics::columns::ColumnId, scenario::Confidence};

use crate::report::{
    chart::{
        curves::ChartLine,
        time_frame::TimeFrame,
        time_series::{ChartStyle, Dot, TimeSeries},
    },
    html::page::Section,
    online_plot::{description, dot_class},
    run::{column_chart::ColumnChart, incident, run_data::RunData},
};

/// The classes of stacked areas.
const AREAS: [&str; 12] = [
    "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
];

/// Users online with the norm, the observed points and the events.
pub(crate) fn online(run: &RunData, frame: &TimeFrame<'_>) -> Section {
    let confidences = [
        (Confidence::A, "observed: primary source"),
        (Confidence::B, "secondary"),
        (Confidence::C, "uncertain"),
    ];
    let reached = || {
        let all = run.comparisons.iter();
        all.filter_map(|one| Some((one, one.reached?)))
    };
    let dots = reached().map(|(one, reached)| Dot {
        time: reached.time,
        value: reached.observed,
        class: dot_class(one.point.confidence),
        tooltip: one.line(reached),
        whisker: reached.whisker(),
    });
    let used =
        |confidence: Confidence| reached().any(|(one, _)| one.point.confidence == confidence);
    let names = confidences
        .into_iter()
        .filter(|(confidence, _)| used(*confidence));
    let panel = TimeSeries {
        id: "online-picture",
        title: "Users online",
        unit: "users",
        style: ChartStyle::Lines,
        height: 300.0,
        lines: [
            (ColumnId::Norm, "norm", "norm"),
            (ColumnId::Online, "online, model", "model"),
        ]
        .map(|(column, name, class)| ChartLine {
            name,
            class,
            values: run.column(column),
        })
        .into(),
        dots: dots.collect(),
        dot_names: names
            .map(|(confidence, name)| (dot_class(confidence), name))
            .collect(),
        numbered: true,
        follows_pointer: true,
        description: Some(description(&run.samples, run.outage)),
    };
    let window = incident::window(run);
    let section = Section::new("online", "Users online").picture(
        |viewport| panel.draw(frame, viewport),
        format!(
            "Shaded: outages. In an outage less than 90 % of the norm are online for more than {}, and \
             recoveries of less than {} do not end it. The norm is the number of users online at that time of the week without the fault. \
             The table of numbered marks is below.",
            run.length(run.samples.outage_after),
            run.length(run.samples.recovered_after)
        ),
    );
    let section = match window {
        Some(window) => section.picture(
            |viewport| {
                incident::zoomed((frame, &panel), window, |frame, panel| {
                    panel.draw(frame, viewport)
                })
            },
            format!(
                "The incident, {} to {}.",
                run.moment(window.0),
                run.moment(window.1)
            ),
        ),
        None => section,
    };
    match incident::legend(run) {
        Some(legend) => section.table(legend),
        None => section,
    }
}

/// The largest regions by mean users online, in the order of the scenario. If there are more than
/// colours, the others follow as one sum; the second value is their number.
fn largest(regions: Vec<(&str, Vec<f64>)>) -> (Vec<(&str, Vec<f64>)>, usize) {
    let others = match regions.len() {
        few if few <= AREAS.len() => return (regions, 0),
        many => many - (AREAS.len() - 1),
    };
    let size = |place: &usize| regions[*place].1.iter().sum::<f64>();
    let mut by_size: Vec<usize> = (0..regions.len()).collect();
    by_size.sort_by(|one, other| size(other).total_cmp(&size(one)));
    let small = by_size.split_off(AREAS.len() - 1);
    let mut rest = vec![0.0; regions.first().map_or(0, |(_, values)| values.len())];
    for place in &small {
        for (sum, value) in rest.iter_mut().zip(&regions[*place].1) {
            *sum += value;
        }
    }
    let numbered = regions.into_iter().enumerate();
    let shown = numbered.filter(|(place, _)| !small.contains(place));
    let mut shown: Vec<(&str, Vec<f64>)> = shown.map(|(_, region)| region).collect();
    shown.push(("all others", rest));
    (shown, others)
}

/// Users online by region, stacked.
pub(crate) fn regions(run: &RunData, frame: &TimeFrame<'_>) -> Option<Section> {
    let regions = run.regions();
    if regions.len() < 2 {
        return None;
    }
    let (regions, others) = largest(regions);
    let lines = regions.into_iter().zip(AREAS);
    let panel = TimeSeries {
        id: "regions-picture",
        title: "Users online by region",
        unit: "users",
        style: ChartStyle::Stacked,
        height: 240.0,
        lines: lines
            .map(|((name, values), class)| ChartLine {
                name,
                class,
                values,
            })
            .collect(),
        dots: Vec::new(),
        dot_names: Vec::new(),
        numbered: false,
        follows_pointer: true,
        description: None,
    };
    let mut caption =
        "Users online by region, stacked from the top down in the order of the legend.".to_owned();
    if others > 0 {
        caption.push_str(&format!(
            " The {} regions with the most users online on average are shown; the other {others} are summed.",
            AREAS.len() - 1
        ));
    }
    let section = Section::new("regions", "Regions");
    Some(section.picture(|viewport| panel.draw(frame, viewport), caption))
}

/// Supernodes and their load.
pub(crate) fn supernodes(run: &RunData, frame: &TimeFrame<'_>) -> Option<Section> {
    if !run.scenario.overlay.enabled {
        return None;
    }
    let column = |id| run.column(id);
    let supernodes = ColumnChart {
        id: "core-picture",
        title: "Supernodes",
        unit: "supernodes",
        style: ChartStyle::Lines,
        columns: vec![
            ("in service", column(ColumnId::Supernodes)),
            (
                "listed by the allocation algorithm",
                column(ColumnId::SupernodesListed),
            ),
            ("mega-supernodes", column(ColumnId::MegaSupernodes)),
            (
                "started by the operator so far",
                column(ColumnId::SupernodesForced),
            ),
        ],
    };
    let leaves = ColumnChart {
        id: "leaves-picture",
        title: "Clients per supernode",
        unit: "clients per supernode",
        style: ChartStyle::Lines,
        columns: vec![
            ("mean", column(ColumnId::LeavesPerSupernodeMean)),
            ("maximum", column(ColumnId::LeavesPerSupernodeMax)),
        ],
    };
    let traffic = ColumnChart {
        id: "traffic-picture",
        title: "Requests per supernode",
        unit: "requests a second per supernode, mean",
        style: ChartStyle::Lines,
        columns: vec![(
            "probes and refreshes",
            run.per_second(ColumnId::TrafficPerSupernode),
        )],
    };
    let pictures = [
        (
            supernodes,
            "Supernodes in service. With the software flaw, the list still contains some that are gone.",
        ),
        (leaves, "Load: clients connected to a supernode."),
        (
            traffic,
            "Load: requests to a supernode. The figure \"times normal\" is this value divided by its \
             mean before the outage.",
        ),
    ];
    let section = Section::new("core", "Supernodes and their load");
    Some(
        pictures
            .into_iter()
            .fold(section, |section, (columns, caption)| {
                columns.add_to(section, frame, caption)
            }),
    )
}

/// Logging in: logins, waits and retries.
pub(crate) fn sign_ins(run: &RunData, frame: &TimeFrame<'_>) -> Section {
    let log_ins = ColumnChart {
        id: "logins-picture",
        title: "Logins",
        unit: "logins a second",
        style: ChartStyle::Lines,
        columns: vec![
            ("arriving", run.per_second(ColumnId::LoginArrivals)),
            ("served in time", run.per_second(ColumnId::LoginServed)),
            ("rejected", run.per_second(ColumnId::LoginRejected)),
            ("from an attacker", run.per_second(ColumnId::LoginAttacks)),
        ],
    };
    let wait = ColumnChart {
        id: "wait-picture",
        title: "Wait at the login servers",
        unit: "seconds, at the server with the longest queue",
        style: ChartStyle::Lines,
        columns: vec![("wait", run.column(ColumnId::LoginWaitS))],
    };
    let clients = ColumnChart {
        id: "clients-picture",
        title: "Clients logging in",
        unit: "users",
        style: ChartStyle::Lines,
        columns: vec![
            ("waiting to retry", run.column(ColumnId::Waiting)),
            ("looking for a supernode", run.column(ColumnId::Seeking)),
            ("logging in", run.column(ColumnId::SigningIn)),
            ("restarting", run.column(ColumnId::Restarting)),
        ],
    };
    let retries = ColumnChart {
        id: "retries-picture",
        title: "Retry amplification",
        unit: "attempts per success",
        style: ChartStyle::Logarithmic,
        columns: vec![("attempts per success, over ten samples", amplification(run))],
    };
    let pictures = [
        (
            log_ins,
            "Login requests arriving at the servers, and how they are answered.",
        ),
        (
            wait,
            "How long a request waits. If the wait exceeds the clients' timeout, a server works for \
             clients that have given up.",
        ),
        (
            clients,
            "Clients that are not online yet, by what they are doing.",
        ),
        (
            retries,
            match run.scenario.overlay.enabled {
                true => {
                    "Attempts for each success: probes of supernodes for each client that gets a \
                     seat. In a gap none succeeded."
                }
                false => {
                    "Attempts for each success: logins for each accepted one. In a gap none succeeded."
                }
            },
        ),
    ];
    let section = Section::new("logins", "Logging in");
    pictures
        .into_iter()
        .fold(section, |section, (columns, caption)| {
            columns.add_to(section, frame, caption)
        })
}

/// The fewest successes over ten samples that make a ratio a headline.
const ENOUGH: f64 = 20.0;

/// The maximum of attempts per success, and its time, where enough succeed.
pub(crate) fn peak_amplification(run: &RunData) -> Option<(f64, i64)> {
    let peak = peak(&amplification(run), &run.column(ColumnId::Accepted))?;
    Some((peak.0, run.times.get(peak.1).copied()?))
}

/// The maximum of ratios and its index, of those whose denominator over ten samples is large enough.
fn peak(ratios: &[f64], successes: &[f64]) -> Option<(f64, usize)> {
    let is_enough = |place: usize| {
        let window = successes.get(place.saturating_sub(9)..=place);
        window.is_some_and(|window| window.iter().sum::<f64>() >= ENOUGH)
    };
    let ratios = ratios.iter().copied().zip(0..);
    ratios
        .filter(|(ratio, place)| ratio.is_finite() && is_enough(*place))
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
}

/// Attempts per success over the ten samples up to each; NaN if none succeeded.
fn amplification(run: &RunData) -> Vec<f64> {
    let (attempts, successes) = (
        run.column(ColumnId::Attempts),
        run.column(ColumnId::Accepted),
    );
    let sum = |values: &[f64], place: usize| -> f64 {
        values[place.saturating_sub(9)..=place].iter().sum()
    };
    let at = |place: usize| match sum(&successes, place) {
        0.0 => f64::NAN,
        successes => sum(&attempts, place) / successes,
    };
    (0..attempts.len()).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_of_fewer_than_twenty_successes_is_no_headline() {
        // 19 successes in the ten samples up to the second, 20 in those up to the third.
        let successes = [10.0, 9.0, 1.0, 0.0];
        assert_eq!(peak(&[2.0, 900.0, 5.0, 4.0], &successes), Some((5.0, 2)));
        assert_eq!(peak(&[2.0, 900.0], &successes[..2]), None);
        assert_eq!(peak(&[1.0, 1.0, f64::NAN], &successes), None);
        // Successes of more than ten samples ago do not count.
        let mut late = vec![20.0];
        late.extend([0.0; 10]);
        let mut ratios = vec![1.0; 10];
        ratios.push(50.0);
        assert_eq!(peak(&ratios, &late), Some((1.0, 9)));
    }

    #[test]
    fn the_largest_regions_are_shown_and_the_others_summed() {
        let names: Vec<String> = (0..30).map(|place| format!("region {place}")).collect();
        let of = |count: usize| -> Vec<(&str, Vec<f64>)> {
            let all = names.iter().take(count).enumerate();
            all.map(|(place, name)| (name.as_str(), vec![place as f64; 3]))
                .collect()
        };
        let (few, others) = largest(of(12));
        assert_eq!((few.len(), others), (12, 0));
        let (many, others) = largest(of(30));
        assert_eq!((many.len(), others), (12, 19));
        assert_eq!((many[0].0, many[10].0), ("region 19", "region 29"));
        assert_eq!(many[11], ("all others", vec![171.0; 3]));
    }
}
