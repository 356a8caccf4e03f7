//! Lanes: a strip for each service that shows when it was hurt, and how badly.
//!
//! A degraded stretch is half as high as a hurt one, so that nothing is told by colour alone.

use crate::report::{
    chart::time_frame::Frame,
    html::{
        page::{Cell, Section, Table, head},
        viewport::Paper,
    },
    run::services::{Lane, State},
};
use crate::{
    host::format::{moment, wait},
    report::svg::canvas::{Hold, Name},
};

const LEFT: f64 = 132.0;
const HIGH: f64 = 26.0;

/// The section of all services, each with its measure.
pub(crate) fn section(lanes: &[Lane], frame: &Frame<'_>) -> Section {
    let rows = lanes.iter().map(|lane| {
        let (degraded, hurt) = lasted(lane, frame);
        vec![
            Cell::text(lane.name),
            Cell::number(wait(hurt)),
            Cell::number(wait(degraded)),
            Cell::text(lane.measure.what),
            Cell::text(lane.measure.hurt),
            Cell::text(lane.measure.degraded),
        ]
    });
    Section::new("services", "Services")
        .show(
            |paper| draw(lanes, frame, paper),
            "When each service was hurt (high) or degraded (half as high); the table says what that \
             means.",
        )
        .tabulate(Table {
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

/// Draws the lanes.
fn draw(lanes: &[Lane], frame: &Frame<'_>, paper: Paper) -> String {
    let sides = (LEFT, paper.sides().1);
    let top = 44.0;
    let panel = (top, top + HIGH * lanes.len() as f64);
    let hours: Vec<String> = lanes.iter().map(|lane| told(lane, frame)).collect();
    let name = Name {
        title: "When each service was hurt",
        description: &hours.join(" "),
    };
    let more = format!("data-panel=\"lanes\" {}", frame.attributes(panel, sides));
    let mut sheet = paper.sheet(panel.1 + 48.0, name, "lanes", &more);
    for (x, class, high, text) in [
        (LEFT, "degraded", 7.0, "degraded"),
        (LEFT + 118.0, "hurt", 14.0, "hurt"),
    ] {
        sheet.area((x, 17.0 - high), (x + 26.0, 17.0), class);
        sheet.text((x + 33.0, 16.0), Hold::Start, "", text);
    }
    let time = frame.time(sides);
    frame.draw(&mut sheet, &time, panel);
    for (row, lane) in lanes.iter().enumerate() {
        let floor = top + HIGH * (row as f64 + 1.0) - 4.0;
        sheet.text((LEFT - 12.0, floor - 4.0), Hold::End, "", lane.name);
        sheet.line((LEFT, floor), (sides.1, floor), "grid");
    }
    for (row, lane) in lanes.iter().enumerate() {
        let floor = top + HIGH * (row as f64 + 1.0) - 4.0;
        let stretches = stretches(lane, frame);
        sheet.enter(&format!(
            "class=\"moves\" data-name=\"{}\" data-states=\"{}\"",
            lane.name,
            states(&stretches, frame)
        ));
        for (from, to, state) in stretches {
            let (class, high) = match state {
                State::Well => continue,
                State::Degraded => ("degraded", 9.0),
                State::Hurt => ("hurt", 18.0),
            };
            let saying = format!("{} {class}: {} to {}", lane.name, moment(from), moment(to));
            let (left, right) = (time.place(from as f64), time.place(to as f64));
            // What is shorter than a line is wide is shown as one.
            sheet.cell(
                (left, floor - high),
                (right.max(left + 0.8), floor),
                class,
                &saying,
            );
        }
        sheet.leave();
    }
    sheet.finish()
}

/// Stretches for a script: the end of each, in seconds since the start, and its first letter.
fn states(stretches: &[(i64, i64, State)], frame: &Frame<'_>) -> String {
    let one = |(_, to, state): &(i64, i64, State)| {
        let letter = match state {
            State::Well => 'w',
            State::Degraded => 'd',
            State::Hurt => 'h',
        };
        format!("{}{letter}", to - frame.start)
    };
    let all: Vec<String> = stretches.iter().map(one).collect();
    all.join(" ")
}

/// The stretches of one state, each from the sample before its first to its last.
fn stretches(lane: &Lane, frame: &Frame<'_>) -> Vec<(i64, i64, State)> {
    let mut stretches: Vec<(i64, i64, State)> = Vec::new();
    let mut before = frame.start;
    for (time, state) in frame.times.iter().zip(&lane.states) {
        match stretches.last_mut() {
            Some((_, to, last)) if last == state => *to = *time,
            _ => stretches.push((before, *time, *state)),
        }
        before = *time;
    }
    stretches
}

/// How many seconds a service was degraded, and hurt.
fn lasted(lane: &Lane, frame: &Frame<'_>) -> (f64, f64) {
    let stretches = stretches(lane, frame);
    let seconds = |state: State| {
        let of = stretches.iter().filter(|(.., one)| *one == state);
        of.map(|(from, to, _)| to - from).sum::<i64>() as f64
    };
    (seconds(State::Degraded), seconds(State::Hurt))
}

/// How long a service was hurt, in words.
fn told(lane: &Lane, frame: &Frame<'_>) -> String {
    let name = lane.name;
    match lasted(lane, frame) {
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
        let frame = Frame {
            times: &times,
            start: 0,
            outage: None,
            marks: Vec::new(),
        };
        let lane = Lane {
            name: "calls",
            measure: LOST,
            states: vec![State::Well, State::Hurt, State::Hurt, State::Degraded],
        };
        assert_eq!(
            stretches(&lane, &frame),
            [
                (0, 60, State::Well),
                (60, 180, State::Hurt),
                (180, 240, State::Degraded)
            ]
        );
        assert_eq!(
            told(&lane, &frame),
            "calls: hurt for 2 min, degraded for 60 s."
        );
        let section = section(std::slice::from_ref(&lane), &frame);
        assert_eq!(section.tables[0].rows[0][4].text, "above 0.5");
        let picture = draw(&[lane], &frame, Paper::Wide);
        assert!(
            picture.contains("data-states=\"60w 180h 240d\""),
            "{picture}"
        );
        assert_eq!(picture.matches("<rect").count(), 4, "{picture}");
    }
}
