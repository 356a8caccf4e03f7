//! A figure of a sweep against one of its keys: a dot a run, and the mean of each value.

use super::{
    super::{
        chart::{Axis, Chart},
        experiment::figure,
    },
    table::{Sweep, numbers},
};
use crate::{experiment::statistics::mean, plot::sheet::Name};

/// Draws the figure against the factor at this place; also gives the caption.
pub(crate) fn draw(sweep: &Sweep, name: &str, place: usize, number: usize) -> (String, String) {
    let key = &sweep.factors[place];
    let mut levels: Vec<&str> = Vec::new();
    for run in &sweep.runs {
        let value = run.values[place].as_str();
        if !levels.contains(&value) {
            levels.push(value);
        }
    }
    let of = |level: &str| -> Vec<f64> {
        let runs = sweep.runs.iter().filter(|run| run.values[place] == level);
        runs.filter_map(|run| run.figures.get(name).copied().flatten())
            .collect()
    };
    let nevers = |level: &str| {
        let runs = sweep.runs.iter().filter(|run| run.values[place] == level);
        runs.filter(|run| run.figures.get(name) == Some(&None))
            .count()
    };
    let groups: Vec<Vec<f64>> = levels.iter().map(|level| of(level)).collect();
    let (id, title) = (
        format!("scatter-{number}-{place}"),
        format!("{name} against {key}"),
    );
    let told: Vec<String> = levels
        .iter()
        .zip(&groups)
        .take(12)
        .map(|(level, values)| {
            format!(
                "{level}: {}",
                figure(
                    mean(values)
                        .map(|mean| mean.value)
                        .or(values.first().copied())
                )
            )
        })
        .collect();
    let description = format!("Means: {}.", told.join("; "));
    let words = Name {
        title: &title,
        description: &description,
    };
    let all = || groups.iter().flatten().copied();
    let never: usize = levels.iter().map(|level| nevers(level)).sum();
    let never = match never {
        0 => String::new(),
        never => format!(" Open dots at the end of the axis: {never} runs in which it never came."),
    };
    let svg = match numbers(&levels) {
        Some((values, unit)) => {
            let mut x = Axis::around(key, values.iter().copied());
            x.unit = unit;
            let y = Axis::from_zero(name, all());
            let mut chart = Chart::new(&id, words, (&x, &y), 220.0, 72.0);
            let mut line: Vec<(f64, (f64, f64))> = Vec::new();
            for (value, (level, group)) in values.iter().zip(levels.iter().zip(&groups)) {
                if nevers(level) > 0 {
                    let at = chart.at(*value, y.high);
                    chart
                        .sheet
                        .dot(at, "never", &format!("never in {} runs", nevers(level)));
                }
                for one in group {
                    let at = chart.at(*value, *one);
                    chart.sheet.small_dot(at, "pair");
                }
                // A line through single runs would be one through noise.
                let Some(mean) = mean(group) else { continue };
                let (low, high) = (
                    chart.at(*value, mean.low.max(0.0)),
                    chart.at(*value, mean.high.min(y.high)),
                );
                chart.sheet.line(low, high, "interval");
                line.push((*value, chart.at(*value, mean.value)));
            }
            line.sort_by(|one, other| one.0.total_cmp(&other.0));
            let line: Vec<(f64, f64)> = line.into_iter().map(|(_, at)| at).collect();
            if line.len() > 1 {
                chart.sheet.named_path(&line, "l0", "mean");
            }
            chart.sheet.finish()
        }
        None => {
            let x = Axis::from_zero(name, all());
            let mut chart = Chart::rows(&id, words, &x, &levels, 240.0);
            for (row, (level, group)) in levels.iter().zip(&groups).enumerate() {
                if nevers(level) > 0 {
                    let at = chart.at(x.high, row as f64);
                    chart
                        .sheet
                        .dot(at, "never", &format!("never in {} runs", nevers(level)));
                }
                for one in group {
                    let at = chart.at(*one, row as f64);
                    chart.sheet.small_dot(at, "pair");
                }
                if let Some(mean) = mean(group) {
                    let at = chart.at(mean.value, row as f64);
                    chart.sheet.dot(at, "point", &figure(Some(mean.value)));
                }
            }
            chart.sheet.finish()
        }
    };
    let caption = format!(
        "{name} against {key}: a small dot a run, lines through means with their 95 % intervals.{never}"
    );
    (svg, caption)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_key_are_numbers_or_names() {
        assert_eq!(
            numbers(&["10/s", "20/s"]),
            Some((vec![10.0, 20.0], "/s".into()))
        );
        assert_eq!(numbers(&["30m", "2h"]), Some((vec![0.5, 2.0], " h".into())));
        assert_eq!(numbers(&["full", "none"]), None);
        assert_eq!(numbers(&["1/s", "2/h"]), None);
    }
}
