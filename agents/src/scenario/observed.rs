//! Parameters: observations of the real outage, to compare the model with.
//!
//! Declarations only.

use crate::{
    choice,
    scenario::quantity::{instant::Instant, share::Share},
    section,
};

choice! {
    /// The confidence in an observation.
    pub enum Confidence {
        /// The primary source.
        A = "A",
        /// A secondary source.
        B = "B",
        /// Uncertain.
        C = "C",
    }
}

section! {
    /// One observation.
    pub struct Observed {
        /// The time, in UTC.
        time: Instant, required, source "given";
        /// What was observed, in a few words.
        what: String = "users online", source "given";
        /// Users online in the whole network; multiplied by the scale of the run.
        users: Option<u64>, optional, unit "users", source "given";
        /// Users online as a share of the norm at that hour, instead of `users`.
        share: Option<Share>, optional, source "given";
        /// Whether the value is the peak of that day, at any hour.
        daily_peak: bool = false, source "given";
        /// The source.
        source: String, required, source "given";
        /// The confidence in it.
        confidence: Confidence, required, source "given";
    }
}
