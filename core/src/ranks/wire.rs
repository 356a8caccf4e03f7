//! The bytes of messages and envelopes between ranks: a fixed number for each, little-endian.
//!
//! Fixed sizes, because one thread encodes and decodes the envelopes of a rank between two ticks.
//! Units: bytes.

use crate::{
    mail::envelope::{Envelope, FarEnvelope, Packet},
    time::Tick,
};

/// A message that can be sent to another rank.
pub trait WireMessage: Copy {
    /// An array of bytes.
    type Bytes: AsRef<[u8]> + for<'a> TryFrom<&'a [u8]>;

    /// Returns the message as bytes, the same on every machine.
    fn to_wire(self) -> Self::Bytes;

    /// Returns the message with these bytes, or `None` if there is none.
    fn from_wire(bytes: Self::Bytes) -> Option<Self>;
}

impl WireMessage for () {
    type Bytes = [u8; 0];

    fn to_wire(self) -> [u8; 0] {
        []
    }

    fn from_wire([]: [u8; 0]) -> Option<Self> {
        Some(())
    }
}

impl WireMessage for u16 {
    type Bytes = [u8; 2];

    fn to_wire(self) -> [u8; 2] {
        self.to_le_bytes()
    }

    fn from_wire(bytes: [u8; 2]) -> Option<Self> {
        Some(Self::from_le_bytes(bytes))
    }
}

impl WireMessage for Packet {
    type Bytes = [u8; 6];

    fn to_wire(self) -> [u8; 6] {
        let (word, tag) = (self.word, self.tag);
        let ([a, b, c, d], [e, f]) = (word.to_le_bytes(), tag.to_le_bytes());
        [a, b, c, d, e, f]
    }

    fn from_wire([a, b, c, d, e, f]: [u8; 6]) -> Option<Self> {
        Some(Self {
            word: u32::from_le_bytes([a, b, c, d]),
            tag: u16::from_le_bytes([e, f]),
        })
    }
}

/// Returns the bytes of an envelope with a 16-bit due tick.
const fn near_size<M: WireMessage>() -> usize {
    6 + size_of::<M::Bytes>()
}

/// Returns the bytes of an envelope with a longer delay.
const fn far_size<M: WireMessage>() -> usize {
    8 + size_of::<M::Bytes>()
}

/// Appends envelopes with 16-bit due ticks.
pub(crate) fn put_near<M: WireMessage>(bytes: &mut Vec<u8>, mail: &[Envelope<M>]) {
    let start = bytes.len();
    bytes.resize(start + mail.len() * near_size::<M>(), 0);
    let places = bytes[start..].chunks_exact_mut(near_size::<M>());
    for (place, envelope) in places.zip(mail) {
        place[..4].copy_from_slice(&envelope.to.to_le_bytes());
        place[4..6].copy_from_slice(&envelope.due_low.to_le_bytes());
        place[6..].copy_from_slice(envelope.message.to_wire().as_ref());
    }
}

/// Appends envelopes with longer delays.
pub(crate) fn put_far<M: WireMessage>(bytes: &mut Vec<u8>, mail: &[FarEnvelope<M>]) {
    bytes.reserve(mail.len() * far_size::<M>());
    for FarEnvelope { due, envelope } in mail {
        bytes.extend_from_slice(&due.to_le_bytes());
        bytes.extend_from_slice(&envelope.to.to_le_bytes());
        bytes.extend_from_slice(envelope.message.to_wire().as_ref());
    }
}

/// Reads integers, envelopes and parts from bytes. Every method returns `None` if there are not
/// enough bytes or they are not valid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Takes the next `size` bytes.
    fn part(&mut self, size: usize) -> Option<&'a [u8]> {
        let (part, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        Some(part)
    }

    /// Passes `count` envelopes with 16-bit due ticks to `taker`.
    pub(crate) fn near<M: WireMessage>(
        &mut self,
        count: u64,
        mut taker: impl FnMut(Envelope<M>) -> Option<()>,
    ) -> Option<()> {
        let size = usize::try_from(count).ok()?.checked_mul(near_size::<M>())?;
        for place in self.part(size)?.chunks_exact(near_size::<M>()) {
            let mut place = Reader(place);
            let to = place.u32()?;
            let due_low = u16::from_le_bytes(place.array()?);
            taker(Envelope {
                to,
                due_low,
                message: place.message()?,
            })?;
        }
        Some(())
    }

    /// Passes all other envelopes, which have longer delays, to `taker`.
    pub(crate) fn far<M: WireMessage>(
        self,
        mut taker: impl FnMut(FarEnvelope<M>) -> Option<()>,
    ) -> Option<()> {
        let places = self.0.chunks_exact(far_size::<M>());
        if !places.remainder().is_empty() {
            return None;
        }
        for place in places {
            let mut place = Reader(place);
            let due: Tick = place.u32()?;
            let to = place.u32()?;
            let envelope = Envelope {
                to,
                due_low: due as u16,
                message: place.message()?,
            };
            taker(FarEnvelope { due, envelope })?;
        }
        Some(())
    }

    /// The message in the remaining bytes.
    fn message<M: WireMessage>(self) -> Option<M> {
        M::from_wire(self.0.try_into().ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(to: u32, due_low: u16) -> Envelope<Packet> {
        let message = Packet {
            word: to ^ 0xABCD_0123,
            tag: due_low.wrapping_mul(31),
        };
        Envelope {
            to,
            due_low,
            message,
        }
    }

    fn parts(envelope: Envelope<Packet>) -> (u32, u16, Packet) {
        (envelope.to, envelope.due_low, envelope.message)
    }

    #[test]
    fn envelopes_survive_the_way_and_take_a_fixed_number_of_bytes() {
        let near = [envelope(1, 2), envelope(u32::MAX, u16::MAX)];
        let far = [FarEnvelope {
            due: 0x0102_0304,
            envelope: envelope(7, 0x0304),
        }];
        let mut bytes = Vec::new();
        put_near(&mut bytes, &near);
        assert_eq!(bytes.len(), 2 * 12);
        put_far(&mut bytes, &far);
        assert_eq!(bytes.len(), 2 * 12 + 14);
        let mut reader = Reader(&bytes);
        let mut found = Vec::new();
        let read = reader.near(2, |envelope| {
            found.push(parts(envelope));
            Some(())
        });
        assert_eq!(
            (read, &found),
            (Some(()), &near.map(parts).into_iter().collect())
        );
        let read = reader.far(|found| {
            assert_eq!(
                (found.due, parts(found.envelope)),
                (far[0].due, parts(far[0].envelope))
            );
            Some(())
        });
        assert_eq!(read, Some(()));
        // One byte less, or a wrong count, is noticed.
        let short = &bytes[..bytes.len() - 1];
        let keep = |_: Envelope<Packet>| Some(());
        let mut cut = Reader(short);
        assert!(
            cut.near(2, keep).is_some() && cut.far(|_: FarEnvelope<Packet>| Some(())).is_none()
        );
        assert!(Reader(short).near(9, keep).is_none());
        assert!(Reader(short).near(u64::MAX, keep).is_none());
    }
}
