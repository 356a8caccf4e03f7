//! The curve of a run: users online as a share of the norm over time.
//!
//! An experiment keeps it of few runs, so it holds a number of four bytes for each sample. Times are
//! seconds since 1970, UTC.

use crate::results::{
    outage::{Dip, OUTAGE_LEVEL, Outage, dips},
    samples::{SamplePoint, Samples},
};

/// Users online as a share of the norm over a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Curve {
    /// When the run began.
    pub(crate) start: i64,
    pub(crate) times: Vec<i64>,
    /// The share at each time.
    pub(crate) shares: Vec<f32>,
    /// The incident of the run.
    pub(crate) incident: Option<(i64, i64)>,
}

/// Beginning and end of the outage or, without an outage, of the longest dip below 90 % of the norm;
/// `None` if there is no dip.
pub(crate) fn incident(samples: &Samples, outage: Option<Outage>) -> Option<(i64, i64)> {
    let last = samples
        .points
        .last()
        .map(|point: &SamplePoint| point.time)?;
    let (from, to) = match outage {
        Some(outage) => (outage.start, outage.end),
        None => {
            let dips = dips(samples, OUTAGE_LEVEL);
            let longest = dips.iter().max_by_key(|dip: &&Dip| dip.length)?;
            (longest.start, longest.end)
        }
    };
    Some((from, to.unwrap_or(last)))
}
