//! A figure of a sweep over a grid of two keys: a heat map.
//!
//! Cells go from light to dark in one hue, which also those see who tell few colours
//! apart, and have their figure written in them.

use super::{
    super::experiment::figure,
    table::{Sweep, numbers},
};
use crate::plot::sheet::{Hold, Name, Sheet};

/// Shades of cells, from light to dark.
const SHADES: [&str; 9] = ["h0", "h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8"];
/// More columns or rows than that have no room for their figures.
const MOST: usize = 24;

/// The values of the factor at a place, in order.
fn levels(sweep: &Sweep, place: usize) -> Vec<&str> {
    let mut levels: Vec<&str> = Vec::new();
    for run in &sweep.runs {
        let value = run.values[place].as_str();
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

/// Draws a figure over a grid, and gives the caption; none if the sweep is no grid of two
/// keys.
pub(crate) fn draw(sweep: &Sweep, name: &str, number: usize) -> Option<(String, String)> {
    let [x_key, y_key] = sweep.factors.as_slice() else {
        return None;
    };
    let (columns, rows) = (levels(sweep, 0), levels(sweep, 1));
    let points = sweep.points();
    if points.len() != columns.len() * rows.len() || columns.len().max(rows.len()) > MOST {
        return None;
    }
    // The mean over the runs of a point; none if it never came in any.
    let mean = |point: usize| {
        let values = sweep.values(point, name);
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let means = || points.keys().filter_map(|point| mean(*point));
    let (low, high) = means().fold((f64::MAX, f64::MIN), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let shade = |value: f64| {
        let share = if high > low {
            (value - low) / (high - low)
        } else {
            0.0
        };
        ((share * (SHADES.len() - 1) as f64).round() as usize).min(SHADES.len() - 1)
    };
    let left = 150.0;
    let wide = ((936.0 - left) / columns.len() as f64).min(110.0);
    let (top, tall) = (40.0, 34.0);
    let bottom = top + tall * rows.len() as f64;
    let description = format!(
        "{name} over {x_key} and {y_key}, from {} to {}.",
        figure(means().reduce(f64::min)),
        figure(means().reduce(f64::max))
    );
    let words = Name {
        title: name,
        description: &description,
    };
    let mut sheet = Sheet::on_page((960.0, bottom + 56.0), words, &format!("heat-{number}"), "");
    sheet.text((8.0, top - 16.0), Hold::Start, "", y_key);
    for (point, values) in points {
        let column = columns.iter().position(|level| *level == values[0])?;
        let row = rows.iter().position(|level| *level == values[1])?;
        let (x, y) = (
            left + wide * column as f64,
            bottom - tall * (row as f64 + 1.0),
        );
        let value = mean(point);
        let class = value.map_or("c-failed", |value| SHADES[shade(value)]);
        let text = figure(value);
        let saying = format!("{x_key} = {}, {y_key} = {}: {text}", values[0], values[1]);
        sheet.cell((x, y), (x + wide, y + tall), class, &saying);
        if wide >= 6.9 * text.len() as f64 {
            let on = match value.map_or(0, shade) {
                0..=4 => "on-light",
                _ => "on-dark",
            };
            let at = (x + wide / 2.0, y + tall / 2.0 + 4.5);
            sheet.text(at, Hold::Middle, on, &text);
        }
    }
    for (row, level) in rows.iter().enumerate() {
        let y = bottom - tall * (row as f64 + 0.5) + 4.5;
        sheet.text((left - 10.0, y), Hold::End, "faint", level);
    }
    // Every so many have room for their value.
    let widest = columns.iter().map(|level| level.len()).max().unwrap_or(1);
    let every = ((7.0 * widest as f64 + 10.0) / wide).ceil().max(1.0) as usize;
    for (column, level) in columns.iter().enumerate().step_by(every) {
        let x = left + wide * (column as f64 + 0.5);
        sheet.text((x, bottom + 20.0), Hold::Middle, "faint small", level);
    }
    let right = left + wide * columns.len() as f64;
    sheet.text((right.max(500.0), bottom + 44.0), Hold::End, "", x_key);
    let caption =
        format!("{name}: mean over the runs of each point; darker is more, pink is never.");
    Some((sheet.finish(), caption))
}
