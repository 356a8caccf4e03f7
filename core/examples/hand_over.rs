//! The cost of handing a tick over to several threads.
//!
//! ```sh
//! cargo run --release -p patchday-core --example hand_over -- [ACTORS] [THREADS] [SHARDS] [TICKS] [WORK]
//! ```
//!
//! Every actor handles one message in each tick, and every tick is handed over. With few actors
//! and no work in them the time of a tick is the cost of the hand-over. Units: nanoseconds,
//! ticks; `WORK` is in draws, of some 15 ns each.

use std::{env, error::Error, str::FromStr, time::Instant};

use patchday_core::{ActorId, Context, Engine, InitContext, Model, Settings};

/// A model whose actors each send a message to themselves at every tick.
struct Steady {
    /// Draws for each message.
    work: u32,
}

impl Model for Steady {
    type State = u64;
    type Message = u16;
    type BlockState = ();
    type World = ();
    type Tally = ();

    fn create(&self, (): &(), _: ActorId, init: &mut InitContext<'_, Self>) -> u64 {
        init.send(1, 0);
        0
    }

    fn receive(&self, (): &(), message: u16, context: &mut Context<'_, Self>) {
        for index in 0..self.work {
            *context.state ^= u64::from(context.draw(1, index).below(0, 1 << 20));
        }
        let own = context.id;
        context.send(own, 1, message);
    }
}

/// Returns the argument at `index`, or `default` if it is not given.
fn argument<T: FromStr>(index: usize, default: T) -> Result<T, T::Err> {
    env::args()
        .nth(index)
        .map_or(Ok(default), |text| text.parse())
}

fn main() -> Result<(), Box<dyn Error>> {
    let actors: u32 = argument(1, 16)?;
    let threads: usize = argument(2, 2)?;
    let shards: usize = argument(3, threads)?;
    let ticks: u32 = argument(4, 100_000)?;
    let work: u32 = argument(5, 0)?;
    let settings = Settings {
        shards,
        ..Settings::new(actors, 1, threads)
    };
    let mut engine = Engine::new(Steady { work }, (), settings)?;
    engine.parallel_from(0);
    engine.run_until(100)?;
    let started = Instant::now();
    engine.run_until(100 + ticks)?;
    let nanoseconds = started.elapsed().as_nanos() as f64 / f64::from(ticks);
    println!("{nanoseconds:.0} ns a tick: {actors} events, {threads} threads, {shards} shards");
    Ok(())
}
