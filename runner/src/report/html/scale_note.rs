//! The note on a page that its figures are those of a run at a scale, not of the full population.

/// The note for a run at a scale; `None` at full size. `observed` is whether observed points are
/// shown, which are scaled, too.
pub(crate) fn remark(scale: f64, observed: bool) -> Option<String> {
    if scale == 1.0 {
        return None;
    }
    let parts = (1.0 / scale).round();
    let share = if (scale * parts - 1.0).abs() < 1e-9 && parts >= 2.0 {
        format!("1/{parts}")
    } else {
        format!("{scale} times those")
    };
    let observed = if observed {
        ", and observed values,"
    } else {
        ""
    };
    Some(format!(
        "Scale {scale}: numbers of users and capacities{observed} are {share} of the scenario's; \
         numbers within texts are those of the full size."
    ))
}

/// The scale in a recorded command line.
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
    fn a_scaled_run_has_a_note() {
        assert_eq!(remark(1.0, true), None);
        let hundredth = remark(0.01, true).unwrap();
        assert!(hundredth.contains("1/100 of the scenario's"), "{hundredth}");
        assert!(hundredth.contains("and observed values"));
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
    fn the_scale_is_found_in_a_command() {
        assert_eq!(
            of_command("patchday sweep x --scale 0.01 --reps 2"),
            Some(0.01)
        );
        assert_eq!(of_command("patchday sweep x --scale=0.5"), Some(0.5));
        assert_eq!(of_command("patchday sweep x"), None);
    }
}
