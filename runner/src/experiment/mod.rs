//! Experiments: many runs of one scenario, and what they say together.
//!
//! | Room | What is in it |
//! | --- | --- |
//! | `factor`, `design`, `sampling` | which keys vary, over what, and at which points |
//! | `job`, `crew` | one run in memory; all of them, on as many threads as fit |
//! | `ledger`, `lines`, `table` | a synced line for each run that ended, and how it is read; the tidy table at the end |
//! | `metrics`, `criterion` | what came of a run: its figures by name; a condition on one of them |
//! | `answer`, `place` | what a question found; where that is kept, with its report |
//! | `statistics`, `logistic`, `search`, `edge` | intervals; where a response tips, where to look for that, and how it is told |

pub(crate) mod answer;
pub(crate) mod crew;
pub(crate) mod criterion;
pub mod design;
pub(crate) mod edge;
pub(crate) mod factor;
pub(crate) mod job;
pub(crate) mod ledger;
pub(crate) mod lines;
pub(crate) mod logistic;
pub(crate) mod metrics;
pub(crate) mod place;
pub(crate) mod sampling;
pub(crate) mod search;
pub(crate) mod statistics;
pub(crate) mod table;
