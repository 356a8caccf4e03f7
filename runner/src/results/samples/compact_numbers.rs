//! The compact text of a list of numbers, for records with many of them.
//!
//! Each number is written as its difference to the one before, with the sign in the lowest bit, in
//! digits of five bits, the lowest first: most take one to three characters. Invariant: a list has one
//! text, and only that text is read.

use serde::{Deserialize, Deserializer, Serializer};

/// The digits, each for six bits.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// The bit of a digit that says that another follows, and the bits of a number in a digit.
const MORE: u64 = 32;
const BITS: u32 = 5;

/// Writes numbers as text.
pub(in crate::results) fn write<T: Copy + Into<u64>, S: Serializer>(
    values: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut text = String::new();
    let mut before = 0_u64;
    for value in values {
        let value: u64 = (*value).into();
        let difference = value.wrapping_sub(before) as i64;
        before = value;
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

/// Reads the text of [`write`] from a deserializer; `None` if it is not such a text, or if a number does
/// not fit.
pub(in crate::results) fn read<'de, T: TryFrom<u64>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    Ok(decode(&String::deserialize(deserializer)?))
}

/// Reads the text of [`write`]; `None` if it is not such a text, or if a number does not fit.
pub(in crate::results) fn decode<T: TryFrom<u64>>(text: &str) -> Option<Vec<T>> {
    let mut values = Vec::new();
    let (mut before, mut number, mut shift) = (0_u64, 0_u64, 0);
    for byte in text.bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == byte)? as u64;
        let part = digit % MORE;
        let is_last = digit < MORE;
        // A last digit of zero after others would be a second text of the same number.
        let is_short = part != 0 || !is_last || shift == 0;
        if shift >= u64::BITS || (part << shift) >> shift != part || !is_short {
            return None;
        }
        number |= part << shift;
        shift += BITS;
        if is_last {
            let difference = (number >> 1) as i64 ^ -((number & 1) as i64);
            before = before.wrapping_add(difference as u64);
            values.push(T::try_from(before).ok()?);
            (number, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(values)
}
