//! A chart of columns of the series over the time of a run.

use crate::report::{
    chart::{
        curves::ChartLine,
        time_frame::TimeFrame,
        time_series::{ChartStyle, TimeSeries},
    },
    html::page::Section,
};

/// The classes of lines, in order; no chart has more lines.
const LINES: [&str; 6] = ["l0", "l1", "l2", "l3", "l4", "l5"];

/// A chart of some columns with their names; columns that are always zero are left out.
pub(crate) struct ColumnChart<'a> {
    /// Unique among the pictures of a page.
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) unit: &'a str,
    pub(crate) style: ChartStyle,
    pub(crate) columns: Vec<(&'a str, Vec<f64>)>,
}

impl ColumnChart<'_> {
    /// Adds the chart to a section, unless all columns are zero.
    pub(crate) fn add_to(self, section: Section, frame: &TimeFrame<'_>, caption: &str) -> Section {
        let used = |values: &[f64]| values.iter().any(|value| *value > 0.0);
        // Classes are assigned before columns are left out, so that a column looks the same in
        // every report.
        let lines: Vec<ChartLine<'_>> = self
            .columns
            .into_iter()
            .zip(LINES)
            .map(|((name, values), class)| ChartLine {
                name,
                class,
                values,
            })
            .filter(|line| used(&line.values))
            .collect();
        if lines.is_empty() {
            return section;
        }
        let panel = TimeSeries {
            id: self.id,
            title: self.title,
            unit: self.unit,
            style: self.style,
            height: 150.0,
            lines,
            dots: Vec::new(),
            dot_names: Vec::new(),
            numbered: false,
            follows_pointer: true,
            description: None,
        };
        section.picture(|viewport| panel.draw(frame, viewport), caption)
    }
}

#[cfg(test)]
mod tests {
    use patchday_agents::scenario::quantity::TickLength;

    use super::*;

    #[test]
    fn a_column_looks_the_same_in_every_report() {
        let times = [60, 120];
        let frame = TimeFrame {
            tick: TickLength::SECOND,
            times: &times,
            start: 0,
            outages: Vec::new(),
            marks: Vec::new(),
        };
        let page = |first: f64| {
            let columns = ColumnChart {
                id: "x",
                title: "x",
                unit: "x",
                style: ChartStyle::Lines,
                columns: vec![
                    ("first", vec![first; 2]),
                    ("none", vec![0.0; 2]),
                    ("last", vec![3.0, 4.0]),
                ],
            };
            let section = columns.add_to(Section::new("x", "x"), &frame, "");
            section.pictures[0].variants.concat()
        };
        for first in [0.0, 1.0] {
            let page = page(first);
            let shown = page.matches("<title>first</title>").count();
            assert_eq!(shown, if first > 0.0 { 2 } else { 0 }, "{page}");
            let last = page.matches("<path class=\"l2\"").count();
            assert_eq!((last, page.matches("class=\"l1\"").count()), (2, 0));
        }
    }
}
