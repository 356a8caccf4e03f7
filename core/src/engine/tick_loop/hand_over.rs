//! Hand-over of a tick to other threads, and the barrier at its end.
//!
//! The thread that runs the loop holds the lock of the frame for writing during the serial part
//! of a tick. For the parallel part it releases the lock and announces the tick; every thread,
//! itself included, then claims shards one after the other, while it holds the lock for reading.
//! The tick is over when the lock can be taken for writing again. Invariants: a shard is claimed
//! only under the lock, so all claimed shards are done when the serial part begins; a thread
//! that wakes up too late finds nothing to claim, and the others do not wait for it.
//!
//! Waiting threads spin for a short time and then sleep. They sleep at once if there are more
//! threads than processors, because a spinning thread would then keep a working one from
//! running. Units: shards.

use std::{
    hint::spin_loop,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
};

use crossbeam::utils::CachePadded;
use rayon::Scope;

use crate::{
    engine::{
        shard::Shard,
        tick_loop::progress::{Fixed, Frame, Workplace},
    },
    model::Model,
};

/// Rounds for which a thread spins before it sleeps: some 50 to 150 us, about as long as it
/// takes to wake a thread up.
const SPINS: u32 = 4_000;
/// A value of `claimed` at which nothing is left to claim.
const CLOSED: usize = usize::MAX / 2;

/// Returns the number of rounds to spin with this number of threads.
pub(crate) fn spins(threads: usize) -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if threads > processors { 0 } else { SPINS }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // After a panic, the thread that runs the loop stops; it reads nothing that was half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Announces ticks to threads that wait for them.
struct Signal {
    /// The number of announcements; [`u64::MAX`] at the end.
    count: CachePadded<AtomicU64>,
    sleeping: AtomicUsize,
    mutex: Mutex<()>,
    wake: Condvar,
    spins: u32,
}

impl Signal {
    fn new(spins: u32) -> Self {
        Self {
            count: CachePadded::new(AtomicU64::new(0)),
            sleeping: AtomicUsize::new(0),
            mutex: Mutex::new(()),
            wake: Condvar::new(),
            spins,
        }
    }

    fn announce(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.wake_all();
    }

    fn end(&self) {
        self.count.store(u64::MAX, Ordering::SeqCst);
        self.wake_all();
    }

    /// A thread counts itself as sleeping before it reads `count` for the last time, and `count`
    /// changes before `sleeping` is read: with sequential consistency, one of both sees the other.
    fn wake_all(&self) {
        if self.sleeping.load(Ordering::SeqCst) > 0 {
            drop(lock(&self.mutex));
            self.wake.notify_all();
        }
    }

    /// Waits until the count is not `seen`, and returns it; `None` at the end.
    fn wait(&self, seen: u64) -> Option<u64> {
        for _ in 0..self.spins {
            if self.count.load(Ordering::Relaxed) != seen {
                break;
            }
            spin_loop();
        }
        let mut count = self.count.load(Ordering::SeqCst);
        if count == seen {
            let mut guard = lock(&self.mutex);
            self.sleeping.fetch_add(1, Ordering::SeqCst);
            count = self.count.load(Ordering::SeqCst);
            while count == seen {
                guard = self
                    .wake
                    .wait(guard)
                    .unwrap_or_else(PoisonError::into_inner);
                count = self.count.load(Ordering::SeqCst);
            }
            self.sleeping.fetch_sub(1, Ordering::SeqCst);
        }
        (count != u64::MAX).then_some(count)
    }
}

/// What the threads of an engine share while it executes ticks.
pub(crate) struct HandOver<'a, M: Model> {
    fixed: &'a Fixed<'a, M>,
    frame: RwLock<&'a mut Frame<M>>,
    /// Each is locked by the thread that claimed it, without contention.
    shards: Vec<Mutex<&'a mut Shard<M>>>,
    /// For each thread, the index in its list from which on shards are not claimed.
    claimed: Vec<CachePadded<AtomicUsize>>,
    signal: Signal,
    has_panicked: AtomicBool,
}

/// Stops the claims if a thread panics while it works. It is dropped only by unwinding.
struct Alarm<'s, 'a, M: Model>(&'s HandOver<'a, M>);

impl<M: Model> Drop for Alarm<'_, '_, M> {
    fn drop(&mut self) {
        self.0.has_panicked.store(true, Ordering::SeqCst);
        self.0.set_claimed(CLOSED);
    }
}

impl<'a, M: Model> HandOver<'a, M> {
    pub(crate) fn new(
        fixed: &'a Fixed<'a, M>,
        frame: &'a mut Frame<M>,
        shards: &'a mut [Shard<M>],
        threads: usize,
        spins: u32,
    ) -> Self {
        Self {
            fixed,
            frame: RwLock::new(frame),
            shards: shards.iter_mut().map(Mutex::new).collect(),
            claimed: (0..threads)
                .map(|_| CachePadded::new(AtomicUsize::new(CLOSED)))
                .collect(),
            signal: Signal::new(spins),
            has_panicked: AtomicBool::new(false),
        }
    }

    /// Works on the ticks that are announced, until the end, as the thread with this index.
    fn help(&self, thread: usize) {
        let mut seen = 0;
        while let Some(count) = self.signal.wait(seen) {
            seen = count;
            // A thread that wakes up too late does not take the lock from the serial part.
            let is_over =
                |claimed: &CachePadded<AtomicUsize>| claimed.load(Ordering::Relaxed) >= CLOSED;
            if self.claimed.iter().all(is_over) {
                continue;
            }
            // If the lock is taken for writing, or awaited, there is nothing left to claim.
            if let Ok(frame) = self.frame.try_read() {
                self.work(thread, &frame);
            }
        }
    }

    /// Claims and executes shards until none is left, the own ones of a thread first.
    fn work(&self, thread: usize, frame: &Frame<M>) {
        let alarm = Alarm(self);
        let threads = self.claimed.len();
        for owner in (thread..threads).chain(0..thread) {
            let (claimed, list) = (&self.claimed[owner], &frame.own[owner]);
            // Relaxed is enough: the lock of the frame orders the claims with their reset.
            while claimed.load(Ordering::Relaxed) < list.len() {
                let next = claimed.fetch_add(1, Ordering::Relaxed);
                let Some(shard) = list.get(next) else {
                    break;
                };
                let mut shard = lock(&self.shards[usize::from(*shard)]);
                self.fixed.execute(&mut shard, frame);
            }
        }
        std::mem::forget(alarm);
    }

    fn set_claimed(&self, index: usize) {
        for claimed in &self.claimed {
            claimed.store(index, Ordering::Relaxed);
        }
    }

    fn lock_frame(&self) -> RwLockWriteGuard<'_, &'a mut Frame<M>> {
        for _ in 0..self.signal.spins {
            if let Ok(frame) = self.frame.try_write() {
                return frame;
            }
            spin_loop();
        }
        self.frame.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of the thread that runs the loop, if there are others.
pub(crate) struct Lead<'scope, 's, 'a, M: Model> {
    shared: &'scope HandOver<'a, M>,
    scope: &'s Scope<'scope>,
    /// `None` only while shards work.
    frame: Option<RwLockWriteGuard<'scope, &'a mut Frame<M>>>,
    /// Whether the other threads were called to help. They are not for small ticks alone.
    has_helpers: bool,
}

impl<'scope, 's, 'a, M: Model> Lead<'scope, 's, 'a, M> {
    pub(crate) fn new(shared: &'scope HandOver<'a, M>, scope: &'s Scope<'scope>) -> Self {
        Self {
            shared,
            scope,
            frame: Some(shared.lock_frame()),
            has_helpers: false,
        }
    }
}

impl<M: Model> Workplace<M> for Lead<'_, '_, '_, M> {
    const IS_SHARED: bool = true;

    fn frame(&mut self) -> &mut Frame<M> {
        let shared = self.shared;
        self.frame.get_or_insert_with(|| shared.lock_frame())
    }

    fn work(&mut self, is_large: bool) -> bool {
        let shared = self.shared;
        if !is_large {
            let frame = self.frame();
            for shard in &frame.active {
                let mut shard = lock(&shared.shards[usize::from(*shard)]);
                shared.fixed.execute(&mut shard, frame);
            }
            return true;
        }
        if !self.has_helpers {
            self.has_helpers = true;
            // The pool has a thread for each of the engine; this one replaces its first.
            self.scope
                .spawn_broadcast(move |_, context| match context.index() {
                    0 => (),
                    thread => shared.help(thread),
                });
        }
        shared.set_claimed(0);
        self.frame = None;
        shared.signal.announce();
        shared.work(
            0,
            &shared.frame.read().unwrap_or_else(PoisonError::into_inner),
        );
        self.frame = Some(shared.lock_frame());
        shared.set_claimed(CLOSED);
        !shared.has_panicked.load(Ordering::SeqCst)
    }

    fn visit(&mut self, shard: usize, look: impl FnOnce(&mut Shard<M>)) {
        look(&mut lock(&self.shared.shards[shard]));
    }
}

impl<M: Model> Drop for Lead<'_, '_, '_, M> {
    /// Lets the other threads end, also if this one panicked.
    fn drop(&mut self) {
        self.shared.signal.end();
    }
}
