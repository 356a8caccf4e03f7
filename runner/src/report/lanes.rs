//! Lanes: a strip for each service that shows when it was hurt, and how badly.
//!
//! A service is *degraded* or *hurt* at a sample by one measure of its own, defined here:
//!
//! | Service | Measure | Degraded | Hurt |
//! | --- | --- | --- | --- |
//! | sign-in | users online as a share of the norm | below 0.9 | below 0.5 |
//! | presence, chat | delay | above 1 min | above 10 min |
//! | calls, gateways, control panel | share of those wanted that were lost | above 0.05 | above 0.5 |
//! | video, group video | calls under way as a share of what the norm would have, by the hours before the outage | below 0.9 | below 0.5 |
//! | offline messages | wait, or share of messages refused | above 1 min, 0.05 | above 10 min, 0.5 |
//!
//! Counts are summed over ten samples up to each, so that small fleets do not flicker. No
//! call is under way when a run begins, so its first hour says nothing of video. A degraded stretch is half as high as a hurt one, so that nothing is told by colour alone.

use super::{panel::Frame, recording::Recording};
use crate::{
    figures::{moment, wait},
    plot::sheet::{Hold, Name, Sheet},
};

/// Samples over which counts are summed.
const WINDOW: usize = 10;
/// Calls under way of which a share means something, on average.
const ENOUGH: f64 = 20.0;

/// Until calls have begun.
const FIRST_CALLS: i64 = 3_600;

/// How a service was at a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Well,
    Degraded,
    Hurt,
}

/// A service over the run.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) name: &'static str,
    pub(crate) states: Vec<State>,
}

/// By two limits that a measure must not be above.
fn above(measure: f64, degraded: f64, hurt: f64) -> State {
    match measure {
        _ if measure > hurt => State::Hurt,
        _ if measure > degraded => State::Degraded,
        _ => State::Well,
    }
}

/// Sums over a window that ends at each sample.
fn windows(values: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut sums = Vec::with_capacity(values.len());
    for (place, value) in values.iter().enumerate() {
        sum += value;
        if place >= WINDOW {
            sum -= values[place - WINDOW];
        }
        sums.push(sum);
    }
    sums
}

/// The lane of a service that loses a part of what is wanted, each the sum of some columns;
/// none if nobody used it.
fn lossy(name: &'static str, run: &Recording, wanted: &[&str], lost: &[&str]) -> Option<Lane> {
    let sums = |columns: &[&str]| -> Option<Vec<f64>> {
        let mut sums = vec![0.0; run.times.len()];
        for column in columns {
            for (sum, value) in sums.iter_mut().zip(windows(&run.column(column)?)) {
                *sum += value;
            }
        }
        Some(sums)
    };
    let (wanted, lost) = (sums(wanted)?, sums(lost)?);
    if wanted.iter().all(|count| *count == 0.0) {
        return None;
    }
    let states = wanted
        .iter()
        .zip(&lost)
        .map(|(wanted, lost)| match *wanted {
            0.0 => State::Well,
            wanted => above(lost / wanted, 0.05, 0.5),
        });
    Some(Lane {
        name,
        states: states.collect(),
    })
}

/// The lane of a service that is late.
fn late(name: &'static str, run: &Recording, delay: &str) -> Option<Lane> {
    let delays = run.column(delay)?;
    let states = delays.iter().map(|delay| above(*delay, 60.0, 600.0));
    Some(Lane {
        name,
        states: states.collect(),
    })
}

/// The lane of calls under way against what the norm would have; none if there were too
/// few before the outage.
fn under_way(name: &'static str, run: &Recording, frame: &Frame<'_>, calls: &str) -> Option<Lane> {
    let (calls, norm) = (run.column(calls)?, run.column("norm")?);
    let before = match frame.outage {
        Some(outage) => frame.times.partition_point(|time| *time < outage.start),
        None => frame.times.len(),
    };
    let sum = |values: &[f64]| values[..before].iter().sum::<f64>();
    let usual = sum(&calls) / sum(&norm);
    if !usual.is_finite() || sum(&calls) / before.max(1) as f64 <= ENOUGH {
        return None;
    }
    let (calls, norm) = (windows(&calls), windows(&norm));
    let states = frame
        .times
        .iter()
        .zip(calls.iter().zip(&norm))
        .map(|(time, (calls, norm))| {
            if *time < frame.start + FIRST_CALLS {
                return State::Well;
            }
            // So many under way vary by the square root of their number.
            let wanted = usual * norm;
            let noise = 3.0 / (wanted / WINDOW as f64).max(1.0).sqrt();
            above(1.0 - calls / wanted.max(1.0), 0.1 + noise.min(0.3), 0.5)
        });
    Some(Lane {
        name,
        states: states.collect(),
    })
}

/// All services that a run has.
pub(crate) fn all(run: &Recording, frame: &Frame<'_>) -> Vec<Lane> {
    let sign_in = || {
        let (online, norm) = (run.column("online")?, run.column("norm")?);
        let missing = |(online, norm): (&f64, &f64)| match *norm {
            0.0 => State::Well,
            norm => above(1.0 - online / norm, 0.1, 0.5),
        };
        Some(Lane {
            name: "sign-in",
            states: online.iter().zip(&norm).map(missing).collect(),
        })
    };
    let offline = || {
        let all = ["messages_stored", "messages_refused"];
        let refused = lossy("offline messages", run, &all, &all[1..])?;
        let waits = late("", run, "offline_messages_wait_s")?;
        let worse = waits.states.iter().zip(&refused.states);
        Some(Lane {
            states: worse.map(|(wait, refusal)| *wait.max(refusal)).collect(),
            ..refused
        })
    };
    let lost_calls = ["calls_missed", "calls_failed", "calls_dropped"];
    [
        sign_in(),
        late("presence", run, "presence_delay_s"),
        late("chat", run, "chat_delay_s"),
        lossy("calls", run, &["calls_wanted"], &lost_calls),
        under_way("video", run, frame, "video_active"),
        under_way("group video", run, frame, "group_video_active"),
        offline(),
        lossy(
            "gateways",
            run,
            &["gateway_calls"],
            &["gateway_calls_failed"],
        ),
        lossy(
            "control panel",
            run,
            &["manager_requests"],
            &["manager_requests_failed"],
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const LEFT: f64 = 132.0;
const HIGH: f64 = 26.0;

/// Draws the lanes.
pub(crate) fn draw(lanes: &[Lane], frame: &Frame<'_>) -> String {
    let sides = (LEFT, super::panel::SIDES.1);
    let top = 44.0;
    let panel = (top, top + HIGH * lanes.len() as f64);
    let hours: Vec<String> = lanes.iter().map(|lane| told(lane, frame)).collect();
    let name = Name {
        title: "When each service was hurt",
        description: &hours.join(" "),
    };
    let more = format!("data-panel=\"lanes\" {}", frame.attributes(panel, sides));
    let mut sheet = Sheet::on_page((960.0, panel.1 + 48.0), name, "lanes", &more);
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
    sheet.enter("class=\"moves\"");
    for (row, lane) in lanes.iter().enumerate() {
        let floor = top + HIGH * (row as f64 + 1.0) - 4.0;
        for (from, to, state) in stretches(lane, frame) {
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
    }
    sheet.leave();
    sheet.finish()
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

/// How long a service was hurt, in words.
pub(crate) fn told(lane: &Lane, frame: &Frame<'_>) -> String {
    let stretches = stretches(lane, frame);
    let seconds = |state: State| {
        let of = stretches.iter().filter(|(.., one)| *one == state);
        of.map(|(from, to, _)| to - from).sum::<i64>() as f64
    };
    let name = lane.name;
    match (seconds(State::Hurt), seconds(State::Degraded)) {
        (0.0, 0.0) => format!("{name}: well."),
        (0.0, degraded) => format!("{name}: degraded for {}.", wait(degraded)),
        (hurt, 0.0) => format!("{name}: hurt for {}.", wait(hurt)),
        (hurt, degraded) => format!(
            "{name}: hurt for {}, degraded for {}.",
            wait(hurt),
            wait(degraded)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_sums_of_the_last_samples() {
        let sums = windows(&[1.0; 12]);
        assert_eq!((sums[0], sums[9], sums[11]), (1.0, 10.0, 10.0));
    }

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
        let picture = draw(&[lane], &frame);
        assert_eq!(picture.matches("<rect").count(), 4, "{picture}");
    }
}
