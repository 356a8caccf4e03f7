//! How often each key of a cache is requested: a Zipf distribution, as integer thresholds.

/// The keys of a cache, the most frequent first.
#[derive(Clone, Debug)]
pub(crate) struct Popularity {
    /// The probability of each key and those before it, in units of 2^-32, rounded.
    sums: Vec<u32>,
}

impl Popularity {
    /// Creates `keys` keys of which number `n`, from 1, is asked for in proportion to `n` to the power of
    /// `-exponent`.
    pub(crate) fn new(keys: u32, exponent: f64) -> Self {
        let weights = (1..=keys).map(|key| libm::pow(f64::from(key), -exponent));
        let mut sum = 0.0;
        let sums: Vec<f64> = weights
            .map(|weight| {
                sum += weight;
                sum
            })
            .collect();
        let shares = sums
            .iter()
            .map(|part| (part / sum * f64::from(u32::MAX)).round() as u32);
        Self {
            sums: shares.collect(),
        }
    }

    /// Returns the key that a uniform word selects, from 0.
    pub(crate) fn key(&self, word: u32) -> u32 {
        let key = self.sums.partition_point(|sum| *sum < word) as u32;
        key.min(self.sums.len() as u32 - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_asked_for_in_proportion_to_their_rank() {
        let popularity = Popularity::new(4, 1.0);
        let mut counts = [0_u32; 4];
        for step in 0..25_000_u32 {
            counts[popularity.key(step * 171_798) as usize] += 1;
        }
        // 12 + 6 + 4 + 3 twenty-fifths.
        for (count, expected) in counts.iter().zip([12_000, 6_000, 4_000, 3_000]) {
            assert!(count.abs_diff(expected) < 5, "{counts:?}");
        }
        assert_eq!(Popularity::new(1, 0.0).key(u32::MAX), 0);
    }
}
