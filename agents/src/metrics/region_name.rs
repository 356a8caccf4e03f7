//! The name of a region as part of the name of a column: in lower case, without spaces.

/// Returns the name of a region with `_` for everything that is neither a letter nor a digit.
pub(crate) fn plain(region: &str) -> String {
    let plain = |c: char| match c {
        c if c.is_alphanumeric() => c.to_lowercase().to_string(),
        _ => "_".to_owned(),
    };
    region.chars().map(plain).collect()
}
