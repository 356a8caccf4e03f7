//! What threads share: flags and queues.
//!
//! In every ordinary build these are the standard library's atomic and crossbeam's queue
//! under shorter names. Under `--cfg loom`, in the unit tests of this crate, loom takes
//! their places, so that the exchange can be tried in every interleaving of its threads;
//! the queue is then a model of a queue, a list under a lock, because loom does not see
//! into crossbeam's. What that shows and what not stands in `exchange/model.rs`.

#[cfg(not(all(test, loom)))]
pub(crate) use {crossbeam::queue::SegQueue as Queue, std::sync::atomic::AtomicBool as Flag};

#[cfg(all(test, loom))]
pub(crate) use {loom::sync::atomic::AtomicBool as Flag, modelled::Queue};

#[cfg(all(test, loom))]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod modelled {
    use std::collections::VecDeque;

    use loom::sync::Mutex;

    /// A queue in which what was put in first comes out first.
    #[derive(Debug)]
    pub(crate) struct Queue<T>(Mutex<VecDeque<T>>);

    impl<T> Queue<T> {
        pub(crate) fn new() -> Self {
            Self(Mutex::new(VecDeque::new()))
        }

        pub(crate) fn push(&self, item: T) {
            self.0.lock().unwrap().push_back(item);
        }

        pub(crate) fn pop(&self) -> Option<T> {
            self.0.lock().unwrap().pop_front()
        }

        /// How many are in it.
        pub(crate) fn len(&self) -> usize {
            self.0.lock().unwrap().len()
        }
    }
}
