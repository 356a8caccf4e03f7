//! A column of a series in bounded memory, for drawing.
//!
//! Samples are grouped into intervals of equal length. Of each interval the first, least, greatest
//! and last value are kept, so that a line through them covers the same range as one through all
//! samples. When there are too many intervals, each two are merged into one of twice the length;
//! so the cost of drawing does not grow with the length of the run. Times are ticks.

use patchday_core::Tick;

/// The most intervals; a terminal has fewer dots side by side.
const MOST: usize = 2_048;

/// The values kept of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Band {
    /// The tick of its first sample.
    pub(crate) tick: Tick,
    pub(crate) first: u64,
    pub(crate) least: u64,
    pub(crate) greatest: u64,
    pub(crate) last: u64,
}

/// A column of a series, as intervals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bands {
    /// The length of an interval, in ticks.
    length: Tick,
    bands: Vec<Band>,
}

impl Default for Bands {
    fn default() -> Self {
        Self {
            length: 1,
            bands: Vec::new(),
        }
    }
}

impl Bands {
    /// Adds a sample. Ticks must ascend.
    pub(crate) fn add(&mut self, tick: Tick, value: u64) {
        let one = Band {
            tick,
            first: value,
            least: value,
            greatest: value,
            last: value,
        };
        match self.bands.last_mut() {
            Some(last) if last.tick / self.length == tick / self.length => last.merge(one),
            _ => self.bands.push(one),
        }
        while self.bands.len() > MOST {
            self.length = self.length.saturating_mul(2);
            let length = self.length;
            self.bands.dedup_by(|next, band| {
                let same = next.tick / length == band.tick / length;
                if same {
                    band.merge(*next);
                }
                same
            });
        }
    }

    /// All intervals, in order of time.
    pub(crate) fn all(&self) -> &[Band] {
        &self.bands
    }

    /// The greatest value; 0 without samples.
    pub(crate) fn greatest(&self) -> u64 {
        let greatest = self.bands.iter().map(|band| band.greatest);
        greatest.max().unwrap_or(0)
    }
}

impl Band {
    fn merge(&mut self, next: Self) {
        self.least = self.least.min(next.least);
        self.greatest = self.greatest.max(next.greatest);
        self.last = next.last;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn memory_is_bounded_and_extremes_are_kept(
            values in prop::collection::vec(0_u64..1_000_000, 1..9_000),
            sample in 1_u32..600,
        ) {
            let mut bands = Bands::default();
            for (value, tick) in values.iter().zip((1..).map(|index| index * sample)) {
                bands.add(tick, *value);
            }
            let all = bands.all();
            prop_assert!(all.len() <= MOST);
            prop_assert!(values.len() > MOST || all.len() == values.len());
            prop_assert!(all.is_sorted_by(|one, next| one.tick < next.tick));
            prop_assert_eq!(bands.greatest(), values.iter().copied().max().unwrap_or(0));
            let least = all.iter().map(|band| band.least).min();
            prop_assert_eq!(least, values.iter().copied().min());
            prop_assert_eq!(all.first().map(|band| band.first), values.first().copied());
            prop_assert_eq!(all.last().map(|band| band.last), values.last().copied());
        }
    }
}
