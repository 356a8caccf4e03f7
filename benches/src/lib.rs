//! Shared parts of the benches: sizes, warmed-up engines, and a model that sends no messages.
//!
//! `cargo bench -p patchday-benches` runs the benches. As tests (`cargo test --benches`) they
//! execute one iteration with few actors. With `PATCHDAY_BENCH_FULL=1` PHOLD is also measured
//! with 220 million actors. Units: one iteration executes one tick, unless a bench says
//! otherwise.

pub mod fleet;
pub mod outage;

use patchday_core::{
    ActorId, Context, Engine, InitContext, Injection, Model, Settings, Tick, phold::Phold,
};

// The same allocator as in the program, so that the measurements apply to it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The mean delay of a message of PHOLD, in ticks.
pub const MEAN_DELAY: u32 = 30;

/// The numbers of threads to measure.
pub const THREADS: [usize; 2] = [1, 2];

/// Returns whether this is a measurement and not a test of the benches.
pub fn is_measured() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// Returns `measured`, or a small number of actors in a test.
pub fn actors(measured: u32) -> u32 {
    if is_measured() { measured } else { 10_000 }
}

/// Returns the numbers of actors for which PHOLD is measured.
pub fn sizes() -> Vec<u32> {
    if !is_measured() {
        return vec![10_000];
    }
    let full = std::env::var_os("PATCHDAY_BENCH_FULL").is_some_and(|value| value == "1");
    let all = [1_000_000, 10_000_000, 220_000_000];
    all[..if full { 3 } else { 2 }].to_vec()
}

/// Creates PHOLD and runs it until most of the first messages have been handled.
///
/// # Panics
/// Panics if the engine cannot be created.
pub fn phold(actors: u32, threads: usize) -> Engine<Phold> {
    let settings = Settings::new(actors, 1, threads);
    let model = Phold::new(actors, MEAN_DELAY.into());
    let mut engine = Engine::new(model, (), settings).expect("settings within their ranges");
    advance(&mut engine, 2 * MEAN_DELAY);
    engine
}

/// A model without messages, with a trigger at every tick or none.
#[derive(Clone, Copy, Debug)]
pub struct Quiet {
    /// Whether a trigger fires at every tick.
    pub has_triggers: bool,
}

impl Model for Quiet {
    type State = [u64; 2];
    type Message = u32;
    type BlockState = ();
    /// How often the trigger fired.
    type World = u64;
    type Tally = ();

    fn create(&self, _: &u64, id: ActorId, _: &mut InitContext<'_, Self>) -> [u64; 2] {
        [id.into(), 0]
    }

    fn receive(&self, _: &u64, word: u32, context: &mut Context<'_, Self>) {
        context.state[1] += u64::from(word);
    }

    fn next_trigger(&self, _: &u64, now: Tick) -> Option<Tick> {
        self.has_triggers.then_some(now)
    }

    fn fire(&self, world: &mut u64, _: Tick, _: &mut Injection<Self>) {
        *world += 1;
    }
}

/// Creates an engine with the model [`Quiet`].
///
/// # Panics
/// Panics if the engine cannot be created.
pub fn quiet(actors: u32, threads: usize, has_triggers: bool) -> Engine<Quiet> {
    let settings = Settings::new(actors, 1, threads);
    Engine::new(Quiet { has_triggers }, 0, settings).expect("settings within their ranges")
}

/// Executes `ticks` ticks.
///
/// # Panics
/// Panics if the limit on envelopes in flight is exceeded. The engines of this crate have none.
pub fn advance<M: Model>(engine: &mut Engine<M>, ticks: Tick) {
    let end = engine.now() + ticks;
    engine.run_until(end).expect("no limit on envelopes");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_without_messages_only_fires_its_trigger() {
        let mut engine = quiet(5_000, 2, true);
        advance(&mut engine, 100);
        assert_eq!((*engine.world(), engine.handled()), (100, 0));
        let mut engine = quiet(5_000, 2, false);
        advance(&mut engine, 100);
        assert_eq!((*engine.world(), engine.executed_ticks()), (0, 0));
    }
}
