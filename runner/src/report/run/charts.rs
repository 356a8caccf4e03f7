//! The charts of a run: which curves are looked at together.

use crate::report::online_plot::{description, dot_class};
use crate::report::{
    chart::{
        curves::ChartLine,
        time_frame::TimeFrame,
        time_series::{ChartStyle, Dot, TimeSeries},
    },
    html::page::Section,
    run::run_data::RunData,
};
use patchday_agents::{metrics::columns::ColumnId, scenario::Confidence};

/// The looks of lines, in the order they are given out: no panel has more.
const LINES: [&str; 6] = ["l0", "l1", "l2", "l3", "l4", "l5"];
/// The looks of stacked areas.
const AREAS: [&str; 12] = [
    "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
];

/// A panel of some columns; those that never were above zero are left out.
struct Columns<'a> {
    id: &'a str,
    title: &'a str,
    unit: &'a str,
    style: ChartStyle,
    columns: Vec<(&'a str, Vec<f64>)>,
}

impl Columns<'_> {
    /// Adds it to a section, if there is anything to see.
    fn onto(self, section: Section, frame: &TimeFrame<'_>, caption: &str) -> Section {
        let used = |values: &[f64]| values.iter().any(|value| *value > 0.0);
        // Looks are given out before any is left out: a name has the same in every report.
        let lines: Vec<ChartLine<'_>> = self
            .columns
            .into_iter()
            .zip(LINES)
            .map(|((name, values), class)| ChartLine {
                name,
                class,
                values,
            })
            .filter(|line| used(&line.values))
            .collect();
        if lines.is_empty() {
            return section;
        }
        let panel = TimeSeries {
            id: self.id,
            title: self.title,
            unit: self.unit,
            style: self.style,
            height: 150.0,
            lines,
            dots: Vec::new(),
            dot_names: Vec::new(),
            numbered: false,
            words: None,
        };
        section.picture(|viewport| panel.draw(frame, viewport), caption)
    }
}

/// Users online against the norm and what was observed, with everything that happened.
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
        tooltip: one.saying(reached),
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
        words: Some(description(&run.samples, run.outage)),
    };
    Section::new("online", "Users online").picture(
        |viewport| panel.draw(frame, viewport),
        "Shaded: the outage (below 90 % of the norm for more than an hour). Numbers are those of the timeline: squares are deeds of the operator, \
         circles came from outside. The norm is what the scenario's own rhythm has online without a \
         fault.",
    )
}

/// The largest regions by users online on average, in the order of the scenario, and the sum
/// of all others behind them, where there are more than areas can be told apart. Gives how
/// many are summed.
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

/// Users online by region, one on the other.
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
        words: None,
    };
    let mut caption =
        "One region on the other, from the top down in the order of the legend.".to_owned();
    if others > 0 {
        caption.push_str(&format!(
            " The {} with most users online on average; the {others} others are summed.",
            AREAS.len() - 1
        ));
    }
    let section = Section::new("regions", "Regions");
    Some(section.picture(|viewport| panel.draw(frame, viewport), caption))
}

/// Supernodes and their load.
pub(crate) fn core(run: &RunData, frame: &TimeFrame<'_>) -> Option<Section> {
    if !run.scenario.overlay.enabled {
        return None;
    }
    let column = |id| run.column(id);
    let supernodes = Columns {
        id: "core-picture",
        title: "Supernodes",
        unit: "supernodes",
        style: ChartStyle::Lines,
        columns: vec![
            ("in service", column(ColumnId::Supernodes)),
            (
                "as the allocation algorithm lists them",
                column(ColumnId::SupernodesListed),
            ),
            ("mega-supernodes", column(ColumnId::MegaSupernodes)),
            (
                "machines of the operator so far",
                column(ColumnId::SupernodesForced),
            ),
        ],
    };
    let leaves = Columns {
        id: "leaves-picture",
        title: "Leaves of a supernode",
        unit: "leaves of a supernode",
        style: ChartStyle::Lines,
        columns: vec![
            ("mean", column(ColumnId::LeavesPerSupernodeMean)),
            ("most at any one", column(ColumnId::LeavesPerSupernodeMax)),
        ],
    };
    let traffic = Columns {
        id: "traffic-picture",
        title: "Traffic of a supernode",
        unit: "requests a second at a supernode, mean",
        style: ChartStyle::Lines,
        columns: vec![(
            "probes and refreshes",
            run.per_second(ColumnId::TrafficPerSupernode),
        )],
    };
    let pictures = [
        (
            supernodes,
            "Supernodes in service; with the flaw, the list has some that are gone.",
        ),
        (leaves, "Load: clients that hang on a supernode."),
        (
            traffic,
            "Load: what a supernode is asked for. \"Times normal\" is this by its mean before the \
             outage.",
        ),
    ];
    let section = Section::new("core", "Supernodes and their load");
    Some(
        pictures
            .into_iter()
            .fold(section, |section, (columns, caption)| {
                columns.onto(section, frame, caption)
            }),
    )
}

/// What it takes to get in: log-ins, waiting, tries.
pub(crate) fn sign_ins(run: &RunData, frame: &TimeFrame<'_>) -> Section {
    let log_ins = Columns {
        id: "log-ins-picture",
        title: "Log-ins",
        unit: "log-ins a second",
        style: ChartStyle::Lines,
        columns: vec![
            ("arriving", run.per_second(ColumnId::LoginArrivals)),
            ("served in time", run.per_second(ColumnId::LoginServed)),
            ("turned away", run.per_second(ColumnId::LoginRejected)),
            ("of an attacker", run.per_second(ColumnId::LoginAttacks)),
        ],
    };
    let wait = Columns {
        id: "wait-picture",
        title: "Wait at the log-in servers",
        unit: "seconds at the fullest server",
        style: ChartStyle::Lines,
        columns: vec![("wait", run.column(ColumnId::LoginWaitS))],
    };
    let clients = Columns {
        id: "clients-picture",
        title: "Clients on their way in",
        unit: "users",
        style: ChartStyle::Lines,
        columns: vec![
            ("waiting to try again", run.column(ColumnId::Waiting)),
            ("seeking a supernode", run.column(ColumnId::Seeking)),
            ("logging in", run.column(ColumnId::SigningIn)),
            ("restarting", run.column(ColumnId::Restarting)),
        ],
    };
    let retries = Columns {
        id: "retries-picture",
        title: "Retry amplification",
        unit: "tries for each that succeeds",
        style: ChartStyle::Logarithmic,
        columns: vec![("tries over ten samples", amplification(run))],
    };
    let pictures = [
        (
            log_ins,
            "What the log-in servers are asked for and what they do.",
        ),
        (
            wait,
            "A server with a long queue serves clients that have left.",
        ),
        (clients, "Clients that want to be online and are not yet."),
        (
            retries,
            "Retry amplification: probes of supernodes (without an overlay: log-ins) for each that \
             gets a seat. A gap: none did.",
        ),
    ];
    let section = Section::new("sign-ins", "Signing in");
    pictures
        .into_iter()
        .fold(section, |section, (columns, caption)| {
            columns.onto(section, frame, caption)
        })
}

/// The most tries for each that succeeds, and when.
pub(crate) fn most_tries(run: &RunData) -> Option<(f64, i64)> {
    let amplification = amplification(run)
        .into_iter()
        .zip(run.times.iter().copied());
    amplification
        .filter(|(tries, _)| tries.is_finite())
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
}

/// Tries for each that succeeds, over the ten samples up to each.
fn amplification(run: &RunData) -> Vec<f64> {
    let (tries, successes) = (
        run.column(ColumnId::Attempts),
        run.column(ColumnId::Accepted),
    );
    let sum = |values: &[f64], place: usize| -> f64 {
        values[place.saturating_sub(9)..=place].iter().sum()
    };
    let at = |place: usize| match sum(&successes, place) {
        0.0 => f64::NAN,
        successes => sum(&tries, place) / successes,
    };
    (0..tries.len()).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_looks_the_same_whatever_else_is_shown() {
        let times = [60, 120];
        let frame = TimeFrame {
            times: &times,
            start: 0,
            outage: None,
            marks: Vec::new(),
        };
        let page = |first: f64| {
            let columns = Columns {
                id: "x",
                title: "x",
                unit: "x",
                style: ChartStyle::Lines,
                columns: vec![
                    ("first", vec![first; 2]),
                    ("none", vec![0.0; 2]),
                    ("last", vec![3.0, 4.0]),
                ],
            };
            let section = columns.onto(Section::new("x", "x"), &frame, "");
            section.pictures[0].variants.concat()
        };
        for first in [0.0, 1.0] {
            let page = page(first);
            let shown = page.matches("<title>first</title>").count();
            assert_eq!(shown, if first > 0.0 { 2 } else { 0 }, "{page}");
            let last = page.matches("<path class=\"l2\"").count();
            assert_eq!((last, page.matches("class=\"l1\"").count()), (2, 0));
        }
    }

    #[test]
    fn of_many_regions_the_largest_are_shown_and_the_others_summed() {
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
