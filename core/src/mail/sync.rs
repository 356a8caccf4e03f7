//! The types that threads share: a flag and a queue.
//!
//! Normally these are `AtomicBool` of the standard library and `SegQueue` of crossbeam. In the
//! unit tests of this crate under `--cfg loom` they are types of loom, which executes the
//! exchange in every interleaving of its threads. The queue is then a list under a lock,
//! because loom cannot observe the queue of crossbeam. `exchange/model.rs` describes what the
//! tests show and what they assume.

#[cfg(not(all(test, loom)))]
pub(crate) use {crossbeam::queue::SegQueue as Queue, std::sync::atomic::AtomicBool as Flag};

#[cfg(all(test, loom))]
pub(crate) use {loom::sync::atomic::AtomicBool as Flag, modelled::Queue};

#[cfg(all(test, loom))]
#[allow(clippy::unwrap_used, reason = "a panic fails the test")]
mod modelled {
    use std::collections::VecDeque;

    use loom::sync::Mutex;

    /// A first-in, first-out queue.
    #[derive(Debug)]
    pub(crate) struct Queue<T>(Mutex<VecDeque<T>>);

    impl<T> Queue<T> {
        pub(crate) fn new() -> Self {
            Self(Mutex::new(VecDeque::new()))
        }

        /// Adds an item at the end.
        pub(crate) fn push(&self, item: T) {
            self.0.lock().unwrap().push_back(item);
        }

        /// Removes and returns the first item.
        pub(crate) fn pop(&self) -> Option<T> {
            self.0.lock().unwrap().pop_front()
        }

        /// Returns the number of items.
        pub(crate) fn len(&self) -> usize {
            self.0.lock().unwrap().len()
        }
    }
}
