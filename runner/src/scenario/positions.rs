//! Lines and columns of byte offsets in a text. Both count from 1, columns in characters.

use crate::scenario::origin::Origin;

/// Bytes between two stored character counts.
const STRIDE: usize = 1 << 10;

/// An index of lines and columns of a text. A file can be one line of a million bytes with a value
/// in every third of them, so a lookup must not scan the text.
pub(crate) struct LineIndex<'a> {
    pub(crate) text: &'a str,
    /// The byte offset of each line.
    starts: Vec<usize>,
    /// The number of characters that begin before each multiple of the stride.
    counts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0)
            .chain(breaks.map(|(at, _)| at + 1))
            .collect();
        let mut counts = vec![0];
        let mut count = 0;
        for chunk in text.as_bytes().chunks(STRIDE) {
            count += beginnings(chunk);
            counts.push(count);
        }
        Self {
            text,
            starts,
            counts,
        }
    }

    /// The line and column of a byte of the text.
    pub(crate) fn place(&self, byte: usize) -> Origin {
        let byte = byte.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= byte);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        Origin::File {
            line,
            column: self.characters(byte) - self.characters(start) + 1,
        }
    }

    /// The number of characters that begin before a byte.
    fn characters(&self, byte: usize) -> usize {
        let stride = byte / STRIDE;
        self.counts[stride] + beginnings(&self.text.as_bytes()[stride * STRIDE..byte])
    }
}

/// The number of characters that begin in some bytes, which may cut a character in two.
fn beginnings(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        let lines = LineIndex::new("ab\n\u{e9}x\r\n\nz");
        let place = |byte| match lines.place(byte) {
            Origin::File { line, column } => (line, column),
            other => panic!("{other:?}"),
        };
        assert_eq!(place(0), (1, 1));
        assert_eq!(place(2), (1, 3));
        assert_eq!(place(3), (2, 1));
        assert_eq!(place(5), (2, 2));
        assert_eq!(place(8), (3, 1));
        assert_eq!(place(9), (4, 1));
        assert_eq!(place(10), (4, 2));
        assert_eq!(place(999), (4, 2));
        let long = "\u{e9}".repeat(5_000);
        assert_eq!(
            LineIndex::new(&long).place(8_000),
            Origin::File {
                line: 1,
                column: 4_001
            }
        );
    }
}
