//! Files that appear whole: written aside under a hidden name, synced and renamed.
//!
//! Whoever looks finds the old file or the new one, never a part. One that grows keeps
//! to whole writes: what a failed write left half done is cut off.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::exit::Failure;

/// Writes a file whole: it appears under its name or the old one stays.
///
/// # Errors
/// What the system said, with the name of the file.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fill_whole(path, |file| {
        file.write_all(bytes).map_err(Failure::file("write", path))
    })
}

/// The same, of a file that is written part by part: it appears when `fill` is done.
///
/// # Errors
/// What the system or `fill` said.
pub(crate) fn fill_whole(
    path: &Path,
    fill: impl FnOnce(&mut Growing) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut file = Growing::begin(path)?;
    let aside = file.aside.clone();
    let filled = fill(&mut file).and_then(|()| file.finish());
    filled.inspect_err(|_| drop(fs::remove_file(&aside)))
}

/// The name of a file until it is whole.
pub(crate) fn hidden(name: &str) -> String {
    format!(".{name}.partial")
}

fn aside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(hidden(&name))
}

/// A file that is not there yet.
#[derive(Debug)]
pub(crate) struct Growing {
    file: File,
    aside: PathBuf,
    path: PathBuf,
    /// Bytes up to the end of the last write that succeeded.
    whole: u64,
}

impl Growing {
    /// Begins a file.
    ///
    /// # Errors
    /// What the system said, with the name of the file.
    pub(crate) fn begin(path: &Path) -> Result<Self, Failure> {
        let aside = aside(path);
        Ok(Self {
            file: File::create(&aside).map_err(Failure::file("create", path))?,
            aside,
            path: path.to_owned(),
            whole: 0,
        })
    }

    /// Goes on with a file that had so many bytes, whether it was finished or not.
    ///
    /// # Errors
    /// What the system said, with the name of the file, or that it is too short.
    pub(crate) fn go_on(path: &Path, bytes: u64) -> Result<Self, Failure> {
        let aside = aside(path);
        let opened = || -> io::Result<File> {
            if !aside.exists() {
                fs::rename(path, &aside)?;
            }
            let file = fs::OpenOptions::new().append(true).open(&aside)?;
            if file.metadata()?.len() < bytes {
                let what = "it is shorter than when the checkpoint was written";
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
            file.set_len(bytes)?;
            Ok(file)
        };
        let file = opened().map_err(Failure::file("go on with", path))?;
        Ok(Self {
            file,
            aside,
            path: path.to_owned(),
            whole: bytes,
        })
    }

    /// The name it will have.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where it is until then.
    pub(crate) fn aside(&self) -> &Path {
        &self.aside
    }

    /// Brings what was written to the disk: so many bytes.
    pub(crate) fn sync(&self) -> io::Result<u64> {
        self.file.sync_all()?;
        Ok(self.whole)
    }

    /// Syncs and renames. What a failed write left half done is cut off first.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let written = || -> io::Result<()> {
            self.file.set_len(self.whole)?;
            self.file.sync_all()?;
            fs::rename(&self.aside, &self.path)?;
            // The name is safe once the directory is; not every system can say so.
            if let Some(Ok(directory)) = self.path.parent().map(File::open) {
                let _ = directory.sync_all();
            }
            Ok(())
        };
        written().map_err(Failure::file("write", &self.path))
    }
}

impl Write for Growing {
    /// All of the bytes or none.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        self.whole += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_filled_leaves_the_old_file_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("table");
        write_whole(&path, b"old").unwrap();
        let failed = fill_whole(&path, |file| {
            file.write_all(b"half of the n").unwrap();
            Err(Failure::Broken("no more".into()))
        });
        assert_eq!(failed.unwrap_err().to_string(), "no more");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        fill_whole(&path, |file| {
            file.write_all(b"new").unwrap();
            Ok(())
        })
        .unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_cannot_be_begun_is_named_as_people_know_it() {
        let root = tempfile::tempdir().unwrap();
        let refused = write_whole(&root.path().join("no/table"), b"").unwrap_err();
        assert!(refused.to_string().contains("no/table:"), "{refused}");
        assert_eq!(refused.exit() as u8, 2);
    }
}
