//! The note on a page that its figures are from a run at a scale, not from the full population.

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
         numbers within texts are at full size."
    ))
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
}
