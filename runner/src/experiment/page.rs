//! What the reports of experiments share: their frame and where they come from.

use serde::de::DeserializeOwned;

use crate::report::html::{
    page::{Card, HtmlCell, HtmlTable, Page, Section},
    scale_note,
};
use crate::{
    experiment::storage::answer::{ANSWER, Answered, Question},
    host::{
        error::Failure,
        format::{grouped, wait},
    },
};

/// The answer proper.
///
/// # Errors
/// That it is none of this version.
pub(crate) fn from_answer<T: DeserializeOwned>(answered: &Answered) -> Result<T, Failure> {
    serde_json::from_value(answered.answer.clone())
        .map_err(|error| Failure::usage(format!("{ANSWER}: {error}")))
}

/// A page about an answer.
pub(crate) fn answered_page(
    answered: &Answered,
    asked: &str,
    mut cards: Vec<Card>,
    mut sections: Vec<Section>,
) -> Page {
    let failed = match answered.failed {
        0 => "none failed".to_owned(),
        failed => format!("{failed} failed"),
    };
    cards.push(Card::new("Runs", answered.runs.to_string(), failed));
    let rows = [
        ("command", answered.command.clone()),
        ("scenario", answered.scenario.clone()),
        ("users", grouped(answered.users)),
        ("scale", answered.scale.to_string()),
        ("seed", answered.seed.to_string()),
        (
            "program",
            format!("patchday {} ({})", answered.version, answered.git),
        ),
        ("question's hash", answered.hash.clone()),
        ("took", wait(answered.wall_s)),
    ];
    sections.push(provenance(&rows, "From answer.json."));
    Page {
        title: format!("{asked} {}", answered.title),
        lead: lead(answered),
        cards,
        sections,
    }
}

/// How many people each run has, and which seeds.
fn lead(answered: &Answered) -> String {
    let seeds = match answered.question {
        Question::Tip | Question::Compare => "and those that follow from it",
        // Both runs of a point and all futures of a past draw alike.
        Question::Map | Question::Fork => "for all of them",
    };
    let mut lead = format!(
        "{} users each run, seed {} {seeds}.",
        grouped(answered.users),
        answered.seed
    );
    if let Some(remark) = scale_note::remark(answered.scale, false) {
        lead.push_str(&format!(" {remark}"));
    }
    lead
}

/// Where an experiment comes from.
pub(crate) fn provenance(rows: &[(&str, String)], caption: &str) -> Section {
    let rows = rows.iter();
    Section::new("provenance", "Where it comes from")
        .paragraph("The same command gives the same answer, for any number of threads.")
        .table(HtmlTable {
            caption: caption.into(),
            head: Vec::new(),
            rows: rows
                .map(|(name, value)| vec![HtmlCell::text(*name), HtmlCell::code(value)])
                .collect(),
            long: false,
        })
}

/// A figure, for people; *never* where there is none.
pub(crate) fn figure(value: Option<f64>) -> String {
    match value {
        None => "never".into(),
        Some(value) if value != 0.0 && value.abs() < 0.01 => format!("{value:.4}"),
        Some(value) if value.abs() < 1_000.0 => format!("{value:.2}"),
        Some(value) if value < 0.0 => format!("-{}", crate::host::format::short(-value)),
        Some(value) => crate::host::format::short(value),
    }
}
