//! The price of many runs of one scenario: CPU time, real time and memory.
//!
//! All runs are assumed to cost as much as the one that is estimated. Times are in seconds, memory is
//! in bytes.

use serde::Serialize;

use crate::{
    host::{
        format::{duration, memory, rounded},
        resources::Workers,
    },
    run::estimate::{
        pilot::Pilot,
        plan::{Estimate, PlannedRun},
    },
};

/// What some runs cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Price {
    /// The runs that cost it.
    pub(crate) runs_to_make: usize,
    /// Runs at once, and threads of each.
    pub(crate) at_once: usize,
    pub(crate) threads: usize,
    /// CPU time of one run and of all.
    pub(crate) cpu_s_per_run: f64,
    pub(crate) cpu_s: f64,
    /// Real time of all.
    pub(crate) wall_s: f64,
    /// Memory of the runs that are made at once.
    pub(crate) memory_bytes: u64,
}

impl Price {
    /// The price of `runs` runs like `run`, of which `at_once` are made at once with the threads of
    /// `run`.
    pub(crate) fn new(
        run: PlannedRun<'_>,
        pilot: Option<&Pilot>,
        (runs, at_once): (usize, usize),
    ) -> Self {
        let alone = Workers {
            threads: 1,
            shards: 1,
        };
        let one_thread = PlannedRun {
            workers: alone,
            ..run
        };
        let cpu = Estimate::new(one_thread, pilot).exact_s;
        let estimate = Estimate::new(run, pilot);
        let rounds = runs.div_ceil(at_once.max(1)) as f64;
        Self {
            runs_to_make: runs,
            at_once,
            threads: run.workers.threads,
            cpu_s_per_run: rounded(cpu, 3),
            cpu_s: rounded(cpu * runs as f64, 1),
            wall_s: rounded(estimate.exact_s * rounds, 1),
            memory_bytes: estimate.memory_bytes * at_once.min(runs.max(1)) as u64,
        }
    }

    /// The price if only this share of the work of all runs is done.
    pub(crate) fn times(self, share: f64) -> Self {
        Self {
            cpu_s_per_run: rounded(self.cpu_s_per_run * share, 3),
            cpu_s: rounded(self.cpu_s * share, 1),
            wall_s: rounded(self.wall_s * share, 1),
            ..self
        }
    }

    /// The price of these runs and then of others.
    pub(crate) fn and(self, other: Self) -> Self {
        let (runs, cpu) = (
            self.runs_to_make + other.runs_to_make,
            self.cpu_s + other.cpu_s,
        );
        Self {
            runs_to_make: runs,
            cpu_s_per_run: match runs {
                0 => self.cpu_s_per_run,
                runs => rounded(cpu / runs as f64, 3),
            },
            cpu_s: rounded(cpu, 1),
            wall_s: rounded(self.wall_s + other.wall_s, 1),
            memory_bytes: self.memory_bytes.max(other.memory_bytes),
            ..self
        }
    }

    /// The price of a part of all runs, which has this scale, as the end of a line.
    pub(crate) fn part_text(&self, scale: f64) -> String {
        format!(
            "{} of CPU, about {} a run, and {} of real time for {} at scale {scale}",
            span(self.cpu_s),
            span(self.cpu_s_per_run),
            span(self.wall_s),
            runs_text(self.runs_to_make)
        )
    }

    /// The price as lines for people. With `at_most` fewer runs may be needed.
    pub(crate) fn text(&self, at_most: bool) -> String {
        let most = if at_most { "at most " } else { "" };
        let threads = match self.threads {
            1 => "1 thread".to_owned(),
            threads => format!("{threads} threads"),
        };
        format!(
            "CPU        about {} a run, {most}{} for {} to make\nreal time  {most}{}, {} at once \
             with {threads} each\nmemory     about {}\n",
            span(self.cpu_s_per_run),
            span(self.cpu_s),
            runs_text(self.runs_to_make),
            span(self.wall_s),
            self.at_once,
            memory(self.memory_bytes),
        )
    }
}

fn runs_text(runs: usize) -> String {
    match runs {
        1 => "1 run".to_owned(),
        runs => format!("{runs} runs"),
    }
}

/// A time in words; those below ten seconds with a decimal.
fn span(seconds: f64) -> String {
    if seconds < 10.0 {
        format!("{seconds:.1} s")
    } else {
        duration(seconds)
    }
}

#[cfg(test)]
mod tests {
    use patchday_agents::scenario::Scenario;

    use super::*;

    #[test]
    fn the_price_grows_with_the_runs_and_time_falls_with_those_at_once() {
        let mut scenario = Scenario::default();
        scenario.population.users = 100_000;
        scenario.run.end = scenario
            .run
            .start
            .after(patchday_agents::scenario::quantity::Span::from_hours(24));
        let run = PlannedRun {
            file: "x.toml",
            scenario: &scenario,
            scale: 1.0,
            workers: Workers {
                threads: 1,
                shards: 1,
            },
            available: None,
        };
        let price = |runs, at_once| Price::new(run, None, (runs, at_once));
        let (one, many, fast) = (price(1, 1), price(80, 1), price(80, 4));
        assert!(one.cpu_s_per_run > 0.0);
        assert!((many.cpu_s / 80.0 - one.cpu_s_per_run).abs() < 0.01);
        assert!(
            (many.wall_s / fast.wall_s - 4.0).abs() < 0.2,
            "{many:?} {fast:?}"
        );
        assert_eq!(fast.memory_bytes, 4 * one.memory_bytes);
        assert_eq!(price(0, 4).cpu_s, 0.0);
        assert!((many.times(0.5).wall_s * 2.0 - many.wall_s).abs() < 0.2);
        let both = one.and(fast);
        assert_eq!(both.runs_to_make, 81);
        assert!((both.cpu_s - one.cpu_s - fast.cpu_s).abs() < 0.1);
        assert!((both.cpu_s_per_run - one.cpu_s_per_run).abs() < 0.01);
        assert_eq!(both.memory_bytes, fast.memory_bytes);
        let text = fast.text(true);
        assert!(
            text.contains("at most") && text.contains("80 runs to make"),
            "{text}"
        );
    }
}
