//! The process that holds the lock of a file or directory, for messages.
//!
//! Linux lists all locks in a table of `/proc`; on other systems the process is unknown.

use std::fs::{self, File};

/// The process that holds a lock, if the system tells. Displays as a part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LockHolder(Option<u32>);

impl LockHolder {
    /// The process that holds the lock of a file or directory.
    pub(crate) fn of(file: &File) -> Self {
        let table = fs::read_to_string("/proc/locks").unwrap_or_default();
        Self(identity(file).and_then(|identity| process_in(&table, &identity)))
    }
}

impl std::fmt::Display for LockHolder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(process) => write!(formatter, " (process {process})"),
            None => Ok(()),
        }
    }
}

/// Device and inode of a file, as the table of locks shows them.
#[cfg(unix)]
fn identity(file: &File) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let known = file.metadata().ok()?;
    let device = known.dev();
    // The numbers of a device are interleaved in 64 bits.
    let major = (device >> 8) & 0xfff | (device >> 32) & !0xfff;
    let minor = device & 0xff | (device >> 12) & !0xff & 0xffff_ffff;
    Some(format!("{major:02x}:{minor:02x}:{}", known.ino()))
}

#[cfg(not(unix))]
fn identity(_: &File) -> Option<String> {
    None
}

/// The process that holds a lock of the file with this identity, in the text of `/proc/locks`.
fn process_in(table: &str, identity: &str) -> Option<u32> {
    // `1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF`; processes that wait have `->` second.
    let held = table.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_it = words.get(1) == Some(&"FLOCK") && words.get(5) == Some(&identity);
        is_it.then(|| words[4].parse().ok()).flatten()
    });
    held.filter(|process| *process > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_read_from_the_table_of_locks() {
        let table = "1: POSIX  ADVISORY  WRITE 11 08:01:7 0 EOF\n\
                     2: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 12 08:01:1234 0 EOF\n\
                     3: FLOCK  ADVISORY  WRITE 0 08:01:99 0 EOF\n";
        assert_eq!(process_in(table, "08:01:1234"), Some(4711));
        assert_eq!(process_in(table, "08:01:7"), None);
        assert_eq!(process_in(table, "08:01:99"), None);
        assert_eq!(LockHolder(Some(5)).to_string(), " (process 5)");
        assert_eq!(LockHolder(None).to_string(), "");
    }
}
