//! One measurement of `patchday bench`, made in a process of its own.
//!
//! After a warm-up, stretches of random updates (8 bytes per actor) and of PHOLD alternate, so that
//! both run under the same load of the machine; the ratio is the median over the pairs. Peak
//! memory does not include the words of the updates: it is the maximum of the resident memory
//! before their allocation and of that at the end without them.

use std::time::{Duration, Instant};

use patchday_core::{Engine, Halt, Settings, Tick, phold::Phold};
use serde::{Deserialize, Serialize};

use crate::{
    host::{console::print, error::Failure, format::rounded, resources},
    run::{
        benchmark::{random_updates::Words, round_robin},
        error::RunError,
    },
    store::manifest::hex,
};

/// The mean delay of a message, in ticks.
const MEAN_DELAY: u32 = 30;
/// Ticks of the warm-up: twice the mean delay, after which the initial messages have been handled.
const WARM_UP: Tick = 2 * MEAN_DELAY;
const SEED: u64 = 1;
/// Number of pairs of stretches; the result is their median.
const STRETCHES: usize = 5;
/// The approximate length of a stretch.
const STRETCH: Duration = Duration::from_millis(1_500);
/// The same for fewer than [`LARGE`] actors, which only tests use.
const SHORT_STRETCH: Duration = Duration::from_millis(50);
/// The fewest actors for which a measurement is meaningful: their memory exceeds the caches.
const LARGE: u32 = 1_000_000;

/// One measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measurement {
    /// Actors of PHOLD, and words of the random updates.
    pub(crate) actors: u32,
    /// Threads, and shards.
    pub(crate) threads: usize,
    /// Messages handled per second.
    pub(crate) events_per_s: f64,
    /// Random updates per second.
    pub(crate) random_updates_per_s: f64,
    /// Events per second divided by random updates per second.
    pub(crate) ratio: f64,
    /// Peak memory of the process per actor, in bytes.
    pub(crate) bytes_per_actor: f64,
    /// The digest after the warm-up.
    pub(crate) digest: String,
}

/// A measurement in progress: one number of actors, one number of threads.
struct Bench {
    engine: Engine<Phold>,
    words: Words,
    threads: usize,
    digest: String,
    stretch: Duration,
    ticks: Tick,
    peak_alone: Option<u64>,
    /// Rates of PHOLD and of random updates.
    pairs: Vec<(f64, f64)>,
}

impl Bench {
    /// Creates and warms up the actors, and runs one stretch that is not measured, so that the peak
    /// memory is that of a full run.
    fn prepare(actors: u32, threads: usize) -> Result<Self, Failure> {
        let settings = Settings::new(actors, SEED, threads);
        let mut engine = Engine::new(Phold::new(actors, MEAN_DELAY.into()), (), settings)?;
        engine.run_until(WARM_UP / 2).map_err(halted)?;
        let begun = Instant::now();
        engine.run_until(WARM_UP).map_err(halted)?;
        let per_tick = begun.elapsed() / (WARM_UP - WARM_UP / 2);
        let digest = hex(engine.digest());
        let stretch = if actors < LARGE {
            SHORT_STRETCH
        } else {
            STRETCH
        };
        let ticks = stretch_ticks(stretch, per_tick);
        engine.run_until(engine.now() + ticks).map_err(halted)?;
        let peak_alone = resources::peak_resident();
        Ok(Self {
            words: Words::new(actors as usize, threads),
            engine,
            threads,
            digest,
            stretch,
            ticks,
            peak_alone,
            pairs: Vec::new(),
        })
    }

    /// Runs a pair of stretches.
    fn pair(&mut self) -> Result<(), Failure> {
        let updates = self.words.updates_per_s(self.stretch);
        let (begun, before) = (Instant::now(), self.engine.handled());
        let end = self.engine.now() + self.ticks;
        self.engine.run_until(end).map_err(halted)?;
        let events = (self.engine.handled() - before) as f64;
        let rate = events / begun.elapsed().as_secs_f64();
        self.pairs.push((rate, updates));
        Ok(())
    }

    fn measurement(&self) -> Measurement {
        let actors = self.engine.settings().actors;
        let less_words =
            resources::peak_resident().map(|peak| peak.saturating_sub(self.words.bytes()));
        let peak = self.peak_alone.max(less_words).unwrap_or(0);
        let pairs = || self.pairs.iter();
        Measurement {
            actors,
            threads: self.threads,
            events_per_s: median(pairs().map(|pair| pair.0)).round(),
            random_updates_per_s: median(pairs().map(|pair| pair.1)).round(),
            ratio: rounded(median(pairs().map(|pair| pair.0 / pair.1)), 4),
            bytes_per_actor: rounded(peak as f64 / f64::from(actors), 2),
            digest: self.digest.clone(),
        }
    }
}

fn halted(halt: Halt) -> RunError {
    RunError::PholdHalted(halt)
}

/// Turns of a measurement: one to prepare, and one for each pair.
pub(crate) const TURNS: usize = 1 + STRETCHES;

/// Makes a measurement, one turn at a time, and prints it after the last.
///
/// # Errors
/// Returns an error if the engine cannot be created or halts, or if the parent process has exited.
pub(crate) fn take_turns(actors: u32, threads: usize) -> Result<(), Failure> {
    round_robin::wait()?;
    let mut bench = Bench::prepare(actors, threads)?;
    for _ in 0..STRETCHES {
        round_robin::done()?;
        round_robin::wait()?;
        bench.pair()?;
    }
    let text = serde_json::to_string(&bench.measurement());
    print(&(text.map_err(RunError::Json)? + "\n"))
}

/// Ticks of a stretch, given the real time of a tick.
fn stretch_ticks(stretch: Duration, per_tick: Duration) -> Tick {
    let ticks = stretch.as_secs_f64() / per_tick.as_secs_f64().max(1e-9);
    ticks.ceil().clamp(1.0, 1e6) as Tick
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_no_values_is_nan() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert!(median(std::iter::empty()).is_nan());
    }
}
