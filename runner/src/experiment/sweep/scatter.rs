//! A figure of a sweep against one of its keys: one dot per run and, if no other key varies, the
//! mean at each value with its interval.
//!
//! If several keys vary, a picture shows one of them. Runs at one of its values then differ in the
//! other keys, so a mean over them would describe no point of the sweep, and no line is drawn.

use crate::{
    experiment::{
        design::factors::numbers,
        page::named_with_unit,
        stats::intervals::Interval,
        storage::table::RunTable,
        sweep::page_data::mean_of,
    },
    report::{
        chart::key_chart::{Along, Axis, KeyChart},
        html::viewport::Viewport,
        svg::canvas::AltText,
    },
    results::{
        summary::FigureId,
        units::{drawn_unit, figure},
    },
};

/// All runs at a value of the key.
struct LevelRuns<'a> {
    level: &'a str,
    values: Vec<f64>,
    /// Number of runs in which the figure is *never*.
    nevers: usize,
    /// `None` for a single run, and if other keys vary too.
    mean: Option<Interval>,
}

/// A figure against a key.
pub(crate) struct Scatter<'a> {
    /// The figure in words, with the unit of the values.
    name: String,
    key: &'a str,
    id: String,
    groups: Vec<LevelRuns<'a>>,
    /// Whether no other key varies.
    alone: bool,
}

impl<'a> Scatter<'a> {
    /// The figure against a factor, given by its index. `number` makes the identifier of the
    /// picture unique on its page.
    pub(crate) fn new(sweep: &'a RunTable, name: &'a str, factor: usize, number: usize) -> Self {
        let alone = sweep.factors.len() == 1;
        let mut groups: Vec<LevelRuns<'_>> = Vec::new();
        for run in &sweep.rows {
            let level = run.factors[factor].as_str();
            let group = match groups.iter_mut().position(|one| one.level == level) {
                Some(index) => &mut groups[index],
                None => {
                    groups.push(LevelRuns {
                        level,
                        values: Vec::new(),
                        nevers: 0,
                        mean: None,
                    });
                    let last = groups.len() - 1;
                    &mut groups[last]
                }
            };
            match run.figures.get(name) {
                Some(Some(value)) => group.values.push(*value),
                Some(None) => group.nevers += 1,
                None => {}
            }
        }
        for group in groups.iter_mut().filter(|_| alone) {
            group.mean = mean_of(name, &group.values);
        }
        let unit = FigureId::from_name(name).map_or("", FigureId::unit);
        let values = groups.iter().flat_map(|group| &group.values);
        let (scale, unit) = drawn_unit(unit, values.copied().fold(0.0, f64::max));
        for group in &mut groups {
            group.values.iter_mut().for_each(|value| *value *= scale);
            group.mean = group.mean.map(|mean| Interval {
                value: mean.value * scale,
                low: mean.low * scale,
                high: mean.high * scale,
            });
        }
        Self {
            name: named_with_unit(name, unit),
            key: &sweep.factors[factor],
            id: format!("scatter-{number}-{factor}"),
            groups,
            alone,
        }
    }

    /// The axis of the figure.
    fn axis(&self) -> Axis {
        let all = self.groups.iter().flat_map(|one| &one.values);
        Axis::from_zero(&self.name, all.copied())
    }

    /// The caption below it.
    pub(crate) fn caption(&self) -> String {
        let axis = self.axis();
        let mut caption = format!("{} against {}: one small dot per run", self.name, self.key);
        caption.push_str(if self.alone {
            ", and a line through means with their 95 % intervals."
        } else {
            ". The other keys vary at each value too, so no line is drawn."
        });
        let mut means = self.groups.iter().filter_map(|one| one.mean);
        if means.any(|mean| mean.low < axis.low || mean.high > axis.high) {
            caption.push_str(" An arrow: the interval continues beyond the axis.");
        }
        match self.groups.iter().map(|one| one.nevers).sum() {
            0 => {}
            never => caption.push_str(&format!(
                " Open dots at the end of the axis: {never} runs in which it is never."
            )),
        }
        caption
    }

    /// The picture as SVG.
    pub(crate) fn draw(&self, viewport: Viewport) -> String {
        let title = format!("{} against {}", self.name, self.key);
        let means = self.groups.iter().take(12).map(|group| {
            let plain = || group.values.iter().sum::<f64>() / group.values.len() as f64;
            let value = (!group.values.is_empty()).then(plain);
            format!("{}: {}", group.level, figure(value))
        });
        let means: Vec<String> = means.collect();
        let description = format!("Means: {}.", means.join("; "));
        let labels = AltText {
            title: &title,
            description: &description,
        };
        let levels: Vec<&str> = self.groups.iter().map(|one| one.level).collect();
        match numbers(&levels) {
            Some((values, unit)) => self.draw_numbers(labels, viewport, &values, unit),
            None => self.draw_names(labels, viewport, &levels),
        }
    }

    fn draw_numbers(
        &self,
        labels: AltText<'_>,
        viewport: Viewport,
        at: &[f64],
        unit: String,
    ) -> String {
        let mut x = Axis::around(self.key, at.iter().copied());
        x.unit = unit;
        let y = self.axis();
        let mut chart = KeyChart::new(&self.id, labels, (&x, &y), 220.0, viewport);
        let mut line: Vec<(f64, (f64, f64))> = Vec::new();
        for (value, group) in at.iter().zip(&self.groups) {
            if group.nevers > 0 {
                let saying = format!("never in {} runs", group.nevers);
                let at = chart.at(*value, y.high);
                chart.canvas.dot(at, "never", &saying);
            }
            if let Some(mean) = group.mean {
                chart.interval(Along::Y, *value, (mean.low, mean.high));
                line.push((*value, chart.at(*value, mean.value)));
            }
            for one in &group.values {
                let at = chart.at(*value, *one);
                chart.canvas.small_dot(at, "pair");
            }
        }
        line.sort_by(|one, other| one.0.total_cmp(&other.0));
        let line: Vec<(f64, f64)> = line.into_iter().map(|(_, at)| at).collect();
        if line.len() > 1 {
            chart.canvas.named_path(&line, "l0", "mean");
        }
        chart.canvas.finish()
    }

    fn draw_names(&self, labels: AltText<'_>, viewport: Viewport, levels: &[&str]) -> String {
        let x = self.axis();
        let mut chart = KeyChart::rows(&self.id, labels, &x, levels, (240.0, viewport));
        for (row, group) in self.groups.iter().enumerate() {
            let row = row as f64;
            if group.nevers > 0 {
                let saying = format!("never in {} runs", group.nevers);
                let at = chart.at(x.high, row);
                chart.canvas.dot(at, "never", &saying);
            }
            if let Some(mean) = group.mean {
                chart.interval(Along::X, row, (mean.low, mean.high));
                let at = chart.at(mean.value, row);
                chart.canvas.dot(at, "point", &figure(Some(mean.value)));
            }
            for one in &group.values {
                let at = chart.at(*one, row);
                chart.canvas.small_dot(at, "pair");
            }
        }
        chart.canvas.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep(factors: &[&str], rows: &[(&[&str], f64)]) -> RunTable {
        let names = factors.join(",");
        let mut table = format!("run,point,replicate,seed,{names},status,digest,hours\n");
        for (run, (values, hours)) in rows.iter().enumerate() {
            table.push_str(&format!(
                "{run},{run},0,1,{},done,x,{hours}\n",
                values.join(",")
            ));
        }
        RunTable::from_csv(table.as_bytes()).unwrap()
    }

    #[test]
    fn several_keys_have_dots_and_no_line() {
        let rows: [(&[&str], f64); 4] = [
            (&["1", "7"], 1.0),
            (&["1", "8"], 9.0),
            (&["2", "9"], 2.0),
            (&["2", "10"], 8.0),
        ];
        let two = sweep(&["a", "b"], &rows);
        let scatter = Scatter::new(&two, "hours", 0, 0);
        let svg = scatter.draw(Viewport::Wide);
        assert_eq!(svg.matches("class=\"pair\"").count(), 4);
        assert!(
            !svg.contains("<path") && !svg.contains("\"interval\""),
            "{svg}"
        );
        assert!(scatter.caption().contains("no line is drawn"));
    }

    #[test]
    fn an_interval_that_exceeds_the_axis_is_explained() {
        let rows: [(&[&str], f64); 4] =
            [(&["1"], 0.0), (&["1"], 40.0), (&["2"], 5.0), (&["2"], 5.0)];
        let one = sweep(&["a"], &rows);
        let scatter = Scatter::new(&one, "hours", 0, 0);
        let svg = scatter.draw(Viewport::Wide);
        // One interval exceeds the axis above and ends at 0 below, the other is a point.
        assert_eq!(svg.matches("goes-on").count(), 1, "{svg}");
        assert!(scatter.caption().contains("An arrow"));
        let calm = sweep(&["a"], &rows[2..]);
        assert!(
            !Scatter::new(&calm, "hours", 0, 0)
                .caption()
                .contains("arrow")
        );
    }

    #[test]
    fn values_of_a_key_are_numbers_or_names() {
        assert_eq!(
            numbers(&["10/s", "20/s"]),
            Some((vec![10.0, 20.0], "/s".into()))
        );
        assert_eq!(numbers(&["30m", "2h"]), Some((vec![0.5, 2.0], " h".into())));
        assert_eq!(
            numbers(&["4s", "40s"]),
            Some((vec![4.0, 40.0], " s".into()))
        );
        assert_eq!(
            numbers(&["30s", "15m"]),
            Some((vec![0.5, 15.0], " min".into()))
        );
        assert_eq!(numbers(&["full", "none"]), None);
        assert_eq!(numbers(&["1/s", "2/h"]), None);
    }
}
