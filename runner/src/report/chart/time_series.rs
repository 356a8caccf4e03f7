//! A time series: lines or stacked areas over the time of a run, with a legend.
//!
//! Attributes of the picture relate positions, times and values, so that the script of the page can
//! show the values at the pointer. Times are seconds since 1970, UTC.

use crate::report::{
    chart::{
        curves::{ChartBand, ChartLine, Curves},
        time_frame::TimeFrame,
    },
    html::viewport::Viewport,
};
use crate::{
    host::format::{instant_at, short},
    report::svg::{
        axis::{Scale, levels},
        axis_lines::{PlotArea, log_axis, value_axis},
        canvas::{AltText, Anchor, text_width},
    },
};

/// The height between the legend and the plot, for the label of the value axis.
const ABOVE: f64 = 32.0;
/// The height below the plot, for hours and days.
const BELOW: f64 = 48.0;

/// A dot with its time, value, class, tooltip and, if its value is uncertain, the ends of a line
/// through it.
#[derive(Clone, Debug)]
pub(crate) struct Dot {
    pub(crate) time: i64,
    pub(crate) value: f64,
    pub(crate) class: &'static str,
    pub(crate) tooltip: String,
    pub(crate) whisker: Option<(f64, f64)>,
}

/// How values are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChartStyle {
    Lines,
    /// Stacked areas, the first at the top.
    Stacked,
    /// Lines on a logarithmic axis from 1 up.
    Logarithmic,
}

/// A chart over the time of a run.
#[derive(Clone, Debug)]
pub(crate) struct TimeSeries<'a> {
    /// Unique among the pictures of a page.
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) unit: &'a str,
    pub(crate) style: ChartStyle,
    pub(crate) height: f64,
    pub(crate) lines: Vec<ChartLine<'a>>,
    pub(crate) dots: Vec<Dot>,
    /// The classes of dots with their names in the legend.
    pub(crate) dot_names: Vec<(&'static str, &'a str)>,
    /// Whether the marks of events have numbers.
    pub(crate) numbered: bool,
    /// Whether the script of the page shows values at the pointer and zooms.
    pub(crate) follows_pointer: bool,
    /// A description for screen readers; `None` for one made of the ranges of the lines.
    pub(crate) description: Option<String>,
}

/// The sign of a legend entry, with its class.
enum LegendSign {
    Line(&'static str),
    Area(&'static str),
    Dot(&'static str),
}

/// The position of each legend entry, row by row, and the number of rows.
fn legend_places<'a>(
    names: impl Iterator<Item = &'a str>,
    (left, right): (f64, f64),
) -> (Vec<(f64, f64)>, usize) {
    let (mut x, mut row) = (left, 0);
    let mut places = Vec::new();
    for name in names {
        let wide = 33.0 + text_width(name);
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
    fn signs(&self) -> Vec<(LegendSign, &str)> {
        let lines = self.lines.iter().map(|line| match self.style {
            ChartStyle::Stacked => (LegendSign::Area(line.class), line.name),
            ChartStyle::Lines | ChartStyle::Logarithmic => {
                (LegendSign::Line(line.class), line.name)
            }
        });
        let dots = self.dot_names.iter();
        let dots = dots.map(|(class, name)| (LegendSign::Dot(class), *name));
        lines.chain(dots).collect()
    }

    /// The row above the plot in which the number of each mark stands, so that none overlap.
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

    /// Draws the chart.
    pub(crate) fn draw(&self, frame: &TimeFrame<'_>, viewport: Viewport) -> String {
        self.draw_over(&[], frame, viewport)
    }

    /// Draws the chart over bands.
    pub(crate) fn draw_over(
        &self,
        bands: &[ChartBand],
        frame: &TimeFrame<'_>,
        viewport: Viewport,
    ) -> String {
        let high = bands.iter().map(ChartBand::most).fold(0.0, f64::max);
        let most = self.most().max(high);
        let signs = self.signs();
        let sides = viewport.sides();
        // In a narrow viewport the legend takes the whole width.
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
        let plot = PlotArea {
            left: sides.0,
            right: sides.1,
            top,
            bottom: top + self.height,
        };
        let description = match &self.description {
            Some(description) => description.clone(),
            None => self.ranges(frame),
        };
        let name = AltText {
            title: self.title,
            description: &description,
        };
        let (scale, tag) = self.scale(most);
        let more = match self.follows_pointer {
            true => format!(
                "data-panel=\"{tag}\" data-most=\"{scale}\" {}",
                frame.attributes(plot)
            ),
            false => String::new(),
        };
        let mut canvas = viewport.canvas(plot.bottom + BELOW, name, self.id, &more);
        for ((sign, name), (x, y)) in signs.iter().zip(places) {
            match sign {
                LegendSign::Line(class) => canvas.line((x, y - 4.5), (x + 26.0, y - 4.5), class),
                LegendSign::Area(class) => canvas.area((x + 8.0, y - 11.0), (x + 26.0, y), class),
                LegendSign::Dot(class) => canvas.dot((x + 18.0, y - 4.5), class, name),
            }
            canvas.text((x + 33.0, y), Anchor::Start, "", name);
        }
        let values = match self.style {
            ChartStyle::Logarithmic => log_axis(&mut canvas, plot, most, self.unit),
            ChartStyle::Lines | ChartStyle::Stacked => {
                value_axis(&mut canvas, plot, most, self.steps(), self.unit)
            }
        };
        frame.draw(&mut canvas, &time, plot);
        canvas.enter("class=\"moves\"");
        let curves = Curves {
            frame,
            time,
            values,
            viewport,
            readable: self.follows_pointer,
        };
        for band in bands {
            curves.band(&mut canvas, band);
        }
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
            if let Some((low, high)) = dot.whisker {
                let (bottom, top) = (values.place(low), values.place(high));
                canvas.line((at.0, bottom), (at.0, top), "interval");
            }
            canvas.dot(at, dot.class, &dot.tooltip);
        }
        for (mark, row) in frame.marks.iter().zip(mark_rows) {
            let x = time.place(mark.time as f64);
            canvas.badge(
                (x, plot.top - 12.0 - 20.0 * row as f64),
                mark.number,
                mark.by_operator,
                &mark.tooltip,
            );
        }
        canvas.leave();
        canvas.finish()
    }

    /// The number of steps of a linear value axis.
    fn steps(&self) -> usize {
        ((self.height / 46.0).round() as usize).max(2)
    }

    /// The value at the top of the axis, and the kind of the axis for the script.
    fn scale(&self, most: f64) -> (f64, &'static str) {
        match self.style {
            ChartStyle::Logarithmic => (most.max(10.0).log10().ceil(), "log"),
            ChartStyle::Lines | ChartStyle::Stacked => {
                let levels = levels(most, self.steps());
                (levels.last().copied().unwrap_or(1.0), "linear")
            }
        }
    }

    /// The greatest value of all lines and dots.
    fn most(&self) -> f64 {
        let top = |dot: &Dot| dot.whisker.map_or(dot.value, |(_, high)| high);
        let dots = self.dots.iter().map(top);
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

    /// The ranges of the lines as text.
    fn ranges(&self, frame: &TimeFrame<'_>) -> String {
        let range = |line: &ChartLine<'_>| {
            let known = line
                .values
                .iter()
                .copied()
                .filter(|value| value.is_finite());
            let (least, most) = known.fold((f64::MAX, f64::MIN), |(least, most), value| {
                (least.min(value), most.max(value))
            });
            if least <= most {
                format!("{}: {} to {}", line.name, short(least), short(most))
            } else {
                format!("{}: no value", line.name)
            }
        };
        let lines: Vec<String> = self.lines.iter().map(range).collect();
        format!(
            "{}, from {} to {}. {}.",
            self.unit,
            instant_at(frame.start, frame.tick),
            instant_at(frame.end(), frame.tick),
            lines.join("; ")
        )
    }
}
