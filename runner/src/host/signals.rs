//! SIGINT, SIGTERM and SIGHUP as a flag that the run loop reads.
//!
//! After the first signal the run writes its results and a checkpoint; a second signal ends the
//! program at once with the same exit code. A signal that was ignored when the program started
//! stays ignored (`nohup`, background jobs of a shell). The unsafe call is inside `signal-hook`.

use std::{
    process,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

#[cfg(unix)]
use signal_hook::consts::SIGXFSZ;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};

use crate::host::{console::say, error::Exit, resources};

/// How often the flag is looked at during work that does not.
const POLL: Duration = Duration::from_millis(50);

/// A flag that asks the program to stop.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt {
    flag: Arc<AtomicBool>,
    /// Why, if it was not set by a signal.
    cause: Arc<OnceLock<String>>,
}

impl Interrupt {
    /// A flag that the signals set from now on.
    pub(crate) fn from_signals() -> Self {
        let interrupt = Self::default();
        let ignored = resources::ignored_signals();
        let handled = [SIGINT, SIGTERM, SIGHUP].into_iter();
        for signal in handled.filter(|signal| ignored >> (signal - 1) & 1 == 0) {
            let flag = &interrupt.flag;
            // In this order: the first signal finds the flag unset and only sets it.
            let code = i32::from(Exit::Interrupted as u8);
            let registered = flag::register_conditional_shutdown(signal, code, Arc::clone(flag))
                .and_then(|_| flag::register(signal, Arc::clone(flag)));
            if let Err(error) = registered {
                say(&format!(
                    "warning: signals cannot be handled, so an interrupt loses the run: {error}"
                ));
            }
        }
        interrupt
    }

    /// Whether the flag is set.
    pub(crate) fn is_set(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }

    /// Does work that cannot look at the flag. If the flag is set meanwhile, the program prints `said`
    /// and ends, with the same exit code as after a second signal.
    pub(crate) fn ends_during<T>(&self, said: &str, work: impl FnOnce() -> T) -> T {
        let (working, waiting) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                while waiting.recv_timeout(POLL) == Err(RecvTimeoutError::Timeout) {
                    if self.is_set() {
                        say(said);
                        process::exit(i32::from(Exit::Interrupted as u8));
                    }
                }
            });
            // Dropped at the end of the work, also by a panic.
            let _working = working;
            work()
        })
    }

    /// Sets the flag, as a first signal does.
    pub(crate) fn set(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }

    /// Sets the flag with a cause, unless it is already set.
    pub(crate) fn set_because(&self, cause: String) {
        if !self.is_set() {
            // Ignore errors: only the first cause is kept.
            let _ = self.cause.set(cause);
            self.set();
        }
    }

    /// Why the flag was set, if not by a signal.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.cause.get().map(String::as_str)
    }
}

/// Lets a write beyond the limit of file sizes (`ulimit -f`) fail with an error, which names the
/// file, where the system would end the program without one.
pub fn report_file_size_limit() {
    // A signal with a handler does not end the program; nothing reads the flag. Ignore errors: then
    // the system ends the program at the limit.
    #[cfg(unix)]
    let _ = flag::register(SIGXFSZ, Arc::default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_sets_the_flag() {
        let is_ignored = resources::ignored_signals() >> (SIGTERM - 1) & 1 == 1;
        let interrupt = Interrupt::from_signals();
        assert!(!interrupt.is_set());
        signal_hook::low_level::raise(SIGTERM).unwrap();
        assert_eq!(interrupt.is_set(), !is_ignored);
    }
}
