//! The watch: stops a run, or a batch, before memory runs out.
//!
//! What begins fits; but others may take memory meanwhile, or a limit be lowered, and a system
//! out of memory ends the largest process without a word. So a thread looks now and then how
//! much can still be had, and while there is enough for a checkpoint it raises the flag
//! that an interrupt would raise. Limits of address space are not looked at: the allocator
//! reserves more of it than it uses. No result depends on when the watch looks. In bytes.

use std::{sync::Arc, thread::JoinHandle, time::Duration};

use parking_lot::{Condvar, Mutex};

use crate::host::{format::memory, resources, signals::Interrupt};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// A watch that lasts as long as this.
#[derive(Debug)]
pub(crate) struct MemoryWatch {
    /// Whether it is over, and who rings then.
    over: Arc<(Mutex<bool>, Condvar)>,
    watcher: Option<JoinHandle<()>>,
}

impl MemoryWatch {
    /// Begins to watch that so much can be had.
    pub(crate) fn begin(interrupt: &Interrupt, reserve: u64) -> Self {
        Self::over(interrupt.clone(), reserve, resources::memory_left)
    }

    fn over(
        interrupt: Interrupt,
        reserve: u64,
        left: impl Fn() -> Option<u64> + Send + 'static,
    ) -> Self {
        let over = Arc::new((Mutex::new(false), Condvar::new()));
        let shared = Arc::clone(&over);
        let watch = move || {
            let (is_over, bell) = &*shared;
            let mut is_over = is_over.lock();
            while !*is_over {
                if let Some(left) = left().filter(|left| *left < reserve) {
                    let cause = format!(
                        "only {} can still be had, and {} must be left to stop in good order",
                        memory(left),
                        memory(reserve)
                    );
                    return interrupt.set_because(cause);
                }
                bell.wait_for(&mut is_over, PAUSE);
            }
        };
        let watcher = std::thread::Builder::new().name("watch".into());
        // Without the thread nobody watches; the run is worth more than that.
        Self {
            over,
            watcher: watcher.spawn(watch).ok(),
        }
    }
}

impl Drop for MemoryWatch {
    fn drop(&mut self) {
        let (is_over, bell) = &*self.over;
        *is_over.lock() = true;
        bell.notify_all();
        if let Some(watcher) = self.watcher.take() {
            // A watcher that panicked has said so itself.
            let _ = watcher.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn what_is_left_of_memory_stops_a_run_while_there_is_enough_for_a_checkpoint() {
        let interrupt = Interrupt::default();
        let looks = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&looks);
        // Less at each look.
        let left = move || Some(3_000 - 1_000 * seen.fetch_add(1, Ordering::SeqCst));
        let mut watch = MemoryWatch::over(interrupt.clone(), 2_500, left);
        watch.watcher.take().unwrap().join().unwrap();
        assert_eq!(looks.load(Ordering::SeqCst), 2);
        assert!(interrupt.is_set());
        assert!(interrupt.cause().unwrap().contains("can still be had"));
    }

    #[test]
    fn where_nothing_is_known_nothing_is_stopped() {
        let interrupt = Interrupt::default();
        drop(MemoryWatch::over(interrupt.clone(), u64::MAX, || None));
        assert!(!interrupt.is_set());
        assert_eq!(interrupt.cause(), None);
    }
}
