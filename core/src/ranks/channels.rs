//! A link of channels between threads, each of which stands for a process.
//!
//! It proves in ordinary tests that results do not depend on the number of ranks. Units: ranks.

use std::sync::mpsc::{Receiver, Sender, channel};

use crate::ranks::link::Link;

/// The end of the channels of one rank.
#[derive(Debug)]
pub struct ChannelLink {
    rank: usize,
    to: Vec<Sender<Vec<u8>>>,
    from: Vec<Receiver<Vec<u8>>>,
}

impl ChannelLink {
    /// Connects `ranks` ranks with each other, and returns the end of each.
    pub fn connect(ranks: usize) -> Vec<Self> {
        let mut ends: Vec<Self> = (0..ranks)
            .map(|rank| Self {
                rank,
                to: Vec::new(),
                from: Vec::new(),
            })
            .collect();
        for receiver in 0..ranks {
            for sender in 0..ranks {
                let (to, from) = channel();
                ends[sender].to.push(to);
                ends[receiver].from.push(from);
            }
        }
        ends
    }
}

impl Link for ChannelLink {
    fn swap(&mut self, out: &[Vec<u8>]) -> Vec<Vec<u8>> {
        for (rank, (to, bytes)) in self.to.iter().zip(out).enumerate() {
            if rank != self.rank && to.send(bytes.clone()).is_err() {
                panic!("rank {rank} has ended");
            }
        }
        let receive = |(rank, from): (usize, &Receiver<Vec<u8>>)| {
            if rank == self.rank {
                return Vec::new();
            }
            from.recv()
                .unwrap_or_else(|_| panic!("rank {rank} has ended"))
        };
        self.from.iter().enumerate().map(receive).collect()
    }
}
