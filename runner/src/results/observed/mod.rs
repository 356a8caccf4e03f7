//! The comparison of a run with what was observed.

mod comparison;

pub(crate) use comparison::{Comparison, ObservedRow, Reached, counterfactual, file, table};
