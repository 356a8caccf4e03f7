//! The report of a fork: a common past and several alternatives, on one time axis.

use std::{collections::BTreeSet, path::Path};

use patchday_agents::metrics::columns::ColumnId;

use crate::{
    experiment::{
        fork::answer::{Alternative, ForkAnswer},
        storage::answer::AnswerFile,
        storage::answer_page::{answer_page, figure_name},
    },
    host::error::Failure,
    report::{
        chart::{
            curves::ChartLine,
            time_frame::{EventMark, TimeFrame},
            time_series::{ChartStyle, TimeSeries},
        },
        html::{
            page::{Card, HtmlCell, HtmlTable, Page, Section, head},
            viewport::Viewport,
        },
        run::run_data::RunData,
    },
    results::{
        figures,
        summary::FigureId,
        units::{figure, own_with_unit, with_unit},
    },
};

/// The line styles of the alternatives.
const STYLES: [&str; 6] = ["l0", "l1", "l2", "l3", "l4", "l5"];

/// The page.
///
/// # Errors
/// Returns an error if the answer is not one of this version, or if an alternative cannot be read.
pub(crate) fn page(file: &AnswerFile, directory: &Path) -> Result<Page, Failure> {
    let answer: ForkAnswer = file.answer()?;
    let mut runs = Vec::new();
    for alternative in &answer.alternatives {
        // The directory may have been moved since; the alternatives are in it.
        let name = Path::new(&alternative.directory)
            .file_name()
            .unwrap_or_default();
        runs.push(RunData::read(&directory.join(name))?);
    }
    let mut section = Section::new("alternatives", "The alternatives compared");
    if let Some(longest) = runs.iter().max_by_key(|run| run.times.len()) {
        section = section.picture(
            |viewport| picture(&answer, &runs, longest, viewport),
            format!(
                "The alternatives begin at the mark, {} UTC.",
                longest.moment(longest.start.saturating_add(i64::from(answer.tick)))
            ),
        );
    }
    let section = section.table(changes(&answer)).table(table(&answer));
    Ok(answer_page(
        file,
        ("What ends it soonest?", verdict(&answer)),
        cards(&answer),
        vec![section],
    ))
}

/// The alternative with the shortest time, and what the others take, in a sentence.
fn verdict(answer: &ForkAnswer) -> String {
    let id = FigureId::HoursTo90Percent;
    let hours = |one: &Alternative| figures::get(&one.figures, id).flatten();
    let mut known: Vec<(f64, &str)> = answer
        .alternatives
        .iter()
        .filter_map(|one| Some((hours(one)?, one.r#try.as_str())))
        .collect();
    known.sort_by(|one, other| one.0.total_cmp(&other.0));
    let never = answer
        .alternatives
        .iter()
        .filter(|one| hours(one).is_none());
    let never: Vec<&str> = never.map(|one| one.r#try.as_str()).collect();
    let Some((least, first)) = known.first().copied() else {
        return "In no alternative are 90 % of the norm back before the run ends.".into();
    };
    let took = |hours: f64| with_unit(hours, "h");
    let equal = known.iter().filter(|(hours, _)| *hours == least).count();
    let mut text = match (equal, known.len()) {
        (1, _) if least == 0.0 => format!(
            "{first} ends it soonest: it has no dip below 90 % of the norm that is long enough for an \
             outage"
        ),
        (1, _) => format!(
            "{first} ends it soonest: 90 % of the norm are back after {}",
            took(least)
        ),
        (all, count) if all == count && never.is_empty() && least == 0.0 => {
            return "The alternatives do not differ: none has an outage.".into();
        }
        (all, count) if all == count && never.is_empty() => {
            return format!(
                "The alternatives do not differ: 90 % of the norm are back after {} in each.",
                took(least)
            );
        }
        (all, _) => format!("{all} alternatives end it soonest, after {}", took(least)),
    };
    if let Some((next, name)) = known.get(equal) {
        let (after, more) = (took(*next), took(next - least));
        text.push_str(&format!(", next {name} after {after} ({more} later)"));
    }
    text.push('.');
    if !never.is_empty() {
        text.push_str(&format!(
            " Never before the run ends: {}.",
            never.join(", ")
        ));
    }
    text
}

/// The alternative with the lowest value, for two figures that measure the outage.
fn cards(answer: &ForkAnswer) -> Vec<Card> {
    let best = |id: FigureId, name: &str, unit: &str, remark: &str| {
        let of = |one: &Alternative| figures::get(&one.figures, id).flatten();
        let alternatives = answer.alternatives.iter();
        let known = alternatives.filter_map(|one| Some((of(one)?, one.r#try.as_str())));
        let known: Vec<(f64, &str)> = known.collect();
        let least = known.iter().map(|one| one.0).min_by(f64::total_cmp)?;
        let best = known.iter().filter(|one| one.0 == least).map(|one| one.1);
        let best: Vec<&str> = best.collect();
        let alternative = match best.len() {
            1 => best[0].to_owned(),
            all if all == known.len() => "no difference".to_owned(),
            _ => best.join(", "),
        };
        let remark = format!("{} {remark}", with_unit(least, unit));
        Some(Card::new(name, alternative, remark))
    };
    [
        best(
            FigureId::HoursTo90Percent,
            "Ends soonest",
            "h",
            "until 90 % of the norm are back",
        ),
        best(
            FigureId::UserHoursLost,
            "Loses least",
            "",
            "user hours lost",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn picture(answer: &ForkAnswer, runs: &[RunData], longest: &RunData, viewport: Viewport) -> String {
    let time = longest.start.saturating_add(i64::from(answer.tick));
    let frame = TimeFrame {
        tick: longest.samples.tick,
        times: &longest.times,
        start: longest.start,
        outages: Vec::new(),
        marks: vec![EventMark {
            time,
            number: 1,
            by_operator: true,
            tooltip: format!("{}: the alternatives begin", longest.moment(time)),
        }],
    };
    let all = longest.times.len();
    let padded = |run: &RunData, column: ColumnId| {
        let mut values = run.column(column);
        values.resize(all, f64::NAN);
        values
    };
    let norm = ChartLine {
        name: "norm",
        class: "norm",
        values: padded(longest, ColumnId::Norm),
    };
    let alternatives = answer
        .alternatives
        .iter()
        .zip(runs)
        .zip(STYLES.into_iter().cycle());
    let lines = alternatives.map(|((alternative, run), class)| ChartLine {
        name: &alternative.r#try,
        class,
        values: padded(run, ColumnId::Online),
    });
    let panel = TimeSeries {
        id: "alternatives-picture",
        title: "Users online in each alternative",
        unit: "users",
        style: ChartStyle::Lines,
        height: 300.0,
        lines: std::iter::once(norm).chain(lines).collect(),
        dots: Vec::new(),
        dot_names: Vec::new(),
        numbered: true,
        follows_pointer: true,
        description: None,
    };
    panel.draw(&frame, viewport)
}

/// The keys that each alternative changes, from their values in the run.
fn changes(answer: &ForkAnswer) -> HtmlTable {
    let mut rows = Vec::new();
    for one in &answer.alternatives {
        let row =
            |[key, from, to]: [HtmlCell; 3]| vec![HtmlCell::text(one.r#try.clone()), key, from, to];
        if one.changes.is_empty() {
            let nothing = HtmlCell::text("nothing: the run goes on as it was");
            rows.push(row([nothing, HtmlCell::text(""), HtmlCell::text("")]));
        }
        rows.extend(one.changes.iter().map(|change| {
            row([
                HtmlCell::key(change.key.clone()),
                HtmlCell::text(change.before()),
                HtmlCell::text(change.after()),
            ])
        }));
    }
    HtmlTable {
        caption: "What each alternative changes at the fork.".into(),
        head: head(&["Alternative", "Key", "From", "To"]),
        rows,
        long: false,
    }
}

fn table(answer: &ForkAnswer) -> HtmlTable {
    let own = answer.own();
    let all = answer
        .alternatives
        .iter()
        .flat_map(|one| one.figures.keys());
    let known: BTreeSet<&str> = all.map(String::as_str).collect();
    let known = known.difference(&own).take(4);
    let names: Vec<&str> = known.chain(&own).copied().collect();
    let mut heads = head(&["Alternative"]);
    heads.extend(names.iter().map(|name| HtmlCell::number(figure_name(name))));
    let rows = answer.alternatives.iter().map(|alternative| {
        let mut row = vec![HtmlCell::text(alternative.r#try.clone())];
        row.extend(names.iter().map(|name| {
            let unit = answer.unit(name);
            let value = alternative.figures.get(*name).copied().flatten();
            HtmlCell::number(match value {
                None if own.contains(name) => own_with_unit(None, unit),
                None => figure(None),
                Some(value) => with_unit(value, unit),
            })
        }));
        row
    });
    HtmlTable {
        caption: "Figures of each alternative, including the common past.".into(),
        head: heads,
        rows: rows.collect(),
        long: false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn alternatives_need_not_have_the_same_figures() {
        let alternative =
            |figures: Value| serde_json::json!({"try": "x", "directory": "x", "figures": figures});
        let first = serde_json::json!({"outages": 1.0, "hours_to_90_percent": null, "queue": 2.0});
        let alternatives = [
            alternative(first),
            alternative(serde_json::json!({"hours_to_90_percent": 2.0})),
            alternative(serde_json::json!({})),
        ];
        let answer = serde_json::json!({"run": "x", "at": "x", "tick": 0, "futures": alternatives,
            "units": {"queue": "logins"}});
        let table = table(&serde_json::from_value(answer).unwrap());
        let texts = table
            .rows
            .iter()
            .map(|row| row.iter().map(|cell| cell.text.as_str()));
        let texts: Vec<Vec<&str>> = texts.map(Iterator::collect).collect();
        assert_eq!(texts[0][1..], ["never", "1.00", "2.00 logins"]);
        assert_eq!(texts[1][1..], ["2 h", "never", "no value"]);
        assert_eq!(texts[2][1..], ["never", "never", "no value"]);
    }

    #[test]
    fn each_alternative_says_what_it_changes() {
        let alternatives = serde_json::json!([
            {"try": "none", "directory": "x", "figures": {}},
            {"try": "more", "directory": "x", "figures": {}, "changes": [
                {"key": "servers.login.rate", "today": "\"70/s\"", "value": "140/s"}]}]);
        let answer = serde_json::json!({"run": "x", "at": "x", "tick": 0, "futures": alternatives});
        let answer: ForkAnswer = serde_json::from_value(answer).unwrap();
        let table = changes(&answer);
        let row = |row: usize| -> Vec<&str> {
            table.rows[row]
                .iter()
                .map(|cell| cell.text.as_str())
                .collect()
        };
        assert!(row(0)[1].contains("goes on as it was"));
        assert_eq!(row(1), ["more", "servers.login.rate", "70/s", "140/s"]);
        assert!(
            answer
                .text()
                .contains("more: servers.login.rate: 70/s -> 140/s\n")
        );
    }

    #[test]
    fn the_best_alternative_is_named_if_any_has_the_figure() {
        let alternative = |name: &str, hours: Value| {
            serde_json::json!({"try": name, "directory": "x",
                "figures": {"hours_to_90_percent": hours}})
        };
        let alternatives = [
            alternative("none", Value::Null),
            alternative("late", 40.0.into()),
            alternative("soon", 24.0.into()),
        ];
        let answer = |alternatives: &[Value]| {
            let answer =
                serde_json::json!({"run": "x", "at": "x", "tick": 0, "futures": alternatives});
            cards(&serde_json::from_value(answer).unwrap())
        };
        let all = answer(&alternatives);
        assert_eq!((all.len(), all[0].value.as_str()), (1, "soon"));
        assert!(answer(&alternatives[..1]).is_empty());
        let sentence = |alternatives: &[Value]| {
            let answer =
                serde_json::json!({"run": "x", "at": "x", "tick": 0, "futures": alternatives});
            verdict(&serde_json::from_value(answer).unwrap())
        };
        assert_eq!(
            sentence(&alternatives),
            "soon ends it soonest: 90 % of the norm are back after 24 h, next late after 40 h \
             (16 h later). Never before the run ends: none."
        );
        assert!(sentence(&alternatives[..1]).starts_with("In no alternative"));
        assert!(
            sentence(&[alternatives[1].clone(), alternatives[1].clone()]).contains("do not differ")
        );
    }
}
