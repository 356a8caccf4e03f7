//! Queues and lines compared with plain lists of jobs, tick by tick, for any history of speeds.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;

use super::*;
use crate::server::queueing::{
    service_clock::{ServiceClock, USUAL_SPEED},
    waiting_line::WaitingLine,
};

/// A tick of a history: the speed in tenths of the usual speed, and the jobs that arrive.
type TickOfHistory = (u64, u64);

fn histories() -> impl Strategy<Value = Vec<TickOfHistory>> {
    let speed = prop_oneof![Just(10_u64), Just(0), Just(1), 0..40_u64];
    // Speeds last for some ticks.
    let spell = (speed, prop::collection::vec(0..6_u64, 1..12));
    prop::collection::vec(spell, 1..12).prop_map(|spells| {
        let ticks = spells.into_iter().flat_map(|(speed, arrivals)| {
            arrivals.into_iter().map(move |arrivals| (speed, arrivals))
        });
        ticks.collect()
    })
}

/// Calls `act` with the pace and the arrivals of each tick.
fn follow(history: &[TickOfHistory], mut act: impl FnMut(&Pace, u64)) {
    let mut clock = ServiceClock::START;
    for (now, (speed, arrivals)) in history.iter().enumerate() {
        clock.set_speed(speed * USUAL_SPEED / 10, now as u32);
        act(&clock.pace(now as u32), *arrivals);
    }
}

proptest! {
    /// The reference holds the work left of every job, and serves the first of them.
    #[test]
    fn a_queue_equals_a_list_of_jobs(
        history in histories(),
        rate in 0.2..6.0_f64,
        longest in 0..20_u32,
    ) {
        let service = Service::new(rate, longest);
        let cost = service.work_of(1);
        let mut queue = Queue::EMPTY;
        let mut batches = Queue::EMPTY;
        let mut jobs: VecDeque<u128> = VecDeque::new();
        let mut promises: VecDeque<u128> = VecDeque::new();
        let mut fault = None;
        follow(&history, |pace, arrivals| {
            let mut admitted = 0;
            for _ in 0..arrivals {
                let left: u128 = jobs.iter().sum();
                let expected = left <= u128::from(longest) * pace.per_tick;
                let done = queue.admit(pace, &service);
                if done.is_some() != expected {
                    fault = Some(format!("admission at {}", pace.now));
                }
                if let Some(done) = done {
                    jobs.push_back(cost);
                    promises.push_back(done);
                    admitted += 1;
                }
            }
            if batches.admit_batch(pace, &service, arrivals) != admitted || batches.work_left(pace) != queue.work_left(pace)
            {
                fault = Some(format!("batch at {}", pace.now));
            }
            if queue.work_left(pace) != jobs.iter().sum::<u128>()
                || queue.backlog(pace, &service) != jobs.len() as u64
            {
                fault = Some(format!("work left at {}", pace.now));
            }
            let mut budget = pace.per_tick;
            while let Some(left) = jobs.front_mut() {
                let part = budget.min(*left);
                (*left, budget) = (*left - part, budget - part);
                if *left > 0 {
                    break;
                }
                jobs.pop_front();
                // Exactly the jobs that are done now were promised for the end of this tick.
                if promises.pop_front().is_none_or(|done| done > pace.end()) {
                    fault = Some(format!("a job done before its promise at {}", pace.now));
                }
            }
            if promises.front().is_some_and(|done| *done <= pace.end()) {
                fault = Some(format!("a promise not kept at {}", pace.now));
            }
        });
        prop_assert_eq!(fault, None);
    }

    /// Every client of a line has one outcome: an answer not after the time for which it waits, or none
    /// when that is over. No server does more than its clock says.
    #[test]
    fn a_line_gives_each_client_one_outcome(
        history in histories(),
        rate in 0.2..6.0_f64,
        patience in 2..12_u32,
        newest_first in any::<bool>(),
        batches in any::<bool>(),
    ) {
        let service = Service::new(rate, 20);
        let mut queue = Queue::EMPTY;
        let mut line = WaitingLine::default();
        let mut arrived: BTreeMap<u32, u32> = BTreeMap::new();
        let mut outcomes: BTreeMap<u32, (u32, bool)> = BTreeMap::new();
        let mut next = 0;
        let mut doubled = 0;
        let mut last = None;
        let mut idle_while_needed = None;
        let patient = history.iter().copied().chain(std::iter::repeat_n((10, 0), 40));
        follow(&patient.collect::<Vec<_>>(), |pace, arrivals| {
            for _ in 0..arrivals {
                line.push(next, 0, &mut queue, pace, &service);
                arrived.insert(next, pace.now);
                next += 1;
            }
            if batches && !newest_first && arrivals == 5 && !pace.is_stopped() {
                let admitted = queue.admit_batch(pace, &service, 3);
                line.push_batch(admitted, pace.now);
            }
            let waited = !line.is_idle();
            let mut answers = Vec::new();
            let mut answer = |one: &crate::Waiting| answers.push((one.client, true));
            if newest_first {
                line.serve_newest(&mut queue, pace, &service, &mut answer);
            } else {
                line.serve_in_time(&mut queue, pace, &service, patience, &mut answer);
            }
            // At ten times the work of a job, a server with a client that can be served serves it.
            if waited && !batches && pace.per_tick >= 10 * service.work_of(1) && answers.is_empty() {
                idle_while_needed = Some(pace.now);
            }
            let late = |one: &crate::Waiting| answers.push((one.client, false));
            line.give_up_unserved(&mut queue, pace, &service, patience, late);
            for (client, done) in answers {
                let before = outcomes.insert(client, (pace.now + 1, done));
                doubled += u32::from(before.is_some());
            }
            last = Some(*pace);
        });
        prop_assert_eq!(doubled, 0);
        prop_assert_eq!(idle_while_needed, None);
        prop_assert_eq!(outcomes.len(), arrived.len());
        let mut work = 0;
        for (client, (at, done)) in &outcomes {
            let waited = at - arrived[client];
            let in_time = waited <= patience;
            prop_assert!(in_time && (*done || waited == patience), "{} of {}", waited, patience);
            work += service.work_of(u64::from(*done));
        }
        prop_assert!(last.is_none_or(|pace| work <= pace.end()));
    }
}

#[test]
fn a_burst_is_served_at_the_rate() {
    // 1,000 jobs at once at 8 per tick: the last one is done after 125 ticks.
    let service = Service::new(8.0, 1000);
    let mut queue = Queue::EMPTY;
    let clock = ServiceClock::START;
    let pace = |now| clock.pace(now);
    let dones: Vec<_> = (0..1000)
        .map(|_| queue.admit(&pace(50), &service).unwrap())
        .collect();
    assert_eq!(dones[7], pace(51).start);
    assert_eq!(dones[999], pace(175).start);
    assert_eq!(queue.backlog(&pace(50), &service), 1000);
    assert_eq!(queue.backlog(&pace(100), &service), 600);
    assert_eq!(queue.wait_thousandths(&pace(150)), 25_000);
    assert_eq!(queue.backlog(&pace(1000), &service), 0);
}

#[test]
fn waits_are_those_at_the_speed_of_now() {
    let service = Service::new(2.0, 10);
    let mut queue = Queue::EMPTY;
    let mut clock = ServiceClock::START;
    // 20 jobs fill the wait of 10 ticks, and one more starts at its end.
    assert_eq!(queue.admit_batch(&clock.pace(0), &service, 100), 21);
    let wait = |clock: &ServiceClock, queue: &Queue| queue.wait_thousandths(&clock.pace(0));
    assert_eq!(wait(&clock, &queue), 10_500);
    clock.set_speed(USUAL_SPEED / 4, 0);
    assert_eq!(wait(&clock, &queue), 42_000);
    assert_eq!(queue.admit(&clock.pace(0), &service), None);
    // Of a server that is stopped: at its usual speed.
    clock.set_speed(0, 0);
    assert_eq!(wait(&clock, &queue), 10_500);
}

#[test]
fn jobs_that_are_added_together_are_those_added_one_by_one() {
    let service = Service::new(0.7, 5);
    for (now, jobs) in [(0, 0), (3, 1), (9, 40)] {
        let pace = ServiceClock::START.pace(now);
        let mut together = Queue::EMPTY;
        together.push(&ServiceClock::START.pace(2), &service);
        let mut one_by_one = together;
        together.push_all(&pace, &service, jobs);
        for _ in 0..jobs {
            one_by_one.push(&pace, &service);
        }
        if jobs > 0 {
            assert_eq!(together, one_by_one);
        }
    }
}
