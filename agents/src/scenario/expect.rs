//! Parameters: what a run must fulfil, for pipelines.

use crate::section;

section! {
    /// Something that a run must fulfil; `patchday run` ends with 1 if it does not.
    pub struct Expect {
        /// What it is called.
        name: String, required, source "given";
        /// A figure of summary.json, a comparison and a number, such as
        /// `hours_to_90_percent < 0.5`; the number may be a multiple of the baseline.
        that: String, required, source "given";
    }
}
