//! Decimal numbers, and the error of all quantities.

/// The error for a text that is not the expected quantity. It has no details, because the
/// [`Form`](crate::scenario::parameter::form::Form) of the key describes what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Reads a finite decimal number. It accepts less than `f64::from_str`: no `inf`, no `nan`, no
/// leading `+`, and no number that overflows to infinity.
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
