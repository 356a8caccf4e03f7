//! The pictures of the keys of a fit: their posteriors over their priors, the directions that were
//! learned, and pairs of correlated keys.

use crate::{
    experiment::fit::answer::{DirectionAnswer, FitAnswer, KeyAnswer, PairAnswer},
    report::{
        chart::key_chart::{Axis, KeyChart, cut},
        html::{page::Section, viewport::Viewport},
        svg::{
            axis::Scale,
            canvas::{AltText, Anchor},
        },
    },
};

/// The height of the row of a key.
const ROW: f64 = 72.0;
/// The height of its histogram.
const HISTOGRAM: f64 = 34.0;
/// The directions that are drawn.
const MOST_DIRECTIONS: usize = 2;
/// The width of the names of keys, in a wide viewport.
const NAMES: f64 = 300.0;

/// The posterior of each key over its prior.
pub(crate) fn marginals(answer: &FitAnswer) -> Section {
    Section::new("keys", "Each key by itself").picture(
        |viewport| marginals_picture(answer, viewport),
        "Grey: the prior over the range of the key; blue: the posterior. Bar: its 90 % interval, dot: its \
         median; dashed: the value of the file. A posterior that looks like its prior says that the points \
         do not tell this key by itself, even if they tell a combination of keys.",
    )
}

fn marginals_picture(answer: &FitAnswer, viewport: Viewport) -> String {
    let (left, right) = viewport.select((NAMES, 916.0), (20.0, 400.0));
    let above = viewport.select(0.0, 18.0);
    let row = ROW + above;
    let name = AltText {
        title: "Posterior of each key",
        description: &format!(
            "The posterior of {} keys, over their priors.",
            answer.keys.len()
        ),
    };
    let height = row * answer.keys.len() as f64 + 12.0;
    let mut canvas = viewport.canvas(height, name, "keys-picture", "");
    for (place, key) in answer.keys.iter().enumerate() {
        let top = row * place as f64 + 8.0 + above;
        let base = top + HISTOGRAM;
        let scale = Scale {
            values: (key.low, key.high),
            places: (left, right),
        };
        match viewport {
            Viewport::Wide => {
                let name = cut(&key.key, NAMES);
                canvas.text((left - 14.0, base - 4.0), Anchor::End, "", &name);
            }
            Viewport::Narrow => {
                let name = cut(&key.key, viewport.width());
                canvas.text((left, top - 4.0), Anchor::Start, "", &name);
            }
        }
        let all = key.histogram.iter().chain(&key.prior_histogram);
        let most = all.copied().fold(1e-9, f64::max);
        let mut bars = |shares: &[f64], class: &str| {
            let width = (right - left) / shares.len().max(1) as f64;
            for (part, share) in shares.iter().enumerate() {
                let from = left + width * part as f64;
                let high = HISTOGRAM * share / most;
                canvas.area((from, base - high), (from + width, base), class);
            }
        };
        bars(&key.prior_histogram, "prior");
        if !key.fixed {
            bars(&key.histogram, "posterior");
        }
        canvas.line((left, base), (right, base), "zero");
        let place = |value: f64| scale.place(value.clamp(key.low, key.high));
        if let Some(today) = key
            .today
            .filter(|today| (key.low..=key.high).contains(today))
        {
            canvas.line((place(today), top), (place(today), base + 9.0), "today");
        }
        let [low, _, middle, _, high] = key.quantiles;
        if key.fixed {
            canvas.text(
                (right, top + 10.0),
                Anchor::End,
                "faint small",
                "fixed: it moves no point",
            );
        } else {
            canvas.line(
                (place(low), base + 6.0),
                (place(high), base + 6.0),
                "interval",
            );
            canvas.dot((place(middle), base + 6.0), "point", &summary(key));
        }
        for (value, anchor) in [(key.low, Anchor::Start), (key.high, Anchor::End)] {
            let text = FitAnswer::value(key, value);
            canvas.text((place(value), base + 22.0), anchor, "faint small", &text);
        }
    }
    canvas.finish()
}

fn summary(key: &KeyAnswer) -> String {
    let text = |value: f64| FitAnswer::value(key, value);
    format!(
        "{}: median {}, 90 % from {} to {}; sd {:.2} of the prior's",
        key.key,
        text(key.quantiles[2]),
        text(key.quantiles[0]),
        text(key.quantiles[4]),
        key.spread
    )
}

/// The directions that were learned best, with words; `None` without directions.
pub(crate) fn directions(answer: &FitAnswer) -> Option<Section> {
    answer.directions.first()?;
    let mut section = Section::new("directions", "What was learned").paragraph(
        "The points tell combinations of keys better than single keys. A direction is such a \
         combination: where its bars point the same way, more of one key does the same as more of the \
         other, so that the points tell their product; where they point apart, their ratio.",
    );
    for (place, one) in answer.directions.iter().take(MOST_DIRECTIONS).enumerate() {
        let range = match (one.before.as_str(), one.after.as_str()) {
            ("", _) | (_, "") => String::new(),
            (before, after) => format!(" Before: {before}; after (90 %): {after}."),
        };
        let caption = format!(
            "{}: {:.0} % of its prior variance is left, so it is {}.{range}",
            one.name,
            one.variance * 100.0,
            one.learning().text()
        );
        section = section.picture(|viewport| weights(answer, (place, one), viewport), caption);
    }
    Some(section)
}

fn weights(
    answer: &FitAnswer,
    (place, direction): (usize, &DirectionAnswer),
    viewport: Viewport,
) -> String {
    let names: Vec<&str> = answer.keys.iter().map(|key| key.key.as_str()).collect();
    let axis = Axis {
        name: "weight of the key in the combination".into(),
        low: -1.0,
        high: 1.0,
        unit: String::new(),
    };
    let description = format!("Weights of the keys in the direction {}.", direction.name);
    let name = AltText {
        title: &direction.name,
        description: &description,
    };
    let id = format!("direction-{place}");
    let mut chart = KeyChart::rows(&id, name, &axis, &names, (NAMES, viewport));
    for (row, weight) in direction.weights.iter().enumerate() {
        let zero = chart.at(0.0, row as f64);
        let end = chart.at(weight.clamp(-1.0, 1.0), row as f64);
        let (from, to) = (zero.0.min(end.0), zero.0.max(end.0));
        let class = if *weight < 0.0 {
            "posterior b1"
        } else {
            "posterior"
        };
        let tooltip = format!(
            "{}: {weight:+.2}",
            names.get(row).copied().unwrap_or_default()
        );
        chart
            .canvas
            .cell((from, zero.1 - 7.0), (to, zero.1 + 7.0), class, &tooltip);
    }
    chart.canvas.finish()
}

/// Pairs of correlated keys; `None` if there is none.
pub(crate) fn pairs(answer: &FitAnswer) -> Option<Section> {
    answer.pairs.first()?;
    let mut section = Section::new("pairs", "Keys that go together").paragraph(
        "Pairs of keys with a correlation above 0.3: the points allow one value of the first with one \
         value of the second, and not every value of both.",
    );
    for (place, pair) in answer.pairs.iter().enumerate() {
        let name = |which: usize| answer.keys.get(which).map_or("", |key| key.key.as_str());
        let caption = format!(
            "{} and {}: correlation {:+.2}. Dots are draws of the posterior, the axes are the ranges.",
            name(pair.keys.0),
            name(pair.keys.1),
            pair.correlation
        );
        section = section.picture(|viewport| scatter(answer, (place, pair), viewport), caption);
    }
    Some(section)
}

fn scatter(answer: &FitAnswer, (place, pair): (usize, &PairAnswer), viewport: Viewport) -> String {
    let axis = |which: usize| {
        let key = answer.keys.get(which);
        Axis {
            name: key.map_or_else(String::new, |key| key.key.clone()),
            low: key.map_or(0.0, |key| key.low),
            high: key.map_or(1.0, |key| key.high),
            unit: key.map_or_else(String::new, |key| key.unit.clone()),
        }
    };
    let (x, y) = (axis(pair.keys.0), axis(pair.keys.1));
    let description = format!("Draws of {} and {}.", x.name, y.name);
    let name = AltText {
        title: "Two keys",
        description: &description,
    };
    let id = format!("pair-{place}");
    let mut chart = KeyChart::new(&id, name, (&x, &y), 220.0, viewport);
    for (one, other) in &pair.draws {
        let at = chart.at(*one, *other);
        chart.canvas.small_dot(at, "pair");
    }
    chart.canvas.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::fit::answer::tests::answer;

    #[test]
    fn keys_directions_and_pairs_are_drawn() {
        let mut answer = answer();
        answer.keys[1].fixed = true;
        for viewport in Viewport::BOTH {
            let svg = marginals_picture(&answer, viewport);
            for part in [
                "class=\"prior\"",
                "class=\"posterior\"",
                "class=\"today\"",
                "it moves no point",
            ] {
                assert!(svg.contains(part), "{part} is missing: {svg}");
            }
            assert_eq!(svg.matches("class=\"posterior\"").count(), 20);
        }
        let section = directions(&answer).unwrap();
        assert_eq!(section.pictures.len(), 2);
        assert!(section.pictures[0].caption.contains(
            "10 % of its prior variance is left, so it is learned. Before: 10 k to 40 k"
        ));
        assert!(section.pictures[1].variants[0].contains("posterior b1"));
        assert_eq!(pairs(&answer).unwrap().pictures.len(), 1);
        answer.pairs.clear();
        answer.directions.clear();
        assert!(pairs(&answer).is_none() && directions(&answer).is_none());
    }
}
