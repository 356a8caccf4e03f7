//! The profile of a run: what each shard did in each phase, and the bound on the efficiency of threads
//! that follows from it.
//!
//! Phases follow the users online as a share of the norm. *Calm* ends below [`CALM`] of the norm. A
//! *collapse* ends when the share has risen by [`TURN`] above its lowest value, a *recovery* at
//! [`CALM`], or when the share has fallen by [`TURN`] below its highest value. The profile depends on the
//! machine, so it is printed and not part of the results. Times are in seconds since 1970, times of shards in
//! nanoseconds.

use std::{sync::LazyLock, time::Instant};

use patchday_agents::Simulation;
use patchday_core::engine::balance::{Balance, ShardCost};

use patchday_agents::scenario::quantity::TickLength;

use crate::{
    host::{
        format::{moment_at, short},
        text::text_table::{left, right, text_table},
    },
    results::samples::{SamplePoint, Samples},
};

/// The share of the norm from which on the network is calm.
const CALM: f64 = 0.9;
/// The change of the share that turns a collapse into a recovery, and back.
const TURN: f64 = 0.1;
/// More shards than this are printed in groups of consecutive ones.
const MOST_ROWS: usize = 64;

/// A kind of phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Calm,
    Collapse,
    Recovery,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Collapse => "collapse",
            Self::Recovery => "recovery",
        }
    }
}

/// Finds the phases from the samples.
#[derive(Clone, Copy, Debug)]
struct PhaseFinder {
    kind: Kind,
    /// The lowest share of a collapse, or the highest one of a recovery.
    extreme: f64,
}

impl PhaseFinder {
    const START: Self = Self {
        kind: Kind::Calm,
        extreme: 1.0,
    };

    /// The phase in which the network is from a sample on.
    fn next(&mut self, share: f64) -> Kind {
        let turned = match self.kind {
            Kind::Calm => (share < CALM).then_some(Kind::Collapse),
            _ if share >= CALM => Some(Kind::Calm),
            Kind::Collapse => {
                self.extreme = self.extreme.min(share);
                (share > self.extreme + TURN).then_some(Kind::Recovery)
            }
            Kind::Recovery => {
                self.extreme = self.extreme.max(share);
                (share < self.extreme - TURN).then_some(Kind::Collapse)
            }
        };
        if let Some(kind) = turned {
            *self = Self {
                kind,
                extreme: share,
            };
        }
        self.kind
    }
}

/// A phase that ended.
struct Phase {
    kind: Kind,
    from: i64,
    balance: Balance,
}

/// Measures a run, phase by phase.
pub(crate) struct Profile {
    finder: PhaseFinder,
    /// When the phase began.
    from: i64,
    phases: Vec<Phase>,
}

/// Nanoseconds since the first call.
fn clock() -> u64 {
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGUN.elapsed().as_nanos() as u64
}

impl Profile {
    /// Begins to measure a simulation, at this time.
    pub(crate) fn begin(simulation: &mut Simulation, from: i64) -> Self {
        simulation.measure_balance(Some(clock));
        Self {
            finder: PhaseFinder::START,
            from,
            phases: Vec::new(),
        }
    }

    /// Ends the phase if the last sample begins another one.
    pub(crate) fn sampled(&mut self, simulation: &mut Simulation, samples: &Samples) {
        let Some(point) = samples.points.last() else {
            return;
        };
        let before = self.finder.kind;
        // At a small scale, chance moves the share.
        let share = if point.is_beyond_chance() {
            point.share()
        } else {
            1.0
        };
        if self.finder.next(share) != before {
            self.end_phase(before, simulation, point);
        }
    }

    fn end_phase(&mut self, kind: Kind, simulation: &mut Simulation, point: &SamplePoint) {
        self.phases.push(Phase {
            kind,
            from: self.from,
            balance: simulation.take_balance(),
        });
        self.from = point.time;
    }

    /// Ends the last phase, and returns the profile as text.
    pub(crate) fn end(mut self, simulation: &mut Simulation, samples: &Samples) -> String {
        let kind = self.finder.kind;
        if let Some(point) = samples.points.last().filter(|point| point.time > self.from) {
            self.end_phase(kind, simulation, point);
        }
        text(&self.phases, samples.tick)
    }
}

fn text(phases: &[Phase], tick: TickLength) -> String {
    let rows = phases.iter().enumerate().map(|(number, phase)| {
        let (events, time) = sum(phase.balance.shards());
        let mut row = vec![
            format!("{} {}", number + 1, phase.kind.name()),
            moment_at(phase.from, tick),
            short(events as f64),
            format!("{:.2}", time as f64 / 1e9),
            format!("{:.0}", time as f64 / events.max(1) as f64),
        ];
        let bounds = phase.balance.efficiencies();
        row.extend(bounds.map(|share| format!("{share:.3}")));
        row
    });
    let headings = Balance::THREADS.map(|threads| threads.to_string());
    let mut columns = vec![
        left("phase"),
        left("from"),
        right("events"),
        right("s"),
        right("ns"),
    ];
    columns.extend(headings.iter().map(|threads| right(threads)));
    format!(
        "profile: events and time of each phase, nanoseconds an event, and the bound on the efficiency \
         of 2, 4, 8 and 16 threads by the events of the shards\n{}\n\
         events (e) and time (t) of the shards, in percent of each phase\n{}",
        text_table(&columns, rows),
        shard_table(phases)
    )
}

/// Events and time of some shards.
fn sum(shards: &[ShardCost]) -> (u64, u64) {
    shards.iter().fold((0, 0), |(events, time), shard| {
        (events + shard.events, time + shard.nanoseconds)
    })
}

/// A row for each shard, or for some consecutive ones: its share of each phase.
fn shard_table(phases: &[Phase]) -> String {
    let shards = phases.iter().map(|phase| phase.balance.shards().len());
    let shards = shards.max().unwrap_or(0);
    let step = shards.div_ceil(MOST_ROWS).max(1);
    let headings: Vec<[String; 2]> = (1..=phases.len())
        .map(|number| [format!("{number}e"), format!("{number}t")])
        .collect();
    let mut columns = vec![left("shard")];
    columns.extend(headings.iter().flatten().map(|heading| right(heading)));
    let percent =
        |part: u64, whole: u64| format!("{:.1}", 100.0 * part as f64 / whole.max(1) as f64);
    let rows = (0..shards).step_by(step).map(|first| {
        let mut row = vec![first.to_string()];
        for phase in phases {
            let all = phase.balance.shards();
            let some = all.get(first..(first + step).min(all.len()));
            let ((events, time), (all_events, all_time)) =
                (sum(some.unwrap_or_default()), sum(all));
            row.extend([percent(events, all_events), percent(time, all_time)]);
        }
        row
    });
    text_table(&columns, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_turn_where_the_share_turns() {
        let shares = [
            1.0, 0.95, 0.85, 0.4, 0.1, 0.15, 0.21, 0.6, 0.55, 0.49, 0.3, 0.41, 0.95, 0.91, 0.89,
        ];
        let mut finder = PhaseFinder::START;
        let names: String = shares
            .iter()
            .map(|share| match finder.next(*share) {
                Kind::Calm => '-',
                Kind::Collapse => 'c',
                Kind::Recovery => 'r',
            })
            .collect();
        assert_eq!(names, "--ccccrrrccr--c");
    }
}
