//! The report of a map: the regime at each pair of values, and sweeps up and down.

use crate::{
    experiment::{
        design::factors::numbers,
        map::{
            answer::{HysteresisLoop, MapAnswer, NetworkState},
            figure_raster::FigureRaster,
            raster::Raster,
            regime::{Regime, count, listed},
        },
        storage::answer::AnswerFile,
        storage::answer_page::{answer_page, figure_name},
    },
    host::error::Failure,
    report::{
        chart::key_chart::{Axis, KeyChart},
        html::{
            page::{Card, HtmlCell, HtmlTable, Page, Section, head},
            viewport::Viewport,
        },
        svg::canvas::{AltText, Anchor},
    },
};

/// The page.
///
/// # Errors
/// Returns an error if the answer is not one of this version.
pub(crate) fn page(file: &AnswerFile) -> Result<Page, Failure> {
    let answer: MapAnswer = file.answer()?;
    let counts = count(answer.points.iter().map(|point| point.regime));
    let cards = listed(&counts)
        .map(|(regime, count)| Card::new(regime.name(), count.to_string(), "points"))
        .collect();
    let map = Section::new("map", "Map")
        .paragraph(
            "An outage is a time below 90 % of the norm that is longer than run.outage_after. Stable (.): no outage. Vulnerable \
             (v): an outage that is over when the run ends. Metastable (M): an outage that is not over \
             when the run ends, though without the triggers there is none at the end. Always down (#): \
             an outage at the end also without any trigger.",
        )
        .picture(
            |viewport| picture(&answer, viewport),
            "Every grid point has the colour of the nearest point that was run. Letters and dots mark \
             the points that were run; more were added where neighbours differ. Hatched: bistable, up \
             or down at the same values; strips are the values of the sweeps up and down.",
        )
        .table(table(&answer));
    let mut sections = vec![map];
    sections.extend(figures_section(&answer));
    if !answer.branches.is_empty() {
        let mut section = Section::new("branches", "Up and down again").paragraph(
            "One continuing run goes up and down through the values of the first key. Where the two \
             ways differ, the state of the network depends on its past (hysteresis). Up and down \
             are at least and less than 90 % of the norm online, as for an outage in the map. Where \
             the two ways or the map differ, the network is bistable: both states are possible, and \
             a map of single runs shows only the one that its trigger leads to.",
        );
        for (number, one) in answer.branches.iter().enumerate() {
            let caption = format!(
                "{} = {}; mean distance of the two ways {:.3}.",
                answer.y, one.y, one.hysteresis
            );
            section = section
                .picture(|viewport| branch(number, one, &answer.x, viewport), caption)
                .table(states(&answer, number));
        }
        sections.push(section);
    }
    Ok(answer_page(
        file,
        ("Is there a trap?", trap(&answer)),
        cards,
        sections,
    ))
}

/// A picture of each figure; `None` if the map has none.
fn figures_section(answer: &MapAnswer) -> Option<Section> {
    answer.figures.first()?;
    let text = "Each point has the figures of its run with triggers.";
    let mut section = Section::new("figures", "Figures").paragraph(text);
    for (number, figure) in answer.figures.iter().enumerate() {
        let raster = FigureRaster {
            map: answer,
            figure,
            number,
        };
        let caption = format!(
            "{}: {}. Darker is higher; every grid point has the shade of the nearest point that was run.",
            figure_name(&figure.name),
            figure.range_text(&answer.points)
        );
        section = section.picture(|viewport| raster.draw(viewport), caption);
    }
    Some(section)
}

/// Whether there is a state in which the network stays down without a cause, in a sentence.
fn trap(answer: &MapAnswer) -> String {
    let counts = count(answer.points.iter().map(|point| point.regime));
    let of = |regime: Regime| counts.get(&regime).copied().unwrap_or(0);
    let all = answer.points.len();
    let states = (0..answer.branches.len()).flat_map(|branch| answer.states(branch));
    let states = states
        .filter(|state| *state == NetworkState::Bistable)
        .count();
    let mut text = match of(Regime::Metastable) {
        0 if states > 0 => format!(
            "Yes: at none of {all} points does the network stay down after its triggers, but it can \
             be up or down at the same values."
        ),
        0 if of(Regime::AlwaysDown) == all && all > 0 => {
            "Unknown: at every point the network is down without any trigger, too.".to_owned()
        }
        0 => format!("No: at none of {all} points does the network stay down after its triggers."),
        some => format!(
            "Yes: at {some} of {all} points the network stays down after the triggers, though it \
             would be up without them."
        ),
    };
    if states > 0 {
        text.push_str(&format!(
            " In the sweeps up and down, {states} values are bistable: \
             whether the network is up or down there depends on its past."
        ));
    }
    if let Some(remark) = &answer.remark {
        text.push_str(&format!(" The map is not complete: {remark}."));
    }
    text
}

fn picture(answer: &MapAnswer, viewport: Viewport) -> String {
    let counts = count(answer.points.iter().map(|point| point.regime));
    let parts: Vec<String> = counts
        .iter()
        .map(|(regime, count)| format!("{count} {}", regime.name()))
        .collect();
    let description = format!("{} against {}: {}.", answer.y, answer.x, parts.join(", "));
    Raster(answer).draw(&description, viewport)
}

fn branch(number: usize, one: &HysteresisLoop, key: &str, viewport: Viewport) -> String {
    let texts: Vec<&str> = one.x.iter().map(String::as_str).collect();
    let (at, x) = match numbers(&texts) {
        Some((values, unit)) => {
            let mut axis = Axis::around(key, values.iter().copied());
            axis.unit = unit;
            (values, axis)
        }
        // Values that are not numbers are spaced evenly, in their order.
        None => {
            let places: Vec<f64> = (0..texts.len()).map(|place| place as f64).collect();
            let name = format!("{key}: {} to {}", first(&one.x), last(&one.x));
            let axis = Axis::around(&name, places.iter().copied());
            (places, axis)
        }
    };
    let y = Axis {
        name: "users online as a share of the norm".into(),
        low: 0.0,
        high: 1.2,
        unit: String::new(),
    };
    let title = format!("Up and down, {}", one.y);
    let description = format!("The two ways differ by {:.3} on average.", one.hysteresis);
    let name = AltText {
        title: &title,
        description: &description,
    };
    let mut chart = KeyChart::new(&format!("branch-{number}"), name, (&x, &y), 160.0, viewport);
    for (values, class, name) in [
        (&one.up, "l0", "on the way up"),
        (&one.down, "l1", "on the way down"),
    ] {
        let shares = at.iter().zip(values);
        let places: Vec<(f64, f64)> = shares
            .map(|(x, share)| chart.at(*x, share.clamp(0.0, 1.2)))
            .collect();
        chart.canvas.named_path(&places, class, name);
        // The legend is in the row for notes.
        let place = viewport.sides().0 + if class == "l0" { 0.0 } else { 170.0 };
        chart
            .canvas
            .line((place, 33.5), (place + 26.0, 33.5), class);
        chart
            .canvas
            .text((place + 33.0, 38.0), Anchor::Start, "", name);
    }
    chart.canvas.finish()
}

/// The state at each value of a sweep up and down, beside the map.
fn states(answer: &MapAnswer, number: usize) -> HtmlTable {
    let one = &answer.branches[number];
    let ways = one.x.iter().zip(&one.up).zip(&one.down).enumerate();
    let rows = ways.zip(answer.states(number));
    let percent = |share: &f64| HtmlCell::number(format!("{:.0} %", share * 100.0));
    let rows = rows.map(|((value, ((x, up), down)), state)| {
        let regime = answer.regime_at(number, value);
        vec![
            HtmlCell::number(x.clone()),
            percent(up),
            percent(down),
            HtmlCell::text(regime.map_or("", Regime::name)),
            HtmlCell::text(state.name()),
        ]
    });
    HtmlTable {
        caption: format!(
            "{} at {} = {}: share of the norm online on both ways, the regime of the nearest point of the \
             map, and the state.",
            answer.x, answer.y, one.y
        ),
        head: head(&["Value#", "Way up#", "Way down#", "Map", "State"]),
        rows: rows.collect(),
        long: false,
    }
}

fn first(texts: &[String]) -> &str {
    texts.first().map_or("", String::as_str)
}

fn last(texts: &[String]) -> &str {
    texts.last().map_or("", String::as_str)
}

fn table(answer: &MapAnswer) -> HtmlTable {
    let rows = answer.points.iter().map(|point| {
        let mut cells = vec![
            HtmlCell::number(point.x.clone()),
            HtmlCell::number(point.y.clone()),
            HtmlCell::text(point.regime.name()),
        ];
        let values = answer.figures.iter().map(|one| one.text(one.at(point)));
        cells.extend(values.map(HtmlCell::number));
        cells
    });
    let names: Vec<String> = answer
        .figures
        .iter()
        .map(|figure| format!("{}#", figure_name(&figure.name)))
        .collect();
    let heads = ["x#", "y#", "Regime"].into_iter();
    let heads: Vec<&str> = heads.chain(names.iter().map(String::as_str)).collect();
    HtmlTable {
        caption: format!("All points: {} (x) and {} (y).", answer.x, answer.y),
        head: head(&heads),
        rows: rows.collect(),
        long: true,
    }
}
