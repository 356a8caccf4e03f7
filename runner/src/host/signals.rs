//! Ctrl-C, a request to end and a closed terminal (SIGINT, SIGTERM, SIGHUP) as a
//! flag that the loop reads.
//!
//! The first one lets the run keep what it has; a second one, of somebody who does
//! not want to wait for that, ends the program at once with the same exit code.
//! A signal that was ignored when the program began stays ignored (`nohup`, a shell's
//! jobs in the background). `signal-hook` has the one unsafe call this needs behind a safe function.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};

use crate::host::{console::say, error::Exit, resources};

/// Whether somebody wants the program to end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt {
    flag: Arc<AtomicBool>,
    /// Why, if it was not somebody but something.
    cause: Arc<OnceLock<String>>,
}

impl Interrupt {
    /// A flag that the signals set from now on.
    pub(crate) fn of_signals() -> Self {
        let interrupt = Self::default();
        let ignored = resources::ignored_signals();
        let heeded = [SIGINT, SIGTERM, SIGHUP].into_iter();
        for signal in heeded.filter(|signal| ignored >> (signal - 1) & 1 == 0) {
            let flag = &interrupt.flag;
            // In this order: the first signal finds the flag down and only raises it.
            let code = i32::from(Exit::Interrupted as u8);
            let heard = flag::register_conditional_shutdown(signal, code, Arc::clone(flag))
                .and_then(|_| flag::register(signal, Arc::clone(flag)));
            if let Err(error) = heard {
                say(&format!(
                    "warning: an interrupt would lose the run: {error}"
                ));
            }
        }
        interrupt
    }

    /// Whether it is set.
    pub(crate) fn is_set(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }

    /// Sets it, as a first signal does.
    pub(crate) fn set(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }

    /// Sets it for want of memory, unless somebody has before.
    pub(crate) fn set_because(&self, cause: String) {
        if !self.is_set() {
            // The first cause is the cause.
            let _ = self.cause.set(cause);
            self.set();
        }
    }

    /// What was said of the memory that is wanting, if that set it.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.cause.get().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_sets_the_flag() {
        let interrupt = Interrupt::of_signals();
        assert!(!interrupt.is_set());
        signal_hook::low_level::raise(SIGTERM).unwrap();
        assert!(interrupt.is_set());
    }
}
