//! A rumour spreads through a population.
//!
//! ```sh
//! cargo run --release -p patchday-core --example rumour -- [ACTORS] [THREADS] [SEED]
//! ```
//!
//! An actor that receives the rumour for the first time sends it to three random actors, one
//! to five ticks later. The example prints how many actors the rumour has reached, and the
//! digest, which is the same for any number of threads. Units: ticks, actors.

use std::{env, error::Error};

use patchday_core::{
    ActorId, Context, Engine, InitContext, MAX_TICK, Model, Purpose, Settings, Tally, Tick,
};

/// The number of actors to which each actor sends the rumour.
const FANOUT: u32 = 3;

/// The maximum delay of a message.
const MAX_DELAY: u32 = 5;

/// The purpose of the draws: receiver and delay of a message.
const SPREAD: Purpose = 1;

/// The ticks between two lines of the output.
const REPORT_EVERY: Tick = 5;

struct Rumour {
    actors: u32,
}

/// The number of actors that the rumour reached in a tick.
#[derive(Default)]
struct NewlyReached(u64);

impl Tally for NewlyReached {
    fn merge(&mut self, other: &mut Self) {
        self.0 += std::mem::take(&mut other.0);
    }
}

impl Model for Rumour {
    /// Whether the rumour has reached the actor.
    type State = bool;
    /// The rumour.
    type Message = ();
    type BlockState = ();
    /// The number of actors that the rumour has reached.
    type World = u64;
    type Tally = NewlyReached;

    fn create(&self, _: &u64, id: ActorId, init: &mut InitContext<'_, Self>) -> bool {
        if id == 0 {
            init.send(1, ());
        }
        false
    }

    fn receive(&self, _: &u64, (): (), context: &mut Context<'_, Self>) {
        if std::mem::replace(context.state, true) {
            return;
        }
        context.tally.0 += 1;
        for index in 0..FANOUT {
            let draw = context.draw(SPREAD, index);
            let to = draw.below(0, self.actors);
            context.send(to, 1 + draw.below(1, MAX_DELAY), ());
        }
    }

    fn end_tick(&self, world: &mut u64, tally: &mut NewlyReached, _: Tick) {
        *world += std::mem::take(&mut tally.0);
    }
}

/// Returns the argument at `index`, or `default` if it is not given.
fn argument(index: usize, default: u64) -> Result<u64, std::num::ParseIntError> {
    env::args()
        .nth(index)
        .map_or(Ok(default), |text| text.parse())
}

fn main() -> Result<(), Box<dyn Error>> {
    let actors = u32::try_from(argument(1, 1_000_000)?)?;
    let threads = usize::try_from(argument(2, 1)?)?;
    let settings = Settings::new(actors, argument(3, 1)?, threads);
    let mut engine = Engine::new(Rumour { actors }, 0, settings)?;
    println!("tick  reached");
    while engine.in_flight() > 0 && engine.now() < MAX_TICK - REPORT_EVERY {
        engine.run_until(engine.now() + REPORT_EVERY)?;
        let share = *engine.world() as f64 / f64::from(actors);
        println!("{:4}  {:6.2} %", engine.now(), share * 100.0);
    }
    println!(
        "{} messages, digest {:016x}",
        engine.handled(),
        engine.digest()
    );
    Ok(())
}
