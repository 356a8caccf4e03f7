//! Moments of a run: an instant in UTC, or a time after the start of the run.

use std::fmt;
use std::str::FromStr;

use crate::scenario::quantity::{decimal::Unreadable, instant::Instant, span::Span};

/// A moment of a run, written as an instant or as the time since the start of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// An instant.
    At(Instant),
    /// This long after the start of the run.
    After(Span),
}

impl Moment {
    /// Returns the instant of the moment in a run that begins at `start`.
    pub const fn instant(self, start: Instant) -> Instant {
        match self {
            Self::At(instant) => instant,
            Self::After(span) => start.after(span),
        }
    }
}

impl Default for Moment {
    fn default() -> Self {
        Self::After(Span::default())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(instant) => instant.fmt(f),
            Self::After(span) => span.fmt(f),
        }
    }
}

impl FromStr for Moment {
    type Err = Unreadable;

    /// Reads `2007-08-16T06:00:00Z` or `2d 6h`.
    fn from_str(text: &str) -> Result<Self, Unreadable> {
        text.parse()
            .map(Self::At)
            .or_else(|_| text.parse().map(Self::After))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_and_a_time_after_the_start_are_moments() {
        let start: Instant = "2007-08-14T00:00:00Z".parse().unwrap();
        for (text, instant) in [
            ("2007-08-16T06:00:00Z", "2007-08-16T06:00:00Z"),
            ("2d 6h", "2007-08-16T06:00:00Z"),
            ("0s", "2007-08-14T00:00:00Z"),
        ] {
            let moment: Moment = text.parse().unwrap();
            assert_eq!(moment.instant(start).to_string(), instant);
            assert_eq!(moment.to_string().parse(), Ok(moment));
        }
        for text in ["", "6", "2007-08-16", "tomorrow"] {
            assert_eq!(text.parse::<Moment>(), Err(Unreadable), "{text}");
        }
    }
}
