//! One measurement of the bench, taken in a process of its own.
//!
//! The actors are created and warmed up; then stretches of random updates over 8
//! bytes per actor and of PHOLD take turns, so that both see the same neighbours on
//! the machine, and the ratio is the median of their pairs. The memory of the words
//! is not counted: peak memory is what was resident before they came, or all at the
//! end less the words, whichever is more.

use std::time::{Duration, Instant};

use patchday_core::{Engine, Halt, Settings, Tick, phold::Phold};
use serde::{Deserialize, Serialize};

use crate::{
    host::{console::print, error::Failure, format::rounded, resources},
    run::benchmark::{random_updates::Words, round_robin},
    store::manifest::hex,
};

/// The mean delay of an envelope, in ticks.
const MEAN_DELAY: u32 = 30;
/// Ticks before anything is measured: twice the mean delay, when the first
/// envelopes have long become others.
const WARM_UP: Tick = 2 * MEAN_DELAY;
const SEED: u64 = 1;
/// Pairs of stretches; the median counts.
const STRETCHES: usize = 5;
/// How long a stretch is, about.
const STRETCH: Duration = Duration::from_millis(1_500);
/// The same for a fleet so small that it is only of interest to tests.
const SHORT_STRETCH: Duration = Duration::from_millis(50);
/// The fewest actors of which a measurement means something: their memory is larger
/// than the caches.
const LARGE: u32 = 1_000_000;

/// One measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measurement {
    /// Actors of PHOLD, and words of the random updates.
    pub(crate) actors: u32,
    /// Threads, and shards.
    pub(crate) threads: usize,
    /// Envelopes handled per second.
    pub(crate) events_per_s: f64,
    /// Random updates per second.
    pub(crate) random_updates_per_s: f64,
    /// The one as a share of the other.
    pub(crate) ratio: f64,
    /// Peak memory per actor, all of the process counted.
    pub(crate) bytes_per_actor: f64,
    /// The fingerprint after the warm-up.
    pub(crate) digest: String,
}

/// A measurement under way: one size, one number of threads.
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
    /// Creates and warms up the actors; one stretch does not count, so that the peak
    /// is that of a full run.
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

    /// A pair of stretches.
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

fn halted(halt: Halt) -> Failure {
    Failure::failed(format!("PHOLD halted: {halt}"))
}

/// Turns of a measurement: preparing, and every pair.
pub(crate) const TURNS: usize = 1 + STRETCHES;

/// Takes a measurement, a turn at a time; prints it at the end of the last.
pub(crate) fn take_turns(actors: u32, threads: usize) -> Result<(), Failure> {
    round_robin::wait()?;
    let mut bench = Bench::prepare(actors, threads)?;
    for _ in 0..STRETCHES {
        round_robin::done()?;
        round_robin::wait()?;
        bench.pair()?;
    }
    let text = serde_json::to_string(&bench.measurement());
    print(&(text.map_err(|error| Failure::failed(error.to_string()))? + "\n"))
}

/// Ticks of a stretch, given the time of one.
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
    fn medians() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert!(median(std::iter::empty()).is_nan());
    }
}
