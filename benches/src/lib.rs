//! What the benches share: their sizes, warmed-up engines, and a fleet that is quiet.
//!
//! Run them by `cargo bench -p patchday-benches`. As tests (`cargo test --benches`)
//! they run once and small. With `PATCHDAY_BENCH_FULL=1` PHOLD is measured with all
//! 220 million actors, too. Units: a tick is what one iteration does, unless a
//! bench says otherwise.

use patchday_core::{
    ActorId, Context, Engine, InitContext, Injection, Model, Settings, Tick, phold::Phold,
};

// The allocator of the program, so that what is measured here holds there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The mean delay of an envelope of PHOLD, in ticks.
pub const MEAN_DELAY: u32 = 30;

/// Numbers of threads that are measured.
pub const THREADS: [usize; 2] = [1, 2];

/// Whether this is a measurement, or a test that the benches run.
pub fn is_measured() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// A number of actors, or few of them in a test.
pub fn actors(measured: u32) -> u32 {
    if is_measured() { measured } else { 10_000 }
}

/// The sizes at which PHOLD is measured.
pub fn sizes() -> Vec<u32> {
    if !is_measured() {
        return vec![10_000];
    }
    let full = std::env::var_os("PATCHDAY_BENCH_FULL").is_some_and(|value| value == "1");
    let all = [1_000_000, 10_000_000, 220_000_000];
    all[..if full { 3 } else { 2 }].to_vec()
}

/// PHOLD, run for so long that the mail it began with is all gone.
///
/// # Panics
/// If the engine cannot be made.
pub fn phold(actors: u32, threads: usize) -> Engine<Phold> {
    let settings = Settings::new(actors, 1, threads);
    let model = Phold::new(actors, MEAN_DELAY.into());
    let mut engine = Engine::new(model, (), settings).expect("settings within their ranges");
    advance(&mut engine, 2 * MEAN_DELAY);
    engine
}

/// A fleet that sends no mail; the clock strikes at every tick, or never.
#[derive(Clone, Copy, Debug)]
pub struct Quiet {
    /// Whether a trigger fires at every tick.
    pub strikes: bool,
}

impl Model for Quiet {
    type State = [u64; 2];
    type Message = u32;
    type BlockState = ();
    /// How often the clock struck.
    type World = u64;
    type Tally = ();

    fn create(&self, _: &u64, id: ActorId, _: &mut InitContext<'_, Self>) -> [u64; 2] {
        [id.into(), 0]
    }

    fn receive(&self, _: &u64, word: u32, context: &mut Context<'_, Self>) {
        context.state[1] += u64::from(word);
    }

    fn next_trigger(&self, _: &u64, now: Tick) -> Option<Tick> {
        self.strikes.then_some(now)
    }

    fn fire(&self, world: &mut u64, _: Tick, _: &mut Injection<Self>) {
        *world += 1;
    }
}

/// A quiet fleet at its start.
///
/// # Panics
/// If the engine cannot be made.
pub fn quiet(actors: u32, threads: usize, strikes: bool) -> Engine<Quiet> {
    let settings = Settings::new(actors, 1, threads);
    Engine::new(Quiet { strikes }, 0, settings).expect("settings within their ranges")
}

/// Does so many ticks.
///
/// # Panics
/// If there is more mail than allowed; here all of it is.
pub fn advance<M: Model>(engine: &mut Engine<M>, ticks: Tick) {
    let end = engine.now() + ticks;
    engine.run_until(end).expect("no limit on mail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_fleet_only_hears_the_clock() {
        let mut engine = quiet(5_000, 2, true);
        advance(&mut engine, 100);
        assert_eq!((*engine.world(), engine.handled()), (100, 0));
        let mut engine = quiet(5_000, 2, false);
        advance(&mut engine, 100);
        assert_eq!((*engine.world(), engine.executed_ticks()), (0, 0));
    }
}
