//! The report of a sensitivity analysis.

use crate::{
    experiment::{
        sensitivity::{
            answer::{FigureSensitivity, SensitivityAnswer, interval, number, quantity},
            charts,
            screening::ScreenedFactor,
            text::ordered,
            variance::Variance,
        },
        storage::answer::AnswerFile,
        storage::answer_page::{answer_page, figure_name},
    },
    host::error::Failure,
    report::html::page::{Card, HtmlCell, HtmlTable, Page, Section, head},
};

/// The page.
///
/// # Errors
/// Returns an error if the answer is not one of this version.
pub(crate) fn page(file: &AnswerFile) -> Result<Page, Failure> {
    let answer: SensitivityAnswer = file.answer()?;
    let sentence = answer
        .figures
        .first()
        .map_or_else(String::new, FigureSensitivity::sentence);
    let mut sections = Vec::new();
    for (number, figure) in answer.figures.iter().enumerate() {
        sections.push(of_figure(&answer, figure, number));
    }
    let screened = answer.figures.iter().filter(|one| one.screening.is_some());
    let screened: Vec<&FigureSensitivity> = screened.collect();
    if screened.len() > 1 {
        sections.push(Section::new("all", "All figures").picture(
            |viewport| charts::heat_map(&screened, viewport),
            "Each cell is the effect of a key as a part of the largest effect of any key on that \
                 figure; darker is more. None: proved to have no effect, because the runs are the same.",
        ));
    }
    sections.push(what_varied(&answer));
    Ok(answer_page(
        file,
        ("What matters?", sentence),
        cards(&answer),
        sections,
    ))
}

fn cards(answer: &SensitivityAnswer) -> Vec<Card> {
    let Some(figure) = answer.figures.first() else {
        return Vec::new();
    };
    let mut cards = Vec::new();
    let name = figure_name(&figure.figure).to_lowercase();
    if let Some(first) = figure.live().next() {
        let size = quantity(first.size(), &figure.unit);
        let remark = format!("{} moves {name} by {size}", first.factor);
        cards.push(Card::new("Most effect", short(&first.factor), remark));
    }
    if let Some(variance) = &figure.variance
        && let Some(first) = ordered(variance)
            .into_iter()
            .find(|one| one.factor != "chance")
    {
        let remark = format!(
            "{}; part in the variance of {name}: {:.2}",
            first.factor,
            first.size()
        );
        cards.push(Card::new("Most effect", short(&first.factor), remark));
    }
    if figure.chance.is_some() {
        let size = quantity(figure.chance_size(), &figure.unit);
        cards.push(Card::new("Chance", size, "another seed alone"));
    }
    let dead = figure.dead().count();
    if dead > 0 {
        let remark = "same digest in every step: proved";
        cards.push(Card::new("Keys without effect", dead.to_string(), remark));
    }
    let ended = answer
        .runs
        .saturating_sub(answer.failed.len() as u32)
        .max(1);
    let share = 100.0 * f64::from(answer.beyond_edge) / f64::from(ended);
    cards.push(Card::new(
        "Beyond the edge",
        format!("{share:.0} %"),
        format!("of the runs: {}", answer.edge),
    ));
    cards
}

fn of_figure(answer: &SensitivityAnswer, figure: &FigureSensitivity, number: usize) -> Section {
    let title = figure_name(&figure.figure);
    let mut section = Section::new(format!("figure-{number}"), &title);
    if number > 0 {
        section = section.paragraph(figure.sentence());
    }
    let range = match figure.range {
        Some((low, high)) => format!(
            "{} is from {} to {} over all runs{}.",
            figure.figure,
            quantity(low, &figure.unit),
            quantity(high, &figure.unit),
            figure.exceptions()
        ),
        None => format!("No run has {}.", figure.figure),
    };
    section = section.paragraph(range);
    if let Some(variance) = &figure.variance {
        return section
            .picture(
                |viewport| charts::shares(figure, variance, number, viewport),
                "The part of the variance that each key has a hand in (total index, light) and that it \
                 explains alone (first-order index, dark), with 95 % intervals. Chance is another seed.",
            )
            .table(table_of_variance(figure, variance));
    }
    if figure.live().next().is_none() {
        return section;
    }
    section
        .picture(
            |viewport| charts::tornado(figure, number, viewport),
            format!(
                "The mean absolute effect of each key over its range, with its 95 % interval. The orange \
                 part is due to steps across the edge ({}), the blue part to steps on one side of it. \
                 The dashed line is chance: another seed alone.",
                answer.edge
            ),
        )
        .picture(
            |viewport| charts::scatter(figure, number, viewport),
            "Effect and unevenness. On and above the line the effect of a key depends on the others or \
             changes its direction; far below it, it is the same everywhere. Inside the shaded box is \
             what another seed does as well.",
        )
        .table(table(figure))
}

fn table(figure: &FigureSensitivity) -> HtmlTable {
    let row = |one: &ScreenedFactor| {
        let effects = one.effects;
        let size = match effects {
            _ if one.is_none() => format!("none: same digest in {}", one.steps),
            Some(effects) => number(effects.mean_abs),
            None => "not known".into(),
        };
        let live = effects.filter(|_| !one.is_none());
        vec![
            HtmlCell::key(one.factor.clone()),
            HtmlCell::number(size),
            HtmlCell::number(interval(live.and_then(|found| found.interval))),
            HtmlCell::text(one.sign()),
            HtmlCell::number(live.map_or_else(String::new, |found| number(found.deviation))),
            HtmlCell::number(format!("{} of {}", one.crossed, one.steps)),
            HtmlCell::number(one.given_edge.map_or_else(String::new, number)),
        ]
    };
    let rows = figure.live().chain(&figure.chance).chain(figure.dead());
    let unit = match figure.unit.as_str() {
        "" => String::new(),
        unit => format!(" [{unit}]"),
    };
    HtmlTable {
        caption: format!(
            "Effects on {}{unit}: mean absolute effect mu* with its 95 % interval, direction, standard \
             deviation sigma of the effects, steps across the edge, and the mean absolute effect of the \
             steps beyond it.",
            figure.figure
        ),
        head: head(&[
            "Key",
            "Effect mu*#",
            "95 % interval#",
            "Sign",
            "Sigma#",
            "Across the edge#",
            "Beyond it#",
        ]),
        rows: rows.map(row).collect(),
        long: false,
    }
}

fn table_of_variance(figure: &FigureSensitivity, variance: &Variance) -> HtmlTable {
    let share = |value: f64| format!("{value:.3}");
    let ends = |ends: Option<(f64, f64)>| {
        ends.map_or_else(String::new, |(low, high)| {
            format!("{} to {}", share(low), share(high))
        })
    };
    let rows = ordered(variance).into_iter().map(|one| {
        let first = one.indices.map(|found| found.first);
        let total = one.indices.map(|found| found.total);
        let none = one
            .is_none()
            .then(|| format!("none: same digest in {}", one.pairs));
        vec![
            HtmlCell::key(one.factor.clone()),
            HtmlCell::number(first.map_or_else(|| "not known".into(), |one| share(one.value))),
            HtmlCell::number(ends(first.and_then(|one| one.interval))),
            HtmlCell::number(none.unwrap_or_else(|| {
                total.map_or_else(|| "not known".into(), |one| share(one.value))
            })),
            HtmlCell::number(ends(total.and_then(|one| one.interval))),
        ]
    });
    let mean = match (variance.mean, variance.deviation) {
        (Some(mean), Some(deviation)) => format!(
            " Mean {}, standard deviation {}.",
            quantity(mean, &figure.unit),
            quantity(deviation, &figure.unit)
        ),
        _ => String::new(),
    };
    HtmlTable {
        caption: format!(
            "Parts of the variance of {}: explained alone (S1) and lost if the key were fixed (ST), with \
             95 % intervals; {} rows.{mean}",
            figure.figure, variance.rows
        ),
        head: head(&[
            "Key",
            "Alone S1#",
            "95 % interval#",
            "In all ST#",
            "95 % interval#",
        ]),
        rows: rows.collect(),
        long: false,
    }
}

fn what_varied(answer: &SensitivityAnswer) -> Section {
    let mut section = Section::new("keys", "What was varied")
        .paragraph(format!("{}.", capital(&answer.runs_in_words())));
    for remark in answer.remarks() {
        section = section.paragraph(format!("{}.", capital(&remark)));
    }
    let rows = answer.keys.iter().map(|one| {
        let group = if one.factor == one.key {
            ""
        } else {
            one.factor.as_str()
        };
        vec![
            HtmlCell::key(one.key.clone()),
            HtmlCell::text(one.levels.clone()),
            HtmlCell::text(one.today.clone().unwrap_or_else(|| "not set".into())),
            HtmlCell::text(group),
        ]
    });
    section.table(HtmlTable {
        caption: "The keys, the values that they had in the runs, and their value in the scenario."
            .into(),
        head: head(&["Key", "Values", "In the scenario", "Group"]),
        rows: rows.collect(),
        long: false,
    })
}

/// The last name of a key.
fn short(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// A text with its first letter as a capital.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
