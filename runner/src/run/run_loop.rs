//! The loop of a run: sample by sample, until the end or until the run is stopped; and the interface
//! between the loop and the model, so that a test can replace the model by a small one.
//!
//! Samples are taken at multiples of the sampling interval after the start, and at the end or stop
//! of the run, so that a run that is stopped equals one that was configured to end there. The loop
//! pauses at least every 60 ticks to update the progress and to check for an interrupt. A
//! panic of the model stops the run; samples before it are kept. Times are in ticks.

use std::panic::{AssertUnwindSafe, catch_unwind};

use patchday_agents::{Simulation, metrics::cell::Cell};
use patchday_core::{Halt, Tick, panic_text};

use crate::{
    host::{error::Failure, signals::Interrupt},
    store::ending::Ending,
};

/// The longest time between two pauses of the loop, in ticks.
const STRIDE: Tick = 60;

/// The cause of a stop by a signal, as another process gives it.
pub(crate) const INTERRUPTED: &str = "interrupted";

/// A model that can be advanced and sampled.
pub(crate) trait Simulated {
    /// Simulates every tick before `tick`.
    fn run_until(&mut self, tick: Tick) -> Result<(), Halt>;
    /// The next tick; every tick before it has been simulated.
    fn now(&self) -> Tick;
    /// Messages handled so far.
    fn handled(&self) -> u64;
    /// A row of the series at [`now`](Self::now): a cell for each of
    /// [`COLUMNS`](patchday_agents::metrics::columns::COLUMNS), then one for each region.
    fn sample(&mut self) -> Vec<Cell>;
    /// The digest of the state.
    fn digest(&self) -> u64;
    /// Why another process that shares the run wants to stop, if one does.
    fn stop_cause(&self) -> Option<&str> {
        None
    }
}

impl Simulated for Simulation {
    fn run_until(&mut self, tick: Tick) -> Result<(), Halt> {
        Self::run_until(self, tick)
    }

    fn now(&self) -> Tick {
        Self::now(self)
    }

    fn handled(&self) -> u64 {
        Self::handled(self)
    }

    fn sample(&mut self) -> Vec<Cell> {
        Self::sample(self)
    }

    fn digest(&self) -> u64 {
        Self::digest(self)
    }

    fn stop_cause(&self) -> Option<&str> {
        Self::stop_cause(self)
    }
}

/// The end of a run and the intervals of its samples and checkpoints, in ticks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course {
    /// The tick at which the run ends.
    pub(crate) end: Tick,
    /// The interval between two samples; at least 1.
    pub(crate) sample: Tick,
    /// The interval between two checkpoints, if any; at least 1.
    pub(crate) checkpoint: Option<Tick>,
}

/// Receives the events of the loop.
pub(crate) trait RunObserver<M> {
    /// Called at each pause, with the next tick and the messages handled so far.
    fn advanced(&mut self, now: Tick, handled: u64);
    /// Called at each pause, with the model between two ticks.
    fn paused(&mut self, _model: &M) {}
    /// Called with each sample; every tick before `now` has been simulated.
    fn sampled(&mut self, now: Tick, cells: &[Cell]) -> Result<(), Failure>;
    /// Called after each sample that another tick follows, with the model.
    fn measured(&mut self, _model: &mut M) {}
    /// Called when the run is interrupted, before its last sample.
    fn stopping(&mut self) {}
    /// Called when a checkpoint is due, and when the run is stopped.
    fn saved(&mut self, _model: &M) -> Result<(), Failure> {
        Ok(())
    }
}

/// Runs to the end of `course` and calls `observer`.
///
/// # Errors
/// Returns an error if the observer does; the model is then at its last sample.
pub(crate) fn run_to_end<M: Simulated>(
    model: &mut M,
    course: Course,
    interrupt: &Interrupt,
    observer: &mut impl RunObserver<M>,
) -> Result<Ending, Failure> {
    let mut now = model.now();
    let mut sampled = now;
    let mut saved = now;
    let every = course.checkpoint.unwrap_or(Tick::MAX);
    while now < course.end {
        let sample = next_multiple(now, course.sample).min(course.end);
        while now < sample {
            if now > saved && now.is_multiple_of(every) {
                observer.saved(model)?;
                saved = now;
            }
            match model.stop_cause() {
                Some(cause) if cause.ends_with(INTERRUPTED) => interrupt.set(),
                Some(cause) => interrupt.set_because(cause.to_owned()),
                None => {}
            }
            let stopped = if interrupt.is_set() {
                // Before the last sample, because a run that is resumed does not take it.
                observer.stopping();
                observer.saved(model)?;
                Some(Ending::Interrupted)
            } else {
                let stride = now.saturating_add(STRIDE);
                step(model, sample.min(stride).min(next_multiple(now, every)))
            };
            now = model.now();
            observer.advanced(now, model.handled());
            observer.paused(model);
            match stopped {
                None => {}
                Some(Ending::Panicked(text)) => return Ok(Ending::Panicked(text)),
                Some(ending) => {
                    // With more memory the run can be resumed from here.
                    if matches!(ending, Ending::Halted(_)) {
                        observer.saved(model)?;
                    }
                    if now > sampled {
                        match row(model) {
                            Ok(cells) => observer.sampled(now, &cells)?,
                            Err(text) => return Ok(Ending::Panicked(text)),
                        }
                    }
                    return Ok(ending);
                }
            }
        }
        match row(model) {
            Ok(cells) => observer.sampled(now, &cells)?,
            Err(text) => return Ok(Ending::Panicked(text)),
        }
        if now < course.end {
            observer.measured(model);
        }
        sampled = now;
    }
    Ok(Ending::Finished)
}

/// Runs up to `next`. After a panic the model must not be run again.
fn step(model: &mut impl Simulated, next: Tick) -> Option<Ending> {
    match catch_unwind(AssertUnwindSafe(|| model.run_until(next))) {
        Ok(Ok(())) => None,
        Ok(Err(halt)) => Some(Ending::Halted(halt)),
        Err(panic) => Some(Ending::Panicked(text_of(panic.as_ref()))),
    }
}

/// A row of the series, or the message of the panic.
fn row(model: &mut impl Simulated) -> Result<Vec<Cell>, String> {
    catch_unwind(AssertUnwindSafe(|| model.sample())).map_err(|panic| text_of(panic.as_ref()))
}

/// The first multiple of `step` after `now`.
fn next_multiple(now: Tick, step: Tick) -> Tick {
    let step = step.max(1);
    (now / step).saturating_add(1).saturating_mul(step)
}

/// The message of a panic, in one line.
pub(crate) fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    panic_text(panic).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::error::RunError;

    /// Handles a message in each tick; can halt or panic at a tick.
    #[derive(Default)]
    struct Clockwork {
        now: Tick,
        halt_at: Option<Tick>,
        panic_at: Option<Tick>,
        odd_at: Option<Tick>,
    }

    impl Simulated for Clockwork {
        fn run_until(&mut self, tick: Tick) -> Result<(), Halt> {
            let within = |at: &Tick| (self.now..tick).contains(at);
            if self.panic_at.as_ref().is_some_and(within) {
                panic!("the spring\nbroke");
            }
            if let Some(tick) = self.halt_at.filter(within) {
                self.now = tick + 1;
                return Err(Halt::MailLimit {
                    tick,
                    in_flight: 2,
                    limit: 1,
                });
            }
            self.now = tick;
            Ok(())
        }

        fn now(&self) -> Tick {
            self.now
        }

        fn handled(&self) -> u64 {
            self.now.into()
        }

        fn sample(&mut self) -> Vec<Cell> {
            assert_ne!(self.odd_at, Some(self.now), "the hands came off");
            vec![Cell::Count(self.now.into())]
        }

        fn digest(&self) -> u64 {
            0
        }
    }

    #[derive(Default)]
    struct Notes {
        samples: Vec<Tick>,
        steps: u32,
        interrupt_at: Option<(Tick, Interrupt)>,
        fail_at: Option<Tick>,
    }

    impl<M> RunObserver<M> for Notes {
        fn advanced(&mut self, now: Tick, handled: u64) {
            assert_eq!(u64::from(now), handled);
            self.steps += 1;
            if let Some((_, interrupt)) = self.interrupt_at.as_ref().filter(|(at, _)| *at == now) {
                interrupt.set();
            }
        }

        fn sampled(&mut self, now: Tick, cells: &[Cell]) -> Result<(), Failure> {
            assert_eq!(cells, [Cell::Count(now.into())]);
            if self.fail_at == Some(now) {
                return Err(RunError::RepeatFailed("full".into()).into());
            }
            self.samples.push(now);
            Ok(())
        }
    }

    fn run(model: &mut Clockwork, notes: &mut Notes, end: Tick, sample: Tick) -> Ending {
        let interrupt = notes
            .interrupt_at
            .as_ref()
            .map(|(_, i)| i.clone())
            .unwrap_or_default();
        run_to_end(
            model,
            Course {
                end,
                sample,
                checkpoint: None,
            },
            &interrupt,
            notes,
        )
        .unwrap()
    }

    #[test]
    fn samples_lie_at_multiples_and_at_the_end() {
        let mut notes = Notes::default();
        assert_eq!(
            run(&mut Clockwork::default(), &mut notes, 250, 100),
            Ending::Finished
        );
        assert_eq!(notes.samples, [100, 200, 250]);
        assert_eq!(notes.steps, 5);
    }

    #[test]
    fn an_interrupt_a_halt_and_a_panic_keep_the_samples() {
        let mut notes = Notes {
            interrupt_at: Some((160, Interrupt::default())),
            ..Notes::default()
        };
        assert_eq!(
            run(&mut Clockwork::default(), &mut notes, 250, 100),
            Ending::Interrupted
        );
        assert_eq!(notes.samples, [100, 160]);

        let mut notes = Notes::default();
        let mut model = Clockwork {
            halt_at: Some(205),
            ..Clockwork::default()
        };
        let ending = run(&mut model, &mut notes, 250, 100);
        assert!(
            matches!(ending, Ending::Halted(Halt::MailLimit { tick: 205, .. })),
            "{ending:?}"
        );
        assert_eq!((notes.samples, model.now()), (vec![100, 200, 206], 206));

        let mut notes = Notes::default();
        let mut model = Clockwork {
            panic_at: Some(120),
            ..Clockwork::default()
        };
        let ending = run(&mut model, &mut notes, 250, 100);
        assert_eq!(ending, Ending::Panicked("the spring broke".into()));
        assert_eq!(notes.samples, [100]);

        let mut notes = Notes::default();
        let mut model = Clockwork {
            odd_at: Some(200),
            ..Clockwork::default()
        };
        let ending = run(&mut model, &mut notes, 250, 100);
        assert!(matches!(&ending, Ending::Panicked(said) if said.contains("the hands came off")));
        assert_eq!(notes.samples, [100]);
    }

    #[test]
    fn an_observer_that_fails_ends_the_run() {
        let mut notes = Notes {
            fail_at: Some(200),
            ..Notes::default()
        };
        let course = Course {
            end: 250,
            sample: 100,
            checkpoint: None,
        };
        let outcome = run_to_end(
            &mut Clockwork::default(),
            course,
            &Interrupt::default(),
            &mut notes,
        );
        assert!(outcome.is_err());
        assert_eq!(notes.samples, [100]);
    }
}
