//! `patchday bench`: what can this machine do?
//!
//! PHOLD events per second beside the machine's own random updates per second, for
//! some sizes and numbers of threads. Every measurement is taken in a process of
//! its own, so that its peak memory is its own. There the actors are created and
//! warmed up; then stretches of PHOLD and of random updates over 8 bytes per actor
//! take turns, so that both see the same neighbours on the machine, and the ratio
//! is the median of their pairs. The memory of the words is not counted: peak
//! memory is what was resident before they came, or all at the end less the words,
//! whichever is more. The digest after the warm-up must be the same for any number
//! of threads, or the rates mean nothing.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use patchday_core::{Engine, Settings, Tick, phold::Phold};
use serde::{Deserialize, Serialize};

use crate::{
    cli::BenchOptions,
    exit::{Exit, Failure, print, say},
    figures::{grouped, memory, rounded, short},
    machine,
    manifest::{hex, json},
    random_updates::Words,
};

/// The sizes of the fleet that are measured, if they fit.
const SIZES: [u32; 3] = [1_000_000, 10_000_000, 220_000_000];
/// The mean delay of an envelope, in ticks.
const MEAN_DELAY: u32 = 30;
/// Ticks before anything is measured: twice the mean delay, when the first
/// envelopes have long become others.
const WARM_UP: Tick = 2 * MEAN_DELAY;
const SEED: u64 = 1;
/// Pairs of stretches; the median counts.
const STRETCHES: usize = 3;
/// How long a stretch is, about.
const STRETCH: Duration = Duration::from_millis(1_500);
/// The same for a fleet so small that it is only of interest to tests.
const SHORT_STRETCH: Duration = Duration::from_millis(50);
/// The fewest actors of which a measurement means something: their memory is larger
/// than the caches.
const LARGE: u32 = 1_000_000;
/// Memory a measurement takes, at most: that of PHOLD, and the words.
const BYTES_PER_ACTOR: u64 = 34 + 8;
/// Memory of a measurement that does not depend on the number of actors.
const BASE_BYTES: u64 = 64 << 20;

/// One measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Measurement {
    /// Actors of PHOLD, and words of the random updates.
    actors: u32,
    /// Threads, and shards.
    threads: usize,
    /// Envelopes handled per second.
    events_per_s: f64,
    /// Random updates per second.
    random_updates_per_s: f64,
    /// The one as a share of the other.
    ratio: f64,
    /// Peak memory per actor, all of the process counted.
    bytes_per_actor: f64,
    /// The fingerprint after the warm-up.
    digest: String,
}

/// `patchday bench`.
///
/// # Errors
/// That a size does not fit, or a measurement failed.
pub fn bench(options: &BenchOptions) -> Result<Exit, Failure> {
    let available = machine::threads();
    let threads: Vec<usize> = match options.threads.as_slice() {
        [] => default_threads(available),
        asked => asked.iter().map(|threads| *threads as usize).collect(),
    };
    if options.single {
        let (Some(actors), Some(threads)) = (options.actors.first(), threads.first()) else {
            return Err(Failure::Usage(
                "--single needs --actors and --threads".into(),
            ));
        };
        return print(&json(&measure(*actors, *threads)?)?).map(|()| Exit::Fine);
    }
    for warning in threads
        .iter()
        .filter_map(|threads| machine::warn_of_threads(*threads))
    {
        say(&warning);
    }
    let mut measurements = Vec::new();
    let mut outcome = Ok(());
    let sizes = sizes(&options.actors, machine::memory_available())?;
    let all = sizes
        .iter()
        .flat_map(|actors| threads.iter().map(move |threads| (*actors, *threads)));
    for (actors, threads) in all {
        say(&format!(
            "{} actors, threads {threads} ...",
            grouped(actors.into())
        ));
        match measure_apart(actors, threads) {
            Ok(measurement) => measurements.push(measurement),
            // What was measured before is shown all the same.
            Err(failure) => {
                outcome = Err(failure);
                break;
            }
        }
    }
    let same = digests_agree(&measurements);
    if options.json {
        print(&json(&measurements)?)?;
    } else {
        print(&table(&measurements))?;
    }
    if !same {
        say(
            "the digests after the warm-up differ between numbers of threads: the rates mean nothing",
        );
    }
    outcome?;
    Ok(if same { Exit::Fine } else { Exit::Unmet })
}

/// One, two, and all there are.
fn default_threads(available: usize) -> Vec<usize> {
    let mut threads = vec![1, 2, available];
    threads.retain(|threads| *threads <= available);
    threads.sort_unstable();
    threads.dedup();
    threads
}

/// Those asked for, all of which must fit; or those of the usual that do.
fn sizes(asked: &[u32], available: Option<u64>) -> Result<Vec<u32>, Failure> {
    let need = |actors: u32| BASE_BYTES + u64::from(actors) * BYTES_PER_ACTOR;
    let fits = |actors: &u32| available.is_none_or(|bytes| need(*actors) <= bytes);
    let wanted = if asked.is_empty() { &SIZES } else { asked };
    let (fitting, others): (Vec<u32>, Vec<u32>) = wanted.iter().partition(|actors| fits(actors));
    for actors in &others {
        let sentence = format!(
            "{} actors need about {}, but only {} can be had",
            grouped((*actors).into()),
            memory(need(*actors)),
            memory(available.unwrap_or(0))
        );
        if !asked.is_empty() {
            let most = available.unwrap_or(0).saturating_sub(BASE_BYTES) / BYTES_PER_ACTOR;
            let way_out = format!("; --actors {} would fit", most / 1_000 * 1_000);
            return Err(Failure::NoRoom(sentence + &way_out));
        }
        if fitting.is_empty() {
            return Err(Failure::NoRoom(sentence));
        }
        say(&format!("left out: {sentence}"));
    }
    Ok(fitting)
}

/// Takes a measurement in a process of its own.
fn measure_apart(actors: u32, threads: usize) -> Result<Measurement, Failure> {
    let broken = |why: String| {
        Failure::Broken(format!(
            "the measurement of {actors} actors, threads {threads}: {why}"
        ))
    };
    let program = std::env::current_exe().map_err(|error| broken(error.to_string()))?;
    let output = Command::new(program)
        .args(["bench", "--single", "--actors", &actors.to_string()])
        .args(["--threads", &threads.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| broken(error.to_string()))?;
    if !output.status.success() {
        return Err(broken(output.status.to_string()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| broken(error.to_string()))
}

/// Takes a measurement here and now.
fn measure(actors: u32, threads: usize) -> Result<Measurement, Failure> {
    let settings = Settings::new(actors, SEED, threads);
    let mut engine = Engine::new(Phold::new(actors, MEAN_DELAY.into()), (), settings)?;
    let halted = |halt| Failure::Broken(format!("PHOLD halted: {halt}"));
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
    let events_per_s = |engine: &mut Engine<Phold>| {
        let (begun, before) = (Instant::now(), engine.handled());
        engine.run_until(engine.now() + ticks).map_err(halted)?;
        Ok::<f64, Failure>((engine.handled() - before) as f64 / begun.elapsed().as_secs_f64())
    };
    // One stretch that does not count, so that the peak is that of a full run.
    events_per_s(&mut engine)?;
    let peak_alone = machine::peak_resident();
    let mut words = Words::new(actors as usize, threads);
    let mut pairs = Vec::new();
    for _ in 0..STRETCHES {
        let updates = words.updates_per_s(stretch);
        pairs.push((events_per_s(&mut engine)?, updates));
    }
    let peak_less_words = machine::peak_resident().map(|peak| peak.saturating_sub(words.bytes()));
    let peak = peak_alone.max(peak_less_words).unwrap_or(0);
    Ok(Measurement {
        actors,
        threads,
        events_per_s: median(pairs.iter().map(|pair| pair.0)).round(),
        random_updates_per_s: median(pairs.iter().map(|pair| pair.1)).round(),
        ratio: rounded(median(pairs.iter().map(|pair| pair.0 / pair.1)), 4),
        bytes_per_actor: rounded(peak as f64 / f64::from(actors), 2),
        digest,
    })
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

/// Whether measurements of the same size have the same digest.
fn digests_agree(measurements: &[Measurement]) -> bool {
    measurements.iter().all(|one| {
        let same_size = |other: &&Measurement| other.actors == one.actors;
        measurements
            .iter()
            .filter(same_size)
            .all(|other| other.digest == one.digest)
    })
}

fn table(measurements: &[Measurement]) -> String {
    let mut text = format!(
        "{:>12} {:>7} {:>10} {:>16} {:>6} {:>14} {:>9}  {}\n",
        "actors",
        "threads",
        "events/s",
        "random updates/s",
        "ratio",
        "bytes/actor",
        "speed-up",
        "digest"
    );
    for one in measurements {
        let alone = measurements
            .iter()
            .find(|other| other.actors == one.actors && other.threads == 1);
        let speed_up = alone.map_or_else(
            || "-".to_owned(),
            |alone| format!("{:.2}", one.events_per_s / alone.events_per_s),
        );
        text.push_str(&format!(
            "{:>12} {:>7} {:>10} {:>16} {:>6.3} {:>14.1} {:>9}  {}\n",
            grouped(one.actors.into()),
            one.threads,
            short(one.events_per_s),
            short(one.random_updates_per_s),
            one.ratio,
            one.bytes_per_actor,
            speed_up,
            one.digest,
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_those_there_are() {
        assert_eq!(default_threads(1), [1]);
        assert_eq!(default_threads(2), [1, 2]);
        assert_eq!(default_threads(8), [1, 2, 8]);
    }

    #[test]
    fn sizes_that_do_not_fit_are_left_out_or_refused() {
        let some = Some(1 << 30);
        assert_eq!(sizes(&[], some).unwrap(), [1_000_000, 10_000_000]);
        assert_eq!(sizes(&[], None).unwrap(), SIZES);
        let refused = sizes(&[10_000_000, 220_000_000], some).unwrap_err();
        assert_eq!(refused.exit(), Exit::NoRoom);
        assert!(
            refused.to_string().contains("--actors 23967000 would fit"),
            "{refused}"
        );
    }

    #[test]
    fn the_speed_up_is_against_one_thread() {
        let one = Measurement {
            actors: 1_000,
            threads: 1,
            events_per_s: 10e6,
            random_updates_per_s: 50e6,
            ratio: 0.2,
            bytes_per_actor: 30.0,
            digest: "aa".into(),
        };
        let two = Measurement {
            threads: 2,
            events_per_s: 18e6,
            ..one.clone()
        };
        assert!(table(&[one.clone(), two.clone()]).contains("1.80"));
        assert!(digests_agree(&[one.clone(), two.clone()]));
        let other = Measurement {
            digest: "bb".into(),
            ..two
        };
        assert!(!digests_agree(&[one, other]));
    }

    #[test]
    fn medians() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert!(median(std::iter::empty()).is_nan());
    }
}
