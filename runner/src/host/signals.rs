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
    },
};

#[cfg(unix)]
use signal_hook::consts::SIGXFSZ;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};

use crate::host::{console::say, error::Exit, resources};

/// A flag that asks the program to stop.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt {
    flag: Arc<AtomicBool>,
    /// Whether the first signal ends the program at once, too.
    at_once: Arc<AtomicBool>,
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
            let at_once = Arc::clone(&interrupt.at_once);
            let registered = flag::register_conditional_shutdown(signal, code, at_once)
                .and_then(|_| flag::register_conditional_shutdown(signal, code, Arc::clone(flag)))
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

    /// Does work that cannot look at the flag and keeps nothing if it is not finished. A signal
    /// meanwhile ends the program at once, as a second one does.
    pub(crate) fn ends_during<T>(&self, work: impl FnOnce() -> T) -> T {
        self.at_once.store(true, Ordering::Relaxed);
        if self.is_set() {
            // The signal came just before.
            process::exit(i32::from(Exit::Interrupted as u8));
        }
        let result = work();
        self.at_once.store(false, Ordering::Relaxed);
        result
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
