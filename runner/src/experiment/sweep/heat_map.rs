//! A figure of a sweep over a grid of two keys, as a heat map.
//!
//! Cells go from light to dark in one hue, which is readable with colour vision deficiency, and
//! show their figure if there is space.

use crate::{
    experiment::{
        design::factors::numbers,
        storage::answer_page::named_with_unit,
        storage::table::RunTable,
        sweep::page_data::{RunGroups, points},
    },
    report::{
        html::viewport::Viewport,
        svg::canvas::{AltText, Anchor, text_width},
    },
    results::{
        summary::FigureId,
        units::{drawn_unit, figure},
    },
};

/// Shades of cells, from light to dark.
const SHADES: [&str; 9] = ["h0", "h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8"];
/// The most columns or rows; more would leave no space for figures.
const MOST: usize = 24;

/// A cell: the values of the keys, and the mean over its runs.
struct Spot<'a> {
    column: usize,
    row: usize,
    values: &'a [String],
    /// In the unit of the picture; `None` without a value.
    mean: Option<f64>,
    /// The words or the sign before the mean, if it is a bound.
    bound: &'static str,
    /// The number of runs in which the figure is *never*.
    never: u32,
}

impl Spot<'_> {
    /// The mean as text, such as `≥ 3.20`.
    fn text(&self) -> String {
        match self.mean {
            None => figure(None),
            mean => format!("{}{}", self.bound, figure(mean)),
        }
    }

    /// The mean that is shown as a shade.
    fn shaded(&self) -> Option<f64> {
        self.mean.filter(|_| self.never == 0)
    }
}

/// A figure over a grid.
pub(crate) struct HeatMap<'a> {
    /// The figure in words, with the unit of the values.
    name: String,
    keys: [&'a str; 2],
    number: usize,
    columns: Vec<&'a str>,
    rows: Vec<&'a str>,
    spots: Vec<Spot<'a>>,
}

/// The values of a factor, given by its index, in order.
fn levels(sweep: &RunTable, factor: usize) -> Vec<&str> {
    let mut levels: Vec<&str> = Vec::new();
    for run in &sweep.rows {
        let value = run.factors[factor].as_str();
        if !levels.contains(&value) {
            levels.push(value);
        }
    }
    if let Some((values, _)) = numbers(&levels) {
        let mut sorted: Vec<(f64, &str)> = values.into_iter().zip(levels).collect();
        sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
        return sorted.into_iter().map(|(_, level)| level).collect();
    }
    levels
}

impl<'a> HeatMap<'a> {
    /// The heat map of a figure; `None` if the sweep is not a small grid of two keys. `number`
    /// makes the identifier of the picture unique on its page.
    pub(crate) fn new(
        sweep: &'a RunTable,
        groups: &RunGroups,
        id: FigureId,
        number: usize,
    ) -> Option<Self> {
        let [x, y] = sweep.factors.as_slice() else {
            return None;
        };
        let (columns, rows) = (levels(sweep, 0), levels(sweep, 1));
        let points = points(sweep);
        if points.len() != columns.len() * rows.len() || columns.len().max(rows.len()) > MOST {
            return None;
        }
        let spot = |(group, values): (usize, &&'a [String])| {
            let mean = groups.mean(group, id);
            Some(Spot {
                column: columns.iter().position(|level| *level == values[0])?,
                row: rows.iter().position(|level| *level == values[1])?,
                values,
                mean: mean.map(|mean| mean.value),
                bound: mean.map_or("", |mean| mean.sign()),
                never: groups.counts(group, id).0,
            })
        };
        let spots = points.values().enumerate().map(spot);
        let mut spots: Vec<Spot<'_>> = spots.collect::<Option<_>>()?;
        let means = spots.iter().filter_map(|spot| spot.mean);
        let (scale, unit) = drawn_unit(id.unit(), means.fold(0.0, f64::max));
        for spot in &mut spots {
            spot.mean = spot.mean.map(|mean| mean * scale);
        }
        Some(Self {
            name: named_with_unit(&id.name(), unit),
            keys: [x, y],
            number,
            columns,
            rows,
            spots,
        })
    }

    /// The caption below it.
    pub(crate) fn caption(&self) -> String {
        let mut caption = format!(
            "{}: mean over the runs of each point; darker is higher.",
            self.name
        );
        if self.spots.iter().any(|spot| !spot.bound.is_empty()) {
            caption.push_str(" ≥: at least, since runs ended before the network was back.");
        }
        if self.spots.iter().any(|spot| spot.never > 0) {
            caption.push_str(" Pink: in some run of the point it is never.");
        }
        caption
    }

    /// The lowest and the highest mean.
    fn range(&self) -> (Option<f64>, Option<f64>) {
        let means = || self.spots.iter().filter_map(Spot::shaded);
        (means().reduce(f64::min), means().reduce(f64::max))
    }

    fn shade(&self, value: f64) -> usize {
        let share = match self.range() {
            (Some(low), Some(high)) if high > low => (value - low) / (high - low),
            _ => 0.0,
        };
        ((share * (SHADES.len() - 1) as f64).round() as usize).min(SHADES.len() - 1)
    }

    /// The picture as SVG.
    pub(crate) fn draw(&self, viewport: Viewport) -> String {
        let [x_key, y_key] = self.keys;
        // Space for the values of the second key.
        let widest = self
            .rows
            .iter()
            .map(|level| text_width(level))
            .fold(0.0, f64::max);
        let left = viewport.select(150.0, (widest + 18.0).clamp(40.0, 140.0));
        let right = viewport.sides().1;
        let wide = ((right - left) / self.columns.len() as f64).min(110.0);
        let (top, tall) = (40.0, 34.0);
        let bottom = top + tall * self.rows.len() as f64;
        let (low, high) = self.range();
        let description = format!(
            "{} over {x_key} and {y_key}, from {} to {}.",
            self.name,
            figure(low),
            figure(high)
        );
        let labels = AltText {
            title: &self.name,
            description: &description,
        };
        let id = format!("heat-{}", self.number);
        let mut canvas = viewport.canvas(bottom + 56.0, labels, &id, "");
        canvas.text((8.0, top - 16.0), Anchor::Start, "", y_key);
        for spot in &self.spots {
            let (x, y) = (
                left + wide * spot.column as f64,
                bottom - tall * (spot.row as f64 + 1.0),
            );
            let class = spot
                .shaded()
                .map_or("c-failed", |value| SHADES[self.shade(value)]);
            let text = spot.text();
            let [x_value, y_value] = [&spot.values[0], &spot.values[1]];
            let mut saying = format!("{x_key} = {x_value}, {y_key} = {y_value}: {text}");
            if spot.never > 0 {
                saying.push_str(&format!(", never in {}", spot.never));
            }
            canvas.cell((x, y), (x + wide, y + tall), class, &saying);
            if wide >= 7.5 * text.chars().count() as f64 {
                let on = match spot.shaded().map_or(0, |value| self.shade(value)) {
                    0..=4 => "on-light",
                    _ => "on-dark",
                };
                let at = (x + wide / 2.0, y + tall / 2.0 + 4.5);
                canvas.text(at, Anchor::Middle, on, &text);
            }
        }
        for (row, level) in self.rows.iter().enumerate() {
            let y = bottom - tall * (row as f64 + 0.5) + 4.5;
            canvas.text((left - 10.0, y), Anchor::End, "faint", level);
        }
        // Only every n-th column is labelled, so that labels do not overlap.
        let widest = self
            .columns
            .iter()
            .map(|level| level.len())
            .max()
            .unwrap_or(1);
        let every = ((7.0 * widest as f64 + 10.0) / wide).ceil().max(1.0) as usize;
        for (column, level) in self.columns.iter().enumerate().step_by(every) {
            let x = left + wide * (column as f64 + 0.5);
            canvas.text((x, bottom + 20.0), Anchor::Middle, "faint small", level);
        }
        let end = left + wide * self.columns.len() as f64;
        let end = end.max(viewport.select(500.0, right));
        canvas.text((end, bottom + 44.0), Anchor::End, "", x_key);
        canvas.finish()
    }
}
