//! A fault: why the ranks of a run stop.
//!
//! Invariant: all ranks stop after the same swap and with the same text, because each of them chooses
//! among the same messages.

use std::any::Any;

/// Why the ranks stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) String);

impl Fault {
    /// Unwinds as if this rank had panicked with the text. The panic hook is not called, because the
    /// rank that failed has printed its message.
    pub(crate) fn unwind(self) -> ! {
        std::panic::resume_unwind(Box::new(self.0))
    }
}

/// Returns the message of a panic.
pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a message")
}
