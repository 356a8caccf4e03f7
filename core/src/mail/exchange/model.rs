//! The exchange in every interleaving of its threads.
//!
//! ```sh
//! RUSTFLAGS="--cfg loom" cargo test -p patchday-core --lib --release --target-dir target/loom exchange::model
//! ```
//!
//! Shards work through some ticks as in the engine: each takes what was sent to it in the
//! tick before, then posts, and all do so at once; nothing but the barrier holds them
//! together. loom runs this once for every order in which their steps on shared memory
//! can fall, and for every value that the memory model lets a relaxed load see.
//!
//! *What is shown*, for the shapes below: every batch arrives once, in the tick after it
//! was sent, in ascending order of the sender, in order of sending within one, none is
//! lost through a flag; the stock hands no vector to two, and loses none.
//!
//! *What is taken for granted*: that crossbeam's queue is one (what is pushed is popped
//! once, in order, and whoever pops it sees all that was done before the push); that
//! the barrier (rayon's `for_each`) is one; larger shapes than these. The lock of the
//! model queue orders more than crossbeam's does, a pop before a later push; nothing
//! here leans on that, for whatever a batch holds travels from push to pop.
//!
//! The faulty exchanges at the end show that the trial can fail: each is wrong in some
//! interleavings only.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

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

/// What is tried: the exchange, or a faulty one.
trait UnderTest: Send + Sync + 'static {
    fn swap_lanes(&mut self);
    fn empty_batch(&self) -> Mail;
    fn send(&self, source: usize, target: usize, near: Mail, far: Vec<FarEnvelope<u32>>);
    fn deliver(&self, target: usize, taker: &mut dyn FnMut(Batch<'_, u32>));
    /// Vectors that wait to be used again.
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

/// How much is tried.
#[derive(Clone, Copy)]
struct Shape {
    shards: usize,
    ticks: u32,
    /// Batches from `source` to `target` in a tick, of near and of far mail.
    batches: fn(u32, usize, usize) -> (u32, u32),
    /// How often a thread may be stopped in the middle of its work; any number of times
    /// without.
    preemptions: Option<usize>,
}

/// The letters of a batch: which tick, who to whom, and which of them.
fn letters(tick: u32, source: usize, target: usize, batch: u32) -> [u32; 2] {
    let name = ((tick * 16 + source as u32) * 16 + target as u32) * 16 + batch;
    [name * 2, name * 2 + 1]
}

impl Shape {
    /// What `target` must receive of what was sent in `tick`.
    fn expected(&self, tick: u32, target: usize) -> Vec<u32> {
        let mut all = Vec::new();
        for source in 0..self.shards {
            let (near, far) = (self.batches)(tick, source, target);
            all.extend((0..near + far).flat_map(|batch| letters(tick, source, target, batch)));
        }
        all
    }
}

/// Where each vector is that the exchange has handed out, by its address.
#[derive(Default)]
struct Books {
    /// In the hands of a shard, or on its way.
    out: BTreeSet<usize>,
    known: BTreeSet<usize>,
    wrong: Vec<String>,
}

/// What the trial shares beside the subject; not seen by loom.
type Shared = Arc<Mutex<Books>>;

/// One shard's part of a tick.
fn work(subject: &dyn UnderTest, books: &Shared, shape: Shape, tick: u32, me: usize) {
    receive(subject, books, shape, tick, me);
    for target in 0..shape.shards {
        let (near, far) = (shape.batches)(tick, me, target);
        for batch in 0..near + far {
            let mail = letters(tick, me, target, batch).map(|message| Envelope {
                to: target as u32,
                due_low: 0,
                message,
            });
            if batch < near {
                let mut blank = subject.empty_batch();
                note_handed(books, &blank);
                blank.extend(mail);
                subject.send(me, target, blank, Vec::new());
            } else {
                let far = mail.map(|envelope| FarEnvelope { due: 0, envelope });
                subject.send(me, target, Vec::new(), far.into());
            }
        }
    }
}

/// Take what was sent in the tick before, and see that it is that.
fn receive(subject: &dyn UnderTest, books: &Shared, shape: Shape, tick: u32, me: usize) {
    let mut found = Vec::new();
    subject.deliver(me, &mut |batch| match batch {
        Batch::Near(mail) => {
            found.extend(mail.iter().map(|envelope| envelope.message));
            let mut books = books.lock().unwrap();
            if !books.out.remove(&(mail.as_ptr() as usize)) {
                books
                    .wrong
                    .push(format!("tick {tick}: a vector came twice"));
            }
        }
        Batch::Far(mail) => found.extend(mail.iter().map(|far| far.envelope.message)),
    });
    let expected = match tick {
        0 => Vec::new(),
        _ => shape.expected(tick - 1, me),
    };
    if found != expected {
        let what = format!("tick {tick}, shard {me}: {found:?} came for {expected:?}");
        books.lock().unwrap().wrong.push(what);
    }
}

fn note_handed(books: &Shared, blank: &Mail) {
    let mut books = books.lock().unwrap();
    let address = blank.as_ptr() as usize;
    books.known.insert(address);
    if !blank.is_empty() || !books.out.insert(address) {
        books.wrong.push("a vector was handed to two".into());
    }
}

/// Tries a subject in every interleaving: how many there were, and what was wrong in some.
fn explore<R: UnderTest>(shape: Shape, make: fn(usize) -> R) -> (u64, BTreeSet<String>) {
    let (count, wrong) = (Arc::new(AtomicU64::new(0)), Arc::default());
    let (counted, found) = (Arc::clone(&count), Arc::<Mutex<BTreeSet<_>>>::clone(&wrong));
    let mut builder = loom::model::Builder::new();
    builder.max_branches = 20_000;
    builder.preemption_bound = shape.preemptions;
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        let books = Shared::default();
        let mut subject = Arc::new(make(shape.shards));
        // loom has no more than five threads: so many ticks can be shared. In one tick
        // more, what was sent last arrives.
        for tick in 0..shape.ticks {
            Arc::get_mut(&mut subject).unwrap().swap_lanes();
            let others: Vec<_> = (1..shape.shards)
                .map(|me| {
                    let (subject, books) = (Arc::clone(&subject), Arc::clone(&books));
                    thread::spawn(move || work(&*subject, &books, shape, tick, me))
                })
                .collect();
            work(&*subject, &books, shape, tick, 0);
            others.into_iter().for_each(|other| other.join().unwrap());
        }
        Arc::get_mut(&mut subject).unwrap().swap_lanes();
        (0..shape.shards).for_each(|me| receive(&*subject, &books, shape, shape.ticks, me));
        let mut books = books.lock().unwrap();
        let (spare, known) = (subject.spare_vectors(), books.known.len());
        if spare != known || !books.out.is_empty() {
            let lost = format!("{spare} spare vectors of {known} handed out");
            books.wrong.push(lost);
        }
        found.lock().unwrap().extend(books.wrong.drain(..));
    });
    let wrong = std::mem::take(&mut *wrong.lock().unwrap());
    (count.load(Ordering::Relaxed), wrong)
}

/// Tries the exchange itself.
fn holds(shape: Shape) {
    let (interleavings, wrong) = explore(shape, Exchange::new);
    println!("{interleavings} interleavings");
    assert!(
        interleavings > 10,
        "{interleavings}: nothing was interleaved"
    );
    assert_eq!(wrong, BTreeSet::new());
}

const TO_EACH_OTHER: Shape = Shape {
    shards: 2,
    ticks: 2,
    batches: |_, source, target| (u32::from(source != target), 0),
    preemptions: None,
};

#[test]
fn two_shards_write_to_each_other() {
    holds(TO_EACH_OTHER);
}

#[test]
fn two_shards_write_to_each_other_for_longer() {
    holds(Shape {
        ticks: 3,
        ..TO_EACH_OTHER
    });
}

#[test]
fn several_batches_near_and_far_keep_their_order() {
    holds(Shape {
        batches: |_, source, target| match (source, target) {
            (0, 1) => (2, 1),
            (1, 0) => (1, 1),
            _ => (0, 0),
        },
        ..TO_EACH_OTHER
    });
}

#[test]
fn a_quiet_tick_lies_between() {
    holds(Shape {
        ticks: 3,
        batches: |tick, source, target| (u32::from(tick != 1 && source != target), 0),
        ..TO_EACH_OTHER
    });
}

#[test]
fn one_shard_hears_two_others_at_once() {
    holds(Shape {
        shards: 3,
        batches: |_, source, target| (u32::from(source != 0 && target == 0), 0),
        ..TO_EACH_OTHER
    });
}

/// Too many interleavings to try them all: those in which a thread is stopped in the
/// middle of its work at most twice.
#[test]
fn all_write_to_all() {
    holds(Shape {
        shards: 3,
        batches: |_, source, target| (1, u32::from(source == target)),
        preemptions: Some(2),
        ..TO_EACH_OTHER
    });
}

/// An exchange with a fault: two lanes that have one flag for each receiver, or one lane
/// for what is sent and what is delivered.
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

/// A fault that is there in some interleavings only is found out, by this complaint.
fn is_found_out<R: UnderTest>(make: fn(usize) -> R, complaint: &str) {
    let (interleavings, wrong) = explore(TO_EACH_OTHER, make);
    println!("{interleavings} interleavings: {wrong:?}");
    assert!(wrong.iter().any(|what| what.contains(complaint)));
}

#[test]
fn a_flag_for_both_lanes_is_found_out() {
    is_found_out(|shards| Faulty::new(shards, true), "[] came for");
}

#[test]
fn a_single_lane_is_found_out() {
    is_found_out(|shards| Faulty::new(shards, false), "came for []");
}

/// The exchange with a stock that is taken away and put back to add a vector.
struct LossySpare {
    right: Exchange<u32>,
    spare: loom::sync::Mutex<Vec<Mail>>,
}

impl UnderTest for LossySpare {
    fn swap_lanes(&mut self) {
        self.right.swap_lanes();
    }
    fn empty_batch(&self) -> Mail {
        let found = self.spare.lock().unwrap().pop();
        found.unwrap_or_else(|| Vec::with_capacity(2))
    }
    fn send(&self, source: usize, target: usize, near: Mail, far: Vec<FarEnvelope<u32>>) {
        UnderTest::send(&self.right, source, target, near, far);
    }
    fn deliver(&self, target: usize, taker: &mut dyn FnMut(Batch<'_, u32>)) {
        self.right.deliver(target, taker);
        while let Some(vector) = self.right.spare.pop() {
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
fn a_stock_that_loses_vectors_is_found_out() {
    let make = |shards| LossySpare {
        right: Exchange::new(shards),
        spare: loom::sync::Mutex::new(Vec::new()),
    };
    is_found_out(make, "spare vectors of");
}
