//! Reads a growing series: each poll reads only what was added since the last one.
//!
//! Rows end with a line break; bytes after the last break are left for the next poll. The file is
//! renamed when it is finished and stays the same file; another file under these names, or one
//! that became shorter, is read from its beginning. Columns are found by their names, so that a
//! series of another version can be watched as far as it has them.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use patchday_agents::metrics::{cell::Cell, columns::ColumnId};
use patchday_core::Tick;

use crate::store::{atomic_file::hidden, layout::SERIES};

/// Bytes read at once.
const CHUNK: usize = 1 << 20;

/// The columns that are watched, of one sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) tick: Tick,
    pub(crate) online: u64,
    pub(crate) norm: u64,
    pub(crate) supernodes: u64,
    pub(crate) mega_supernodes: u64,
    pub(crate) login_queue: u64,
    /// In thousandths of a second.
    pub(crate) login_wait: u64,
}

/// The indexes of the watched columns.
#[derive(Clone, Copy, Debug)]
struct ColumnIndexes {
    tick: usize,
    online: usize,
    norm: usize,
    supernodes: Option<usize>,
    mega_supernodes: Option<usize>,
    login_queue: Option<usize>,
    login_wait: Option<usize>,
}

/// The result of a poll.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TailRead {
    /// Whether the file is read from its beginning, so that earlier samples no longer hold.
    pub(crate) restarted: bool,
    /// In order of time.
    pub(crate) samples: Vec<Sample>,
}

/// A series, as far as it is read.
#[derive(Debug)]
pub(crate) struct SeriesTail {
    run: PathBuf,
    /// Device and number of the file.
    identity: Option<(u64, u64)>,
    /// Bytes read, all of them complete lines.
    read: u64,
    columns: Option<ColumnIndexes>,
}

impl SeriesTail {
    /// The series of the run in a directory.
    pub(crate) fn new(run: &Path) -> Self {
        Self {
            run: run.to_owned(),
            identity: None,
            read: 0,
            columns: None,
        }
    }

    /// The next poll reads the file from its beginning.
    pub(crate) fn forget(&mut self) {
        self.identity = None;
    }

    /// Reads what was added since the last poll; nothing if there is no series.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read or lacks a needed column.
    pub(crate) fn poll(&mut self) -> io::Result<TailRead> {
        let mut found = TailRead::default();
        let Some(mut file) = self.open()? else {
            return Ok(found);
        };
        let metadata = file.metadata()?;
        let identity = Some((metadata.dev(), metadata.ino()));
        if identity != self.identity || metadata.len() < self.read {
            found.restarted = true;
            self.identity = identity;
            self.read = 0;
            self.columns = None;
        }
        file.seek(SeekFrom::Start(self.read))?;
        let mut text = Vec::new();
        loop {
            let more = (&mut file).take(CHUNK as u64).read_to_end(&mut text)?;
            let Some(end) = text.iter().rposition(|byte| *byte == b'\n') else {
                break;
            };
            self.parse(&text[..=end], &mut found.samples)?;
            self.read += end as u64 + 1;
            text.drain(..=end);
            if more < CHUNK {
                break;
            }
        }
        Ok(found)
    }

    fn open(&self) -> io::Result<Option<File>> {
        // The name of the growing file first: a run that begins again has both.
        for name in [hidden(SERIES), SERIES.to_owned()] {
            match fs::File::open(self.run.join(name)) {
                Ok(file) => return Ok(Some(file)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Parses complete lines.
    fn parse(&mut self, lines: &[u8], samples: &mut Vec<Sample>) -> io::Result<()> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .quoting(false)
            .from_reader(lines);
        let mut record = csv::ByteRecord::new();
        while reader.read_byte_record(&mut record)? {
            match self.columns {
                None => self.columns = Some(ColumnIndexes::from_header(&record)?),
                // A line that is not a row is skipped.
                Some(columns) => samples.extend(columns.sample(&record)),
            }
        }
        Ok(())
    }
}

impl ColumnIndexes {
    /// Finds the columns in the header.
    ///
    /// # Errors
    /// Returns an error if a needed column is missing.
    fn from_header(header: &csv::ByteRecord) -> io::Result<Self> {
        let place = |name: &str| header.iter().position(|there| there == name.as_bytes());
        let needed = |name: &str| {
            place(name).ok_or_else(|| {
                let what = format!("{SERIES} has no column `{name}`");
                io::Error::new(io::ErrorKind::InvalidData, what)
            })
        };
        Ok(Self {
            tick: needed("tick")?,
            online: needed(ColumnId::Online.name())?,
            norm: needed(ColumnId::Norm.name())?,
            supernodes: place(ColumnId::Supernodes.name()),
            mega_supernodes: place(ColumnId::MegaSupernodes.name()),
            login_queue: place(ColumnId::LoginQueue.name()),
            login_wait: place(ColumnId::LoginWaitS.name()),
        })
    }

    fn sample(&self, row: &csv::ByteRecord) -> Option<Sample> {
        let text = |place: usize| std::str::from_utf8(row.get(place)?).ok();
        let cell = |place: usize| text(place).and_then(Cell::parse).map(Cell::thousandths);
        let whole = |place: Option<usize>| place.and_then(cell).map_or(0, |it| it / 1_000);
        Some(Sample {
            tick: text(self.tick)?.parse().ok()?,
            online: cell(self.online)? / 1_000,
            norm: cell(self.norm)? / 1_000,
            supernodes: whole(self.supernodes),
            mega_supernodes: whole(self.mega_supernodes),
            login_queue: whole(self.login_queue),
            login_wait: self.login_wait.and_then(cell).unwrap_or(0),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::OpenOptions, io::Write};

    use super::*;

    const HEADER: &str = "time,tick,online,norm,supernodes,login_queue,login_wait_s\n";

    fn row(tick: Tick) -> String {
        format!(
            "2007-08-14T00:00:00Z,{tick},{},2000,30,4,1.250\n",
            tick / 60
        )
    }

    fn append(path: &Path, text: &str) {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn ticks(found: &TailRead) -> Vec<Tick> {
        found.samples.iter().map(|sample| sample.tick).collect()
    }

    #[test]
    fn only_complete_lines_are_read_and_each_once() {
        let root = tempfile::tempdir().unwrap();
        let growing = root.path().join(".series.csv.partial");
        let mut tail = SeriesTail::new(root.path());
        assert_eq!(tail.poll().unwrap(), TailRead::default());
        append(&growing, &HEADER[..20]);
        assert_eq!(ticks(&tail.poll().unwrap()), [0; 0]);
        append(&growing, &HEADER[20..]);
        append(&growing, &row(60));
        let found = tail.poll().unwrap();
        let sample = Sample {
            tick: 60,
            online: 1,
            norm: 2_000,
            supernodes: 30,
            mega_supernodes: 0,
            login_queue: 4,
            login_wait: 1_250,
        };
        assert_eq!(found.samples, [sample]);
        // A row that is cut anywhere is read once it is complete.
        let next = row(120);
        for cut in 1..next.len() {
            fs::write(&growing, format!("{HEADER}{}{}", row(60), &next[..cut])).unwrap();
            assert_eq!(tail.poll().unwrap().samples, [], "cut at {cut}");
        }
        fs::write(&growing, format!("{HEADER}{}{next}", row(60))).unwrap();
        let found = tail.poll().unwrap();
        assert_eq!((found.restarted, ticks(&found)), (false, vec![120]));
        // The finished file has another name and is the same file.
        fs::rename(&growing, root.path().join("series.csv")).unwrap();
        assert_eq!(tail.poll().unwrap(), TailRead::default());
    }

    #[test]
    fn a_series_that_begins_again_is_read_from_its_beginning() {
        let root = tempfile::tempdir().unwrap();
        let growing = root.path().join(".series.csv.partial");
        let mut tail = SeriesTail::new(root.path());
        append(&growing, &format!("{HEADER}{}{}", row(60), row(120)));
        assert_eq!(ticks(&tail.poll().unwrap()), [60, 120]);
        // Cut back to a checkpoint.
        let file = OpenOptions::new().write(true).open(&growing).unwrap();
        file.set_len((HEADER.len() + row(60).len()) as u64).unwrap();
        let found = tail.poll().unwrap();
        assert_eq!((found.restarted, ticks(&found)), (true, vec![60]));
        // Replaced by another run while the old file was open.
        fs::remove_file(&growing).unwrap();
        append(&growing, &format!("{HEADER}{}{}{}", row(1), row(2), row(3)));
        let found = tail.poll().unwrap();
        assert_eq!((found.restarted, ticks(&found)), (true, vec![1, 2, 3]));
        tail.forget();
        assert_eq!(tail.poll().unwrap(), found);
    }

    #[test]
    fn a_missing_column_is_an_error_and_other_lines_are_skipped() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("series.csv");
        append(&path, "time,tick,norm\n");
        let error = SeriesTail::new(root.path()).poll().unwrap_err();
        assert!(error.to_string().contains("`online`"), "{error}");
        fs::write(&path, format!("{HEADER}x,y\n\n{}", row(60))).unwrap();
        assert_eq!(ticks(&SeriesTail::new(root.path()).poll().unwrap()), [60]);
    }

    #[test]
    fn a_long_series_is_read_in_pieces() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("series.csv");
        let rows: String = (1..=40_000).map(row).collect();
        append(&path, &format!("{HEADER}{rows}"));
        assert!(rows.len() > CHUNK);
        let found = SeriesTail::new(root.path()).poll().unwrap();
        assert_eq!(ticks(&found), (1..=40_000).collect::<Vec<Tick>>());
    }
}
