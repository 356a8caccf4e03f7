//! What becomes of a network at one point of a map: four classes, of two runs with one seed.
//!
//! An *outage* is that of the summary: more than an hour below 90 % of the norm. One run has the
//! scenario's triggers (*kicked*), one has none. Then a point is
//!
//! * *stable*: the kicked run has no outage;
//! * *vulnerable*: it has one, which is over when the run ends: the network comes back;
//! * *metastable*: it is still in its outage at the end, and the run without the kick is in none;
//! * *always down*: the run without any kick is in an outage when it ends, too.
//!
//! The end of a run can only tell if it is some hours after the last kick.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::results::figures::{Figures, ends_in_outage, has_no_outage};

/// What becomes of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Class {
    Stable,
    Vulnerable,
    Metastable,
    AlwaysDown,
    Failed,
}

/// All of them with their names, from the best to the worst.
pub(crate) const NAMED: [(Class, &str); 5] = [
    (Class::Stable, "stable"),
    (Class::Vulnerable, "vulnerable"),
    (Class::Metastable, "metastable"),
    (Class::AlwaysDown, "always down"),
    (Class::Failed, "failed"),
];

impl Class {
    /// Of a kicked and an unkicked run.
    pub(crate) fn of(kicked: &Figures, unkicked: &Figures) -> Self {
        match (ends_in_outage(unkicked), ends_in_outage(kicked)) {
            (true, _) => Self::AlwaysDown,
            (false, true) => Self::Metastable,
            (false, false) if has_no_outage(kicked) => Self::Stable,
            (false, false) => Self::Vulnerable,
        }
    }

    /// Its sign in a map.
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Stable => '.',
            Self::Vulnerable => 'v',
            Self::Metastable => 'M',
            Self::AlwaysDown => '#',
            Self::Failed => '?',
        }
    }
}

/// How many points there are of each class, those of which there is none included.
pub(crate) fn counts(points: impl Iterator<Item = Class>) -> BTreeMap<Class, usize> {
    let mut counts: BTreeMap<Class, usize> =
        NAMED.into_iter().map(|(class, _)| (class, 0)).collect();
    for class in points {
        *counts.entry(class).or_default() += 1;
    }
    counts
}

/// The line under a map: the sign of each class, and how many points there are of it.
pub(crate) fn legend(counts: &BTreeMap<Class, usize>) -> String {
    let of = |class| counts.get(&class).copied().unwrap_or(0);
    let shown = NAMED
        .into_iter()
        .filter(|(class, _)| *class != Class::Failed || of(*class) > 0);
    let parts: Vec<String> = shown
        .map(|(class, name)| format!("{} {name} {}", class.letter(), of(class)))
        .collect();
    parts.join("   ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run with an outage of so many hours, or one that is not over.
    fn run(hours: Option<f64>) -> Figures {
        let recovered = f64::from(u8::from(hours.is_some()));
        Figures::from([
            ("outage.hours".to_owned(), hours),
            ("recovered".to_owned(), Some(recovered)),
            // Half of the users are online: that is no question of up or down.
            ("online_share_end".to_owned(), Some(0.502)),
        ])
    }

    #[test]
    fn classes_come_from_the_outages_of_a_kicked_and_an_unkicked_run() {
        let (calm, ended, open) = (run(Some(0.0)), run(Some(2.0)), run(None));
        assert_eq!(Class::of(&calm, &calm), Class::Stable);
        assert_eq!(Class::of(&ended, &calm), Class::Vulnerable);
        assert_eq!(Class::of(&open, &calm), Class::Metastable);
        assert_eq!(Class::of(&open, &ended), Class::Metastable);
        assert_eq!(Class::of(&open, &open), Class::AlwaysDown);
        assert_eq!(Class::of(&ended, &open), Class::AlwaysDown);
    }

    #[test]
    fn classes_without_a_point_are_counted_too() {
        let counts = counts([Class::Stable, Class::Metastable, Class::Stable].into_iter());
        assert_eq!(
            legend(&counts),
            ". stable 2   v vulnerable 0   M metastable 1   # always down 0"
        );
    }
}
