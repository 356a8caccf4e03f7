//! The processes that share one run: which of them this is, and the link between them.
//!
//! With the feature `mpi`, a program that a launcher of MPI started joins the others. Rank 0 reads the
//! command line, and it alone touches files and the terminal; the others wait for its job. Without the feature, or
//! without a launcher, there is one process and everything here returns at once. Units: ranks, bytes.

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use patchday_core::{Link, Ranks};

use crate::host::ranks::waits::Waits;

/// A link that several owners use, one after the other.
#[derive(Clone)]
struct SharedLink(Arc<Mutex<Box<dyn Link>>>);

impl Link for SharedLink {
    fn swap(&mut self, out: &[Vec<u8>]) -> Vec<Vec<u8>> {
        self.0.lock().swap(out)
    }
}

/// The processes that share a run.
pub struct Cluster {
    /// The number of this process, from 0.
    pub(crate) rank: usize,
    /// The number of processes, at least 2.
    pub(crate) size: usize,
    /// The number of them on this machine.
    pub(crate) on_this_machine: usize,
    link: SharedLink,
    /// How long this process waited for each of them.
    pub(crate) waits: Arc<Waits>,
    /// Whether rank 0 has given the others their job, or a rank has no more to do.
    is_busy: Mutex<bool>,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();

/// Returns the processes that share a run, if there are several.
pub(crate) fn cluster() -> Option<&'static Cluster> {
    CLUSTER.get()
}

/// Returns the number of processes that share a run.
pub(crate) fn processes() -> usize {
    cluster().map_or(1, |cluster| cluster.size)
}

/// Returns the number of machines that share a run, if each has as many processes as this one.
pub(crate) fn machines() -> u64 {
    cluster().map_or(1, |cluster| {
        (cluster.size / cluster.on_this_machine).max(1) as u64
    })
}

impl Cluster {
    /// Makes this process one of several. Only the first call has an effect.
    pub fn form(
        rank: usize,
        size: usize,
        on_this_machine: usize,
        link: Box<dyn Link>,
        waits: Arc<Waits>,
    ) -> &'static Self {
        CLUSTER.get_or_init(|| Self {
            rank,
            size,
            on_this_machine,
            link: SharedLink(Arc::new(Mutex::new(link))),
            waits,
            is_busy: Mutex::new(false),
        })
    }

    /// Returns the place of this process in an engine.
    pub(crate) fn ranks(&self, shares: Vec<u32>) -> Ranks {
        Ranks {
            link: Box::new(self.link.clone()),
            rank: self.rank,
            shares,
        }
    }

    /// Passes `out[rank]` to every rank. Returns what each passed, in order of ranks.
    pub(crate) fn swap(&self, out: &[Vec<u8>]) -> Vec<Vec<u8>> {
        self.link.clone().swap(out)
    }

    /// Passes `own` to all ranks. Returns what they passed, in order of ranks; that of this one included.
    pub(crate) fn gather(&self, own: Vec<u8>) -> Vec<Vec<u8>> {
        let mut all = self.swap(&vec![own.clone(); self.size]);
        all[self.rank] = own;
        all
    }

    /// Notes that the others have their job. Returns whether they had it before.
    pub(crate) fn has_begun(&self) -> bool {
        std::mem::replace(&mut *self.is_busy.lock(), true)
    }
}
