//! Files that are read whole, and the most bytes each may have.
//!
//! A run directory is a place where anybody can put anything; what is larger than any file of
//! its name is another one, given by mistake, or a device that never ends. What grows with the
//! length of a run (series, ledgers, checkpoints) is read piece by piece, or as long as it is.

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
/// The largest answer: a map of a million points has some hundred bytes of each.
pub(crate) const ANSWER: u64 = 256 << 20;

/// The bytes of a file.
///
/// # Errors
/// What the system said, or that it has more than `most` bytes.
pub(crate) fn whole(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = File::open(path)?.take(most + 1);
    file.read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it is larger than {most} bytes, the most such a file has"),
        )),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        experiment::storage::answer::Answered, results::expectations::Expectations,
        store::manifest::Manifest,
    };

    #[test]
    fn a_file_has_no_more_than_its_most_bytes() {
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

    /// Files that have a length and no bytes, as large as each limit and larger.
    #[test]
    fn each_reader_has_its_limit() {
        let root = tempfile::tempdir().unwrap();
        let long = |name: &str, bytes: u64| {
            let file = File::create(root.path().join(name)).unwrap();
            file.set_len(bytes).unwrap();
        };
        let place = root.path();
        let limited = |most: u64, refused: String, whole: bool| {
            let says = format!("larger than {most} bytes");
            assert_eq!(refused.contains(&says), !whole, "{refused}");
        };
        for more in [0, 1] {
            long("manifest.json", MANIFEST + more);
            let refused = Manifest::read(place).unwrap_err().to_string();
            limited(MANIFEST, refused, more == 0);
            long("baseline.json", SUMMARY + more);
            let baseline = place.join("baseline.json");
            let refused = Expectations::new(&[], Some(&baseline), 0.0)
                .unwrap_err()
                .to_string();
            limited(SUMMARY, refused, more == 0);
            long("answer.json", ANSWER + more);
            let refused = Answered::read(place).unwrap_err().to_string();
            limited(ANSWER, refused, more == 0);
        }
    }
}
