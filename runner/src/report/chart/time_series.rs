//! A panel: lines or stacked areas over the time of a run, with a legend.
//!
//! Attributes of the picture say how places, times and values belong together, so that a
//! script can mark what is read. Times are seconds since 1970, UTC.

use crate::report::{
    chart::{
        curves::{ChartLine, Curves},
        time_frame::TimeFrame,
    },
    html::viewport::Viewport,
};
use crate::{
    host::format::short,
    report::{
        online_plot::width,
        svg::{
            axis::Scale,
            axis_lines::{log_axis, value_axis},
            canvas::{AltText, Anchor},
        },
    },
};

/// Between the legend and a panel: what its values are.
const ABOVE: f64 = 32.0;
/// Below a panel: hours and days.
const BELOW: f64 = 48.0;

/// A dot: when, how much, its look, and what it says.
#[derive(Clone, Debug)]
pub(crate) struct Dot {
    pub(crate) time: i64,
    pub(crate) value: f64,
    pub(crate) class: &'static str,
    pub(crate) tooltip: String,
}

/// How the values of a panel are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChartStyle {
    Lines,
    /// One area on the other, the first at the top.
    Stacked,
    /// Lines on a logarithmic axis from 1 up.
    Logarithmic,
}

/// A panel.
#[derive(Clone, Debug)]
pub(crate) struct TimeSeries<'a> {
    /// What no other picture on the page is called.
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) unit: &'a str,
    pub(crate) style: ChartStyle,
    pub(crate) height: f64,
    pub(crate) lines: Vec<ChartLine<'a>>,
    pub(crate) dots: Vec<Dot>,
    /// What dots of a look are called in the legend.
    pub(crate) dot_names: Vec<(&'static str, &'a str)>,
    /// Whether marks have their numbers here.
    pub(crate) numbered: bool,
    /// The panel in words, if there are better ones than its ranges.
    pub(crate) words: Option<String>,
}

/// A name in a legend: how wide its sign is, and the class of the sign.
enum Sign {
    Line(&'static str),
    Area(&'static str),
    Dot(&'static str),
}

/// Where each entry of a legend stands, row by row, and how many rows there are.
fn legend_places<'a>(
    names: impl Iterator<Item = &'a str>,
    (left, right): (f64, f64),
) -> (Vec<(f64, f64)>, usize) {
    let (mut x, mut row) = (left, 0);
    let mut places = Vec::new();
    for name in names {
        let wide = 33.0 + width(name);
        if x + wide > right && x > left {
            x = left;
            row += 1;
        }
        places.push((x, 16.0 + 20.0 * f64::from(row)));
        x += wide + 22.0;
    }
    (places, row as usize + 1)
}

impl TimeSeries<'_> {
    fn signs(&self) -> Vec<(Sign, &str)> {
        let lines = self.lines.iter().map(|line| match self.style {
            ChartStyle::Stacked => (Sign::Area(line.class), line.name),
            ChartStyle::Lines | ChartStyle::Logarithmic => (Sign::Line(line.class), line.name),
        });
        let dots = self.dot_names.iter();
        let dots = dots.map(|(class, name)| (Sign::Dot(class), *name));
        lines.chain(dots).collect()
    }

    /// The rows of numbers above the plot, and which of them each mark stands in.
    fn mark_rows(&self, frame: &TimeFrame<'_>, time: &Scale) -> Vec<usize> {
        let mut free = Vec::<f64>::new();
        let marks = frame.marks.iter().filter(|_| self.numbered);
        marks
            .map(|mark| {
                let x = time.place(mark.time as f64);
                let row = free.iter().position(|end| *end + 20.0 <= x);
                let row = row.unwrap_or(free.len());
                match free.get_mut(row) {
                    Some(end) => *end = x,
                    None => free.push(x),
                }
                row
            })
            .collect()
    }

    /// Draws it.
    pub(crate) fn draw(&self, frame: &TimeFrame<'_>, viewport: Viewport) -> String {
        let signs = self.signs();
        let sides = viewport.sides();
        // On narrow paper the legend has all of it.
        let legend = viewport.select(sides, (6.0, sides.1));
        let (places, rows) = legend_places(signs.iter().map(|(_, name)| *name), legend);
        let time = frame.time(sides);
        let mark_rows = self.mark_rows(frame, &time);
        let mark_height = 20.0
            * mark_rows
                .iter()
                .max()
                .map_or(0.0, |most| *most as f64 + 1.0);
        let top = 20.0 * rows as f64 + ABOVE + mark_height;
        let plot = (top, top + self.height);
        let words = self.words.clone();
        let description = words.unwrap_or_else(|| self.description(frame));
        let name = AltText {
            title: self.title,
            description: &description,
        };
        let (scale, tag) = self.scale();
        let more = format!(
            "data-panel=\"{tag}\" data-most=\"{scale}\" {}",
            frame.attributes(plot, sides)
        );
        let mut canvas = viewport.canvas(plot.1 + BELOW, name, self.id, &more);
        for ((sign, name), (x, y)) in signs.iter().zip(places) {
            match sign {
                Sign::Line(class) => canvas.line((x, y - 4.5), (x + 26.0, y - 4.5), class),
                Sign::Area(class) => canvas.area((x + 8.0, y - 11.0), (x + 26.0, y), class),
                Sign::Dot(class) => canvas.dot((x + 18.0, y - 4.5), class, name),
            }
            canvas.text((x + 33.0, y), Anchor::Start, "", name);
        }
        let most = self.most();
        let values = match self.style {
            ChartStyle::Logarithmic => log_axis(&mut canvas, plot, sides, most, self.unit),
            ChartStyle::Lines | ChartStyle::Stacked => {
                let steps = (self.height / 46.0).round() as usize;
                value_axis(&mut canvas, plot, sides, (most, steps.max(2)), self.unit)
            }
        };
        frame.draw(&mut canvas, &time, plot);
        canvas.enter("class=\"moves\"");
        let curves = Curves {
            frame,
            time,
            values,
            viewport,
        };
        match self.style {
            ChartStyle::Stacked => curves.stack(&mut canvas, &self.lines),
            ChartStyle::Lines | ChartStyle::Logarithmic => {
                for line in &self.lines {
                    curves.line(&mut canvas, line, self.style == ChartStyle::Logarithmic);
                }
            }
        }
        for dot in &self.dots {
            let at = (time.place(dot.time as f64), values.place(dot.value));
            canvas.dot(at, dot.class, &dot.tooltip);
        }
        for (mark, row) in frame.marks.iter().zip(mark_rows) {
            let x = time.place(mark.time as f64);
            canvas.badge(
                (x, plot.0 - 12.0 - 20.0 * row as f64),
                mark.number,
                mark.by_operator,
                &mark.tooltip,
            );
        }
        canvas.leave();
        canvas.finish()
    }

    /// The value at the top of the axis, and the name of its kind.
    fn scale(&self) -> (f64, &'static str) {
        let most = self.most();
        match self.style {
            ChartStyle::Logarithmic => (most.max(10.0).log10().ceil(), "log"),
            ChartStyle::Lines | ChartStyle::Stacked => {
                let steps = (self.height / 46.0).round() as usize;
                let levels = crate::report::svg::axis::levels(most, steps.max(2));
                (levels.last().copied().unwrap_or(1.0), "linear")
            }
        }
    }

    /// The greatest value.
    fn most(&self) -> f64 {
        let dots = self.dots.iter().map(|dot| dot.value);
        let samples = self.lines.iter().map(|line| line.values.len()).max();
        let drawn = (0..samples.unwrap_or(0)).map(|place| {
            let values = self.lines.iter().filter_map(|line| line.values.get(place));
            match self.style {
                ChartStyle::Stacked => values.sum(),
                ChartStyle::Lines | ChartStyle::Logarithmic => values.copied().fold(0.0, f64::max),
            }
        });
        dots.chain(drawn)
            .filter(|value| value.is_finite())
            .fold(0.0, f64::max)
    }

    /// The panel in words.
    fn description(&self, frame: &TimeFrame<'_>) -> String {
        let of = |line: &ChartLine<'_>| {
            let known = line
                .values
                .iter()
                .copied()
                .filter(|value| value.is_finite());
            let (least, most) = known.fold((f64::MAX, f64::MIN), |(least, most), value| {
                (least.min(value), most.max(value))
            });
            match least <= most {
                true => format!("{}: {} to {}", line.name, short(least), short(most)),
                false => format!("{}: no value", line.name),
            }
        };
        let lines: Vec<String> = self.lines.iter().map(of).collect();
        format!(
            "{}, from {} to {}. {}.",
            self.unit,
            crate::host::format::instant(frame.start),
            crate::host::format::instant(frame.end()),
            lines.join("; ")
        )
    }
}
