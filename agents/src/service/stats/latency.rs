//! A histogram of latencies in buckets whose widths grow with the latency.
//!
//! Buckets are one tick wide up to 32 ticks; above, each power of two has 16 of them, so that a
//! quantile is exact to 1/32. All is integers, so histograms merge in any order. Units: ticks.

use serde::{Deserialize, Serialize};

/// The base-2 logarithm of the number of buckets for each power of two.
const SUB_BITS: u32 = 4;
/// Below this, a bucket holds one value.
const EXACT: u32 = 2 << SUB_BITS;

/// Counts of latencies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyHistogram {
    /// The count of each bucket, up to the last one that is not empty.
    counts: Vec<u64>,
    /// The number of latencies and their sum.
    number: u64,
    sum: u64,
}

fn bucket(value: u32) -> usize {
    if value < EXACT {
        return value as usize;
    }
    let order = value.ilog2();
    let sub = value >> (order - SUB_BITS) & ((1 << SUB_BITS) - 1);
    (EXACT + ((order - SUB_BITS - 1) << SUB_BITS) + sub) as usize
}

/// Returns twice the middle of the values of a bucket.
fn twice_the_middle(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let exact = u64::from(EXACT);
    if bucket < exact {
        return 2 * bucket;
    }
    let order = ((bucket - exact) >> SUB_BITS) + u64::from(SUB_BITS) + 1;
    let sub = (bucket - exact) & ((1 << SUB_BITS) - 1);
    let width = 1_u64 << (order - u64::from(SUB_BITS));
    2 * ((1 << order) + sub * width) + width - 1
}

impl LatencyHistogram {
    /// Adds a latency.
    pub(crate) fn add(&mut self, latency: u32) {
        let bucket = bucket(latency);
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.number += 1;
        self.sum += u64::from(latency);
    }

    /// Adds all latencies of another histogram.
    pub(crate) fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (sum, part) in self.counts.iter_mut().zip(&other.counts) {
            *sum += part;
        }
        self.number += other.number;
        self.sum += other.sum;
    }

    /// Returns the latencies that were added since `before`, an earlier state of this histogram.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let earlier = before.counts.iter().chain(std::iter::repeat(&0));
        let counts = self.counts.iter().zip(earlier);
        Self {
            counts: counts
                .map(|(count, earlier)| count.saturating_sub(*earlier))
                .collect(),
            number: self.number.saturating_sub(before.number),
            sum: self.sum.saturating_sub(before.sum),
        }
    }

    /// Returns the number of latencies.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns the sum of all latencies, in ticks.
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// Returns twice the latency that this many of a thousand latencies do not exceed, in ticks; `None`
    /// without latencies.
    pub fn doubled_quantile(&self, thousandths: u64) -> Option<u64> {
        let rank = (u128::from(self.number) * u128::from(thousandths)).div_ceil(1_000);
        let mut below = 0;
        let found = self.counts.iter().position(|count| {
            below += u128::from(*count);
            below >= rank.max(1)
        });
        found.map(twice_the_middle)
    }

    /// Returns the bytes that the histogram refers to.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.counts.capacity() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_near_the_middle_of_its_bucket() {
        let values = (0..5_000)
            .chain((0..27).map(|shift| 37 << shift))
            .chain([u32::MAX]);
        for value in values {
            let middle = twice_the_middle(bucket(value)) as f64 / 2.0;
            let off = (middle - f64::from(value)).abs();
            assert!(off <= f64::from(value) / 32.0, "{value}: {middle}");
        }
    }

    #[test]
    fn quantiles_are_those_of_the_values_added_since() {
        let mut all = LatencyHistogram::default();
        assert_eq!(all.doubled_quantile(500), None);
        all.add(7);
        let before = all.clone();
        for value in 1..=100 {
            all.add(value);
        }
        let new = all.since(&before);
        assert_eq!((new.number(), new.sum()), (100, 5_050));
        assert_eq!(new.doubled_quantile(10), Some(2));
        assert_eq!(new.doubled_quantile(200), Some(40));
        let most = new.doubled_quantile(990).unwrap();
        assert!((194..=202).contains(&most), "{most}");
        let mut merged = before;
        merged.merge(&new);
        assert_eq!(merged, all);
    }
}
