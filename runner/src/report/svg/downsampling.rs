//! Thinning: many samples, few points, and still every peak and every dip.
//!
//! Time is cut into equal stretches; of each the first, the least, the greatest and
//! the last sample stay, in order of time. So a line drawn through what stays
//! covers the same range in each stretch as one through all.

/// Of each stretch at most so many points stay.
const PER_STRETCH: usize = 4;

/// At most `most` of the points, given in order of their first coordinate.
pub(crate) fn thin(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    let kept = places(points, most);
    kept.into_iter().map(|place| points[place]).collect()
}

/// The places of those points.
pub(crate) fn places(points: &[(f64, f64)], most: usize) -> Vec<usize> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let stretches = (most / PER_STRETCH).max(1);
    if points.len() <= stretches * PER_STRETCH || last.0 <= first.0 {
        return (0..points.len()).collect();
    }
    let width = (last.0 - first.0) / stretches as f64;
    let stretch_of =
        |point: &(f64, f64)| (((point.0 - first.0) / width) as usize).min(stretches - 1);
    let mut begin = 0;
    points
        .chunk_by(|one, next| stretch_of(one) == stretch_of(next))
        .flat_map(|stretch| {
            let kept = ends_and_extremes(stretch).map(|place| begin + place);
            begin += stretch.len();
            let mut kept: Vec<usize> = kept.into();
            kept.dedup();
            kept
        })
        .collect()
}

/// The places of the first, least, greatest and last of some points, in order.
fn ends_and_extremes(points: &[(f64, f64)]) -> [usize; PER_STRETCH] {
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
    fn few_points_stay_as_they_are() {
        let points = [(0.0, 1.0), (1.0, 2.0)];
        assert_eq!(thin(&points, 2_000), points);
        assert_eq!(thin(&[], 2_000), []);
    }

    proptest! {
        #[test]
        fn peaks_and_dips_stay(values in prop::collection::vec(-1e6_f64..1e6, 1..3_000)) {
            let points: Vec<(f64, f64)> =
                values.iter().enumerate().map(|(at, value)| (at as f64, *value)).collect();
            let thinned = thin(&points, 100);
            prop_assert!(thinned.len() <= 100);
            prop_assert!(thinned.is_sorted_by(|one, next| one.0 < next.0));
            let least = |points: &[(f64, f64)]| points.iter().map(|p| p.1).fold(f64::MAX, f64::min);
            let most = |points: &[(f64, f64)]| points.iter().map(|p| p.1).fold(f64::MIN, f64::max);
            prop_assert_eq!(least(&thinned), least(&points));
            prop_assert_eq!(most(&thinned), most(&points));
            prop_assert_eq!((thinned.first(), thinned.last()), (points.first(), points.last()));
        }
    }
}
