//! The speed of the engine under PHOLD, the standard synthetic load.
//!
//! ```sh
//! cargo run --release -p patchday-core --example phold -- [ACTORS] [THREADS] [TICKS] [MEAN_DELAY] [SHARDS]
//! ```
//!
//! One event is one envelope handled by one actor. With a mean delay of 1 tick every actor handles one
//! envelope in each tick on average, so few actors show the cost of a tick that several threads share.
//! The digest is the same for any number of
//! threads. Units: ticks, events, seconds.

use std::{env, error::Error, str::FromStr, time::Instant};

use patchday_core::{Engine, Settings, phold::Phold};

/// Returns the argument at `index`, or `default` if it is not given.
fn argument<T: FromStr>(index: usize, default: T) -> Result<T, T::Err> {
    env::args()
        .nth(index)
        .map_or(Ok(default), |text| text.parse())
}

fn main() -> Result<(), Box<dyn Error>> {
    let actors: u32 = argument(1, 1_000_000)?;
    let threads: usize = argument(2, 1)?;
    let ticks: u32 = argument(3, 100)?;
    let mean_delay: f64 = argument(4, 30.0)?;
    let shards: usize = argument(5, Settings::default_shards(threads))?;

    let started = Instant::now();
    let settings = Settings {
        shards,
        ..Settings::new(actors, 1, threads)
    };
    let mut engine = Engine::new(Phold::new(actors, mean_delay), (), settings)?;
    println!(
        "{actors} actors created in {:.2} s",
        started.elapsed().as_secs_f64()
    );

    let started = Instant::now();
    engine.run_until(ticks)?;
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{} events in {seconds:.2} s: {:.1} million events/s with {threads} threads",
        engine.handled(),
        engine.handled() as f64 / seconds / 1e6
    );
    println!("digest {:016x}", engine.digest());
    Ok(())
}
