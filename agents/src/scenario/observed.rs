//! Parameters: what is known to have happened.

use crate::{
    choice,
    scenario::quantity::{instant::Instant, share::Share},
    section,
};

choice! {
    /// How far an observation can be trusted.
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
    /// One observation to hold the model against.
    pub struct Observed {
        /// When (UTC).
        time: Instant, required, source "given";
        /// What was seen, in a few words.
        what: String = "users online", source "given";
        /// Users online, in the world; shrinks with the scale.
        users: Option<u64>, optional, unit "users", source "given";
        /// Or users online as a share of the norm of that hour.
        share: Option<Share>, optional, source "given";
        /// Whether the value is the daily peak of that day, whenever it falls.
        daily_peak: bool = false, source "given";
        /// Where it is reported.
        source: String, required, source "given";
        /// How far it can be trusted.
        confidence: Confidence, required, source "given";
    }
}
