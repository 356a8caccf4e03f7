//! The quantities a scenario is written in, each a type of its own.
//!
//! A number without its unit is how a minute becomes an hour, so no key of a
//! scenario is a bare number when it means a time, a rate or a share. Every
//! type here reads the text a person writes ([`std::str::FromStr`]) and prints
//! one canonical text ([`std::fmt::Display`]) that reads back to the same value,
//! bit for bit.
//!
//! | type | unit inside | written as |
//! | --- | --- | --- |
//! | [`Share`] | 1 | `0.25` |
//! | [`Span`] | whole seconds | `"90s"`, `"2h 30m"`, `"7d"` |
//! | [`Rate`] | events per second | `"500/s"`, `"10000/m"` |
//! | [`Instant`] | seconds since 1970, UTC | `"2007-08-14T00:00:00Z"` |
//! | [`Day`] | days since 1970-01-01 | `"2007-08-15"` |

/// A text that is not the quantity it should be. It carries nothing: what is
/// allowed is said by the key's [`Form`](crate::scenario::parameter::form::Form).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Reads a finite decimal number. Narrower than Rust's own reading: no `inf`,
/// no `nan`, no leading `+`, and nothing that overflows to infinity.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b"._eE+-".contains(&b));
    let starts_well = text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    if !plain || !starts_well {
        return None;
    }
    let number: f64 = text.replace('_', "").parse().ok()?;
    number.is_finite().then_some(number)
}
