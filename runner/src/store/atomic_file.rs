//! A file that appears under its name when it is finished.
//!
//! Until then it grows under a hidden name in the same directory, which is created and never
//! followed if it is a link. A hash of the written bytes is kept, so that a file which another
//! process changed is neither finished nor copied into a checkpoint. Sizes are in bytes.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crate::host::{
    durable::{create_in_place, create_new, sync_parent},
    error::FileError,
    same_file::is_at,
};

/// What happens to an existing file of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It stays, and the new file is an error.
    Kept,
    /// It is replaced.
    Replaced,
}

impl Existing {
    /// Replaced with `--force`.
    pub(crate) fn with_force(force: bool) -> Self {
        if force { Self::Replaced } else { Self::Kept }
    }
}

/// The number of hidden names that are tried.
const MOST_NAMES: u32 = 10_000;

/// The hidden name of a file until it is finished.
pub(crate) fn hidden(name: &str) -> String {
    format!(".{name}.partial")
}

/// A file that is not finished yet.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    file: File,
    aside: PathBuf,
    path: PathBuf,
    existing: Existing,
    /// Whether the hidden file stays if it cannot be finished, because a later process continues it.
    continued: bool,
    /// The length up to the end of the last successful write, and the hash of these bytes.
    whole: u64,
    hash: blake3::Hasher,
}

impl AtomicFile {
    /// Creates a file in a directory that this process has locked. A hidden file that a killed
    /// process left is replaced.
    ///
    /// # Errors
    /// Returns an error with the path if the file cannot be created.
    pub(crate) fn begin(directory: &Path, name: &str) -> Result<Self, FileError> {
        let (path, aside) = (directory.join(name), directory.join(hidden(name)));
        let file = create_in_place(&aside).map_err(FileError::at("create", &path))?;
        Ok(Self {
            continued: true,
            ..Self::empty(file, aside, path, Existing::Replaced)
        })
    }

    /// Creates a file in any directory, under a hidden name that no other file has. If it cannot be
    /// finished, nothing of it stays.
    ///
    /// # Errors
    /// Returns an error with the path if the file cannot be created.
    pub(crate) fn begin_aside(path: &Path, existing: Existing) -> Result<Self, FileError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut number = 1;
        loop {
            let aside = path.with_file_name(match number {
                1 => hidden(&name),
                _ => hidden(&format!("{name}.{number}")),
            });
            match create_new(&aside) {
                Ok(file) => return Ok(Self::empty(file, aside, path.to_owned(), existing)),
                Err(error)
                    if error.kind() == io::ErrorKind::AlreadyExists && number < MOST_NAMES =>
                {
                    number += 1;
                }
                Err(error) => return Err(FileError::at("create", path)(error)),
            }
        }
    }

    fn empty(file: File, aside: PathBuf, path: PathBuf, existing: Existing) -> Self {
        Self {
            file,
            aside,
            path,
            existing,
            continued: false,
            whole: 0,
            hash: blake3::Hasher::new(),
        }
    }

    /// Continues a file, finished or not, that must begin with the bytes `first`. Returns the file,
    /// and the offset of the first byte that differed, if any; the file is corrected.
    ///
    /// # Errors
    /// Returns an error with the path if the file cannot be read or written.
    pub(crate) fn resume(
        directory: &Path,
        name: &str,
        first: &[u8],
    ) -> Result<(Self, Option<u64>), FileError> {
        let (path, aside) = (directory.join(name), directory.join(hidden(name)));
        let opened = || -> io::Result<_> {
            if fs::symlink_metadata(&aside).is_err() && path.exists() {
                fs::rename(&path, &aside)?;
            }
            let is_file = fs::symlink_metadata(&aside).is_ok_and(|found| found.is_file());
            let mut file = if is_file {
                open(&aside)?
            } else {
                create_in_place(&aside)?
            };
            let mut there = Vec::new();
            (&file).take(first.len() as u64).read_to_end(&mut there)?;
            let pairs = there.iter().zip(first);
            let same = pairs.take_while(|(one, other)| one == other).count();
            file.set_len(same as u64)?;
            file.write_all(&first[same..])?;
            Ok((file, (same < first.len()).then_some(same as u64)))
        };
        let (file, wrong) = opened().map_err(FileError::at("continue", &path))?;
        let mut hash = blake3::Hasher::new();
        hash.update(first);
        let whole = first.len() as u64;
        let growing = Self {
            file,
            aside,
            path,
            existing: Existing::Replaced,
            continued: true,
            whole,
            hash,
        };
        Ok((growing, wrong))
    }

    /// The path of the finished file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The size and the bytes written so far.
    ///
    /// # Errors
    /// Returns an error if another process changed the file.
    pub(crate) fn bytes(&self) -> io::Result<(u64, impl Read + '_)> {
        self.check()?;
        Ok((self.whole, self.reader()?))
    }

    fn reader(&self) -> io::Result<io::Take<&File>> {
        let mut file = &self.file;
        // The file is open for appending: reading does not move the position of writes.
        file.seek(SeekFrom::Start(0))?;
        Ok(file.take(self.whole))
    }

    fn check(&self) -> io::Result<()> {
        let mut found = blake3::Hasher::new();
        io::copy(&mut self.reader()?, &mut found)?;
        if found.finalize() == self.hash.finalize() {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "another program changed it during the run",
        ))
    }

    /// Syncs the file to disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Creates the file again if it was removed or renamed. The open file still has the bytes.
    ///
    /// # Errors
    /// Returns an error with the path if the file cannot be created.
    pub(crate) fn ensure_exists(&mut self) -> Result<(), FileError> {
        if is_at(&self.file, &self.aside) {
            return Ok(());
        }
        let copied = || -> io::Result<File> {
            let file = create_in_place(&self.aside)?;
            let (_, mut bytes) = self.bytes()?;
            io::copy(&mut bytes, &mut &file)?;
            Ok(file)
        };
        self.file = copied().map_err(FileError::at("write", &self.aside))?;
        Ok(())
    }

    /// Removes the file.
    pub(crate) fn discard(self) {
        // Ignore errors: the file is overwritten when its name is used again.
        let _ = fs::remove_file(&self.aside);
    }

    /// Syncs and renames the file. The rest of a failed write is cut off first.
    ///
    /// # Errors
    /// Returns an error with the path if the file cannot be written or another process changed it.
    pub(crate) fn finish(self) -> Result<(), FileError> {
        let written = || -> io::Result<()> {
            self.file.set_len(self.whole)?;
            self.check()?;
            self.file.sync_all()?;
            match self.existing {
                Existing::Replaced => fs::rename(&self.aside, &self.path),
                Existing::Kept => rename_to_new(&self.aside, &self.path),
            }
        };
        written().map_err(|error| {
            if !self.continued {
                // Ignore errors: nothing can be written or removed.
                let _ = fs::remove_file(&self.aside);
            }
            FileError::at("write", &self.path)(error)
        })?;
        sync_parent(&self.path)
    }

    /// The BLAKE3 hash of all bytes, in hex.
    pub(crate) fn hash(&self) -> String {
        self.hash.finalize().to_hex().to_string()
    }
}

fn open(aside: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).open(aside)
}

/// Renames a file unless another has the name.
fn rename_to_new(aside: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(aside, path) {
        Ok(()) => fs::remove_file(aside),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // The file system has no hard links.
        Err(_) if fs::symlink_metadata(path).is_err() => fs::rename(aside, path),
        Err(_) => Err(io::ErrorKind::AlreadyExists.into()),
    }
}

impl Write for AtomicFile {
    /// Writes all of the bytes or none.
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

/// Writes a file into a directory of this program; on an error the old file stays.
///
/// # Errors
/// Returns an error with the path if the file cannot be written.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    fill_whole(path, |file| {
        file.write_all(bytes).map_err(FileError::at("write", path))
    })
}

/// The same for a file that `fill` writes part by part.
///
/// # Errors
/// Returns an error if the file cannot be written, and the errors of `fill`.
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
    fn a_file_that_another_program_changed_is_never_finished() {
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
            assert!(refused.contains("another program"), "{refused}");
            assert!(!root.path().join(NAME).exists());
        }
    }

    #[test]
    fn a_file_beside_others_that_cannot_be_finished_leaves_nothing() {
        for existing in [Existing::Kept, Existing::Replaced] {
            let root = tempfile::tempdir().unwrap();
            let path = root.path().join(NAME);
            fs::create_dir_all(path.join("mine")).unwrap();
            let file = AtomicFile::begin_aside(&path, existing).unwrap();
            assert!(file.finish().is_err());
            assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_continued_file_begins_with_the_given_bytes() {
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
    fn a_removed_file_is_created_again() {
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
