//! The curve of a run: users online as a share of the norm at each sample.
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

impl Curve {
    /// The curve of these samples.
    pub(crate) fn new(samples: &Samples) -> Self {
        let points = &samples.points;
        Self {
            start: samples.start,
            times: points.iter().map(|point| point.time).collect(),
            shares: points.iter().map(|point| point.share() as f32).collect(),
            incident: incident(samples, Outage::find(samples)),
        }
    }
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
            let longest = dips.iter().max_by_key(|dip: &&Dip| dip.seconds)?;
            (longest.start, longest.end)
        }
    };
    Some((from, to.unwrap_or(last)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::samples::tests::every;

    #[test]
    fn a_curve_has_the_share_at_each_sample_and_the_incident() {
        let curve = Curve::new(&every(60, &[1_000, 250, 500, 1_000]));
        assert_eq!(curve.shares, [1.0, 0.25, 0.5, 1.0]);
        let (first, last) = (curve.times[1], curve.times[3]);
        assert_eq!(curve.incident, Some((first, last)));
        assert_eq!(Curve::new(&every(60, &[1_000, 1_000])).incident, None);
        assert_eq!(
            Curve::new(&every(60, &[])),
            Curve {
                start: curve.start,
                ..Curve::default()
            }
        );
    }
}
