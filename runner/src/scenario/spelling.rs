//! Suggestions for misspelt names.

/// The longest name that is compared, because comparing takes time proportional to the product of
/// the lengths.
const LONGEST_COMPARED: usize = 64;

/// The name closest to the typed one, if at most about a third of the characters differ.
pub(crate) fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = typed.chars().take(LONGEST_COMPARED + 1).count();
    if length > LONGEST_COMPARED {
        return None;
    }
    // Dashes and underscores are often confused, so they count as equal.
    let plain = typed.to_lowercase().replace('-', "_");
    names
        .map(|name| (strsim::damerau_levenshtein(&plain, name), name))
        .filter(|(distance, name)| *distance <= ((length.max(name.len()) + 1) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["online_share", "users", "cap"];
        let near = |typed| nearest(typed, names.into_iter());
        assert_eq!(near("online_shrae"), Some("online_share"));
        assert_eq!(near("Online-Share"), Some("online_share"));
        assert_eq!(near("user"), Some("users"));
        assert_eq!(near("cpa"), Some("cap"));
        assert_eq!(near("flaw"), None);
        assert_eq!(near(""), None);
        assert_eq!(near(&"x".repeat(100_000)), None);
    }
}
