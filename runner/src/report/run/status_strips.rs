//! Lanes: a strip for each service that shows when it was hurt, and how badly.
//!
//! A degraded stretch is half as high as a hurt one, so that nothing is told by colour alone.

use crate::report::{
    chart::time_frame::TimeFrame,
    html::{
        page::{HtmlCell, HtmlTable, Section, head},
        viewport::Viewport,
    },
    run::services::{Service, ServiceState},
};
use crate::{
    host::format::{moment, wait},
    report::svg::canvas::{AltText, Anchor},
};

const LEFT: f64 = 132.0;
const HIGH: f64 = 26.0;

/// The section of all services, each with its measure.
pub(crate) fn section(services: &[Service], frame: &TimeFrame<'_>) -> Section {
    let rows = services.iter().map(|service| {
        let (degraded, hurt) = lasted(service, frame);
        vec![
            HtmlCell::text(service.name),
            HtmlCell::number(wait(hurt)),
            HtmlCell::number(wait(degraded)),
            HtmlCell::text(service.measure.what),
            HtmlCell::text(service.measure.hurt),
            HtmlCell::text(service.measure.degraded),
        ]
    });
    Section::new("services", "Services")
        .picture(
            |viewport| draw(services, frame, viewport),
            "When each service was hurt (high) or degraded (half as high); the table says what that \
             means.",
        )
        .table(HtmlTable {
            caption: "How long, and by which measure. Counts are summed over ten samples.".into(),
            head: head(&[
                "Service",
                "Hurt for#",
                "Degraded for#",
                "Measure",
                "Hurt is",
                "Degraded is",
            ]),
            rows: rows.collect(),
            long: false,
        })
}

/// Draws the services.
fn draw(services: &[Service], frame: &TimeFrame<'_>, viewport: Viewport) -> String {
    let sides = (LEFT, viewport.sides().1);
    let top = 44.0;
    let panel = (top, top + HIGH * services.len() as f64);
    let hours: Vec<String> = services
        .iter()
        .map(|service| told(service, frame))
        .collect();
    let name = AltText {
        title: "When each service was hurt",
        description: &hours.join(" "),
    };
    let more = format!("data-panel=\"services\" {}", frame.attributes(panel, sides));
    let mut canvas = viewport.canvas(panel.1 + 48.0, name, "lanes", &more);
    for (x, class, high, text) in [
        (LEFT, "degraded", 7.0, "degraded"),
        (LEFT + 118.0, "hurt", 14.0, "hurt"),
    ] {
        canvas.area((x, 17.0 - high), (x + 26.0, 17.0), class);
        canvas.text((x + 33.0, 16.0), Anchor::Start, "", text);
    }
    let time = frame.time(sides);
    frame.draw(&mut canvas, &time, panel);
    for (row, service) in services.iter().enumerate() {
        let floor = top + HIGH * (row as f64 + 1.0) - 4.0;
        canvas.text((LEFT - 12.0, floor - 4.0), Anchor::End, "", service.name);
        canvas.line((LEFT, floor), (sides.1, floor), "grid");
    }
    for (row, service) in services.iter().enumerate() {
        let floor = top + HIGH * (row as f64 + 1.0) - 4.0;
        let stretches = stretches(service, frame);
        canvas.enter(&format!(
            "class=\"moves\" data-name=\"{}\" data-states=\"{}\"",
            service.name,
            states(&stretches, frame)
        ));
        for (from, to, state) in stretches {
            let (class, high) = match state {
                ServiceState::Well => continue,
                ServiceState::Degraded => ("degraded", 9.0),
                ServiceState::Hurt => ("hurt", 18.0),
            };
            let saying = format!(
                "{} {class}: {} to {}",
                service.name,
                moment(from),
                moment(to)
            );
            let (left, right) = (time.place(from as f64), time.place(to as f64));
            // What is shorter than a line is wide is shown as one.
            canvas.cell(
                (left, floor - high),
                (right.max(left + 0.8), floor),
                class,
                &saying,
            );
        }
        canvas.leave();
    }
    canvas.finish()
}

/// Stretches for a script: the end of each, in seconds since the start, and its first letter.
fn states(stretches: &[(i64, i64, ServiceState)], frame: &TimeFrame<'_>) -> String {
    let one = |(_, to, state): &(i64, i64, ServiceState)| {
        let letter = match state {
            ServiceState::Well => 'w',
            ServiceState::Degraded => 'd',
            ServiceState::Hurt => 'h',
        };
        format!("{}{letter}", to - frame.start)
    };
    let all: Vec<String> = stretches.iter().map(one).collect();
    all.join(" ")
}

/// The stretches of one state, each from the sample before its first to its last.
fn stretches(service: &Service, frame: &TimeFrame<'_>) -> Vec<(i64, i64, ServiceState)> {
    let mut stretches: Vec<(i64, i64, ServiceState)> = Vec::new();
    let mut before = frame.start;
    for (time, state) in frame.times.iter().zip(&service.states) {
        match stretches.last_mut() {
            Some((_, to, last)) if last == state => *to = *time,
            _ => stretches.push((before, *time, *state)),
        }
        before = *time;
    }
    stretches
}

/// How many seconds a service was degraded, and hurt.
fn lasted(service: &Service, frame: &TimeFrame<'_>) -> (f64, f64) {
    let stretches = stretches(service, frame);
    let seconds = |state: ServiceState| {
        let of = stretches.iter().filter(|(.., one)| *one == state);
        of.map(|(from, to, _)| to - from).sum::<i64>() as f64
    };
    (seconds(ServiceState::Degraded), seconds(ServiceState::Hurt))
}

/// How long a service was hurt, in words.
fn told(service: &Service, frame: &TimeFrame<'_>) -> String {
    let name = service.name;
    match lasted(service, frame) {
        (0.0, 0.0) => format!("{name}: well."),
        (degraded, 0.0) => format!("{name}: degraded for {}.", wait(degraded)),
        (0.0, hurt) => format!("{name}: hurt for {}.", wait(hurt)),
        (degraded, hurt) => format!(
            "{name}: hurt for {}, degraded for {}.",
            wait(hurt),
            wait(degraded)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::run::services::LOST;

    #[test]
    fn stretches_join_samples_of_one_state() {
        let times = [60, 120, 180, 240];
        let frame = TimeFrame {
            times: &times,
            start: 0,
            outage: None,
            marks: Vec::new(),
        };
        let service = Service {
            name: "calls",
            measure: LOST,
            states: vec![
                ServiceState::Well,
                ServiceState::Hurt,
                ServiceState::Hurt,
                ServiceState::Degraded,
            ],
        };
        assert_eq!(
            stretches(&service, &frame),
            [
                (0, 60, ServiceState::Well),
                (60, 180, ServiceState::Hurt),
                (180, 240, ServiceState::Degraded)
            ]
        );
        assert_eq!(
            told(&service, &frame),
            "calls: hurt for 2 min, degraded for 60 s."
        );
        let section = section(std::slice::from_ref(&service), &frame);
        assert_eq!(section.tables[0].rows[0][4].text, "above 0.5");
        let picture = draw(&[service], &frame, Viewport::Wide);
        assert!(
            picture.contains("data-states=\"60w 180h 240d\""),
            "{picture}"
        );
        assert_eq!(picture.matches("<rect").count(), 4, "{picture}");
    }
}
