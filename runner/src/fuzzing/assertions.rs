//! Assertions that all fuzz targets have in common.

use std::fmt::Display;

use crate::host::escape;

/// Asserts that an error has a message, and returns it.
pub(super) fn sentence(error: &impl Display) -> String {
    let text = escape::message(&error.to_string());
    assert!(!text.trim().is_empty(), "an error without a message");
    text
}

/// Asserts that the message of an error has a position: a line, a byte or a block.
pub(super) fn placed(error: &impl Display) {
    let text = sentence(error);
    let place = |word: &str| {
        let mut rest = text.as_str();
        while let Some(at) = rest.find(word) {
            rest = rest[at + word.len()..].trim_start_matches([':', ' ']);
            if rest.starts_with(|c: char| c.is_ascii_digit()) {
                return true;
            }
        }
        false
    };
    let known = ["line", "byte", "block"].into_iter().any(place);
    assert!(known, "an error without a position: {text}");
}

/// Bytes as text, if they are UTF-8.
pub(super) fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// `whole` with one bit flipped, and `whole` without its end, at a position that follows from
/// `bytes`.
pub(super) fn damaged(whole: &[u8], bytes: &[u8]) -> [Vec<u8>; 2] {
    let sum = bytes.iter().fold(bytes.len(), |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(usize::from(*byte))
    });
    let place = sum % whole.len().max(1);
    let mut flipped = whole.to_vec();
    if let Some(byte) = flipped.get_mut(place) {
        *byte ^= 1 << (sum / whole.len().max(1) % 8);
    }
    [flipped, whole[..place.min(whole.len())].to_vec()]
}
