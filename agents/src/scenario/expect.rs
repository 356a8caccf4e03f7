//! Parameters: expectations about the results of a run, for pipelines.
//!
//! Declarations only.

use crate::section;

section! {
    /// An expectation about the results; `patchday run` exits with code 1 if it is not met.
    pub struct Expect {
        /// Its name.
        name: String, required, source "given";
        /// A figure of summary.json, a comparison and a number, such as
        /// `hours_to_90_percent < 0.5`; the number can be a multiple of the baseline.
        that: String, required, source "given";
    }
}
