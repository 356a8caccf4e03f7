//! What `patchday fit` prints.

use crate::{
    experiment::fit::{
        answer::{DirectionAnswer, FitAnswer, KeyAnswer, PointAnswer},
        observations::points::Use,
    },
    host::{
        escape,
        text::text_table::{left, right, text_table},
    },
};

/// The most directions that are printed one by one.
const MOST_DIRECTIONS: usize = 4;

impl FitAnswer {
    /// The answer as text, for a fit of so many runs.
    pub(crate) fn text(&self, runs: usize) -> String {
        let mut text = format!(
            "{}\n\n{} of {} points are used; {runs} runs\n",
            self.verdict,
            self.used(),
            self.points.len()
        );
        for sentence in self.look.iter().chain(&self.notes) {
            text.push_str(&format!("  {}\n", escape::line(sentence)));
        }
        text.push_str(&self.directions_table());
        text.push_str(&self.keys_table());
        text.push_str(&self.points_table());
        for sentence in self.checks() {
            text.push_str(&sentence);
            text.push('\n');
        }
        if let Some(fault) = &self.fault {
            text.push_str(&format!("NOT RELIABLE: {fault}\n"));
        }
        text
    }

    fn directions_table(&self) -> String {
        let row = |one: &DirectionAnswer| {
            vec![
                escape::line(&one.name),
                one.before.clone(),
                one.after.clone(),
                format!("{:.2}", one.variance),
                one.learning().text().to_owned(),
            ]
        };
        let shown: Vec<Vec<String>> = self
            .directions
            .iter()
            .take(MOST_DIRECTIONS)
            .map(row)
            .collect();
        if shown.is_empty() {
            return String::new();
        }
        let columns = [
            left("what the points say"),
            right("before"),
            right("after (90 %)"),
            right("variance left"),
            left(""),
        ];
        format!("\n{}", text_table(&columns, shown))
    }

    fn keys_table(&self) -> String {
        let row = |key: &KeyAnswer| {
            let text = |value: f64| Self::value(key, value);
            let [low, _, middle, _, high] = key.quantiles;
            vec![
                escape::line(&key.key),
                key.prior.clone(),
                if key.fixed {
                    "fixed".into()
                } else {
                    format!("{} to {}", text(low), text(high))
                },
                text(middle),
                key.today.map_or("-".into(), text),
                format!("{:.2}", key.spread),
            ]
        };
        let columns = [
            left("key"),
            right("before"),
            right("after (90 %)"),
            right("median"),
            right("file"),
            right("sd/prior"),
        ];
        format!("\n{}", text_table(&columns, self.keys.iter().map(row)))
    }

    fn points_table(&self) -> String {
        let row = |one: &PointAnswer| {
            let band = |quantiles: [f64; 5]| format!("{:.2} to {:.2}", quantiles[0], quantiles[4]);
            vec![
                one.point.number.to_string(),
                one.point.name(),
                one.point.r#use.text().to_owned(),
                format!("{:.3} \u{b1} {:.3}", one.point.share, one.point.error),
                one.predicted.map_or("-".into(), band),
                match one.inside {
                    Some(true) => "inside",
                    Some(false) => "outside",
                    None => "-",
                }
                .to_owned(),
            ]
        };
        let columns = [
            right("point"),
            left("time (UTC)"),
            left("use"),
            right("observed"),
            right("runs (90 %)"),
            left(""),
        ];
        format!("\n{}\n", text_table(&columns, self.points.iter().map(row)))
    }

    /// Confirmation, held-out points, self-check and truths, a sentence each.
    pub(crate) fn checks(&self) -> Vec<String> {
        let mut all = Vec::new();
        if let Some(best) = &self.best {
            let worse = best.single_confirmed > best.single * 1.1;
            all.push(format!(
                "best confirmed point: {:.3} from the points over {} fresh seeds; the best single run \
                 said {:.3} and fresh seeds say {:.3}{}",
                best.confirmed,
                best.seeds,
                best.single,
                best.single_confirmed,
                if worse { ": luck" } else { "" }
            ));
        }
        let held: Vec<String> = self
            .points
            .iter()
            .filter(|one| one.point.r#use == Use::HeldOut)
            .filter_map(|one| {
                let word = if one.inside? { "inside" } else { "outside" };
                Some(format!("{} {word}", one.point.name()))
            })
            .collect();
        if !held.is_empty() {
            all.push(format!("held out: {}", held.join(", ")));
        }
        if let Some(check) = &self.self_check {
            all.push(format!(
                "self-check: {} of {} inside their 90 % interval (allowed {} to {})",
                check.inside, check.of, check.allowed.0, check.allowed.1
            ));
        }
        if !self.truths.is_empty() {
            let found = self.truths.iter().filter(|truth| truth.found).count();
            let missed: Vec<&str> = self
                .truths
                .iter()
                .filter(|truth| !truth.found)
                .map(|truth| truth.key.as_str())
                .collect();
            let missed = match missed.as_slice() {
                [] => String::new(),
                missed => format!("; not {}", missed.join(", ")),
            };
            let all_of = self.truths.len();
            all.push(format!(
                "synthetic truth: {found} of {all_of} inside their 90 % interval{missed}"
            ));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use crate::experiment::fit::answer::{TruthAnswer, tests::answer};

    #[test]
    fn the_text_begins_with_the_verdict_and_names_every_check() {
        let mut answer = answer();
        answer.truths = vec![
            TruthAnswer {
                key: "a.b".into(),
                value: 1.0,
                found: true,
            },
            TruthAnswer {
                key: "a.c".into(),
                value: 1.0,
                found: false,
            },
        ];
        let text = answer.text(120);
        assert!(text.starts_with("Two keys, one number.\n"), "{text}");
        for part in [
            "1 of 3 points are used; 120 runs",
            "seats x rate",
            "20 k to 25 k",
            "110/h to 190/h",
            "scripted",
            "fresh seeds say 0.129: luck",
            "held out: Thu 16 Aug 12:00 inside",
            "self-check: 70 of 80",
            "synthetic truth: 1 of 2 inside their 90 % interval; not a.c",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("NOT RELIABLE"));
        answer.fault = Some("the self-check fails".into());
        assert!(answer.text(1).contains("NOT RELIABLE: the self-check"));
    }
}
