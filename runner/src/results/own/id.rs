//! Ids of figures of one's own, and their values as `summary.json` holds them.
//!
//! An id can be copied, as those of all figures can, so what it names lives as long as the process:
//! equal declarations share one entry of a table that only grows. A process sees few of them.

use std::collections::BTreeSet;

use parking_lot::Mutex;
use patchday_agents::{
    metrics::own_figure::CompiledFigure,
    scenario::{Better, Scenario, Statistic},
};
use serde::{Deserialize, Serialize};

/// What is known of a figure of one's own before a run.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct OwnDeclaration {
    name: String,
    unit: String,
    doc: String,
    better: Option<Better>,
    /// The greatest possible value in milliseconds, if the figure is a part of its window.
    most_millis: Option<i64>,
}

/// The id of a figure of one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OwnFigureId(&'static OwnDeclaration);

static DECLARED: Mutex<BTreeSet<&'static OwnDeclaration>> = Mutex::new(BTreeSet::new());

impl OwnFigureId {
    /// The figures of a scenario, in its order.
    pub(crate) fn all(scenario: &Scenario) -> Vec<Self> {
        let all = CompiledFigure::all(scenario).into_iter();
        all.map(Self::new).collect()
    }

    fn new(figure: CompiledFigure) -> Self {
        let is_part = matches!(
            figure.statistic,
            Statistic::TimeBelow | Statistic::TimeAbove
        );
        let declaration = OwnDeclaration {
            name: figure.name,
            unit: figure.unit,
            doc: figure.doc,
            better: figure.better,
            most_millis: is_part.then(|| {
                let ticks = (figure.window.1 - figure.window.0).max(0);
                ticks * i64::from(figure.tick.millis())
            }),
        };
        let mut declared = DECLARED.lock();
        if let Some(known) = declared.get(&declaration) {
            return Self(known);
        }
        let kept: &'static OwnDeclaration = Box::leak(Box::new(declaration));
        declared.insert(kept);
        Self(kept)
    }

    pub(crate) fn name(self) -> &'static str {
        &self.0.name
    }

    pub(crate) fn unit(self) -> &'static str {
        &self.0.unit
    }

    pub(crate) fn doc(self) -> &'static str {
        &self.0.doc
    }

    /// Whether lower values are better; `None` if the scenario does not say.
    pub(crate) fn lower_is_better(self) -> Option<bool> {
        self.0.better.map(|better| better == Better::Lower)
    }

    /// The greatest possible value; infinite if there is none.
    pub(crate) fn most(self) -> f64 {
        let hours = |millis: i64| millis as f64 / 3_600_000.0;
        self.0.most_millis.map_or(f64::INFINITY, hours)
    }
}

/// The value of a figure of one's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OwnValue {
    /// The value; null if no sample of the window has one.
    pub(crate) value: Option<f64>,
    /// Its unit.
    pub(crate) unit: String,
    /// Its meaning.
    #[serde(default)]
    pub(crate) meaning: String,
}
