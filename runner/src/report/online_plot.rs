//! `online.svg`: users online with the norm and the observed points, and below it the supernodes,
//! on one time axis. The outage is shaded.
//!
//! The file is self-contained: no script, no font, no network. Each line is reduced to about 2,000
//! points with peaks and dips kept, so that the file is small for every run.

use patchday_agents::scenario::{Confidence, quantity::TickLength};

use crate::{
    host::format::{grouped, instant_at, length},
    report::svg::{
        axis::Scale,
        axis_lines::{PlotArea, time_axis, value_axis},
        canvas::{AltText, Anchor, Canvas, text_width},
        downsampling::downsample,
    },
    results::{
        observed::Comparison,
        outage::Outage,
        samples::{SamplePoint, Samples},
    },
};

const SIZE: (f64, f64) = (960.0, 590.0);
/// Left and right end of both plots.
const SIDES: (f64, f64) = (72.0, 936.0);
/// The plot of users.
const USERS: PlotArea = PlotArea {
    left: SIDES.0,
    right: SIDES.1,
    top: 106.0,
    bottom: 396.0,
};
/// The plot of supernodes.
const CORE: PlotArea = PlotArea {
    top: 440.0,
    bottom: 526.0,
    ..USERS
};
/// The most points of a line.
const MOST_POINTS: usize = 2_000;

/// Draws a run. `note` is a remark on the whole picture.
pub(crate) fn draw(
    title: &str,
    note: &str,
    samples: &Samples,
    comparisons: &[Comparison],
) -> String {
    let start = samples.start;
    let end = samples.points.last().map_or(start, |last| last.time);
    let outage = Outage::find(samples);
    let description = &format!(
        "{} Below it are the supernodes.",
        description(samples, outage)
    );
    let mut canvas = Canvas::new(SIZE, AltText { title, description });
    let time = Scale {
        values: (start as f64, end as f64),
        places: SIDES,
    };

    heading(&mut canvas, title, note, comparisons);
    shade(&mut canvas, &time, outage, (end, samples.tick));
    time_axis(&mut canvas, &time, &[USERS, CORE], samples.tick);
    let seen = comparisons
        .iter()
        .filter_map(|one| one.reached)
        .map(|reached| reached.whisker().map_or(reached.observed, |(_, high)| high));
    let drawn = samples
        .points
        .iter()
        .map(|point| point.online.max(point.norm) as f64);
    let most = seen.chain(drawn).fold(0.0, f64::max);
    let users = value_axis(&mut canvas, USERS, most, 5, "users");
    let supernodes = samples.points.iter().map(|point| point.supernodes as f64);
    let most = supernodes.fold(0.0, f64::max);
    let core = value_axis(&mut canvas, CORE, most, 2, "supernodes");
    let mut curve = |class, scale: &Scale, value: fn(&SamplePoint) -> u64| {
        let place = |point: &SamplePoint| {
            (
                time.place(point.time as f64),
                scale.place(value(point) as f64),
            )
        };
        let places: Vec<(f64, f64)> = samples.points.iter().map(place).collect();
        match places.as_slice() {
            // A line needs two points; a single sample is a dot.
            [only] => canvas.small_dot(*only, class),
            places => canvas.path(&downsample(places, MOST_POINTS), class),
        }
    };
    curve("norm", &users, |point| point.norm);
    curve("model", &users, |point| point.online);
    curve("core", &core, |point| point.supernodes);
    observations(&mut canvas, &time, &users, comparisons);
    canvas.finish()
}

/// The picture as text.
pub(crate) fn description(samples: &Samples, outage: Option<Outage>) -> String {
    let points = &samples.points;
    let instant = |time| instant_at(time, samples.tick);
    let (Some(last), Some(least)) = (
        points.last(),
        points.iter().min_by_key(|point| point.online),
    ) else {
        return "The run ended before its first sample.".into();
    };
    let peak = points.iter().map(|point| point.norm).max().unwrap_or(0);
    let story = match outage {
        None => "There is no outage.".to_owned(),
        Some(Outage { start, end: None }) => {
            format!(
                "The outage begins at {} and is not over when the run ends.",
                instant(start)
            )
        }
        Some(Outage {
            start,
            end: Some(end),
        }) => {
            format!(
                "The outage lasts from {} to {}.",
                instant(start),
                instant(end)
            )
        }
    };
    format!(
        "Users online from {} to {}. The norm peaks at {} users. The fewest online \
         are {} at {}. {story}",
        instant(samples.start),
        instant(last.time),
        grouped(peak),
        grouped(least.online),
        instant(least.time),
    )
}

/// Draws the title and the legend.
fn heading(canvas: &mut Canvas, title: &str, note: &str, comparisons: &[Comparison]) {
    canvas.text((24.0, 36.0), Anchor::Start, "title", title);
    canvas.text((SIDES.1, 36.0), Anchor::End, "faint small", note);
    let mut x = 24.0;
    let y = 66.0;
    for (class, name) in [
        ("model", "online, model"),
        ("norm", "norm, from the scenario's own rhythm"),
    ] {
        canvas.line((x, y - 4.5), (x + 26.0, y - 4.5), class);
        canvas.text((x + 33.0, y), Anchor::Start, "", name);
        x += 33.0 + text_width(name) + 26.0;
    }
    for (confidence, name) in [
        (Confidence::A, "observed: primary source"),
        (Confidence::B, "secondary"),
        (Confidence::C, "uncertain"),
    ] {
        let used = comparisons
            .iter()
            .any(|one| one.reached.is_some() && one.point.confidence == confidence);
        if used {
            canvas.dot((x + 5.0, y - 4.5), dot_class(confidence), name);
            canvas.text((x + 16.0, y), Anchor::Start, "", name);
            x += 16.0 + text_width(name) + 20.0;
        }
    }
}

/// Shades the outage, behind everything else.
fn shade(
    canvas: &mut Canvas,
    time: &Scale,
    outage: Option<Outage>,
    (end, tick): (i64, TickLength),
) {
    let Some(outage) = outage else { return };
    let (from, to) = (
        time.place(outage.start as f64),
        time.place(outage.end.unwrap_or(end) as f64),
    );
    canvas.area((from, USERS.top), (to, USERS.bottom), "span");
    canvas.area((from, CORE.top), (to, CORE.bottom), "span");
    let ticks = (outage.end.unwrap_or(end) - outage.start) as f64;
    let lasts = match tick {
        TickLength::SECOND => format!("{:.0} h", ticks / 3_600.0),
        tick => length(ticks, tick),
    };
    let text = match outage.end {
        Some(_) => format!("outage, {lasts}"),
        None => format!("outage, {lasts} and not over"),
    };
    // The text stays within the plot.
    let middle = f64::midpoint(from, to);
    let half = text_width(&text) / 2.0;
    let at = middle.clamp(SIDES.0 + half, SIDES.1 - half);
    canvas.text((at, USERS.top - 7.0), Anchor::Middle, "faint small", &text);
}

/// The class of the dot of an observed point.
pub(crate) fn dot_class(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::A => "seen a",
        Confidence::B => "seen",
        Confidence::C => "seen c",
    }
}

/// Draws the observed points, in front of everything else.
fn observations(canvas: &mut Canvas, time: &Scale, users: &Scale, comparisons: &[Comparison]) {
    for one in comparisons {
        let Some(reached) = one.reached else { continue };
        let line = one.line(reached);
        let at = (
            time.place(reached.time as f64),
            users.place(reached.observed),
        );
        if let Some((low, high)) = reached.whisker() {
            let (bottom, top) = (users.place(low), users.place(high));
            canvas.line((at.0, bottom), (at.0, top), "interval");
        }
        canvas.dot(at, dot_class(one.point.confidence), &line);
    }
}

#[cfg(test)]
mod tests {
    use patchday_agents::scenario::{Observed, quantity::Instant};

    use super::*;
    use crate::results::samples::tests::starting_at;

    const HOUR: i64 = 3_600;

    /// Five days with a daily cycle and an outage from Thursday to Friday.
    fn outage(sample: i64, users: f64) -> (Samples, Vec<Comparison>) {
        let start = 1_187_049_600;
        let mut samples = starting_at(start);
        for step in 1..=5 * 24 * HOUR / sample {
            let hour = (step * sample) as f64 / HOUR as f64;
            let wave = ((hour - 9.0) / 24.0 * std::f64::consts::TAU).sin();
            let norm = users * (0.8 + 0.2 * wave);
            let share = match hour {
                h if h < 49.0 => 1.0,
                h if h < 58.0 => 1.0 - (h - 49.0) * 0.1,
                h if h < 80.0 => 0.1 + 0.06 * (h * 2.1).sin(),
                h if h < 94.0 => 0.1 + (h - 80.0) * 0.05,
                h if h < 95.0 => 0.1,
                h => (0.1 + (h - 95.0) * 0.2).min(1.0),
            };
            samples.points.push(SamplePoint {
                time: start + step * sample,
                online: (norm * share) as u64,
                norm: norm as u64,
                traffic: 0,
                business: 0,
                business_norm: 0,
                supernodes: (users / 300.0 * (0.3 + 0.7 * share)) as u64,
            });
        }
        let seen = |time: &str, share: f64, confidence| Observed {
            time: time.parse::<Instant>().unwrap(),
            what: "users <online> & \"more\"".into(),
            users: Some((users * share) as u64),
            share: None,
            daily_peak: false,
            source: "a paper".into(),
            confidence,
            error: None,
            error_users: None,
            within: None,
            alternatives: None,
            hold_out: false,
        };
        let observed = [
            seen("2007-08-14T17:00:00Z", 1.0, Confidence::A),
            seen("2007-08-16T06:30:00Z", 0.35, Confidence::B),
            seen("2007-08-16T22:15:00Z", 0.02, Confidence::A),
            seen("2007-08-17T16:00:00Z", 0.4, Confidence::C),
        ];
        let comparisons = Comparison::all(&observed, &samples);
        (samples, comparisons)
    }

    /// Writes a picture into the directory PATCHDAY_LOOK, if it is set.
    fn look(name: &str, picture: &str) {
        if let Ok(directory) = std::env::var("PATCHDAY_LOOK") {
            std::fs::write(std::path::Path::new(&directory).join(name), picture).unwrap();
        }
    }

    /// Checks that tags are nested correctly.
    fn assert_well_formed(picture: &str) {
        let mut open = Vec::new();
        for tag in picture.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').expect("an end of the tag");
            let name = tag.split(' ').next().unwrap();
            if let Some(name) = name.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name));
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        assert_eq!(open, [""; 0]);
    }

    #[test]
    fn an_outage_is_drawn_completely_in_a_small_file() {
        for (name, sample, users) in [("full.svg", 60, 8.5e6), ("seconds.svg", 1, 850.0)] {
            let (samples, comparisons) = outage(sample, users);
            let picture = draw(
                "The outage of August 2007 <1>",
                "a note",
                &samples,
                &comparisons,
            );
            look(name, &picture);
            assert_well_formed(&picture);
            assert!(picture.len() < 200_000, "{name}: {} bytes", picture.len());
            for part in [
                "Thu 16 Aug",
                "12:00",
                "seen a",
                "seen c",
                "outage, ",
                "<desc",
                "2007 &lt;1&gt;",
            ] {
                assert!(picture.contains(part), "{name} lacks {part}");
            }
            assert!(!picture.contains("<script") && !picture.contains("NaN"));
        }
    }

    #[test]
    fn very_short_runs_are_drawn_too() {
        for (name, points) in [("none.svg", 0), ("one.svg", 1), ("hours.svg", 130)] {
            let (mut samples, _) = outage(60, 8.5e6);
            samples.points.truncate(points);
            let picture = draw("A short run", "", &samples, &[]);
            look(name, &picture);
            assert_well_formed(&picture);
            // A single sample is a dot, not a line.
            let dots = picture.matches("<circle").count();
            assert_eq!(dots, if points == 1 { 3 } else { 0 }, "{name}");
            assert!(
                !picture.contains("NaN") && !picture.contains("inf"),
                "{name}"
            );
        }
    }
}
