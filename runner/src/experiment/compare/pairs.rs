//! The figures of a comparison: means of all variants, and their differences to the first one.

use crate::{
    experiment::{
        compare::answer::ComparedFigure,
        stats::paired::{PairedRuns, RunKind},
    },
    results::{figures, summary::FigureId},
};

/// Compares figures: all variants of the first figure, then all of the next one.
pub(crate) fn compare_figures(runs: PairedRuns<'_>, ids: &[FigureId]) -> Vec<ComparedFigure> {
    let mut lines = Vec::new();
    for id in ids.iter().copied() {
        let figure = runs.of(id);
        let name = id.name();
        for (point, variant) in runs.variants.iter().enumerate() {
            let (never, replicates) = figure.never(point);
            let differences = match point {
                0 => Vec::new(),
                _ => figure.exact_differences(point, 0),
            };
            let calm = (0..runs.replicates)
                .filter(|r| runs.kind(point, *r) == Some(RunKind::Calm))
                .count() as u32;
            lines.push(ComparedFigure {
                variant: (*variant).to_owned(),
                figure: name.clone().into_owned(),
                unit: id.unit().to_owned(),
                mean: figure.mean(point),
                never,
                no_outage: figures::is_of_outage(&name).then_some(calm),
                difference: (point > 0).then(|| figure.difference(point, 0)).flatten(),
                pairs: differences.len() as u32,
                replicates,
                differences,
            });
        }
    }
    lines
}

#[cfg(test)]
mod tests;
