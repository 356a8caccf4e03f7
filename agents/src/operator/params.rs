//! The compiled parameters of the operator: its playbook, and the machines that it can add.
//!
//! Machines are numbered from 0: first those of the attempts, then those of the playbook.
//! Units: ticks, thousandths of a request per tick, factors in millionths.

use patchday_core::{Span, Tick};

use crate::{
    operator::{
        memory::Progress,
        rule::Rule,
        section::{ActionKind, Operator},
    },
    overlay::supernode_load::Strength,
    scenario::{quantity::run_clock::TickLength, root::Scenario},
    server::kind::ServerKind,
};

/// The parameters of the operator.
#[derive(Debug)]
pub(crate) struct OperatorParams {
    pub(crate) rules: Vec<Rule>,
    pub(crate) watch_every: Tick,
    machines: Vec<Machines>,
    /// Whether the restart of the overlay repairs the allocation algorithm.
    pub(crate) retune: bool,
    /// The time until the last leaf notices the restart.
    pub(crate) restart_within: Span,
}

/// Machines that are added together.
#[derive(Debug)]
struct Machines {
    /// The number after the last of them.
    end: u32,
    strength: Strength,
}

impl OperatorParams {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let (operator, tick) = (&scenario.operator, scenario.tick());
        let attempts = operator.force_supernodes.iter();
        let forced: u32 = attempts.map(|attempt| attempt.count as u32).sum();
        Self {
            rules: Rule::all(scenario, forced),
            watch_every: tick.ticks(operator.watch_every),
            machines: machines(operator, tick),
            retune: operator.restart_overlay.retune,
            restart_within: tick.ticks(operator.restart_overlay.within),
        }
    }

    /// Returns the factors, in millionths, that the actions carried out so far give to the speed of a kind
    /// of server. `progress` has an entry for each rule.
    pub(crate) fn speed_factors(
        &self,
        kind: ServerKind,
        progress: &[Progress],
    ) -> impl Iterator<Item = u64> {
        let rules = self.rules.iter().zip(progress);
        let sets = move |deed| deed == ActionKind::LoginRate && kind == ServerKind::Login;
        rules
            .filter(move |(rule, progress)| sets(rule.deed) && progress.begun.is_some())
            .map(|(rule, _)| rule.factor)
    }

    /// Returns the strength of a machine; `None` if there is no machine with this number.
    pub(crate) fn strength(&self, number: u32) -> Option<Strength> {
        let mut machines = self.machines.iter();
        let machines = machines.find(|machines| number < machines.end);
        machines.map(|machines| machines.strength)
    }
}

/// Returns the machines of the operator, an entry for each attempt and each action.
fn machines(operator: &Operator, tick: TickLength) -> Vec<Machines> {
    let rate = |requests: f64| (tick.of_second(requests) * 1e6).round() as u64;
    let forced = operator.force_supernodes.iter().map(|attempt| {
        let strength = Strength {
            rate: rate(attempt.requests),
            seats: attempt.seats,
            sturdy: attempt.sturdy,
            mega: false,
        };
        (attempt.count, strength)
    });
    let added = operator.action.iter().map(|action| {
        let strength = Strength {
            rate: rate(action.requests),
            seats: action.seats,
            sturdy: action.sturdy,
            mega: action.deed == ActionKind::AddMegaSupernodes,
        };
        (action.count, strength)
    });
    let mut end = 0;
    let machines = forced.chain(added).map(|(count, strength)| {
        end += count as u32;
        Machines { end, strength }
    });
    machines.collect()
}
