//! The pictures of a sensitivity analysis: bars with intervals, effect against unevenness, a map of
//! all figures, and parts of the variance.

use crate::{
    experiment::{
        sensitivity::{
            answer::{FigureSensitivity, interval, number, quantity},
            screening::ScreenedFactor,
            text::ordered,
            variance::Variance,
        },
        storage::answer_page::named_with_unit,
    },
    report::{
        chart::key_chart::{Along, Axis, KeyChart, cut},
        html::viewport::Viewport,
        svg::canvas::{AltText, Anchor, text_width},
    },
};

/// The width for the names of keys, in a wide viewport.
const NAMES: f64 = 300.0;
/// The most keys of a picture.
const MOST: usize = 40;
/// Shades of the map, light to dark.
const SHADES: [&str; 9] = ["h0", "h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8"];

/// The middle of a bar below that of its row, and half of its height, in parts of a row. In a narrow
/// viewport the name is above the bar.
fn bar(viewport: Viewport) -> (f64, f64) {
    viewport.select((0.0, 0.3), (0.06, 0.17))
}

/// The keys that a picture shows: those with most effect.
fn shown(figure: &FigureSensitivity) -> Vec<&ScreenedFactor> {
    figure.live().take(MOST).collect()
}

/// Bars of all effects, in two parts: across the edge, and on one side of it.
pub(super) fn tornado(figure: &FigureSensitivity, place: usize, viewport: Viewport) -> String {
    let factors = shown(figure);
    let ends = factors.iter().map(|one| {
        let interval = one.effects.and_then(|effects| effects.interval);
        interval.map_or(one.size(), |(_, high)| high.max(one.size()))
    });
    let name = format!("{}: effect", named_with_unit(&figure.figure, &figure.unit));
    let axis = Axis::from_zero(&name, ends.chain([figure.chance_size()]));
    let names: Vec<&str> = factors.iter().map(|one| one.factor.as_str()).collect();
    let description = figure.sentence();
    let labels = AltText {
        title: "Effect of each key",
        description: &description,
    };
    let id = format!("tornado-{place}");
    let mut chart = KeyChart::rows(&id, labels, &axis, &names, (NAMES, viewport));
    let (middle, half) = bar(viewport);
    for (row, one) in factors.iter().enumerate() {
        let row = row as f64 + middle;
        let across = one.across.min(one.size());
        let within = effect_in_words(one, &figure.unit);
        let mut from = 0.0;
        for (to, class, what) in [
            (one.size() - across, "s0", "on one side of the edge"),
            (one.size(), "s5", "across the edge"),
        ] {
            if to > from {
                let (one, other) = (chart.at(from, row - half), chart.at(to, row + half));
                let part = quantity(to - from, &figure.unit);
                chart
                    .canvas
                    .cell(one, other, class, &format!("{within}; {what}: {part}"));
            }
            from = to;
        }
        if let Some(ends) = one.effects.and_then(|effects| effects.interval) {
            chart.interval(Along::X, row, ends);
        }
    }
    if figure.chance.is_some() {
        let chance = figure.chance_size();
        let at = chart_top(&chart, chance);
        match viewport {
            Viewport::Wide => {
                let bottom = chart.at(chance, factors.len() as f64 - 0.5);
                chart.canvas.line(at, bottom, "today");
            }
            // Names are above the bars, and the line must not cross them.
            Viewport::Narrow => {
                for row in 0..factors.len() {
                    let row = row as f64 + middle;
                    let ends = [row - 1.3 * half, row + 1.3 * half];
                    let [from, to] = ends.map(|end| chart.at(chance, end));
                    chart.canvas.line(from, to, "today");
                }
            }
        }
        chart
            .canvas
            .text((at.0, at.1 - 4.0), Anchor::Middle, "small", "chance");
    }
    chart.canvas.finish()
}

/// The upper end of a vertical line at a value.
fn chart_top(chart: &KeyChart, value: f64) -> (f64, f64) {
    chart.at(value, -0.5)
}

/// A factor with its effect, in words.
fn effect_in_words(one: &ScreenedFactor, unit: &str) -> String {
    let ends = one.effects.and_then(|effects| effects.interval);
    let ends = ends.map_or_else(String::new, |ends| {
        format!(" (95 % interval {})", interval(Some(ends)))
    });
    format!("{}: {}{ends}", one.factor, quantity(one.size(), unit))
}

/// Effect against unevenness, with the line where both are equal and a box for chance.
pub(super) fn scatter(figure: &FigureSensitivity, place: usize, viewport: Viewport) -> String {
    let factors = shown(figure);
    let uneven = |one: &ScreenedFactor| one.effects.map_or(0.0, |effects| effects.deviation);
    let sizes = factors.iter().map(|one| one.size());
    let x = Axis::from_zero("effect mu*", sizes.chain([figure.chance_size()]));
    let chance = figure.chance.as_ref();
    let high = factors
        .iter()
        .map(|one| uneven(one))
        .chain(chance.map(uneven));
    let y = Axis::from_zero("unevenness sigma", high);
    let description = factors
        .iter()
        .map(|one| {
            format!(
                "{}: {} and {}",
                one.factor,
                number(one.size()),
                number(uneven(one))
            )
        })
        .collect::<Vec<_>>()
        .join("; ");
    let labels = AltText {
        title: "Effect and unevenness of each key",
        description: &description,
    };
    let id = format!("uneven-{place}");
    let mut chart = KeyChart::new(&id, labels, (&x, &y), 300.0, viewport);
    let mut taken: Vec<(f64, f64, f64)> = Vec::new();
    if let Some(chance) = chance {
        let (from, to) = (chart.at(0.0, uneven(chance)), chart.at(chance.size(), 0.0));
        chart.canvas.area(from, to, "wash");
        let at = (from.0 + 6.0, from.1 + 14.0);
        chart
            .canvas
            .text(at, Anchor::Start, "faint small", "chance");
        taken.push((at.0, at.0 + text_width("chance"), at.1));
    }
    let end = x.high.min(y.high);
    let (from, to) = (chart.at(0.0, 0.0), chart.at(end, end));
    chart.canvas.line(from, to, "mark");
    for one in &factors {
        let at = chart.at(one.size(), uneven(one));
        let words = format!(
            "{}, sigma {}",
            effect_in_words(one, &figure.unit),
            number(uneven(one))
        );
        chart.canvas.dot(at, "point", &words);
    }
    // Names of the keys with most effect, on the side with more space, unless they would overlap.
    for one in factors.iter().take(viewport.select(8, 4)) {
        let at = chart.at(one.size(), uneven(one));
        let name = one.factor.rsplit('.').next().unwrap_or(&one.factor);
        let (anchor, aside) = match one.size() > 0.6 * x.high {
            true => (Anchor::End, -9.0),
            false => (Anchor::Start, 9.0),
        };
        let width = text_width(name) * 1.1;
        let from = if aside > 0.0 {
            at.0 + aside
        } else {
            at.0 + aside - width
        };
        let overlaps = |other: &(f64, f64, f64)| {
            from < other.1 && other.0 < from + width && (at.1 - other.2).abs() < 15.0
        };
        if taken.iter().any(overlaps) {
            continue;
        }
        taken.push((from, from + width, at.1));
        chart
            .canvas
            .text((at.0 + aside, at.1 + 4.0), anchor, "label small", name);
    }
    chart.canvas.finish()
}

/// A map of all keys and figures: each effect as a part of the largest on that figure.
pub(super) fn heat_map(figures: &[&FigureSensitivity], viewport: Viewport) -> String {
    let keys: Vec<&str> = figures[0]
        .screening
        .iter()
        .flatten()
        .take(MOST)
        .map(|one| one.factor.as_str())
        .collect();
    let (left, right) = (viewport.select(NAMES, 150.0), viewport.sides().1);
    let wide = ((right - left) / figures.len() as f64).min(160.0);
    let (top, tall) = (44.0, 28.0);
    let bottom = top + tall * keys.len() as f64;
    let labels = AltText {
        title: "Effect of each key on each figure",
        description: "Rows are keys, columns are figures; darker is more.",
    };
    let mut canvas = viewport.canvas(bottom + 16.0, labels, "all-figures", "");
    for (row, key) in keys.iter().enumerate() {
        let y = top + tall * row as f64;
        let name = match viewport {
            Viewport::Wide => cut(key, left),
            Viewport::Narrow => cut(key.rsplit('.').next().unwrap_or(key), left),
        };
        let at = (left - 12.0, y + tall / 2.0 + 4.5);
        canvas.text(at, Anchor::End, "", &name);
        for (column, figure) in figures.iter().enumerate() {
            let all = || figure.screening.iter().flatten();
            let most = all().map(ScreenedFactor::size).fold(0.0, f64::max);
            let Some(one) = all().find(|one| one.factor == *key) else {
                continue;
            };
            let share = if most > 0.0 { one.size() / most } else { 0.0 };
            let shade =
                ((share * (SHADES.len() - 1) as f64).round() as usize).min(SHADES.len() - 1);
            let x = left + wide * column as f64;
            let words = format!(
                "{key}, {}: {}",
                figure.figure,
                quantity(one.size(), &figure.unit)
            );
            canvas.cell((x, y), (x + wide, y + tall), SHADES[shade], &words);
            let on = if shade > 4 {
                "on-dark small"
            } else {
                "on-light small"
            };
            let text = if one.is_none() {
                "none".to_owned()
            } else {
                number(one.size())
            };
            let at = (x + wide / 2.0, y + tall / 2.0 + 4.5);
            canvas.text(at, Anchor::Middle, on, &text);
        }
    }
    for (column, figure) in figures.iter().enumerate() {
        // Columns can be narrower than the names, so these are on two lines in turn; the last one ends
        // with its column.
        let y = top - 8.0 - 14.0 * (column % 2) as f64;
        let name = cut(&figure.figure, 1.6 * wide + 20.0);
        let (place, anchor) = match column + 1 == figures.len() {
            true => (1.0, Anchor::End),
            false => (0.5, Anchor::Middle),
        };
        let at = (left + wide * (column as f64 + place), y);
        canvas.text(at, anchor, "faint small", &name);
    }
    canvas.finish()
}

/// Bars of the parts of the variance: total indices, with first-order ones in them.
pub(super) fn shares(
    figure: &FigureSensitivity,
    variance: &Variance,
    place: usize,
    viewport: Viewport,
) -> String {
    let factors = ordered(variance);
    let factors = &factors[..factors.len().min(MOST)];
    let ends = factors.iter().filter_map(|one| {
        let total = one.indices?.total;
        Some(
            total
                .interval
                .map_or(total.value, |(_, high)| high.max(total.value)),
        )
    });
    let axis = Axis::from_zero("part of the variance", ends);
    let names: Vec<&str> = factors.iter().map(|one| one.factor.as_str()).collect();
    let description = figure.sentence();
    let labels = AltText {
        title: "Part of each key in the variance",
        description: &description,
    };
    let id = format!("shares-{place}");
    let mut chart = KeyChart::rows(&id, labels, &axis, &names, (NAMES, viewport));
    let (middle, thick) = bar(viewport);
    for (row, one) in factors.iter().enumerate() {
        let Some(found) = one.indices else { continue };
        let row = row as f64 + middle;
        let words = format!(
            "{}: alone {:.3}, in all {:.3}",
            one.factor, found.first.value, found.total.value
        );
        for (value, half, class) in [
            (found.total.value, thick, "h3"),
            (found.first.value, thick * 0.55, "s0"),
        ] {
            if value > 0.0 {
                let (from, to) = (chart.at(0.0, row - half), chart.at(value, row + half));
                chart.canvas.cell(from, to, class, &words);
            }
        }
        if let Some(ends) = found.total.interval {
            chart.interval(Along::X, row, ends);
        }
    }
    chart.canvas.finish()
}
