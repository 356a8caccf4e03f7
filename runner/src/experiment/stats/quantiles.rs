//! Quantiles of a few values, such as the figures of the replicates of a point.

/// The parts of a band: the middle half, the middle nine tenths, and the median.
pub(crate) const BAND: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// The quantile at a part from 0 to 1 of sorted values, interpolated between neighbours: that at 0 is
/// the least value, that at 1 the greatest. With fewer than 20 values, 0.05 and 0.95 lie near them.
/// `None` without values.
pub(crate) fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let place = part.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let below = *sorted.get(place.floor() as usize)?;
    let above = *sorted.get(place.ceil() as usize)?;
    // Equal neighbours also if both are infinite, which is *never*.
    if below == above {
        return Some(below);
    }
    Some(below + (above - below) * place.fract())
}

/// The quantiles at the parts of a band.
pub(crate) fn band(values: &mut [f64]) -> Option<[f64; 5]> {
    values.sort_by(f64::total_cmp);
    let mut band = [0.0; 5];
    for (place, part) in band.iter_mut().zip(BAND) {
        *place = quantile(values, part)?;
    }
    Some(band)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_equal_steps_are_at_their_parts() {
        let mut values: Vec<f64> = (0..=20).rev().map(f64::from).collect();
        assert_eq!(band(&mut values), Some([1.0, 5.0, 10.0, 15.0, 19.0]));
        assert_eq!(band(&mut [3.0]), Some([3.0; 5]));
        assert_eq!(band(&mut []), None);
        assert_eq!(quantile(&[1.0, 2.0], 0.5), Some(1.5));
        assert_eq!(quantile(&[1.0, 2.0, 10.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
        assert_eq!(quantile(&[5.0], 0.3), Some(5.0));
    }

    #[test]
    fn a_median_is_never_if_it_is_so_in_more_than_half_of_the_runs() {
        let never = f64::INFINITY;
        assert_eq!(quantile(&[1.0, 2.0, never], 0.5), Some(2.0));
        assert_eq!(quantile(&[1.0, never, never], 0.5), Some(never));
        assert_eq!(quantile(&[1.0, 2.0, never, never], 0.5), Some(never));
        assert_eq!(quantile(&[never, never], 0.5), Some(never));
    }
}
