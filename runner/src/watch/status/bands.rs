//! Bands: one column of a series in bounded memory, for drawing.
//!
//! Samples are gathered in stretches of equal length; of each the first, the least, the
//! greatest and the last stay, so a line through them covers the same range as one through
//! all samples. When there are too many stretches, each two become one of twice the length:
//! a run of any length can be drawn at any moment at the same cost. Times are ticks.

use patchday_core::Tick;

/// No more stretches than this; a terminal has fewer dots side by side.
const MOST: usize = 2_048;

/// What stays of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Band {
    /// The tick of its first sample.
    pub(crate) tick: Tick,
    pub(crate) first: u64,
    pub(crate) least: u64,
    pub(crate) greatest: u64,
    pub(crate) last: u64,
}

/// A column of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bands {
    /// The length of a stretch.
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
    /// Adds a sample; ticks ascend.
    pub(crate) fn add(&mut self, tick: Tick, value: u64) {
        let one = Band {
            tick,
            first: value,
            least: value,
            greatest: value,
            last: value,
        };
        match self.bands.last_mut() {
            Some(last) if last.tick / self.length == tick / self.length => last.take_in(one),
            _ => self.bands.push(one),
        }
        while self.bands.len() > MOST {
            self.length = self.length.saturating_mul(2);
            let length = self.length;
            self.bands.dedup_by(|next, band| {
                let same = next.tick / length == band.tick / length;
                if same {
                    band.take_in(*next);
                }
                same
            });
        }
    }

    /// What stays, in order of time.
    pub(crate) fn all(&self) -> &[Band] {
        &self.bands
    }

    /// The greatest value; 0 if there is none.
    pub(crate) fn greatest(&self) -> u64 {
        let greatest = self.bands.iter().map(|band| band.greatest);
        greatest.max().unwrap_or(0)
    }
}

impl Band {
    fn take_in(&mut self, next: Self) {
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
        fn nothing_sticks_out_and_peaks_stay(
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
