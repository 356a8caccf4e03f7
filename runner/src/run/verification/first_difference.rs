//! The first difference between a text that is being written and one that exists.
//!
//! Lines count from 1.

use std::io::{self, Read, Write};

/// A writer that compares its bytes with those of a reader.
pub(crate) struct Difference<R: Read> {
    other: R,
    line: u64,
    difference: Option<u64>,
}

impl<R: Read> Difference<R> {
    pub(crate) fn new(other: R) -> Self {
        Self {
            other,
            line: 1,
            difference: None,
        }
    }

    /// The line of the first difference. A reader that has bytes left differs in the last line.
    pub(crate) fn finish(mut self) -> io::Result<Option<u64>> {
        if self.difference.is_none() && self.other.read(&mut [0])? > 0 {
            self.difference = Some(self.line);
        }
        Ok(self.difference)
    }
}

impl<R: Read> Write for Difference<R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.difference.is_none() {
            let mut others = Vec::with_capacity(bytes.len());
            self.other
                .by_ref()
                .take(bytes.len() as u64)
                .read_to_end(&mut others)?;
            let same = bytes
                .iter()
                .zip(&others)
                .take_while(|(one, other)| one == other)
                .count();
            let lines = bytes[..same].iter().filter(|byte| **byte == b'\n').count();
            self.line += lines as u64;
            if same < bytes.len() {
                self.difference = Some(self.line);
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(original: &str, repeat: &str) -> Option<u64> {
        let mut difference = Difference::new(original.as_bytes());
        for row in repeat.split_inclusive('\n') {
            difference.write_all(row.as_bytes()).unwrap();
        }
        difference.finish().unwrap()
    }

    #[test]
    fn the_first_difference_is_found_by_its_line() {
        assert_eq!(compare("a\nb\n", "a\nb\n"), None);
        assert_eq!(compare("a\nb\nc\n", "a\nx\nc\n"), Some(2));
        assert_eq!(compare("a\nb\n", "a\n"), Some(2));
        assert_eq!(compare("a\n", "a\nb\n"), Some(2));
    }
}
