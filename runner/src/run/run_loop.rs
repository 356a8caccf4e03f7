//! The loop of a run: sample by sample, until the end or until something stops it.
//!
//! Samples are taken at whole multiples of the sampling time after the start, and
//! where the run ends or is stopped, so that a run that was stopped is the same as
//! one that was to end there. The loop looks up at least once a simulated minute, so that the
//! progress moves and an interrupt is heeded. A panic of the model ends the run
//! like any other stop: what was sampled before it stays.

use std::panic::{AssertUnwindSafe, catch_unwind};

use patchday_agents::metrics::cell::Cell;
use patchday_core::Tick;

use crate::{
    host::{error::Failure, signals::Interrupt},
    run::simulated::Simulated,
    store::ending::Ending,
};

/// The longest time between two looks up, in ticks.
const STRIDE: Tick = 60;

/// From where to where, and how often a sample is taken. In ticks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course {
    /// Where the run ends.
    pub(crate) end: Tick,
    /// Between two samples; at least 1.
    pub(crate) sample: Tick,
    /// Between two checkpoints, if there are any; at least 1.
    pub(crate) checkpoint: Option<Tick>,
}

/// Who is told what happens.
pub(crate) trait Follower<M> {
    /// Time has passed: ticks done and envelopes handled so far.
    fn advanced(&mut self, now: Tick, handled: u64);
    /// The model stands between two ticks and may be looked at.
    fn stands(&mut self, _model: &M) {}
    /// A sample was taken, after every tick before `now` was done.
    fn sampled(&mut self, now: Tick, cells: &[Cell]) -> Result<(), Failure>;
    /// Somebody stops the run.
    fn stopping(&mut self) {}
    /// The model stands where a checkpoint is due, or where the run is stopped: it may be
    /// saved.
    fn saved(&mut self, _model: &M) -> Result<(), Failure> {
        Ok(())
    }
}

/// Runs to the end of `course`, telling `follower`.
///
/// # Errors
/// Those of the follower; the model then stands where it was sampled last.
pub(crate) fn follow<M: Simulated>(
    model: &mut M,
    course: Course,
    interrupt: &Interrupt,
    follower: &mut impl Follower<M>,
) -> Result<Ending, Failure> {
    let mut now = model.now();
    let mut sampled = now;
    let mut saved = now;
    let every = course.checkpoint.unwrap_or(Tick::MAX);
    while now < course.end {
        let sample = next_multiple(now, course.sample).min(course.end);
        while now < sample {
            if now > saved && now.is_multiple_of(every) {
                follower.saved(model)?;
                saved = now;
            }
            let stopped = if interrupt.is_set() {
                // Before the last sample, which a run that goes on does not have.
                follower.stopping();
                follower.saved(model)?;
                Some(Ending::Interrupted)
            } else {
                let stride = now.saturating_add(STRIDE);
                step(model, sample.min(stride).min(next_multiple(now, every)))
            };
            now = model.now();
            follower.advanced(now, model.handled());
            follower.stands(model);
            match stopped {
                None => {}
                Some(Ending::Panicked(said)) => return Ok(Ending::Panicked(said)),
                Some(ending) => {
                    // Where there is more memory, it goes on from here.
                    if matches!(ending, Ending::Halted(_)) {
                        follower.saved(model)?;
                    }
                    if now > sampled {
                        match row(model) {
                            Ok(cells) => follower.sampled(now, &cells)?,
                            Err(said) => return Ok(Ending::Panicked(said)),
                        }
                    }
                    return Ok(ending);
                }
            }
        }
        match row(model) {
            Ok(cells) => follower.sampled(now, &cells)?,
            Err(said) => return Ok(Ending::Panicked(said)),
        }
        sampled = now;
    }
    Ok(Ending::Finished)
}

/// Runs up to `next`. After a panic the model is not run again, only left.
fn step(model: &mut impl Simulated, next: Tick) -> Option<Ending> {
    match catch_unwind(AssertUnwindSafe(|| model.run_until(next))) {
        Ok(Ok(())) => None,
        Ok(Err(halt)) => Some(Ending::Halted(halt)),
        Err(said) => Some(Ending::Panicked(text_of(said.as_ref()))),
    }
}

/// A row of the series, or what the model said when it panicked.
fn row(model: &mut impl Simulated) -> Result<Vec<Cell>, String> {
    catch_unwind(AssertUnwindSafe(|| model.sample())).map_err(|said| text_of(said.as_ref()))
}

/// The first multiple of `step` after `now`.
fn next_multiple(now: Tick, step: Tick) -> Tick {
    let step = step.max(1);
    (now / step).saturating_add(1).saturating_mul(step)
}

/// What a panic said, in one line.
pub(crate) fn text_of(said: &(dyn std::any::Any + Send)) -> String {
    let text = said
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| said.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words");
    text.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use patchday_core::Halt;

    use super::*;

    /// Handles an envelope a tick; halts, panics or goes on at a tick.
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

    impl<M> Follower<M> for Notes {
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
                return Err(Failure::failed("full".into()));
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
        follow(
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
    fn a_follower_that_fails_ends_the_run() {
        let mut notes = Notes {
            fail_at: Some(200),
            ..Notes::default()
        };
        let course = Course {
            end: 250,
            sample: 100,
            checkpoint: None,
        };
        let outcome = follow(
            &mut Clockwork::default(),
            course,
            &Interrupt::default(),
            &mut notes,
        );
        assert!(outcome.is_err());
        assert_eq!(notes.samples, [100]);
    }
}
