//! Downsampling that keeps every peak and dip.
//!
//! Time is divided into equal intervals. Of each interval the first, least, greatest and last
//! sample are kept, in order of time, so that a line through the kept samples covers the same range
//! in each interval as one through all.

/// The most points kept of an interval.
const PER_INTERVAL: usize = 4;

/// At most `most` of the points, which must be in order of their first coordinate.
pub(crate) fn downsample(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    let kept = kept_indexes(points, most);
    kept.into_iter().map(|index| points[index]).collect()
}

/// The indexes of those points.
pub(crate) fn kept_indexes(points: &[(f64, f64)], most: usize) -> Vec<usize> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let intervals = (most / PER_INTERVAL).max(1);
    if points.len() <= intervals * PER_INTERVAL || last.0 <= first.0 {
        return (0..points.len()).collect();
    }
    let width = (last.0 - first.0) / intervals as f64;
    let interval_of =
        |point: &(f64, f64)| (((point.0 - first.0) / width) as usize).min(intervals - 1);
    let mut begin = 0;
    points
        .chunk_by(|one, next| interval_of(one) == interval_of(next))
        .flat_map(|interval| {
            let kept = ends_and_extremes(interval).map(|index| begin + index);
            begin += interval.len();
            let mut kept: Vec<usize> = kept.into();
            kept.dedup();
            kept
        })
        .collect()
}

/// The indexes of the first, least, greatest and last of some points, in order.
fn ends_and_extremes(points: &[(f64, f64)]) -> [usize; PER_INTERVAL] {
    let by_value = |one: &usize, other: &usize| points[*one].1.total_cmp(&points[*other].1);
    let least = (0..points.len()).min_by(by_value).unwrap_or(0);
    let greatest = (0..points.len()).max_by(by_value).unwrap_or(0);
    let mut kept = [0, least, greatest, points.len().saturating_sub(1)];
    kept.sort_unstable();
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_points_are_all_kept() {
        let points = [(0.0, 1.0), (1.0, 2.0)];
        assert_eq!(downsample(&points, 2_000), points);
        assert_eq!(downsample(&[], 2_000), []);
    }

    proptest! {
        #[test]
        fn peaks_and_dips_are_kept(values in prop::collection::vec(-1e6_f64..1e6, 1..3_000)) {
            let points: Vec<(f64, f64)> =
                values.iter().enumerate().map(|(at, value)| (at as f64, *value)).collect();
            let kept = downsample(&points, 100);
            prop_assert!(kept.len() <= 100);
            prop_assert!(kept.is_sorted_by(|one, next| one.0 < next.0));
            let least = |points: &[(f64, f64)]| points.iter().map(|p| p.1).fold(f64::MAX, f64::min);
            let most = |points: &[(f64, f64)]| points.iter().map(|p| p.1).fold(f64::MIN, f64::max);
            prop_assert_eq!(least(&kept), least(&points));
            prop_assert_eq!(most(&kept), most(&points));
            prop_assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
        }
    }
}
