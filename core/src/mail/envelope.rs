//! Envelopes: a message with its receiver and the tick at which it is due.
//!
//! An envelope with a message of up to six bytes takes 12 bytes, for any delay: it stores
//! only the low 16 bits of the due tick. The rest follows from where the envelope is (its
//! batch, or its slot in the timing wheel). Units: ticks, bytes.

use crate::{actor_id::ActorId, time::Tick};

/// A message and its receiver.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Envelope<M> {
    pub(crate) to: ActorId,
    /// The low 16 bits of the due tick.
    pub(crate) due_low: u16,
    pub(crate) message: M,
}

/// An envelope whose delay does not fit 16 bits, on its way to the timing wheel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FarEnvelope<M> {
    pub(crate) due: Tick,
    pub(crate) envelope: Envelope<M>,
}

/// A message of six bytes: a word and a tag. It is the largest size that keeps an envelope
/// at 12 bytes. A model can use it as it is, or define a type with the same layout
/// (`repr(C, packed(2))`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(C, packed(2))]
pub struct Packet {
    /// Usually the id of an actor: the sender, or the actor that the message is about.
    pub word: u32,
    /// Usually the kind of the message and a small argument.
    pub tag: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_of_a_packet_takes_twelve_bytes() {
        assert_eq!(size_of::<Packet>(), 6);
        assert_eq!(size_of::<Envelope<Packet>>(), 12);
    }
}
