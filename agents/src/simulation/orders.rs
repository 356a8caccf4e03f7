//! What rank 0 asks the other ranks to do, as bytes.

use std::sync::OnceLock;

use patchday_core::Tick;

/// What rank 0 asks all ranks to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RankOrder {
    /// Execute all ticks before this one.
    Run(Tick),
    /// Take a row.
    Sample,
    /// Compute the digest.
    Digest,
    /// Pass the blocks to rank 0.
    Blocks,
    /// Nothing more is asked for.
    End,
}

impl RankOrder {
    pub(super) fn to_bytes(self) -> [u8; 5] {
        let (kind, tick) = match self {
            Self::Run(tick) => (0, tick),
            Self::Sample => (1, 0),
            Self::Digest => (2, 0),
            Self::Blocks => (3, 0),
            Self::End => (4, 0),
        };
        let [a, b, c, d] = tick.to_le_bytes();
        [kind, a, b, c, d]
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [kind, tick @ ..] = *bytes.first_chunk::<5>()?;
        match kind {
            0 => Some(Self::Run(Tick::from_le_bytes(tick))),
            1 => Some(Self::Sample),
            2 => Some(Self::Digest),
            3 => Some(Self::Blocks),
            4 => Some(Self::End),
            _ => None,
        }
    }
}

/// The state of rank 0 while it leads.
#[derive(Debug, Default)]
pub(super) struct Lead {
    /// Why another rank wants to stop; the first that did.
    pub(super) cause: OnceLock<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_survive_the_way() {
        for order in [
            RankOrder::Run(0x0102_0304),
            RankOrder::Sample,
            RankOrder::Digest,
            RankOrder::Blocks,
            RankOrder::End,
        ] {
            assert_eq!(RankOrder::from_bytes(&order.to_bytes()), Some(order));
        }
        assert_eq!(RankOrder::from_bytes(&[9; 5]), None);
        assert_eq!(RankOrder::from_bytes(&[]), None);
    }
}
