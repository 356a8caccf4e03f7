//! How large what was run is beside the scenario, in words: a figure of a hundredth of the
//! people is not one of all of them.

/// What is to be known of a run at a scale; nothing of one of full size. With `observed` what
/// was observed is drawn, too.
pub(crate) fn remark(scale: f64, observed: bool) -> Option<String> {
    if scale == 1.0 {
        return None;
    }
    let parts = (1.0 / scale).round();
    let share = match (scale * parts - 1.0).abs() < 1e-9 && parts >= 2.0 {
        true => format!("1/{parts}"),
        false => format!("{scale} times those"),
    };
    let observed = match observed {
        true => ", and of what was observed,",
        false => "",
    };
    Some(format!(
        "Scale {scale}: numbers of people and capacities{observed} are {share} of the scenario's; \
         numbers within names and words are those of the full size."
    ))
}

/// The scale in a command line.
pub(crate) fn of_command(command: &str) -> Option<f64> {
    let mut words = command.split_whitespace();
    while let Some(word) = words.next() {
        match word.strip_prefix("--scale") {
            Some("") => return words.next()?.parse().ok(),
            Some(rest) => return rest.strip_prefix('=')?.parse().ok(),
            None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_full_size_says_so() {
        assert_eq!(remark(1.0, true), None);
        let hundredth = remark(0.01, true).unwrap();
        assert!(hundredth.contains("1/100 of the scenario's"), "{hundredth}");
        assert!(hundredth.contains("of what was observed"));
        assert!(
            remark(2.5, false)
                .unwrap()
                .contains("are 2.5 times those of")
        );
        assert!(
            remark(0.3, false)
                .unwrap()
                .contains("are 0.3 times those of")
        );
    }

    #[test]
    fn a_command_says_its_scale() {
        assert_eq!(
            of_command("patchday sweep x --scale 0.01 --reps 2"),
            Some(0.01)
        );
        assert_eq!(of_command("patchday sweep x --scale=0.5"), Some(0.5));
        assert_eq!(of_command("patchday sweep x"), None);
    }
}
