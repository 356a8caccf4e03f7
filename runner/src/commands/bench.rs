//! `patchday bench`: measures the speed of the machine.
//!
//! PHOLD events per second, and random memory updates per second as the upper bound, for several
//! numbers of actors and threads. Every measurement is made in a process of its own
//! (`run::benchmark::measurement`). The processes for one number of actors are measured in turns
//! (`run::benchmark::round_robin`) if all fit in memory at once, so that a speed-up compares rates
//! of the same period. The digest after the warm-up must be the same for any number of threads;
//! otherwise the rates are meaningless.

use crate::{
    commands::{error::InvocationError, options::count},
    host::{
        console::{print, say},
        error::{Exit, Failure},
        format::{grouped, short},
        resources,
    },
    run::benchmark::{
        measurement::{Measurement, TURNS, take_turns},
        round_robin,
    },
    store::manifest::json,
};
use clap::Args;

/// Options of `patchday bench`.
#[derive(Clone, Debug, Default, Args)]
pub struct BenchOptions {
    /// Number of actors, such as 10000000 or 10M; may be repeated [default: those of 1M, 10M and 220M that fit]
    #[arg(long, value_name = "N", value_parser = count, value_delimiter = ',')]
    pub actors: Vec<u32>,
    /// Numbers of threads; may be repeated [default: 1, 2 and as many as this process may use]
    #[arg(long, value_name = "N", value_delimiter = ',',
          value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: Vec<u32>,
    /// Print the measurements as JSON
    #[arg(long)]
    pub json: bool,
    /// Make one measurement in this process; the program starts itself with this option
    #[arg(long, hide = true)]
    pub single: bool,
}

/// The default numbers of actors; those that do not fit in memory are skipped.
const SIZES: [u32; 3] = [1_000_000, 10_000_000, 220_000_000];
/// The most memory per actor of a measurement: PHOLD and the words of the updates.
const BYTES_PER_ACTOR: u64 = 34 + 8;
/// Memory of a measurement that does not depend on the number of actors.
const BASE_BYTES: u64 = 64 << 20;

/// `patchday bench`.
///
/// # Errors
/// Returns an error if a number of actors does not fit in memory, or if a measurement failed.
pub fn bench(options: &BenchOptions) -> Result<Exit, Failure> {
    let available = resources::threads();
    let threads: Vec<usize> = match options.threads.as_slice() {
        [] => default_threads(available),
        asked => asked.iter().map(|threads| *threads as usize).collect(),
    };
    if options.single {
        let (Some(actors), Some(threads)) = (options.actors.first(), threads.first()) else {
            return Err(InvocationError::SingleMeasurement.into());
        };
        return take_turns(*actors, *threads).map(|()| Exit::Fine);
    }
    for warning in threads
        .iter()
        .filter_map(|threads| resources::warn_of_threads(*threads))
    {
        say(&warning);
    }
    let mut measurements = Vec::new();
    let mut outcome = Ok(());
    let memory = resources::memory_available(threads.iter().copied().max().unwrap_or(1));
    for actors in sizes(&options.actors, memory)? {
        say(&format!(
            "{} actors, threads {} ...",
            grouped(actors.into()),
            threads
                .iter()
                .map(usize::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        ));
        let together = need(actors).saturating_mul(threads.len() as u64);
        let side_by_side = memory.is_none_or(|bytes| together <= bytes);
        let groups = threads.chunks(if side_by_side { threads.len() } else { 1 });
        for group in groups {
            match measure_apart(actors, group) {
                Ok(group) => measurements.extend(group),
                // Earlier measurements are shown even if a later one fails.
                Err(failure) => outcome = outcome.and(Err(failure)),
            }
        }
        if outcome.is_err() {
            break;
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
            "the digests after the warm-up differ between numbers of threads: the rates are meaningless",
        );
    }
    outcome?;
    Ok(if same { Exit::Fine } else { Exit::Unmet })
}

/// One, two, and all available threads.
fn default_threads(available: usize) -> Vec<usize> {
    let mut threads = vec![1, 2, available];
    threads.retain(|threads| *threads <= available);
    threads.sort_unstable();
    threads.dedup();
    threads
}

/// The memory of a measurement, in bytes.
fn need(actors: u32) -> u64 {
    BASE_BYTES + u64::from(actors) * BYTES_PER_ACTOR
}

/// The numbers of actors to measure: those of the option, or the default ones that fit.
///
/// # Errors
/// Returns an error if a number of the option does not fit, or if no default one does.
fn sizes(asked: &[u32], available: Option<u64>) -> Result<Vec<u32>, Failure> {
    let fits = |actors: &u32| available.is_none_or(|bytes| need(*actors) <= bytes);
    let wanted = if asked.is_empty() { &SIZES } else { asked };
    let (fitting, others): (Vec<u32>, Vec<u32>) = wanted.iter().partition(|actors| fits(actors));
    for actors in others {
        let available = available.unwrap_or(0);
        let most = if asked.is_empty() {
            0
        } else {
            available.saturating_sub(BASE_BYTES) / BYTES_PER_ACTOR / 1_000 * 1_000
        };
        let error = InvocationError::TooManyActors {
            actors,
            bytes: need(actors),
            available,
            most,
        };
        if !asked.is_empty() || fitting.is_empty() {
            return Err(error.into());
        }
        say(&format!("skipped: {error}"));
    }
    Ok(fitting)
}

/// Makes measurements of one number of actors in turns, each in a process of its own.
fn measure_apart(actors: u32, threads: &[usize]) -> Result<Vec<Measurement>, Failure> {
    let failed = |fault: String| {
        let threads: Vec<_> = threads.iter().map(usize::to_string).collect();
        InvocationError::Measurement {
            actors,
            threads: threads.join(", "),
            fault,
        }
    };
    let arguments = threads.iter().map(|threads| {
        ["bench", "--single", "--actors", &actors.to_string()]
            .map(str::to_owned)
            .into_iter()
            .chain(["--threads".to_owned(), threads.to_string()])
            .collect()
    });
    let answers = round_robin::run_workers(arguments.collect(), TURNS).map_err(&failed)?;
    let parsed = answers.iter().map(|text| serde_json::from_str(text));
    let measurements = parsed.collect::<Result<_, _>>();
    Ok(measurements.map_err(|error: serde_json::Error| failed(error.to_string()))?)
}

/// Whether all measurements with the same number of actors have the same digest.
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
    fn default_threads_are_at_most_the_available_ones() {
        assert_eq!(default_threads(1), [1]);
        assert_eq!(default_threads(2), [1, 2]);
        assert_eq!(default_threads(8), [1, 2, 8]);
    }

    #[test]
    fn sizes_that_do_not_fit_are_skipped_or_rejected() {
        let some = Some(1 << 30);
        assert_eq!(sizes(&[], some).unwrap(), [1_000_000, 10_000_000]);
        assert_eq!(sizes(&[], None).unwrap(), SIZES);
        let refused = sizes(&[10_000_000, 220_000_000], some).unwrap_err();
        assert_eq!(refused.exit(), Exit::OutOfMemory);
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
}
