//! The alarm can ring: runs that were made to part at a known tick, by a known actor, and
//! what is said of them.

use patchday_agents::{
    Message, State,
    scenario::{Scenario, SignOut, quantity::Share},
};
use patchday_core::{ActorId, Tick};

use crate::{
    common::{instant, small_network},
    first_difference::{FirstDifference, first_difference},
    plan::{Case, Parallelism, Plan, Stop},
    snapshot::{Block, FullSnapshot, Location},
};

/// Two hours of a busy village.
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

/// The snapshot of a plain run at a tick.
fn snapshot(case: &Case, at: Tick) -> FullSnapshot {
    FullSnapshot::capture(&case.run(&Plan::plain(), at).simulation)
}

/// Where a run parts from a plain one whose snapshot is spoilt at a tick.
fn difference_after(case: &Case, at: Tick, spoil: fn(&mut FullSnapshot)) -> FirstDifference {
    let plan = Plan {
        parallelism: PARALLEL,
        stops: vec![
            (at / 2, Stop::Checkpoint(PARALLEL)),
            (at, Stop::Corrupt(Parallelism::SERIAL, spoil)),
        ],
        rows: false,
    };
    first_difference((case, &Plan::plain()), (case, &plan), case.end)
}

/// The tick and place of a parting that is not at the start.
fn location_of(difference: FirstDifference) -> (Tick, Location) {
    match difference {
        FirstDifference::InTick(tick, place, _) => (tick, place),
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_not_spoilt_does_not_part() {
    let case = case(small_network(2));
    let difference = difference_after(&case, 3_000, |_| {});
    assert_eq!(difference, FirstDifference::None);
    assert!(difference.to_string().contains("do not part"));
}

#[test]
fn the_actor_whose_state_was_changed_is_named() {
    let case = case(small_network(2));
    // The machines of two neighbours differ in how long they have been up, at the least.
    let states = &snapshot(&case, 3_001).blocks[9].states;
    assert_ne!(states[4], states[5]);
    let difference = difference_after(&case, 3_000, |snapshot| {
        snapshot.blocks[9].states.swap(4, 5)
    });
    assert_eq!(
        location_of(difference),
        (3_000, Location::Actor(9 * 16 + 4))
    );
}

/// The last block that has mail for later than the next tick, and the last such letter.
fn last_letter(snapshot: &mut FullSnapshot) -> Option<&mut (Tick, ActorId, Message)> {
    let now = snapshot.rest.clock.now;
    let blocks = snapshot.blocks.iter_mut().rev();
    let mut letters = blocks.filter_map(|block| block.mail.last_mut());
    letters.find(|(due, ..)| *due > now)
}

#[test]
fn the_actor_whose_letter_is_a_tick_late_is_named() {
    let case = case(small_network(2));
    let to = last_letter(&mut snapshot(&case, 5_000)).unwrap().1;
    let difference = difference_after(&case, 5_000, |snapshot| {
        last_letter(snapshot).unwrap().0 += 1
    });
    assert_eq!(location_of(difference), (5_000, Location::Mail(to)));
}

/// The place of the first letter of a block that changes its order with the next one,
/// and will be handled later than in this tick.
fn pair(block: &Block, now: Tick) -> Option<usize> {
    let mut pairs = block.mail.windows(2);
    pairs.position(|pair| pair[0].0 == pair[1].0 && pair[0].0 > now && pair[0] != pair[1])
}

/// Swaps the first two letters of one tick and one block, and says for whom they are. Of
/// two, the one for the lower actor is named; of one, that one.
fn swap(snapshot: &mut FullSnapshot) -> Option<[ActorId; 2]> {
    let now = snapshot.rest.clock.now;
    let (block, at) = snapshot
        .blocks
        .iter_mut()
        .find_map(|block| pair(block, now).map(|at| (block, at)))?;
    block.mail.swap(at, at + 1);
    Some([block.mail[at].1, block.mail[at + 1].1])
}

#[test]
fn letters_in_the_wrong_order_are_noticed_before_they_are_handled() {
    let case = case(small_network(2));
    let mut before = snapshot(&case, 4_000);
    let to = swap(&mut before).unwrap();
    let difference = difference_after(&case, 4_000, |snapshot| assert!(swap(snapshot).is_some()));
    let (tick, place) = location_of(difference);
    assert_eq!(tick, 4_000);
    assert!(to.map(Location::Mail).contains(&place), "{place}: {to:?}");
}

#[test]
fn another_seed_is_another_run_from_the_start() {
    let one = case(small_network(2));
    let two = Case {
        seed: one.seed + 1,
        ..one.clone()
    };
    let (first, second) = (snapshot(&one, 0), snapshot(&two, 0));
    let states = |snapshot: &FullSnapshot| -> Vec<_> {
        let blocks = snapshot.blocks.iter();
        blocks.flat_map(|block| block.states.clone()).collect()
    };
    let (first, second) = (states(&first), states(&second));
    let actor = (0..first.len()).find(|actor| first[*actor] != second[*actor]);
    let plain = Plan::plain();
    match first_difference((&one, &plain), (&two, &plain), one.end) {
        FirstDifference::AtStart(Location::Actor(found), _) => {
            assert_eq!(Some(found as usize), actor)
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_strike_parts_those_whom_it_hits_from_those_whom_it_does_not() {
    let struck = |at: f64| {
        let mut scenario = small_network(2);
        scenario.trigger.sign_out = vec![SignOut {
            at: instant(at),
            share: Share::ALL,
            within: "10s".parse().unwrap(),
            regions: Vec::new(),
        }];
        case(scenario)
    };
    let (one, two) = (struck(1.25), struck(1.5));
    let tick = 4_500;
    // Whoever is running when it strikes has a letter to himself then.
    let before = snapshot(&one, tick);
    let states = before.blocks.iter().flat_map(|block| &block.states);
    let running = |state: &State| !format!("{state:?}").contains("phase: Off");
    let first = states.into_iter().position(running).unwrap();
    let plain = Plan::plain();
    let plan = Plan {
        parallelism: PARALLEL,
        stops: vec![
            (4_499, Stop::Pause),
            (4_500, Stop::Checkpoint(Parallelism::SERIAL)),
        ],
        rows: false,
    };
    let found = first_difference((&one, &plain), (&two, &plan), one.end);
    assert!(found.to_string().contains("part in tick 4500"), "{found}");
    assert_eq!(location_of(found), (tick, Location::Mail(first as ActorId)));
}
