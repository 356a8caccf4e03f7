//! Reading whole files up to a size limit, in bytes.
//!
//! A file larger than any file of its name is another file given by mistake, or an endless device.
//! Files that grow with the length of a run (series, ledgers, checkpoints) have no limit.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// The largest manifest.
pub(crate) const MANIFEST: u64 = 1 << 20;
/// The largest summary, also as a baseline.
pub(crate) const SUMMARY: u64 = 16 << 20;
/// The largest timeline.
pub(crate) const TIMELINE: u64 = 64 << 20;
/// The largest answer: a map of a million points needs some hundred bytes for each.
pub(crate) const ANSWER: u64 = 256 << 20;

/// Reads a file.
///
/// # Errors
/// Returns an error if the file cannot be read or has more than `most` bytes.
pub(crate) fn whole(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = File::open(path)?.take(most + 1);
    file.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it is larger than {most} bytes, the limit of such a file"),
        ));
    }
    Ok(bytes)
}

/// Checks that a reader reports the limit for a file one byte larger, and not for a file of `most`
/// bytes. `read` reads the sparse file and returns the error text.
#[cfg(test)]
pub(crate) fn assert_limited(path: &Path, most: u64, read: impl Fn() -> String) {
    for (bytes, is_allowed) in [(most, true), (most + 1, false)] {
        File::create(path).unwrap().set_len(bytes).unwrap();
        let error = read();
        let says = error.contains(&format!("larger than {most} bytes"));
        assert_eq!(says, !is_allowed, "{bytes} bytes: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_larger_than_the_limit_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("x");
        std::fs::write(&path, "four").unwrap();
        assert_eq!(whole(&path, 4).unwrap(), b"four");
        let refused = whole(&path, 3).unwrap_err();
        assert!(
            refused.to_string().contains("larger than 3 bytes"),
            "{refused}"
        );
        assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
    }
}
