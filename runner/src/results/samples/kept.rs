//! Chosen columns of the series of a run, kept whole, and their compact text.
//!
//! Numbers are written as the differences of each to the one before, in digits of five bits, the
//! lowest first: most take one to three characters. A column is in thousandths of its unit or in
//! whole units, as in `series.csv`; ticks are seconds after the start of the run.

use patchday_agents::metrics::cell::Cell;
use patchday_core::Tick;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Chosen columns of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptSeries {
    /// The ticks of the samples.
    #[serde(serialize_with = "write", deserialize_with = "read")]
    pub(crate) ticks: Vec<u64>,
    pub(crate) columns: Vec<KeptColumn>,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptColumn {
    pub(crate) name: String,
    /// Whether the values are in thousandths.
    thousandths: bool,
    /// A value for each tick.
    #[serde(serialize_with = "write", deserialize_with = "read")]
    values: Vec<u64>,
}

impl KeptColumn {
    /// The value at a sample.
    pub(crate) fn cell(&self, sample: usize) -> Option<Cell> {
        let value = *self.values.get(sample)?;
        Some(match self.thousandths {
            true => Cell::Thousandths(value),
            false => Cell::Count(value),
        })
    }
}

impl KeptSeries {
    /// No samples yet, of columns with these names.
    pub(crate) fn new(names: &[String]) -> Self {
        let column = |name: &String| KeptColumn {
            name: name.clone(),
            ..KeptColumn::default()
        };
        Self {
            ticks: Vec::new(),
            columns: names.iter().map(column).collect(),
        }
    }

    /// Adds a sample: a cell for each column.
    pub(crate) fn add(&mut self, tick: Tick, cells: impl Iterator<Item = Cell>) {
        self.ticks.push(tick.into());
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            match cell {
                Cell::Count(count) => column.values.push(count),
                Cell::Thousandths(value) => {
                    column.thousandths = true;
                    column.values.push(value);
                }
            }
        }
    }

    /// Whether it has these columns, and a value of each at every tick.
    pub(crate) fn is_of(&self, names: &[String]) -> bool {
        let known = self.columns.iter().map(|column| &column.name);
        let whole = |column: &KeptColumn| column.values.len() == self.ticks.len();
        known.eq(names) && self.columns.iter().all(whole)
    }
}

/// The digits of the compact form.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// The bit of a digit that says that another follows, and the bits of a number in a digit.
const MORE: u64 = 32;
const BITS: u32 = 5;

fn write<S: Serializer>(values: &[u64], serializer: S) -> Result<S::Ok, S::Error> {
    let mut text = String::new();
    let mut before = 0_u64;
    for value in values {
        let difference = value.wrapping_sub(before) as i64;
        before = *value;
        // The sign is the lowest bit.
        let mut rest = ((difference << 1) ^ (difference >> 63)) as u64;
        loop {
            let more = if rest >= MORE { MORE } else { 0 };
            text.push(char::from(DIGITS[((rest % MORE) | more) as usize]));
            rest >>= BITS;
            if more == 0 {
                break;
            }
        }
    }
    serializer.serialize_str(&text)
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    decode(&text).ok_or_else(|| D::Error::custom("the values of a column are damaged"))
}

/// Reads the text of [`write`]; `None` if it is not such a text.
fn decode(text: &str) -> Option<Vec<u64>> {
    let mut values = Vec::new();
    let (mut before, mut number, mut shift) = (0_u64, 0_u64, 0);
    for byte in text.bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == byte)? as u64;
        let part = digit % MORE;
        if shift >= u64::BITS || (part << shift) >> shift != part {
            return None;
        }
        number |= part << shift;
        shift += BITS;
        if digit < MORE {
            let difference = (number >> 1) as i64 ^ -((number & 1) as i64);
            before = before.wrapping_add(difference as u64);
            values.push(before);
            (number, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_back_as_they_were_written_and_are_small() {
        let names = ["online".to_owned(), "login_wait_s".to_owned()];
        let mut kept = KeptSeries::new(&names);
        let odd = [0, u64::MAX, 1, u64::MAX / 2, 7, 0];
        for (place, value) in odd.into_iter().enumerate() {
            let cells = [Cell::Count(value), Cell::Thousandths(value)];
            kept.add(60 * place as Tick, cells.into_iter());
        }
        let text = serde_json::to_string(&kept).unwrap();
        let read: KeptSeries = serde_json::from_str(&text).unwrap();
        assert_eq!(read, kept);
        assert_eq!(read.columns[0].cell(1), Some(Cell::Count(u64::MAX)));
        assert_eq!(read.columns[1].cell(4), Some(Cell::Thousandths(7)));
        assert!(kept.is_of(&names) && !kept.is_of(&names[..1]));
        let mut day = KeptSeries::new(&names[..1]);
        for minute in 1..=1_440 {
            let online = 50_000 + 37 * (u64::from(minute) % 60);
            day.add(60 * minute, std::iter::once(Cell::Count(online)));
        }
        let text = serde_json::to_string(&day).unwrap();
        assert!(text.len() < 1_440 * 5, "{}", text.len());
    }

    #[test]
    fn damaged_numbers_are_refused() {
        for damaged in ["g", "!", "gggggggggggggggA", "ggggggggggggB_"] {
            assert_eq!(decode(damaged), None, "{damaged}");
        }
        assert_eq!(decode("gT").as_deref(), Some(&[304][..]));
    }
}
