//! Model checking of the exchange: every interleaving of its threads.
//!
//! ```sh
//! RUSTFLAGS="--cfg loom" cargo test -p patchday-core --lib --release --target-dir target/loom mail::exchange::model
//! ```
//!
//! The shards execute some ticks as in the engine: in parallel, each shard takes the batches
//! that were sent to it in the previous tick, and then sends its own. Only the barrier between
//! ticks synchronises them. loom executes this once for each possible order of their
//! operations on shared memory, and for each value that the memory model allows a relaxed load
//! to return.
//!
//! *The tests show*, for the numbers of shards, ticks and batches below: every batch arrives
//! exactly once, in the tick after it was sent, in ascending order of the sender, and in the
//! order of sending for each sender; no batch is lost because of a flag; no vector is handed
//! out twice at a time, and none is lost.
//!
//! *The tests assume* that the queue of crossbeam works (each item is popped once and in order,
//! and a pop synchronises with its push), that the barrier (`for_each` of rayon) works, and
//! that larger numbers behave alike. The lock of the model queue also orders a pop before a
//! later push, which crossbeam does not. The exchange does not depend on that order: the
//! content of a batch is only passed from a push to its pop.
//!
//! The faulty exchanges at the end show that the tests can fail: each of them is wrong only in
//! some interleavings.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use loom::thread;

use crate::mail::exchange::{Batch, Exchange};
use crate::mail::{
    envelope::{Envelope, FarEnvelope},
    sync::{Flag, Queue},
};

type Mail = Vec<Envelope<u32>>;

/// The exchange, or a faulty version of it.
trait UnderTest: Send + Sync + 'static {
    fn swap_lanes(&mut self);
    fn empty_batch(&self) -> Mail;
    fn send(&self, source: usize, target: usize, near: Mail, far: Vec<FarEnvelope<u32>>);
    fn deliver(&self, target: usize, taker: &mut dyn FnMut(Batch<'_, u32>));
    /// Returns the number of vectors that wait to be reused.
    fn spare_vectors(&self) -> usize;
}

impl UnderTest for Exchange<u32> {
    fn swap_lanes(&mut self) {
        Exchange::swap_lanes(self);
    }
    fn empty_batch(&self) -> Mail {
        Exchange::empty_batch(self)
    }
    fn send(&self, source: usize, target: usize, near: Mail, far: Vec<FarEnvelope<u32>>) {
        self.send_near(source, target, near);
        if !far.is_empty() {
            self.send_far(source, target, far);
        }
    }
    fn deliver(&self, target: usize, taker: &mut dyn FnMut(Batch<'_, u32>)) {
        Exchange::deliver(self, target, taker);
    }
    fn spare_vectors(&self) -> usize {
        self.spare.len()
    }
}

/// The size of a test.
#[derive(Clone, Copy)]
struct Shape {
    shards: usize,
    ticks: u32,
    /// The numbers of near and far batches from `source` to `target` in a tick.
    batches: fn(u32, usize, usize) -> (u32, u32),
    /// The maximum number of preemptions of a thread; unlimited if `None`.
    preemptions: Option<usize>,
}

/// The messages of a batch: they encode tick, sender, receiver and index of the batch.
fn messages(tick: u32, source: usize, target: usize, batch: u32) -> [u32; 2] {
    let code = ((tick * 16 + source as u32) * 16 + target as u32) * 16 + batch;
    [code * 2, code * 2 + 1]
}

impl Shape {
    /// The messages sent in `tick` that `target` must receive, in order.
    fn expected(&self, tick: u32, target: usize) -> Vec<u32> {
        let mut all = Vec::new();
        for source in 0..self.shards {
            let (near, far) = (self.batches)(tick, source, target);
            all.extend((0..near + far).flat_map(|batch| messages(tick, source, target, batch)));
        }
        all
    }
}

/// The vectors that the exchange has handed out, by address.
#[derive(Default)]
struct VectorLog {
    /// Vectors that a shard holds or that are in a channel.
    in_use: BTreeSet<usize>,
    known: BTreeSet<usize>,
    faults: Vec<String>,
}

/// The log, shared by the threads without loom noticing.
type Shared = Arc<Mutex<VectorLog>>;

/// Executes a tick of one shard.
fn work(subject: &dyn UnderTest, log: &Shared, shape: Shape, tick: u32, me: usize) {
    receive(subject, log, shape, tick, me);
    for target in 0..shape.shards {
        let (near, far) = (shape.batches)(tick, me, target);
        for batch in 0..near + far {
            let mail = messages(tick, me, target, batch).map(|message| Envelope {
                to: target as u32,
                due_low: 0,
                message,
            });
            if batch < near {
                let mut blank = subject.empty_batch();
                note_handed(log, &blank);
                blank.extend(mail);
                subject.send(me, target, blank, Vec::new());
            } else {
                let far = mail.map(|envelope| FarEnvelope { due: 0, envelope });
                subject.send(me, target, Vec::new(), far.into());
            }
        }
    }
}

/// Takes the messages of the previous tick and compares them with the expected ones.
fn receive(subject: &dyn UnderTest, log: &Shared, shape: Shape, tick: u32, me: usize) {
    let mut found = Vec::new();
    subject.deliver(me, &mut |batch| match batch {
        Batch::Near(mail) => {
            found.extend(mail.iter().map(|envelope| envelope.message));
            let mut log = log.lock().unwrap();
            if !log.in_use.remove(&(mail.as_ptr() as usize)) {
                log.faults
                    .push(format!("tick {tick}: a vector arrived twice"));
            }
        }
        Batch::Far(mail) => found.extend(mail.iter().map(|far| far.envelope.message)),
    });
    let expected = match tick {
        0 => Vec::new(),
        _ => shape.expected(tick - 1, me),
    };
    if found != expected {
        let fault = format!("tick {tick}, shard {me}: {found:?} instead of {expected:?}");
        log.lock().unwrap().faults.push(fault);
    }
}

fn note_handed(log: &Shared, blank: &Mail) {
    let mut log = log.lock().unwrap();
    let address = blank.as_ptr() as usize;
    log.known.insert(address);
    if !blank.is_empty() || !log.in_use.insert(address) {
        log.faults.push("a vector was handed out twice".into());
    }
}

/// Executes every interleaving; returns their number and the faults found in them.
fn explore<R: UnderTest>(shape: Shape, make: fn(usize) -> R) -> (u64, BTreeSet<String>) {
    let (count, faults) = (Arc::new(AtomicU64::new(0)), Arc::default());
    let (counted, found) = (
        Arc::clone(&count),
        Arc::<Mutex<BTreeSet<_>>>::clone(&faults),
    );
    let mut builder = loom::model::Builder::new();
    builder.max_branches = 20_000;
    builder.preemption_bound = shape.preemptions;
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        let log = Shared::default();
        let mut subject = Arc::new(make(shape.shards));
        // loom allows five threads, which limits the number of ticks with several threads. One
        // more tick with one thread receives the last batches.
        for tick in 0..shape.ticks {
            Arc::get_mut(&mut subject).unwrap().swap_lanes();
            let others: Vec<_> = (1..shape.shards)
                .map(|me| {
                    let (subject, log) = (Arc::clone(&subject), Arc::clone(&log));
                    thread::spawn(move || work(&*subject, &log, shape, tick, me))
                })
                .collect();
            work(&*subject, &log, shape, tick, 0);
            others.into_iter().for_each(|other| other.join().unwrap());
        }
        Arc::get_mut(&mut subject).unwrap().swap_lanes();
        (0..shape.shards).for_each(|me| receive(&*subject, &log, shape, shape.ticks, me));
        let mut log = log.lock().unwrap();
        let (spare, known) = (subject.spare_vectors(), log.known.len());
        if spare != known || !log.in_use.is_empty() {
            let lost = format!("{spare} spare vectors of {known}");
            log.faults.push(lost);
        }
        found.lock().unwrap().extend(log.faults.drain(..));
    });
    let faults = std::mem::take(&mut *faults.lock().unwrap());
    (count.load(Ordering::Relaxed), faults)
}

/// Asserts that the exchange has no fault in any interleaving.
fn assert_no_fault(shape: Shape) {
    let (interleavings, faults) = explore(shape, Exchange::new);
    println!("{interleavings} interleavings");
    assert!(interleavings > 10, "only {interleavings} interleavings");
    assert_eq!(faults, BTreeSet::new());
}

const TO_EACH_OTHER: Shape = Shape {
    shards: 2,
    ticks: 2,
    batches: |_, source, target| (u32::from(source != target), 0),
    preemptions: None,
};

#[test]
fn two_shards_send_to_each_other() {
    assert_no_fault(TO_EACH_OTHER);
}

#[test]
fn two_shards_send_to_each_other_for_three_ticks() {
    assert_no_fault(Shape {
        ticks: 3,
        ..TO_EACH_OTHER
    });
}

#[test]
fn several_batches_near_and_far_keep_their_order() {
    assert_no_fault(Shape {
        batches: |_, source, target| match (source, target) {
            (0, 1) => (2, 1),
            (1, 0) => (1, 1),
            _ => (0, 0),
        },
        ..TO_EACH_OTHER
    });
}

#[test]
fn a_tick_without_batches_is_in_between() {
    assert_no_fault(Shape {
        ticks: 3,
        batches: |tick, source, target| (u32::from(tick != 1 && source != target), 0),
        ..TO_EACH_OTHER
    });
}

#[test]
fn one_shard_receives_from_two_others() {
    assert_no_fault(Shape {
        shards: 3,
        batches: |_, source, target| (u32::from(source != 0 && target == 0), 0),
        ..TO_EACH_OTHER
    });
}

/// All interleavings would be too many: only those in which each thread is preempted at most
/// twice.
#[test]
fn all_shards_send_to_all() {
    assert_no_fault(Shape {
        shards: 3,
        batches: |_, source, target| (1, u32::from(source == target)),
        preemptions: Some(2),
        ..TO_EACH_OTHER
    });
}

/// A faulty exchange: its two lanes share the flags of the receivers, or it has a single lane
/// for sending and delivering.
struct Faulty {
    lanes: [Vec<Queue<Mail>>; 2],
    filled: Vec<Flag>,
    open: usize,
    two_lanes: bool,
    spare: Queue<Mail>,
}

impl Faulty {
    fn new(shards: usize, two_lanes: bool) -> Self {
        let lane = || (0..shards * shards).map(|_| Queue::new()).collect();
        Self {
            lanes: [lane(), lane()],
            filled: (0..shards).map(|_| Flag::new(false)).collect(),
            open: 0,
            two_lanes,
            spare: Queue::new(),
        }
    }
}

impl UnderTest for Faulty {
    fn swap_lanes(&mut self) {
        self.open ^= usize::from(self.two_lanes);
    }
    fn empty_batch(&self) -> Mail {
        self.spare.pop().unwrap_or_else(|| Vec::with_capacity(2))
    }
    fn send(&self, source: usize, target: usize, near: Mail, _: Vec<FarEnvelope<u32>>) {
        self.filled[target].store(true, Ordering::Relaxed);
        self.lanes[self.open][target * self.filled.len() + source].push(near);
    }
    fn deliver(&self, target: usize, taker: &mut dyn FnMut(Batch<'_, u32>)) {
        let (shards, lane) = (self.filled.len(), self.open ^ usize::from(self.two_lanes));
        if !self.filled[target].swap(false, Ordering::Relaxed) {
            return;
        }
        for channel in &self.lanes[lane][target * shards..(target + 1) * shards] {
            while let Some(mut batch) = channel.pop() {
                taker(Batch::Near(&batch));
                batch.clear();
                self.spare.push(batch);
            }
        }
    }
    fn spare_vectors(&self) -> usize {
        self.spare.len()
    }
}

/// Asserts that some interleaving shows a fault whose text contains `expected`.
fn assert_fault_found<R: UnderTest>(make: fn(usize) -> R, expected: &str) {
    let (interleavings, faults) = explore(TO_EACH_OTHER, make);
    println!("{interleavings} interleavings: {faults:?}");
    assert!(faults.iter().any(|fault| fault.contains(expected)));
}

#[test]
fn shared_flags_are_detected() {
    assert_fault_found(|shards| Faulty::new(shards, true), "[] instead of");
}

#[test]
fn a_single_lane_is_detected() {
    assert_fault_found(|shards| Faulty::new(shards, false), "instead of []");
}

/// An exchange whose list of spare vectors is replaced without a lock held in between.
struct LossySpare {
    inner: Exchange<u32>,
    spare: loom::sync::Mutex<Vec<Mail>>,
}

impl UnderTest for LossySpare {
    fn swap_lanes(&mut self) {
        self.inner.swap_lanes();
    }
    fn empty_batch(&self) -> Mail {
        let found = self.spare.lock().unwrap().pop();
        found.unwrap_or_else(|| Vec::with_capacity(2))
    }
    fn send(&self, source: usize, target: usize, near: Mail, far: Vec<FarEnvelope<u32>>) {
        UnderTest::send(&self.inner, source, target, near, far);
    }
    fn deliver(&self, target: usize, taker: &mut dyn FnMut(Batch<'_, u32>)) {
        self.inner.deliver(target, taker);
        while let Some(vector) = self.inner.spare.pop() {
            let mut all = std::mem::take(&mut *self.spare.lock().unwrap());
            all.push(vector);
            *self.spare.lock().unwrap() = all;
        }
    }
    fn spare_vectors(&self) -> usize {
        self.spare.lock().unwrap().len()
    }
}

#[test]
fn lost_spare_vectors_are_detected() {
    let make = |shards| LossySpare {
        inner: Exchange::new(shards),
        spare: loom::sync::Mutex::new(Vec::new()),
    };
    assert_fault_found(make, "spare vectors of");
}
