//! The common parts of the reports of all questions: title, lead, cards and origin.

use crate::{
    experiment::storage::answer::{AnswerFile, Question},
    host::format::grouped,
    report::html::{
        page::{Card, HtmlCell, HtmlTable, Page, Section},
        scale_note,
    },
};

/// The page of an answer; `title` precedes the title of the scenario, `answer` answers it.
pub(crate) fn answer_page(
    file: &AnswerFile,
    (title, answer): (&str, String),
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
    ];
    sections.push(provenance(&rows, "From answer.json."));
    Page {
        title: format!("{title} {}", file.title),
        answer,
        lead: lead(file),
        cards,
        sections,
    }
}

/// The number of users of each run, and its seeds.
fn lead(file: &AnswerFile) -> String {
    let seeds = match file.question {
        Question::Tip | Question::Compare | Question::Fit | Question::Sensitivity => {
            "and those derived from it"
        }
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

/// The name of a figure in words: `Users online: minimum share` for `online_share_min.value`.
pub(crate) fn figure_name(name: &str) -> String {
    let known = match name {
        "online_min.value" => "Fewest users online",
        "online_max.value" => "Most users online",
        "online_share_min.value" => "Lowest share of the norm online",
        "online_share_end" => "Share of the norm online at the end",
        "outage.hours" => "Length of the outage",
        "hours_to_50_percent" => "Time until 50 % were back",
        "hours_to_90_percent" => "Time until 90 % were back",
        "hours_below_50_percent" => "Time below 50 % of the norm",
        "hours_below_90_percent" => "Time below 90 % of the norm",
        "longest_hours_below_50_percent" => "Longest time below 50 % of the norm",
        "longest_hours_below_90_percent" => "Longest time below 90 % of the norm",
        "user_hours_lost" => "User hours lost",
        "online.falls_below_50" => "Time until less than 50 % of the norm are online",
        "mean_abs_error" => "Mean distance from the observations",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let words = match name.split_once('.') {
        Some(("sum" | "sums", column)) => format!("{column}, total"),
        Some(("max" | "maxima", column)) => {
            format!("{}, maximum", column.trim_end_matches(".value"))
        }
        _ => name.trim_end_matches(".value").replace('.', " "),
    };
    let words = words.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// A name with the unit of its values, such as `User hours lost [user h]`.
pub(crate) fn named_with_unit(name: &str, unit: &str) -> String {
    match unit {
        "" => figure_name(name),
        unit => format!("{} [{unit}]", figure_name(name)),
    }
}
