//! The page of a fit: the answer as a sentence, the prediction beside what was observed, what was
//! learned, and how far it can be relied on.

use crate::{
    experiment::{
        calibration::inference::directions::Learning,
        fit::{
            answer::{FitAnswer, KeyAnswer, PointAnswer},
            observations::points::{FitPoint, Use},
            page::{bands, checks, keys},
        },
        storage::answer::AnswerFile,
        storage::answer_page::answer_page,
    },
    host::{error::Failure, format::duration},
    report::html::page::{Card, HtmlCell, HtmlTable, Page, Section, head},
};

/// The page of a fit.
///
/// # Errors
/// Returns an error if the answer is not one of this version.
pub(crate) fn page(file: &AnswerFile) -> Result<Page, Failure> {
    let answer: FitAnswer = file.answer()?;
    let mut sections = Vec::new();
    sections.extend(bands::section(&answer));
    sections.push(points_section(&answer));
    sections.extend(keys::directions(&answer));
    let marginals = keys::marginals(&answer).table(keys_table(&answer));
    sections.push(marginals);
    sections.extend(keys::pairs(&answer));
    sections.extend(checks::waves(&answer));
    sections.extend(best_section(&answer));
    sections.extend(checks::self_check(&answer));
    sections.extend(truths_section(&answer));
    sections.push(assumed_section(&answer));
    Ok(answer_page(
        file,
        ("What do the observations say?", sentence(&answer)),
        cards(&answer),
        sections,
    ))
}

/// The verdict, and the warning that it cannot be relied on.
fn sentence(answer: &FitAnswer) -> String {
    match &answer.fault {
        None => answer.verdict.clone(),
        Some(fault) => format!("Not reliable: {fault}. {}", answer.verdict),
    }
}

fn cards(answer: &FitAnswer) -> Vec<Card> {
    let mut cards = Vec::new();
    let count = |learning: Learning| {
        let all = answer.directions.iter();
        all.filter(|one| one.learning() == learning).count()
    };
    let remark = format!(
        "{} {} of {} directions",
        count(Learning::HalfLearned),
        Learning::HalfLearned.text(),
        answer.directions.len()
    );
    cards.push(Card::new(
        "Learned",
        count(Learning::Learned).to_string(),
        remark,
    ));
    let remark = format!(
        "of {}; {} held out",
        answer.points.len(),
        answer.count(Use::HeldOut)
    );
    cards.push(Card::new("Points used", answer.used().to_string(), remark));
    let left = format!("{:.0} %", answer.plausible * 100.0);
    cards.push(Card::new("Plausible", left, "of the range of the keys"));
    if let Some(check) = &answer.self_check {
        let remark = format!(
            "inside 90 %; {} to {} expected",
            check.allowed.0, check.allowed.1
        );
        let value = format!("{} of {}", check.inside, check.of);
        cards.push(Card::new("Self-check", value, remark));
    }
    if let Some(best) = &answer.best {
        let remark = format!("from the points, mean of {} fresh seeds", best.seeds);
        cards.push(Card::new(
            "Best point",
            format!("{:.3}", best.confirmed),
            remark,
        ));
    }
    cards
}

fn points_section(answer: &FitAnswer) -> Section {
    let mut section = Section::new("points", "The points");
    for sentence in answer.look.iter().chain(&answer.notes) {
        section = section.paragraph(capital(sentence));
    }
    let row = |one: &PointAnswer| {
        let point = &one.point;
        let share = |value: f64| HtmlCell::number(format!("{value:.3}"));
        let band = |which: usize| {
            one.predicted.map_or_else(
                || HtmlCell::number("-"),
                |quantiles| share(quantiles[which]),
            )
        };
        vec![
            HtmlCell::number(point.number.to_string()),
            HtmlCell {
                text: when(point),
                class: "when",
            },
            HtmlCell::text(point.what.clone()),
            HtmlCell::text(match &point.group {
                Some(group) => format!("{} ({group})", point.r#use.text()),
                None => point.r#use.text().to_owned(),
            }),
            share(point.share),
            share(point.error),
            band(0),
            band(2),
            band(4),
            HtmlCell::text(match one.inside {
                Some(true) => "inside",
                Some(false) => "outside",
                None => "-",
            }),
            HtmlCell::number(one.q2.map_or("-".into(), |q2| format!("{q2:.2}"))),
            HtmlCell::number(one.chance.map_or("-".into(), |sd| format!("{sd:.3}"))),
        ]
    };
    section.table(HtmlTable {
        caption: "Shares of the norm. Inside: the point, give or take its error, is within the 90 % of the \
                  confirmed runs. Emulator: 1 predicts runs that it has not seen perfectly, 0 no better than \
                  the mean. Chance: standard deviation between runs that differ in their seed only."
            .into(),
        head: head(&[
            "Point#", "Time", "What", "Use", "Observed#", "Error#", "5 %#", "Median#", "95 %#", "Within",
            "Emulator#", "Chance#",
        ]),
        rows: answer.points.iter().map(row).collect(),
        long: false,
    })
    .table(sources_table(answer))
}

/// Where each point comes from.
fn sources_table(answer: &FitAnswer) -> HtmlTable {
    let row = |one: &PointAnswer| {
        vec![
            HtmlCell::number(one.point.number.to_string()),
            HtmlCell::text(one.point.source.clone()),
            HtmlCell::text(one.point.confidence.clone()),
        ]
    };
    HtmlTable {
        caption: "Where each point comes from, and the confidence in it.".into(),
        head: head(&["Point#", "Source", "Confidence"]),
        rows: answer.points.iter().map(row).collect(),
        long: true,
    }
}

/// The time of a point, and how far it can be off.
fn when(point: &FitPoint) -> String {
    match point.within {
        0 => point.name(),
        within => format!("{} \u{b1} {}", point.name(), duration(f64::from(within))),
    }
}

fn keys_table(answer: &FitAnswer) -> HtmlTable {
    let row = |key: &KeyAnswer| {
        let number = |value: f64| HtmlCell::number(FitAnswer::value(key, value));
        vec![
            HtmlCell::key(&key.key),
            HtmlCell::text(key.prior.clone()),
            number(key.quantiles[0]),
            number(key.quantiles[2]),
            number(key.quantiles[4]),
            key.today.map_or_else(|| HtmlCell::number("-"), number),
            key.best.map_or_else(|| HtmlCell::number("-"), number),
            HtmlCell::number(format!("{:.2}", key.spread)),
        ]
    };
    HtmlTable {
        caption: "Each key by itself. Spread: standard deviation of the posterior divided by that of the \
                  prior; 1 means that nothing was learned of this key alone."
            .into(),
        head: head(&["Key", "Prior", "5 %#", "Median#", "95 %#", "File#", "Best point#", "Spread#"]),
        rows: answer.keys.iter().map(row).collect(),
        long: false,
    }
}

fn best_section(answer: &FitAnswer) -> Option<Section> {
    let best = answer.best.as_ref()?;
    let text = format!(
        "The best point is {:.3} of the norm from the used points, the mean of {} runs with fresh seeds. The \
         best single run of the fit said {:.3}; with fresh seeds its point is {:.3} from them. The difference \
         is luck of the seed, which is why the best runs are run again.",
        best.confirmed, best.seeds, best.single, best.single_confirmed
    );
    let rows = best
        .set
        .iter()
        .map(|set| vec![HtmlCell::code(format!("-s {set}"))]);
    Some(
        Section::new("best", "The best point")
            .paragraph(text)
            .table(HtmlTable {
                caption: "The values of the best confirmed point, as options of a run.".into(),
                head: Vec::new(),
                rows: rows.collect(),
                long: false,
            }),
    )
}

fn truths_section(answer: &FitAnswer) -> Option<Section> {
    answer.truths.first()?;
    let rows = answer.truths.iter().map(|truth| {
        let key = answer.keys.iter().find(|key| key.key == truth.key);
        let value =
            |value: f64| key.map_or_else(|| value.to_string(), |key| FitAnswer::value(key, value));
        let interval = key.map_or_else(String::new, |key| {
            format!("{} to {}", value(key.quantiles[0]), value(key.quantiles[4]))
        });
        vec![
            HtmlCell::key(&truth.key),
            HtmlCell::number(value(truth.value)),
            HtmlCell::number(interval),
            HtmlCell::text(if truth.found { "inside" } else { "outside" }),
        ]
    });
    Some(Section::new("truth", "The known truth").table(HtmlTable {
        caption: "This fit is synthetic: the observations were taken from a run with these values, which the \
                  method does not know."
            .into(),
        head: head(&["Key", "Truth#", "90 % interval#", "Found"]),
        rows: rows.collect(),
        long: false,
    }))
}

fn assumed_section(answer: &FitAnswer) -> Section {
    let mut section = Section::new("assumed", "What was assumed");
    for sentence in &answer.assumed {
        section = section.paragraph(capital(sentence));
    }
    section
}

/// A sentence that begins with a capital letter and ends with a full stop.
fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>());
    let end = if sentence.ends_with('.') { "" } else { "." };
    format!("{}{}{end}", first.unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{
        fit::answer::{TruthAnswer, tests::answer},
        storage::answer::Question,
    };

    #[test]
    fn the_page_has_every_section_and_begins_with_the_answer() {
        let mut answer = answer();
        answer.truths = vec![TruthAnswer {
            key: "a.rate".into(),
            value: 120.0,
            found: true,
        }];
        let mut file = AnswerFile::unanswered(Question::Fit, "t".into(), "s".into(), "h".into());
        file.answer = serde_json::to_value(&answer).unwrap();
        let page = page(&file).unwrap();
        assert_eq!(page.answer, "Two keys, one number.");
        let ids: Vec<&str> = page
            .sections
            .iter()
            .map(|section| section.id.as_str())
            .collect();
        assert_eq!(
            ids,
            [
                "prediction",
                "points",
                "directions",
                "keys",
                "pairs",
                "waves",
                "best",
                "self-check",
                "truth",
                "assumed",
                "provenance"
            ]
        );
        answer.fault = Some("the self-check fails".into());
        file.answer = serde_json::to_value(&answer).unwrap();
        let page = super::page(&file).unwrap();
        assert!(
            page.answer
                .starts_with("Not reliable: the self-check fails. Two keys")
        );
        assert!(page.html().is_ok());
    }
}
