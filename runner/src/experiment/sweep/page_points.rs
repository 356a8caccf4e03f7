//! The table of all points in the report of a sweep: means and medians over the replicates.

use std::collections::BTreeMap;

use crate::{
    experiment::{
        stats::paired::RunKind, storage::answer_page::figure_name, storage::table::RunTable,
        sweep::page_data::RunGroups,
    },
    report::html::page::{HtmlCell, HtmlTable, Section, head},
    results::{figures::is_of_outage, summary::FigureId, units::with_unit},
};

/// The mean of a figure over the runs of a point with its interval, its median, and how many runs
/// never came back.
fn cell(groups: &RunGroups, group: usize, id: FigureId) -> String {
    let mut text = match groups.mean(group, id) {
        None if matches!(id, FigureId::Own(_)) => "no value".into(),
        None => "never".into(),
        Some(mean) => match (mean.low, mean.high) {
            (None, None) => mean.in_words(id.unit()),
            (low, high) => {
                let end = |end: Option<f64>| {
                    end.map_or_else(|| "open".into(), |end| with_unit(end, id.unit()))
                };
                format!(
                    "{} ({} to {})",
                    mean.in_words(id.unit()),
                    end(low),
                    end(high)
                )
            }
        },
    };
    let (never, runs) = groups.counts(group, id);
    if runs > 1
        && text != "never"
        && let Some([_, _, median, ..]) = groups.quantiles(group, id)
    {
        let median = Some(median).filter(|median| median.is_finite());
        let median = median.map_or_else(|| "never".into(), |median| with_unit(median, id.unit()));
        text.push_str(&format!(", median {median}"));
    }
    if never > 0 && text != "never" {
        text.push_str(&format!(", never in {never}"));
    }
    let calm = groups.of_kind(group, RunKind::Calm);
    if calm > 0 && is_of_outage(&id.name()) {
        text.push_str(&format!(", no outage in {calm}"));
    }
    text
}

/// The section.
pub(crate) fn table(
    sweep: &RunTable,
    groups: &RunGroups,
    points: &BTreeMap<usize, &[String]>,
    shown: &[FigureId],
) -> Section {
    let mut heads = head(&["Point#"]);
    heads.extend(
        sweep
            .factors
            .iter()
            .map(|name| HtmlCell::number(name.as_str())),
    );
    heads.extend(head(&["Runs#", "Failed#", "Never over#"]));
    heads.extend(
        shown
            .iter()
            .map(|id| HtmlCell::number(figure_name(&id.name()))),
    );
    let rows = points.iter().enumerate().map(|(group, (point, values))| {
        let of = || sweep.rows.iter().filter(|run| run.point == *point);
        let mut row = vec![HtmlCell::number(point.to_string())];
        row.extend(values.iter().map(|value| HtmlCell::number(value.as_str())));
        row.extend(
            [
                of().count(),
                of().filter(|run| run.failed).count(),
                groups.of_kind(group, RunKind::Open),
            ]
            .map(|count| HtmlCell::number(count.to_string())),
        );
        let cells = shown.iter().map(|id| cell(groups, group, *id));
        row.extend(cells.map(HtmlCell::number));
        row
    });
    let section = Section::new("points", "All points").paragraph(
        "Means over the runs of a point, with their 95 % intervals, and medians, in which never is more \
         than every number. Never over: runs that were in an \
         outage when they ended; such a run counts with what it shows, and the mean is at least that. \
         Hours of a run without an outage are 0; the number of such runs is given.",
    );
    section.table(HtmlTable {
        caption: "Means with 95 % intervals, and medians where a point has several runs; then points.csv \
                  has all figures.".into(),
        head: heads,
        rows: rows.collect(),
        long: true,
    })
}
