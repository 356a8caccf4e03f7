//! Tests of the search for the first difference: a fault is injected at a known tick and
//! actor, and the search has to find both.

use patchday_agents::{
    Message, State,
    scenario::{Scenario, SignOut, quantity::Share},
};
use patchday_core::{ActorId, Tick};

use crate::{
    common::{instant, small_network},
    first_difference::{FirstDifference, first_difference},
    plan::{Case, Execution, Parallelism, Plan, Stop},
    snapshot::{Block, FullSnapshot, Location},
};

/// A case with a fixed seed, until the end of its scenario.
fn case(scenario: Scenario) -> Case {
    Case {
        end: scenario.ticks(),
        scenario,
        seed: 5,
        fork: None,
        sample: 600,
    }
}

const PARALLEL: Parallelism = Parallelism {
    threads: 2,
    shards: 7,
    parallel_from: 0,
};

/// The snapshot of a serial run without stops.
fn snapshot(case: &Case, at: Tick) -> FullSnapshot {
    FullSnapshot::capture(&case.run(&Plan::plain(), at).simulation)
}

/// Searches for the difference between a serial run and one whose snapshot is changed at a tick.
fn difference_after(case: &Case, at: Tick, corrupt: fn(&mut FullSnapshot)) -> FirstDifference {
    let plan = Plan {
        parallelism: PARALLEL,
        stops: vec![
            (at / 2, Stop::Checkpoint(PARALLEL)),
            (at, Stop::Corrupt(Parallelism::SERIAL, corrupt)),
        ],
        rows: false,
    };
    let serial = Plan::plain();
    let executions = [&serial, &plan].map(|plan| Execution { case, plan });
    first_difference(executions[0], executions[1], case.end)
}

/// The tick and location of a difference after the start.
fn location_of(difference: FirstDifference) -> (Tick, Location) {
    match difference {
        FirstDifference::InTick(tick, difference) => (tick, difference.location),
        other => panic!("{other}"),
    }
}

#[test]
fn an_unchanged_snapshot_gives_no_difference() {
    let case = case(small_network(2));
    let difference = difference_after(&case, 3_000, |_| {});
    assert_eq!(difference, FirstDifference::None);
    assert!(difference.to_string().contains("no difference"));
}

/// The first block, and place in it, of two neighbours with different states.
fn unequal_neighbours(snapshot: &FullSnapshot) -> Option<(usize, usize)> {
    let mut blocks = snapshot.blocks.iter().enumerate();
    blocks.find_map(|(number, block)| {
        let mut pairs = block.states.windows(2);
        let place = pairs.position(|pair| pair[0] != pair[1])?;
        Some((number, place))
    })
}

#[test]
fn a_changed_state_is_found_at_its_actor() {
    let case = case(small_network(2));
    let (block, place) = unequal_neighbours(&snapshot(&case, 3_000)).unwrap();
    let difference = difference_after(&case, 3_000, |snapshot| {
        let (block, place) = unequal_neighbours(snapshot).unwrap();
        snapshot.blocks[block].states.swap(place, place + 1);
    });
    let actor = (block * 16 + place) as ActorId;
    assert_eq!(location_of(difference), (3_000, Location::Actor(actor)));
}

/// The last message of the last block with a message due after the next tick.
fn last_message(snapshot: &mut FullSnapshot) -> Option<&mut (Tick, ActorId, Message)> {
    let now = snapshot.rest.clock.now;
    let blocks = snapshot.blocks.iter_mut().rev();
    let mut messages = blocks.filter_map(|block| block.mail.last_mut());
    messages.find(|(due, ..)| *due > now)
}

#[test]
fn a_message_one_tick_late_is_found_at_its_receiver() {
    let case = case(small_network(2));
    let to = last_message(&mut snapshot(&case, 5_000)).unwrap().1;
    let difference = difference_after(&case, 5_000, |snapshot| {
        last_message(snapshot).unwrap().0 += 1
    });
    assert_eq!(location_of(difference), (5_000, Location::Mail(to)));
}

/// The index of the first message of a block that is due after this tick and whose order with
/// the next one matters.
fn swappable(block: &Block, now: Tick) -> Option<usize> {
    let mut pairs = block.mail.windows(2);
    pairs.position(|pair| pair[0].0 == pair[1].0 && pair[0].0 > now && pair[0] != pair[1])
}

/// Swaps the first two such messages, and returns their receivers.
fn swap(snapshot: &mut FullSnapshot) -> Option<[ActorId; 2]> {
    let now = snapshot.rest.clock.now;
    let (block, at) = snapshot
        .blocks
        .iter_mut()
        .find_map(|block| swappable(block, now).map(|at| (block, at)))?;
    block.mail.swap(at, at + 1);
    Some([block.mail[at].1, block.mail[at + 1].1])
}

#[test]
fn messages_in_the_wrong_order_are_found_before_they_are_handled() {
    // Enough users that some block has two messages for the same tick.
    let mut scenario = small_network(2);
    scenario.population.users = 4_000;
    let case = case(scenario);
    let mut before = snapshot(&case, 4_000);
    let to = swap(&mut before).unwrap();
    let difference = difference_after(&case, 4_000, |snapshot| assert!(swap(snapshot).is_some()));
    let (tick, location) = location_of(difference);
    assert_eq!(tick, 4_000);
    assert!(
        to.map(Location::Mail).contains(&location),
        "{location}: {to:?}"
    );
}

#[test]
fn another_seed_is_found_as_a_difference_at_the_start() {
    let one = case(small_network(2));
    let two = Case {
        seed: one.seed + 1,
        ..one.clone()
    };
    let (first, second) = (snapshot(&one, 0), snapshot(&two, 0));
    let states = |snapshot: &FullSnapshot| -> Vec<_> {
        let blocks = snapshot.blocks.iter();
        let states =
            blocks.flat_map(|block| block.actors.iter().copied().zip(block.states.clone()));
        states.collect()
    };
    let (first, second) = (states(&first), states(&second));
    let differing = first.iter().zip(&second).find(|(one, two)| one != two);
    let actor = differing.map(|((actor, _), _)| *actor);
    let plain = Plan::plain();
    let [first, second] = [&one, &two].map(|case| Execution { case, plan: &plain });
    let FirstDifference::AtStart(difference) = first_difference(first, second, one.end) else {
        panic!("no difference at the start");
    };
    assert_eq!(Some(difference.location), actor.map(Location::Actor));
}

#[test]
fn a_mass_event_is_found_at_the_first_client_that_it_affects() {
    let signed_out = |at: f64| {
        let mut scenario = small_network(2);
        scenario.trigger.sign_out = vec![SignOut {
            at: instant(at),
            share: Share::ALL,
            within: "10s".parse().unwrap(),
            regions: Vec::new(),
        }];
        case(scenario)
    };
    let (one, two) = (signed_out(1.25), signed_out(1.5));
    let tick = 4_500;
    // Every running client sends itself a message in the tick of the event.
    let before = snapshot(&one, tick);
    let actors = before
        .blocks
        .iter()
        .flat_map(|block| block.actors.iter().zip(&block.states));
    let running = |state: &State| match state {
        State::Peer(_) => !format!("{state:?}").contains("phase: Off"),
        State::Server(_) | State::LineGroup(_) | State::Service(_) | State::Source(_) => false,
    };
    let first = *actors
        .into_iter()
        .find(|(_, state)| running(state))
        .unwrap()
        .0;
    let plain = Plan::plain();
    let plan = Plan {
        parallelism: PARALLEL,
        stops: vec![
            (4_499, Stop::Pause),
            (4_500, Stop::Checkpoint(Parallelism::SERIAL)),
        ],
        rows: false,
    };
    let one = Execution {
        case: &one,
        plan: &plain,
    };
    let two = Execution {
        case: &two,
        plan: &plan,
    };
    let found = first_difference(one, two, one.case.end);
    let text = found.to_string();
    assert!(text.contains("differ from tick 4500 on"), "{text}");
    assert_eq!(location_of(found), (tick, Location::Mail(first)));
}
