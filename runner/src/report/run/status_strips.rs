//! Status strips: for each service a strip that shows when it was degraded or failing.
//!
//! A degraded period is half as high as a failing one, so that no information depends on colour
//! alone.

use crate::report::{
    chart::time_frame::TimeFrame,
    html::{
        page::{HtmlCell, HtmlTable, Section, head},
        viewport::Viewport,
    },
    run::services::{Service, ServiceState},
};
use crate::{
    host::format::{length, moment_at},
    report::svg::{
        axis_lines::PlotArea,
        canvas::{AltText, Anchor},
    },
};

const LEFT: f64 = 132.0;
const HIGH: f64 = 26.0;

/// The section with the states of all services and their measures.
pub(crate) fn section(services: &[Service], frame: &TimeFrame<'_>) -> Section {
    let rows = services.iter().map(|service| {
        let (degraded, failing) = durations(service, frame);
        vec![
            HtmlCell::text(&service.name),
            HtmlCell::number(length(failing, frame.tick)),
            HtmlCell::number(length(degraded, frame.tick)),
            HtmlCell::text(service.measure.what),
            HtmlCell::text(service.measure.failing),
            HtmlCell::text(service.measure.degraded),
        ]
    });
    Section::new("services", "Services")
        .picture(
            |viewport| draw(services, frame, viewport),
            "When each service was failing (full height) or degraded (half height). The table gives \
             the measure and the limits of each service.",
        )
        .table(HtmlTable {
            caption: "How long each service was failing or degraded, by which measure. Counts are summed over \
                      ten samples."
                .into(),
            head: head(&[
                "Service",
                "Failing for#",
                "Degraded for#",
                "Measure",
                "Failing if",
                "Degraded if",
            ]),
            rows: rows.collect(),
            long: false,
        })
}

/// The most characters of a name beside its strip.
const LONGEST_LABEL: usize = 17;

/// The name beside a strip: the region of a service that has one, as the strip stands below that of the
/// service.
fn label(name: &str) -> String {
    let region = name
        .split_once(" in ")
        .map(|(_, region)| format!("in {region}"));
    let label = region.unwrap_or_else(|| name.to_owned());
    if label.chars().count() <= LONGEST_LABEL {
        return label;
    }
    let begin: String = label.chars().take(LONGEST_LABEL - 1).collect();
    format!("{begin}…")
}

/// Draws the services.
fn draw(services: &[Service], frame: &TimeFrame<'_>, viewport: Viewport) -> String {
    let sides = (LEFT, viewport.sides().1);
    let top = 44.0;
    let plot = PlotArea {
        left: sides.0,
        right: sides.1,
        top,
        bottom: top + HIGH * services.len() as f64,
    };
    let hours: Vec<String> = services
        .iter()
        .map(|service| describe(service, frame))
        .collect();
    let name = AltText {
        title: "When each service was degraded or failing",
        description: &hours.join(" "),
    };
    let more = format!("data-panel=\"services\" {}", frame.attributes(plot));
    let mut canvas = viewport.canvas(plot.bottom + 48.0, name, "lanes", &more);
    for (x, class, high, text) in [
        (LEFT, "degraded", 7.0, "degraded"),
        (LEFT + 118.0, "failing", 14.0, "failing"),
    ] {
        canvas.area((x, 17.0 - high), (x + 26.0, 17.0), class);
        canvas.text((x + 33.0, 16.0), Anchor::Start, "", text);
    }
    let time = frame.time(sides);
    frame.draw(&mut canvas, &time, plot);
    for (row, service) in services.iter().enumerate() {
        let bottom = top + HIGH * (row as f64 + 1.0) - 4.0;
        canvas.text(
            (LEFT - 12.0, bottom - 4.0),
            Anchor::End,
            "",
            &label(&service.name),
        );
        canvas.line((LEFT, bottom), (sides.1, bottom), "grid");
    }
    for (row, service) in services.iter().enumerate() {
        let bottom = top + HIGH * (row as f64 + 1.0) - 4.0;
        let periods = periods(service, frame);
        canvas.enter(&format!(
            "class=\"moves\" data-name=\"{}\" data-states=\"{}\"",
            service.name,
            states(&periods, frame)
        ));
        for (from, to, state) in periods {
            let (class, high) = match state {
                ServiceState::Normal => continue,
                ServiceState::Degraded => ("degraded", 9.0),
                ServiceState::Failing => ("failing", 18.0),
            };
            let tooltip = format!(
                "{} {class}: {} to {}",
                service.name,
                moment_at(from, frame.tick),
                moment_at(to, frame.tick)
            );
            let (left, right) = (time.place(from as f64), time.place(to as f64));
            // A very short period is at least as wide as a line.
            canvas.cell(
                (left, bottom - high),
                (right.max(left + 0.8), bottom),
                class,
                &tooltip,
            );
        }
        canvas.leave();
    }
    canvas.finish()
}

/// The periods for the script: the end of each, in seconds since the start, with the first letter of
/// its state.
fn states(periods: &[(i64, i64, ServiceState)], frame: &TimeFrame<'_>) -> String {
    let one = |(_, to, state): &(i64, i64, ServiceState)| {
        let letter = match state {
            ServiceState::Normal => 'n',
            ServiceState::Degraded => 'd',
            ServiceState::Failing => 'f',
        };
        format!("{}{letter}", frame.seconds(to - frame.start))
    };
    let all: Vec<String> = periods.iter().map(one).collect();
    all.join(" ")
}

/// The periods of constant state, each from the sample before its first to its last.
fn periods(service: &Service, frame: &TimeFrame<'_>) -> Vec<(i64, i64, ServiceState)> {
    let mut periods: Vec<(i64, i64, ServiceState)> = Vec::new();
    let mut before = frame.start;
    for (time, state) in frame.times.iter().zip(&service.states) {
        match periods.last_mut() {
            Some((_, to, last)) if last == state => *to = *time,
            _ => periods.push((before, *time, *state)),
        }
        before = *time;
    }
    periods
}

/// How many ticks a service was degraded, and failing.
fn durations(service: &Service, frame: &TimeFrame<'_>) -> (f64, f64) {
    let periods = periods(service, frame);
    let ticks = |state: ServiceState| {
        let of = periods.iter().filter(|(.., one)| *one == state);
        of.map(|(from, to, _)| to - from).sum::<i64>() as f64
    };
    (ticks(ServiceState::Degraded), ticks(ServiceState::Failing))
}

/// How long a service was failing and degraded, as text.
fn describe(service: &Service, frame: &TimeFrame<'_>) -> String {
    let name = &service.name;
    let duration = |ticks| length(ticks, frame.tick);
    match durations(service, frame) {
        (0.0, 0.0) => format!("{name}: normal."),
        (degraded, 0.0) => format!("{name}: degraded for {}.", duration(degraded)),
        (0.0, failing) => format!("{name}: failing for {}.", duration(failing)),
        (degraded, failing) => format!(
            "{name}: failing for {}, degraded for {}.",
            duration(failing),
            duration(degraded)
        ),
    }
}

#[cfg(test)]
mod tests {
    use patchday_agents::scenario::quantity::TickLength;

    use super::*;
    use crate::report::run::services::LOST;

    #[test]
    fn periods_join_samples_of_one_state() {
        let times = [60, 120, 180, 240];
        let frame = TimeFrame {
            tick: TickLength::SECOND,
            times: &times,
            start: 0,
            outages: Vec::new(),
            marks: Vec::new(),
        };
        let service = Service {
            name: "calls".into(),
            measure: LOST,
            states: vec![
                ServiceState::Normal,
                ServiceState::Failing,
                ServiceState::Failing,
                ServiceState::Degraded,
            ],
        };
        assert_eq!(
            periods(&service, &frame),
            [
                (0, 60, ServiceState::Normal),
                (60, 180, ServiceState::Failing),
                (180, 240, ServiceState::Degraded)
            ]
        );
        assert_eq!(
            describe(&service, &frame),
            "calls: failing for 2 min, degraded for 60 s."
        );
        let section = section(std::slice::from_ref(&service), &frame);
        assert_eq!(section.tables[0].rows[0][4].text, "above 0.5");
        let picture = draw(&[service], &frame, Viewport::Wide);
        assert!(
            picture.contains("data-states=\"60n 180f 240d\""),
            "{picture}"
        );
        assert_eq!(picture.matches("<rect").count(), 4, "{picture}");
    }
}
