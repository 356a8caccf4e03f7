//! The digest: a 64-bit hash of a simulation state.
//!
//! [`Digester`] is a `std::hash::Hasher` with the same values on every platform: it hashes
//! each integer by its value, and sizes as 64 bits. Equal digests of two runs mean equal
//! states, except for collisions of 64-bit hashes. A model can leave values that it only reports,
//! such as counters, out of the hash of its world; the digest does not cover them. The hash is not
//! cryptographic.

use std::hash::{Hash, Hasher};

const PRIME_A: u64 = 0x9E37_79B9_7F4A_7C15;
const PRIME_B: u64 = 0xD6E8_FEB8_6659_FD93;

/// A hasher with the same values on every platform.
#[derive(Clone, Debug)]
pub struct Digester(u64);

impl Digester {
    /// Creates a hasher that has hashed nothing yet.
    pub fn new() -> Self {
        Self(0x243F_6A88_85A3_08D3)
    }

    /// Returns the digest of one value.
    pub fn hash_one<T: Hash + ?Sized>(value: &T) -> u64 {
        let mut digester = Self::new();
        value.hash(&mut digester);
        digester.finish()
    }

    #[inline]
    fn mix(&mut self, word: u64) {
        let wide = u128::from(self.0 ^ word ^ PRIME_A) * u128::from(PRIME_B);
        self.0 = (wide as u64) ^ ((wide >> 64) as u64).wrapping_add(word.rotate_left(29));
    }
}

impl Default for Digester {
    fn default() -> Self {
        Self::new()
    }
}

impl Hasher for Digester {
    fn finish(&self) -> u64 {
        let mut last = self.clone();
        last.mix(PRIME_A);
        last.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.mix(u64::from_le_bytes(word));
        }
        self.mix(bytes.len() as u64);
    }

    fn write_u8(&mut self, value: u8) {
        self.mix(value.into());
    }
    fn write_u16(&mut self, value: u16) {
        self.mix(value.into());
    }
    fn write_u32(&mut self, value: u32) {
        self.mix(value.into());
    }
    fn write_u64(&mut self, value: u64) {
        self.mix(value);
    }
    fn write_u128(&mut self, value: u128) {
        self.mix(value as u64);
        self.mix((value >> 64) as u64);
    }
    fn write_usize(&mut self, value: usize) {
        self.mix(value as u64);
    }
    fn write_i8(&mut self, value: i8) {
        self.mix(value as u64);
    }
    fn write_i16(&mut self, value: i16) {
        self.mix(value as u64);
    }
    fn write_i32(&mut self, value: i32) {
        self.mix(value as u64);
    }
    fn write_i64(&mut self, value: i64) {
        self.mix(value as u64);
    }
    fn write_i128(&mut self, value: i128) {
        self.write_u128(value as u128);
    }
    fn write_isize(&mut self, value: isize) {
        self.mix(value as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_value_change_the_digest() {
        assert_ne!(
            Digester::hash_one(&[1u32, 2]),
            Digester::hash_one(&[2u32, 1])
        );
        assert_ne!(Digester::hash_one(&0u64), Digester::hash_one(&1u64));
        assert_ne!(Digester::hash_one(&(0u64, 0u64)), Digester::hash_one(&0u64));
    }

    #[test]
    fn integers_are_hashed_by_value() {
        // A change here changes every digest ever printed.
        assert_eq!(
            Digester::hash_one(&(1u8, 2u32, 3u64)),
            Digester::hash_one(&(1u64, 2u64, 3u64))
        );
    }
}
