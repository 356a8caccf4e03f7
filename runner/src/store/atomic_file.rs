//! A file that grows during a run and appears when it is finished.
//!
//! It grows under a hidden name beside the one it will have. What was written to it is
//! remembered as a hash, so that it is never finished, nor copied into a checkpoint, with
//! bytes that others put there. Sizes are in bytes.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crate::host::{error::FileError, same_file::is_at};

/// The name of a file until it is finished.
pub(crate) fn hidden(name: &str) -> String {
    format!(".{name}.partial")
}

/// A file that is not there yet.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    file: File,
    aside: PathBuf,
    path: PathBuf,
    /// Bytes up to the end of the last write that succeeded, and their hash.
    whole: u64,
    hash: blake3::Hasher,
}

impl AtomicFile {
    /// Begins one in a directory.
    ///
    /// # Errors
    /// What the system said, with its name.
    pub(crate) fn begin(directory: &Path, name: &str) -> Result<Self, FileError> {
        let (path, aside) = (directory.join(name), directory.join(hidden(name)));
        let emptied = open(&aside).and_then(|file| file.set_len(0).map(|()| file));
        Ok(Self {
            file: emptied.map_err(FileError::at("create", &path))?,
            path,
            aside,
            whole: 0,
            hash: blake3::Hasher::new(),
        })
    }

    /// Goes on with one, whether it was finished or not, of which these are the first bytes.
    /// What is there otherwise is put right, and where that began is given, too.
    ///
    /// # Errors
    /// What the system said, with its name.
    pub(crate) fn resume(
        directory: &Path,
        name: &str,
        first: &[u8],
    ) -> Result<(Self, Option<u64>), FileError> {
        let (path, aside) = (directory.join(name), directory.join(hidden(name)));
        let opened = || -> io::Result<_> {
            if !aside.exists() && path.exists() {
                fs::rename(&path, &aside)?;
            }
            let mut file = open(&aside)?;
            let mut there = Vec::new();
            (&file).take(first.len() as u64).read_to_end(&mut there)?;
            let pairs = there.iter().zip(first);
            let same = pairs.take_while(|(one, other)| one == other).count();
            file.set_len(same as u64)?;
            file.write_all(&first[same..])?;
            Ok((file, (same < first.len()).then_some(same as u64)))
        };
        let (file, wrong) = opened().map_err(FileError::at("go on with", &path))?;
        let mut hash = blake3::Hasher::new();
        hash.update(first);
        let whole = first.len() as u64;
        let growing = Self {
            file,
            aside,
            path,
            whole,
            hash,
        };
        Ok((growing, wrong))
    }

    /// The name it will have.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its size, and its bytes as they were written.
    ///
    /// # Errors
    /// That others have changed it.
    pub(crate) fn bytes(&self) -> io::Result<(u64, impl Read + '_)> {
        self.check()?;
        Ok((self.whole, self.reader()?))
    }

    fn reader(&self) -> io::Result<io::Take<&File>> {
        let mut file = &self.file;
        // Writes go to the end, wherever it was read last.
        file.seek(SeekFrom::Start(0))?;
        Ok(file.take(self.whole))
    }

    fn check(&self) -> io::Result<()> {
        let mut found = blake3::Hasher::new();
        io::copy(&mut self.reader()?, &mut found)?;
        match found.finalize() == self.hash.finalize() {
            true => Ok(()),
            false => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "somebody else has changed it while the run was under way",
            )),
        }
    }

    /// Brings what was written to the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Makes it again if it was removed or renamed. The open file still has its bytes.
    ///
    /// # Errors
    /// What the system said, with its name.
    pub(crate) fn ensure_exists(&mut self) -> Result<(), FileError> {
        if is_at(&self.file, &self.aside) {
            return Ok(());
        }
        let copied = || -> io::Result<File> {
            let file = open(&self.aside)?;
            file.set_len(0)?;
            let (_, mut bytes) = self.bytes()?;
            io::copy(&mut bytes, &mut &file)?;
            Ok(file)
        };
        self.file = copied().map_err(FileError::at("write", &self.aside))?;
        Ok(())
    }

    /// Leaves no trace of it.
    pub(crate) fn discard(self) {
        // What cannot be removed now is written over when its name is used again.
        let _ = fs::remove_file(&self.aside);
    }

    /// Syncs and renames. What a failed write left half done is cut off first.
    ///
    /// # Errors
    /// What the system said, or that others have changed it, with its name.
    pub(crate) fn finish(self) -> Result<(), FileError> {
        let written = || -> io::Result<()> {
            self.file.set_len(self.whole)?;
            self.check()?;
            self.file.sync_all()?;
            fs::rename(&self.aside, &self.path)?;
            // The name is safe once the directory is; not every system can say so.
            if let Some(Ok(directory)) = self.path.parent().map(File::open) {
                let _ = directory.sync_all();
            }
            Ok(())
        };
        written().map_err(FileError::at("write", &self.path))
    }

    /// A hash of all its bytes, in hex.
    pub(crate) fn hash(&self) -> String {
        self.hash.finalize().to_hex().to_string()
    }
}

fn open(aside: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(aside)
}

impl Write for AtomicFile {
    /// All of the bytes or none.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        self.whole += bytes.len() as u64;
        self.hash.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes a file whole that is no result of a run under way: it appears under its name or
/// the old one stays.
///
/// # Errors
/// What the system said, with the name of the file.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    fill_whole(path, |file| {
        file.write_all(bytes).map_err(FileError::at("write", path))
    })
}

/// The same, of a file that is written part by part: it appears when `fill` is done.
///
/// # Errors
/// What the system or `fill` said.
pub(crate) fn fill_whole<E: From<FileError>>(
    path: &Path,
    fill: impl FnOnce(&mut AtomicFile) -> Result<(), E>,
) -> Result<(), E> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let directory = path.parent().unwrap_or(Path::new(""));
    let mut file = AtomicFile::begin(directory, &name)?;
    let aside = file.aside.clone();
    let filled = fill(&mut file).and_then(|()| Ok(file.finish()?));
    filled.inspect_err(|_| drop(fs::remove_file(&aside)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "series.csv";

    fn read(directory: &Path) -> Vec<u8> {
        fs::read(directory.join(NAME)).unwrap()
    }

    #[test]
    fn what_others_put_into_it_is_never_finished() {
        let root = tempfile::tempdir().unwrap();
        let aside = root.path().join(hidden(NAME));
        let spoils: [fn(&Path); 3] = [
            |path| fs::write(path, "one\ntwx\n").unwrap(),
            |path| drop(File::create(path).unwrap()),
            |path| {
                let mut file = OpenOptions::new().append(true).open(path).unwrap();
                file.write_all(b"more\n").unwrap();
            },
        ];
        for spoil in spoils {
            let mut growing = AtomicFile::begin(root.path(), NAME).unwrap();
            growing.write_all(b"one\ntwo\n").unwrap();
            spoil(&aside);
            growing.write_all(b"three\n").unwrap();
            assert!(growing.bytes().is_err());
            let refused = growing.finish().unwrap_err().to_string();
            assert!(refused.contains("somebody else"), "{refused}");
            assert!(!root.path().join(NAME).exists());
        }
    }

    #[test]
    fn it_goes_on_as_it_was_whatever_is_there() {
        let root = tempfile::tempdir().unwrap();
        let (path, aside) = (root.path().join(NAME), root.path().join(hidden(NAME)));
        let first = b"one\ntwo\n";
        let states: [(&Path, &[u8], Option<u64>); 6] = [
            (&path, b"one\ntwo\n", None),
            (&aside, b"one\ntwo\nand mo", None),
            (&aside, b"one\ntw", Some(6)),
            (&path, b"one\nTwo\nthree\n", Some(4)),
            (&aside, b"", Some(0)),
            (&path, b"another", Some(0)),
        ];
        for (place, text, wrong) in states {
            fs::write(place, text).unwrap();
            let (mut growing, found) = AtomicFile::resume(root.path(), NAME, first).unwrap();
            assert_eq!(found, wrong);
            growing.write_all(b"three\n").unwrap();
            growing.finish().unwrap();
            assert_eq!(read(root.path()), b"one\ntwo\nthree\n");
            fs::remove_file(&path).unwrap();
        }
        let (_, found) = AtomicFile::resume(root.path(), NAME, first).unwrap();
        assert_eq!(found, Some(0));
    }

    #[cfg(unix)]
    #[test]
    fn one_that_vanishes_is_made_again() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("run");
        fs::create_dir(&directory).unwrap();
        let mut growing = AtomicFile::begin(&directory, NAME).unwrap();
        growing.write_all(b"one\n").unwrap();
        fs::rename(&directory, root.path().join("moved")).unwrap();
        assert!(growing.ensure_exists().is_err());
        fs::create_dir(&directory).unwrap();
        growing.ensure_exists().unwrap();
        growing.write_all(b"two\n").unwrap();
        fs::remove_file(directory.join(hidden(NAME))).unwrap();
        growing.write_all(b"three\n").unwrap();
        growing.ensure_exists().unwrap();
        growing.finish().unwrap();
        assert_eq!(read(&directory), b"one\ntwo\nthree\n");
    }
}
