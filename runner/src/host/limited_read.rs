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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        experiment::storage::answer::AnswerFile, results::expectations::Expectations,
        store::manifest::Manifest,
    };

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

    /// Sparse files, as large as each limit and one byte larger.
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
            let refused = AnswerFile::read(place).unwrap_err().to_string();
            limited(ANSWER, refused, more == 0);
        }
    }
}
