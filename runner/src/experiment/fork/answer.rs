//! The answer to `patchday fork`: the member `answer` of `answer.json`, and its text.

use std::collections::{BTreeMap, BTreeSet};

use patchday_core::Tick;
use serde::{Deserialize, Serialize};

use crate::{
    experiment::design::variant::KeyChange,
    host::{
        format::{duration, short},
        text::text_table::{left, right, text_table},
    },
    results::{
        figures::{self, Figures},
        summary::FigureId,
        units::own_with_unit,
    },
};

/// The figures that are kept of each alternative.
const FIGURES: [FigureId; 4] = [
    FigureId::HoursBelow50Percent,
    FigureId::HoursTo90Percent,
    FigureId::UserHoursLost,
    FigureId::OnlineShareMin,
];

/// One alternative.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Alternative {
    /// The name of its variant.
    pub(crate) r#try: String,
    /// The keys that it changes, with their values in the run.
    #[serde(default)]
    pub(crate) changes: Vec<KeyChange>,
    /// Its run directory.
    pub(crate) directory: String,
    /// Some figures of the whole run, with the common past; null for *never*.
    pub(crate) figures: Figures,
}

/// The answer to `patchday fork`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ForkAnswer {
    /// The directory of the run that is forked.
    pub(crate) run: String,
    /// The instant of the fork.
    pub(crate) at: String,
    /// The same in ticks after the start of the run.
    pub(crate) tick: Tick,
    /// The member keeps the name that its readers know.
    #[serde(rename = "futures")]
    pub(crate) alternatives: Vec<Alternative>,
    /// The units of the figures of the scenario's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) units: BTreeMap<String, String>,
}

/// The figures that an answer keeps, of all figures of a run: some that every run has, and those of
/// the scenario's own.
pub(crate) fn selected(all: &Figures) -> Figures {
    let own = all.iter().filter(|(name, _)| is_own(name));
    let own = own.map(|(name, value)| (name.clone(), *value));
    FIGURES
        .iter()
        .map(|id| (id.name().into_owned(), figures::get(all, *id).flatten()))
        .chain(own)
        .collect()
}

fn is_own(name: &str) -> bool {
    FigureId::from_name(name).is_none()
}

impl ForkAnswer {
    /// The names of the figures of one's own that an alternative has.
    pub(crate) fn own(&self) -> BTreeSet<&str> {
        let all = self.alternatives.iter();
        let names = all.flat_map(|one| one.figures.keys().map(String::as_str));
        names.filter(|name| is_own(name)).collect()
    }

    /// The unit of a figure.
    pub(crate) fn unit(&self, name: &str) -> &str {
        match FigureId::from_name(name) {
            Some(id) => id.unit(),
            None => self.units.get(name).map_or("", String::as_str),
        }
    }

    /// The answer as a table with a row for each alternative.
    pub(crate) fn text(&self) -> String {
        let mut columns = vec![
            left("try"),
            right("below 50 %"),
            right("back at 90 %"),
            right("user hours lost"),
            right("lowest share"),
        ];
        let own = self.own();
        columns.extend(own.iter().map(|name| right(name)));
        let row = |alternative: &Alternative| {
            let values = FIGURES.map(
                |id| match figures::get(&alternative.figures, id).flatten() {
                    Some(value) => value_text(id, value),
                    None => "never".into(),
                },
            );
            let own = own.iter().map(|name| {
                let value = alternative.figures.get(*name).copied().flatten();
                own_with_unit(value, self.unit(name))
            });
            std::iter::once(alternative.r#try.clone())
                .chain(values)
                .chain(own)
                .collect()
        };
        let mut text = text_table(&columns, self.alternatives.iter().map(row));
        for one in &self.alternatives {
            for change in &one.changes {
                text.push_str(&format!("{}: {}\n", one.r#try, change.in_words()));
            }
        }
        let mut figures = self.alternatives.iter().flat_map(|one| &one.figures);
        if figures.any(|(name, value)| value.is_none() && !is_own(name)) {
            text.push_str("never: the network was not back when the alternative ended\n");
        }
        text
    }
}

/// The value of a figure with its unit.
fn value_text(figure: FigureId, value: f64) -> String {
    match figure {
        FigureId::HoursBelow50Percent | FigureId::HoursTo90Percent => duration(value * 3_600.0),
        FigureId::OnlineShareMin => format!("{:.1} %", value * 100.0),
        _ => short(value),
    }
}
