//! A figure of a sweep against one of its keys: one dot per run and, if no other key varies, the
//! mean at each value with its interval.
//!
//! If several keys vary, a picture shows one of them. Runs at one of its values then differ in the
//! other keys, so a mean over them would describe no point of the sweep, and no line is drawn.

use crate::{
    experiment::{
        design::factors::numbers,
        stats::censored::{Mean, MeanBound},
        storage::answer_page::named_with_unit,
        storage::table::{RunRow, RunTable},
        sweep::page_data::RunGroups,
    },
    report::{
        chart::key_chart::{Along, Axis, KeyChart},
        html::viewport::Viewport,
        svg::canvas::AltText,
    },
    results::{
        figures,
        summary::FigureId,
        units::{drawn_unit, figure},
    },
};

/// All runs at a value of the key.
struct LevelRuns<'a> {
    level: &'a str,
    values: Vec<f64>,
    /// Number of runs in which the figure is *never*.
    nevers: u32,
    mean: Option<Mean>,
    /// Whether the mean is drawn: not for a single run, nor if other keys vary too.
    has_line: bool,
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

impl LevelRuns<'_> {
    /// The mean that is drawn, with the ends of its interval; an end without a bound is infinite.
    fn drawn(&self) -> Option<(Mean, (f64, f64))> {
        let mean = self.mean.filter(|_| self.has_line)?;
        let low = mean.low.unwrap_or(f64::NEG_INFINITY);
        Some((mean, (low, mean.high.unwrap_or(f64::INFINITY))))
    }

    fn never_text(&self) -> String {
        format!("never in {} runs", self.nevers)
    }
}

impl<'a> Scatter<'a> {
    /// The figure against a factor, given by its index. `number` makes the identifier of the
    /// picture unique on its page.
    pub(crate) fn new(
        sweep: &'a RunTable,
        hours: f64,
        id: FigureId,
        factor: usize,
        number: usize,
    ) -> Self {
        let alone = sweep.factors.len() == 1;
        let mut by_level: Vec<(&str, Vec<&RunRow>)> = Vec::new();
        for run in &sweep.rows {
            let level = run.factors[factor].as_str();
            match by_level.iter_mut().find(|(known, _)| *known == level) {
                Some((_, runs)) => runs.push(run),
                None => by_level.push((level, vec![run])),
            }
        }
        let runs: Vec<Vec<&RunRow>> = by_level.iter().map(|(_, runs)| runs.clone()).collect();
        let means = RunGroups::new(&runs, hours);
        let mut groups: Vec<LevelRuns<'_>> = Vec::new();
        for (place, (level, runs)) in by_level.into_iter().enumerate() {
            let value = |run: &&RunRow| figures::get(&run.figures, id).flatten();
            groups.push(LevelRuns {
                level,
                values: runs.iter().filter_map(value).collect(),
                nevers: means.counts(place, id).0,
                mean: means.mean(place, id),
                has_line: alone && runs.len() > 1,
            });
        }
        let values = groups.iter().flat_map(|group| &group.values);
        let bounds = groups
            .iter()
            .filter_map(|group| group.mean.map(|mean| mean.value));
        let most = values.copied().chain(bounds).fold(0.0, f64::max);
        let (scale, unit) = drawn_unit(id.unit(), most);
        for group in &mut groups {
            group.values.iter_mut().for_each(|value| *value *= scale);
            group.mean = group.mean.map(|mean| Mean {
                value: mean.value * scale,
                low: mean.low.map(|low| low * scale),
                high: mean.high.map(|high| high * scale),
                ..mean
            });
        }
        Self {
            name: named_with_unit(&id.name(), unit),
            key: &sweep.factors[factor],
            id: format!("scatter-{number}-{factor}"),
            groups,
            alone,
        }
    }

    /// The axis of the figure.
    fn axis(&self) -> Axis {
        let all = self.groups.iter().flat_map(|one| &one.values);
        let means = self.groups.iter().filter_map(LevelRuns::drawn);
        let means = means.map(|(mean, _)| mean.value);
        Axis::from_zero(&self.name, all.copied().chain(means))
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
        let drawn = || self.groups.iter().filter_map(LevelRuns::drawn);
        if drawn().any(|(_, (low, high))| low < axis.low || high > axis.high) {
            caption.push_str(" An arrow: the interval continues beyond the axis.");
        }
        if drawn().any(|(mean, _)| mean.bound != MeanBound::Exact) {
            caption.push_str(
                " Where runs ended before the network was back, the mean is at least what is \
                 shown, and its interval has no upper end.",
            );
        }
        match self.groups.iter().map(|one| one.nevers).sum::<u32>() {
            0 => {}
            1 => caption.push_str(" Open dot at the end of the axis: a run in which it is never."),
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
            let mean = group.mean.map(|mean| (mean.prefix(), mean.value));
            let (prefix, value) = mean.unzip();
            format!("{}: {}{}", group.level, prefix.unwrap_or(""), figure(value))
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
                let at = chart.at(*value, y.high);
                chart.canvas.dot(at, "never", &group.never_text());
            }
            if let Some((mean, ends)) = group.drawn() {
                chart.interval(Along::Y, *value, ends);
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
                let at = chart.at(x.high, row);
                chart.canvas.dot(at, "never", &group.never_text());
            }
            if let Some((mean, ends)) = group.drawn() {
                chart.interval(Along::X, row, ends);
                let at = chart.at(mean.value, row);
                let saying = format!("{}{}", mean.prefix(), figure(Some(mean.value)));
                chart.canvas.dot(at, "point", &saying);
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

    const FIGURE: FigureId = FigureId::HoursBelow50Percent;

    fn sweep(factors: &[&str], rows: &[(&[&str], f64)]) -> RunTable {
        let names = factors.join(",");
        let mut table =
            format!("run,point,replicate,seed,{names},status,digest,hours_below_50_percent\n");
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
        let scatter = Scatter::new(&two, 72.0, FIGURE, 0, 0);
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
            [(&["1"], 0.0), (&["1"], 40.0), (&["2"], 4.9), (&["2"], 5.0)];
        let one = sweep(&["a"], &rows);
        let scatter = Scatter::new(&one, 72.0, FIGURE, 0, 0);
        let svg = scatter.draw(Viewport::Wide);
        // One interval exceeds the axis above and ends at 0 below, the other is short.
        assert_eq!(svg.matches("goes-on").count(), 1, "{svg}");
        assert!(scatter.caption().contains("An arrow"));
        let calm = sweep(&["a"], &rows[2..]);
        assert!(
            !Scatter::new(&calm, 72.0, FIGURE, 0, 0)
                .caption()
                .contains("arrow")
        );
    }

    #[test]
    fn a_mean_over_runs_that_never_came_back_has_no_upper_end() {
        let mut table = "run,point,replicate,seed,a,status,digest,hours_to_90_percent,\
                         longest_hours_below_90_percent,recovered\n"
            .to_owned();
        for (run, row) in ["2,2,1", ",30,0", "4,4,1", "6,6,1"].iter().enumerate() {
            let point = run / 2;
            table.push_str(&format!(
                "{run},{point},{},1,{point},done,x,{row}\n",
                run % 2
            ));
        }
        let one = RunTable::from_csv(table.as_bytes()).unwrap();
        let scatter = Scatter::new(&one, 48.0, FigureId::HoursTo90Percent, 0, 0);
        let svg = scatter.draw(Viewport::Wide);
        assert!(svg.contains("0: at least 16.00; 1: 5.00"), "{svg}");
        assert!(
            svg.contains("never in 1 runs") && svg.contains("goes-on"),
            "{svg}"
        );
        assert!(scatter.caption().contains("at least what is shown"));
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
