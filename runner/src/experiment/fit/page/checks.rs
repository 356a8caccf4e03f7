//! The pictures that say how far a fit can be relied on: the waves and the self-check.

use crate::{
    experiment::fit::answer::{FitAnswer, SelfCheckAnswer},
    report::{
        chart::key_chart::{Axis, KeyChart},
        html::{page::Section, viewport::Viewport},
        svg::canvas::{AltText, Anchor},
    },
};

/// The share of the range that is left after each wave; `None` without waves.
pub(crate) fn waves(answer: &FitAnswer) -> Option<Section> {
    answer.waves.first()?;
    Some(Section::new("waves", "Which part of the range is left").picture(
        |viewport| waves_picture(answer, viewport),
        "The share of the prior range in which no point is more than three standard deviations from the \
         emulator, after each wave of runs. Standard deviations count the error of the point, the \
         discrepancy of the model, chance, and what the emulator does not know.",
    ))
}

fn waves_picture(answer: &FitAnswer, viewport: Viewport) -> String {
    let names: Vec<String> = answer
        .waves
        .iter()
        .enumerate()
        .map(|(number, wave)| format!("wave {}, {} runs", number + 1, wave.runs))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let axis = Axis {
        name: "share of the range that is left".into(),
        low: 0.0,
        high: 100.0,
        unit: " %".into(),
    };
    let name = AltText {
        title: "Waves",
        description: "Share of the range that is left after each wave.",
    };
    let mut chart = KeyChart::rows("waves-picture", name, &axis, &names, (180.0, viewport));
    for (row, wave) in answer.waves.iter().enumerate() {
        let share = (wave.left * 100.0).clamp(0.0, 100.0);
        let (from, to) = (chart.at(0.0, row as f64), chart.at(share, row as f64));
        let whole = chart.at(100.0, row as f64);
        chart
            .canvas
            .area((from.0, from.1 - 8.0), (whole.0, from.1 + 8.0), "prior");
        let tooltip = format!("{share:.0} % left");
        chart.canvas.cell(
            (from.0, from.1 - 8.0),
            (to.0, to.1 + 8.0),
            "posterior",
            &tooltip,
        );
    }
    chart.canvas.finish()
}

/// The self-check; `None` if there was none.
pub(crate) fn self_check(answer: &FitAnswer) -> Option<Section> {
    let check = answer.self_check.as_ref()?;
    let verdict = if check.passed {
        "The intervals of this fit can be relied on."
    } else {
        "The intervals of this fit cannot be relied on: they are too narrow."
    };
    Some(
        Section::new("self-check", "Self-check")
            .paragraph(format!(
                "Each confirmed run was taken as if it had been observed, and its keys were estimated as \
                 those of the incident were. {} of {} true values lie in their 90 % interval; a sound \
                 method has {} to {} in 999 of 1,000 checks. {verdict}",
                check.inside, check.of, check.allowed.0, check.allowed.1
            ))
            .picture(
                |viewport| ranks_picture(check, viewport),
                "Where the true values lie within their posteriors: each bar counts those with a rank in \
                 its part. Of a sound method the bars are even and within the band in 99 of 100 checks; \
                 high ends mean intervals that are too narrow, a high middle too wide ones, a slope a bias.",
            ),
    )
}

fn ranks_picture(check: &SelfCheckAnswer, viewport: Viewport) -> String {
    let x = Axis {
        name: "rank of the true value within the posterior".into(),
        low: 0.0,
        high: 1.0,
        unit: String::new(),
    };
    let counts = check.ranks.iter().map(|count| *count as f64);
    let band = [check.rank_band.1 as f64];
    let y = Axis::from_zero("true values", counts.clone().chain(band));
    let description = format!("Counts of ranks in {} parts.", check.ranks.len());
    let name = AltText {
        title: "Ranks of the self-check",
        description: &description,
    };
    let mut chart = KeyChart::new("ranks-picture", name, (&x, &y), 180.0, viewport);
    let width = 1.0 / check.ranks.len().max(1) as f64;
    for (part, count) in counts.enumerate() {
        let from = chart.at(width * (part as f64 + 0.08), count);
        let to = chart.at(width * (part as f64 + 0.92), 0.0);
        chart
            .canvas
            .cell(from, to, "posterior", &format!("{count}"));
    }
    let (low, high) = (check.rank_band.0 as f64, check.rank_band.1 as f64);
    let (from, to) = (chart.at(0.0, high), chart.at(1.0, low));
    chart.canvas.area(from, to, "rank-band");
    let label = chart.at(1.0, high);
    chart.canvas.text(
        (label.0, label.1 - 5.0),
        Anchor::End,
        "faint small",
        "99 % of sound checks",
    );
    // The even count.
    let even = check.of as f64 * width;
    let (left, right) = (chart.at(0.0, even), chart.at(1.0, even));
    chart.canvas.line(left, right, "interval");
    chart.canvas.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::fit::answer::tests::answer;

    #[test]
    fn waves_and_ranks_are_drawn() {
        let mut answer = answer();
        for viewport in Viewport::BOTH {
            let svg = waves_picture(&answer, viewport);
            assert_eq!(svg.matches("class=\"posterior\"").count(), 2, "{svg}");
            let svg = ranks_picture(answer.self_check.as_ref().unwrap(), viewport);
            assert_eq!(svg.matches("class=\"posterior\"").count(), 10, "{svg}");
            assert!(svg.contains("rank-band"));
        }
        let text = self_check(&answer).unwrap().paragraphs.join(" ");
        assert!(
            text.contains("70 of 80 true values") && text.contains("can be relied on"),
            "{text}"
        );
        answer.self_check.as_mut().unwrap().passed = false;
        let text = self_check(&answer).unwrap().paragraphs.join(" ");
        assert!(text.contains("cannot be relied on"), "{text}");
    }
}
