//! The common parts of the reports of all questions: title, lead, cards and origin.

use crate::{
    experiment::storage::answer::{AnswerFile, Question},
    host::format::{grouped, short, wait},
    report::html::{
        page::{Card, HtmlCell, HtmlTable, Page, Section},
        scale_note,
    },
};

/// The page of an answer; `title` precedes the title of the scenario.
pub(crate) fn answer_page(
    file: &AnswerFile,
    title: &str,
    mut cards: Vec<Card>,
    mut sections: Vec<Section>,
) -> Page {
    let failed = match file.failed {
        0 => "none failed".to_owned(),
        failed => format!("{failed} failed"),
    };
    cards.push(Card::new("Runs", file.runs.to_string(), failed));
    let rows = [
        ("command", file.command.clone()),
        ("scenario", file.scenario.clone()),
        ("users", grouped(file.users)),
        ("scale", file.scale.to_string()),
        ("seed", file.seed.to_string()),
        (
            "program",
            format!("patchday {} ({})", file.version, file.git),
        ),
        ("question's hash", file.hash.clone()),
        ("took", wait(file.wall_s)),
    ];
    sections.push(provenance(&rows, "From answer.json."));
    Page {
        title: format!("{title} {}", file.title),
        lead: lead(file),
        cards,
        sections,
    }
}

/// The number of users of each run, and its seeds.
fn lead(file: &AnswerFile) -> String {
    let seeds = match file.question {
        Question::Tip | Question::Compare => "and those derived from it",
        // Both runs of a point, and all alternatives of a fork, use one seed.
        Question::Map | Question::Fork => "for all of them",
    };
    let mut lead = format!(
        "{} users each run, seed {} {seeds}.",
        grouped(file.users),
        file.seed
    );
    if let Some(remark) = scale_note::remark(file.scale, false) {
        lead.push_str(&format!(" {remark}"));
    }
    lead
}

/// The section that says where an experiment comes from.
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

/// A figure as text; *never* if it has no value.
pub(crate) fn figure(value: Option<f64>) -> String {
    match value {
        None => "never".into(),
        Some(value) if value != 0.0 && value.abs() < 0.01 => format!("{value:.4}"),
        Some(value) if value.abs() < 1_000.0 => format!("{value:.2}"),
        Some(value) if value < 0.0 => format!("-{}", short(-value)),
        Some(value) => short(value),
    }
}
