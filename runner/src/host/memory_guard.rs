//! Stops a run or batch before memory runs out. Amounts are in bytes.
//!
//! A run fits when it begins, but other processes can take memory meanwhile or a limit can be
//! lowered, and the system then kills the largest process without a message. A thread therefore
//! checks how much memory is available and, while there is still enough for a checkpoint, sets the
//! flag that an interrupt sets. Limits of address space are not checked: the allocator reserves
//! more than it uses. No result depends on when the thread checks.

use std::{sync::Arc, thread::JoinHandle, time::Duration};

use parking_lot::{Condvar, Mutex};

use crate::host::{format::memory, resources, signals::Interrupt};

/// The time between two checks.
const PAUSE: Duration = Duration::from_millis(500);

/// A thread that checks the available memory until this is dropped.
#[derive(Debug)]
pub(crate) struct MemoryWatch {
    /// Whether the thread must end, and what wakes it.
    over: Arc<(Mutex<bool>, Condvar)>,
    watcher: Option<JoinHandle<()>>,
}

impl MemoryWatch {
    /// Starts to check that at least `reserve` bytes are available.
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
                        "only {} is available, and {} is needed to stop with a checkpoint",
                        memory(left),
                        memory(reserve)
                    );
                    return interrupt.set_because(cause);
                }
                bell.wait_for(&mut is_over, PAUSE);
            }
        };
        let watcher = std::thread::Builder::new().name("watch".into());
        // Ignore errors: failing to start the thread must not stop the run.
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
            // A panic of the thread has printed its own message.
            let _ = watcher.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn a_run_is_stopped_while_memory_for_a_checkpoint_is_left() {
        let interrupt = Interrupt::default();
        let looks = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&looks);
        // Less at each check.
        let left = move || Some(3_000 - 1_000 * seen.fetch_add(1, Ordering::SeqCst));
        let mut watch = MemoryWatch::over(interrupt.clone(), 2_500, left);
        watch.watcher.take().unwrap().join().unwrap();
        assert_eq!(looks.load(Ordering::SeqCst), 2);
        assert!(interrupt.is_set());
        assert!(interrupt.cause().unwrap().contains("is available"));
    }

    #[test]
    fn unknown_memory_does_not_stop_a_run() {
        let interrupt = Interrupt::default();
        drop(MemoryWatch::over(interrupt.clone(), u64::MAX, || None));
        assert!(!interrupt.is_set());
        assert_eq!(interrupt.cause(), None);
    }
}
