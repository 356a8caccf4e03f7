//! Parameters: days that are not like the others.

use crate::{scenario::quantity::instant::Day, section};

section! {
    /// A day on which fewer (or more) users come in some regions.
    pub struct Holiday {
        /// The local day.
        day: Day, required, source "given";
        /// The number of sessions, as a multiple of an ordinary day of that weekday.
        factor: f64, required, in 0..=5, source "given";
        /// The regions it holds for; empty for all.
        regions: Vec<String>, optional, source "given";
    }
}

section! {
    /// How the days of the week and holidays differ.
    pub struct Calendar {
        /// Sessions on each day from Monday to Sunday, as a multiple of an ordinary weekday.
        weekdays: [f64; 7] = [1.02, 1.0, 1.0, 0.98, 0.96, 0.81, 0.81], in 0..=5,
            source "facts 5.7, 5.12 (weekend peak 0.81 of weekday peak; Monday high, Thursday and Friday lower)";
        /// Days that are not like the others.
        holiday: Vec<Holiday>, tables;
    }
}
