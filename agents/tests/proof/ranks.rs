//! The determinism guarantee over ranks, for random scenarios: a run that is divided among several
//! processes, saved and continued on another number of them, has the digest, the rows and the bytes of a
//! serial run. Threads with channels stand for the processes.
//!
//! ```sh
//! PATCHDAY_RANK_CASES=500 cargo test -p patchday-agents --test proof -- --nocapture ranks
//! ```

use std::thread;

use patchday_agents::{Network, ScenarioChange, Simulation, metrics::cell::Cell};
use patchday_core::{ChannelLink, Ranks, Tick, engine::snapshot::BlockSnapshot};

use crate::{
    any_case, cancelled_attempt,
    plan::{Case, Parallelism, RunResult},
    random_choices::RandomChoices,
    snapshot::FullSnapshot,
    variable,
};

/// The number of cases of an ordinary test run.
const CASES: u64 = 20;
/// A case ends early after this number of messages: the ranks meet at every tick.
const MOST_EVENTS: u64 = 5_000;

/// The shares of the ranks from each of some ticks on, and ticks at which the simulation returns.
#[derive(Debug)]
struct RankPlan {
    parts: Vec<(Tick, Vec<u32>)>,
    pauses: Vec<Tick>,
}

impl RankPlan {
    fn any(choices: &mut RandomChoices, case: &Case) -> Self {
        let shares = |choices: &mut RandomChoices| {
            let ranks = choices.between(1, 5);
            (0..ranks).map(|_| choices.between(1, 6)).collect()
        };
        let mut starts = vec![0];
        starts.extend(case.fork.iter().map(|(at, _)| *at));
        starts.extend((0..choices.below(3)).map(|_| choices.below(case.end)));
        starts.sort_unstable();
        starts.dedup();
        if case.fork.as_ref().is_some_and(|(at, _)| *at == 0) {
            starts.insert(0, 0);
        }
        let parts = starts.into_iter();
        Self {
            parts: parts.map(|at| (at, shares(choices))).collect(),
            pauses: (0..3).map(|_| choices.below(case.end)).collect(),
        }
    }
}

/// What a run leaves.
struct RankedRun {
    digest: u64,
    rows: Vec<Vec<Cell>>,
    snapshot: FullSnapshot,
}

/// One part of a run: some ranks, from a snapshot or the start to a tick.
struct Part<'a> {
    case: &'a Case,
    pauses: &'a [Tick],
    from: Option<&'a FullSnapshot>,
    start: Tick,
    end: Tick,
}

impl Part<'_> {
    /// Runs one of the ranks.
    fn run(&self, ranks: Ranks) -> RankedRun {
        let parallelism = Parallelism {
            threads: [1, 2, 1][ranks.rank % 3],
            shards: [1, 3, 2, 7][ranks.rank % 4],
            parallel_from: 40,
        };
        let Parallelism {
            threads, shards, ..
        } = parallelism;
        let case = self.case;
        let mut simulation = match self.from {
            None => {
                let (scenario, seed) = (&case.scenario, case.seed);
                Simulation::new_ranked(scenario, seed, threads, shards, u64::MAX, ranks).unwrap()
            }
            Some(snapshot) => {
                let forks = case.fork.as_ref().is_some_and(|(at, _)| *at == self.start);
                let after = case.scenario_at(self.start);
                let before = if forks { &case.scenario } else { after };
                let next = |number: u32| {
                    let block = snapshot.blocks[number as usize].clone();
                    Ok::<_, ()>(BlockSnapshot::<Network> {
                        states: block.states,
                        block_state: block.block_state,
                        mail: block.mail,
                    })
                };
                let change = ScenarioChange { before, after };
                let rest = snapshot.rest.clone();
                Simulation::resume_ranked(change, threads, shards, u64::MAX, ranks, rest, next)
                    .unwrap_or_else(|mismatch| panic!("{mismatch:?}"))
            }
        };
        parallelism.apply_to(&mut simulation);
        let mut rows = Vec::new();
        let is_row = |at: Tick| at > 0 && at.is_multiple_of(case.sample);
        let mut stops: Vec<Tick> = (self.start + 1..=self.end)
            .filter(|at| is_row(*at) || self.pauses.contains(at))
            .collect();
        stops.push(self.end);
        stops.dedup();
        for at in stops {
            simulation.run_until(at).unwrap();
            if is_row(at) && at > self.start {
                rows.push(simulation.sample());
            }
        }
        RankedRun {
            digest: simulation.digest(),
            rows,
            snapshot: FullSnapshot::capture(&simulation),
        }
    }
}

/// Runs a case on the ranks of a plan. All ranks must end with the same digest, rows and world.
fn run(case: &Case, plan: &RankPlan) -> RankedRun {
    let mut whole: Option<RankedRun> = None;
    for (index, (start, shares)) in plan.parts.iter().enumerate() {
        let next = plan.parts.get(index + 1);
        let part = Part {
            case,
            pauses: &plan.pauses,
            from: whole.as_ref().map(|run| &run.snapshot),
            start: *start,
            end: next.map_or(case.end, |(start, _)| *start),
        };
        let found: Vec<RankedRun> = thread::scope(|scope| {
            let links = ChannelLink::connect(shares.len()).into_iter().enumerate();
            let threads: Vec<_> = links
                .map(|(rank, link)| {
                    let (part, shares) = (&part, shares.clone());
                    let link = Box::new(link);
                    scope.spawn(move || part.run(Ranks { link, rank, shares }))
                })
                .collect();
            let done = threads.into_iter().map(|thread| thread.join());
            done.map(|run| run.unwrap()).collect()
        });
        let mut found = found.into_iter();
        let mut first = found.next().unwrap();
        let world = |run: &RankedRun| postcard::to_stdvec(&run.snapshot.rest).unwrap();
        for other in found {
            assert_eq!((other.digest, &other.rows), (first.digest, &first.rows));
            assert!(
                world(&other) == world(&first),
                "ranks have different worlds"
            );
            first.snapshot.blocks.extend(other.snapshot.blocks);
        }
        let mut rows = whole.map_or(Vec::new(), |run| run.rows);
        rows.append(&mut first.rows);
        whole = Some(RankedRun { rows, ..first });
    }
    whole.unwrap()
}

/// Compares a run on ranks with a serial run. Returns the number of parts.
fn check(case: &Case, serial: &RunResult, choices: &mut RandomChoices) -> usize {
    let plan = RankPlan::any(choices, case);
    let found = run(case, &plan);
    let expected = FullSnapshot::capture(&serial.simulation);
    if let Some(difference) = found.snapshot.difference_from(&expected) {
        panic!("{plan:?}: {difference:?}");
    }
    assert_eq!(found.digest, serial.simulation.digest(), "{plan:?}");
    assert_eq!(found.rows, serial.rows, "{plan:?}");
    assert!(
        found.snapshot.to_bytes() == expected.to_bytes(),
        "{plan:?}: other bytes"
    );
    plan.parts.len()
}

#[test]
fn the_guarantee_holds_over_ranks_for_any_scenario() {
    let cases = variable("PATCHDAY_RANK_CASES", CASES);
    let from = variable("PATCHDAY_FROM", 0);
    let (mut parts, mut forks) = (0, 0);
    for number in from..from + cases {
        println!("case {number}");
        let (case, mut choices) = any_case(number);
        let (case, serial) = case.limited(MOST_EVENTS);
        parts += check(&case, &serial, &mut choices);
        forks += u64::from(case.fork.is_some());
    }
    println!("{cases} cases from {from}: {parts} parts, {forks} forks");
    if cases >= CASES {
        assert!(parts as u64 > cases + cases / 2, "{parts}");
    }
}

/// Few random cases reach their fork.
#[test]
fn a_fork_continues_on_other_ranks() {
    let (case, serial) = cancelled_attempt(1, 0.3, 900);
    let parts = check(&case, &serial, &mut RandomChoices::new(3));
    assert!(parts > 1, "{parts}");
}
