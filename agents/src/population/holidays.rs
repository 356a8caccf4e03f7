//! Parameters of the calendar: days of the week and holidays.
//!
//! Declarations only.

use crate::{scenario::quantity::instant::Day, section};

section! {
    /// A day with fewer (or more) sessions in some regions.
    pub struct Holiday {
        /// The day, in local time.
        day: Day, required, source "given";
        /// The number of sessions, as a multiple of an ordinary day with that day of the week.
        factor: f64, required, in 0..=5, source "given";
        /// The names of the regions; all regions if it is not set or empty.
        regions: Vec<String>, optional, source "given";
    }
}

section! {
    /// How the days of the week and the holidays differ.
    pub struct Calendar {
        /// Sessions on each day from Monday to Sunday, as multiples of an ordinary weekday.
        weekdays: [f64; 7] = [1.02, 1.0, 1.0, 0.98, 0.96, 0.81, 0.81], in 0..=5,
            source "facts 5.7, 5.12 (weekend peak 0.81 of weekday peak; Monday high, Thursday and Friday lower)";
        /// The holidays.
        holiday: Vec<Holiday>, tables;
    }
}
