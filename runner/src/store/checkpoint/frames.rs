//! The container format of a checkpoint: compressed parts, each with a checksum.
//!
//! A file begins with a mark that names the format and its version. Then come frames: the lengths
//! of the compressed and of the decompressed bytes (32 bits each, little-endian), a BLAKE3 hash of
//! the frame's number, these lengths and the compressed bytes, and the compressed bytes. An empty
//! frame ends the file. A truncated, changed or misplaced frame is an error with its byte offset,
//! and is never read as data.

use std::io::{self, Read, Write};

/// The first bytes of every file.
const MARK: &[u8; 25] = b"patchday checkpoint v2\r\n\n";

/// The offset of the first frame.
pub(crate) const FIRST: u64 = MARK.len() as u64;

/// The most bytes in a frame, so that a small file cannot cause a huge allocation.
const MOST_BYTES: u32 = 1 << 28;

/// The highest compression ratio, beyond [`ALWAYS`] bytes: checkpoints compress to about a tenth,
/// so a higher ratio is an attempt to exhaust memory.
const MOST_TIMES: u64 = 1_000;
const ALWAYS: u64 = 4 << 20;

/// Fast; slower levels hardly compress a checkpoint further.
const LEVEL: i32 = 1;

/// A compressed frame.
pub(crate) struct Frame {
    number: u64,
    length: u32,
    packed: Vec<u8>,
    hash: [u8; 32],
}

fn hash(number: u64, length: u32, packed: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&number.to_le_bytes());
    hasher.update(&length.to_le_bytes());
    hasher.update(&(packed.len() as u64).to_le_bytes());
    hasher.update(packed);
    hasher.finalize().into()
}

/// Whether the lengths of a frame have an allowed compression ratio.
fn is_in_proportion(packed: u32, length: u32) -> bool {
    u64::from(length) <= ALWAYS + MOST_TIMES * u64::from(packed)
}

impl Frame {
    /// Compresses the bytes of frame `number`, from 0.
    ///
    /// # Errors
    /// Returns an error if the bytes are too many, or compress too well to be read again.
    pub(crate) fn pack(number: u64, bytes: &[u8]) -> io::Result<Self> {
        let length = u32::try_from(bytes.len()).ok();
        let length = length.filter(|length| *length <= MOST_BYTES);
        let length = length.ok_or_else(|| io::Error::other("a part is too large"))?;
        let packed = match bytes {
            [] => Vec::new(),
            some => zstd::bulk::compress(some, LEVEL)?,
        };
        if !is_in_proportion(packed.len() as u32, length) {
            return Err(io::Error::other(
                "a part compresses too well to be read again",
            ));
        }
        Ok(Self {
            number,
            length,
            hash: hash(number, length, &packed),
            packed,
        })
    }

    /// A frame with a valid hash and arbitrary contents.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn claimed(length: u32, packed: &[u8]) -> Self {
        Self {
            number: 0,
            length,
            hash: hash(0, length, packed),
            packed: packed.to_vec(),
        }
    }

    /// The contents, compressed, as a message to another process, which gives the frame its number.
    pub(crate) fn to_part(&self) -> Vec<u8> {
        let mut part = self.length.to_le_bytes().to_vec();
        part.extend_from_slice(&self.packed);
        part
    }

    /// Frame `number` from the contents that another process compressed.
    ///
    /// # Errors
    /// Returns an error if the contents are too short or too many.
    pub(crate) fn of_part(number: u64, part: &[u8]) -> io::Result<Self> {
        let (length, packed) = part
            .split_first_chunk()
            .ok_or_else(|| broken("it is too short"))?;
        let length = u32::from_le_bytes(*length);
        if length > MOST_BYTES || !is_in_proportion(packed.len() as u32, length) {
            return Err(broken("its recorded length is too large"));
        }
        Ok(Self {
            number,
            length,
            hash: hash(number, length, packed),
            packed: packed.to_vec(),
        })
    }

    /// The number of decompressed bytes.
    pub(crate) fn length(&self) -> usize {
        self.length as usize
    }

    /// Checks the hash.
    ///
    /// # Errors
    /// Returns an error if the frame was changed.
    pub(crate) fn check(&self) -> io::Result<()> {
        if hash(self.number, self.length, &self.packed) == self.hash {
            Ok(())
        } else {
            Err(broken("its checksum does not match"))
        }
    }

    /// Checks and decompresses the frame.
    ///
    /// # Errors
    /// Returns an error if the frame is damaged.
    pub(crate) fn unpack(&self) -> io::Result<Vec<u8>> {
        self.check()?;
        let bytes = zstd::bulk::decompress(&self.packed, self.length as usize)?;
        if bytes.len() == self.length as usize {
            Ok(bytes)
        } else {
            Err(broken("it is shorter than its recorded length"))
        }
    }

    /// Writes the frame.
    ///
    /// # Errors
    /// Returns an error if `out` cannot be written.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&(self.packed.len() as u32).to_le_bytes())?;
        out.write_all(&self.length.to_le_bytes())?;
        out.write_all(&self.hash)?;
        out.write_all(&self.packed)
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Writes the mark.
pub(crate) fn begin(out: &mut impl Write) -> io::Result<()> {
    out.write_all(MARK)
}

/// Reads frames, in order.
pub(crate) struct Frames<R> {
    file: R,
    next: u64,
    /// Where the next frame begins.
    offset: u64,
    ended: bool,
}

impl<R: Read> Frames<R> {
    /// Reads the mark.
    ///
    /// # Errors
    /// Returns an error with the offset if the file does not begin with the mark.
    pub(crate) fn begin(mut file: R) -> io::Result<Self> {
        let mut mark = [0; MARK.len()];
        file.read_exact(&mut mark)
            .and_then(|()| {
                if mark == *MARK {
                    Ok(())
                } else {
                    Err(broken("not a checkpoint of this version"))
                }
            })
            .map_err(|error| at(0, &error))?;
        Ok(Self {
            file,
            next: 0,
            offset: FIRST,
            ended: false,
        })
    }

    /// The offset of the next frame, or of the end.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next frame, still compressed, and its offset; `None` at the end.
    ///
    /// # Errors
    /// Returns an error with the offset if the file is truncated or continues after its end.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u64, Frame)>> {
        if self.ended {
            return Ok(None);
        }
        let offset = self.offset;
        let frame = self.read().map_err(|error| at(offset, &error))?;
        self.next += 1;
        self.offset += 40 + frame.packed.len() as u64;
        if frame.length == 0 {
            self.ended = true;
            frame.unpack().map_err(|error| at(offset, &error))?;
            return match self.file.read(&mut [0])? {
                0 => Ok(None),
                _ => Err(at(self.offset, &broken("there is more after the end"))),
            };
        }
        Ok(Some((offset, frame)))
    }

    fn read(&mut self) -> io::Result<Frame> {
        let mut word = || -> io::Result<u32> {
            let mut bytes = [0; 4];
            self.file.read_exact(&mut bytes)?;
            Ok(u32::from_le_bytes(bytes))
        };
        let (packed_length, length) = (word()?, word()?);
        if packed_length > MOST_BYTES || length > MOST_BYTES {
            return Err(broken("it exceeds the longest part allowed"));
        }
        if !is_in_proportion(packed_length, length) {
            return Err(broken(
                "its recorded length is too large for its compressed length",
            ));
        }
        let mut hash = [0; 32];
        self.file.read_exact(&mut hash)?;
        // Allocate as bytes arrive, so that a wrong length allocates nothing.
        let mut packed = Vec::new();
        let mut part = (&mut self.file).take(packed_length.into());
        if part.read_to_end(&mut packed)? < packed_length as usize {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Frame {
            number: self.next,
            length,
            packed,
            hash,
        })
    }
}

/// Checks every frame of a file.
///
/// # Errors
/// Returns an error with the offset of the first damaged frame.
pub(crate) fn check_all(file: impl Read) -> io::Result<()> {
    let mut frames = Frames::begin(file)?;
    while let Some((offset, frame)) = frames.next()? {
        frame.check().map_err(|error| at(offset, &error))?;
    }
    Ok(())
}

/// Adds the byte offset to an error.
pub(crate) fn at(offset: u64, error: &io::Error) -> io::Error {
    let what = match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
        _ => error.to_string(),
    };
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("at byte {offset}: {what}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(parts: &[&[u8]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        begin(&mut bytes).unwrap();
        for (number, part) in parts.iter().chain([&&[][..]]).enumerate() {
            let frame = Frame::pack(number as u64, part).unwrap();
            frame.write(&mut bytes).unwrap();
        }
        bytes
    }

    fn read(bytes: &[u8]) -> io::Result<Vec<Vec<u8>>> {
        let mut frames = Frames::begin(bytes)?;
        let mut parts = Vec::new();
        while let Some((offset, frame)) = frames.next()? {
            parts.push(frame.unpack().map_err(|error| at(offset, &error))?);
        }
        Ok(parts)
    }

    #[test]
    fn parts_are_read_back() {
        let parts: [&[u8]; 3] = [b"one", &[7; 100_000], b"three"];
        assert_eq!(read(&file(&parts)).unwrap(), parts);
        assert!(file(&parts).len() < 1_000);
        assert!(read(&file(&[])).unwrap().is_empty());
    }

    #[test]
    fn a_small_file_cannot_cause_a_huge_allocation() {
        let claims = |length: u32, packed: &[u8]| {
            let mut bytes = Vec::new();
            begin(&mut bytes).unwrap();
            Frame::claimed(length, packed).write(&mut bytes).unwrap();
            read(&bytes).unwrap_err().to_string()
        };
        let bomb = zstd::bulk::compress(&vec![0; 64 << 20], LEVEL).unwrap();
        assert!(bomb.len() < 8_000, "{}", bomb.len());
        let refused = claims(64 << 20, &bomb);
        assert!(
            refused.starts_with("at byte 25: its recorded length"),
            "{refused}"
        );
        // The recorded length is too short, or too long.
        assert!(claims(1 << 20, &bomb).starts_with("at byte 25: "));
        let short = zstd::bulk::compress(&[7; 10], LEVEL).unwrap();
        assert!(claims(1 << 20, &short).contains("shorter than its recorded length"));
        assert!(claims(MOST_BYTES + 1, &short).contains("exceeds the longest part"));
        assert!(Frame::pack(0, &vec![0; 64 << 20]).is_err());
    }

    #[test]
    fn every_flipped_bit_and_cut_is_an_error_with_its_offset() {
        let whole = file(&[b"some bytes", b"and some others"]);
        for place in 0..whole.len() {
            for bit in 0..8 {
                let mut flipped = whole.clone();
                flipped[place] ^= 1 << bit;
                let error = read(&flipped).unwrap_err().to_string();
                assert!(error.starts_with("at byte "), "{place}: {error}");
            }
            assert!(read(&whole[..place]).is_err(), "cut at {place}");
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert!(
            read(&longer)
                .unwrap_err()
                .to_string()
                .contains("more after")
        );
        // Two frames that changed places.
        let (one, other) = (file(&[b"a", b"b"]), file(&[b"b", b"a"]));
        let mark = MARK.len();
        let half = (one.len() - mark - 40) / 2;
        let swapped = [
            &one[..mark],
            &one[mark + half..mark + 2 * half],
            &one[mark..mark + half],
            &one[mark + 2 * half..],
        ]
        .concat();
        assert_ne!(swapped, other);
        assert!(read(&swapped).is_err());
    }
}
