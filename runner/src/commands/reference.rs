//! The reference pages of the guide, made from the declarations of the program: commands from clap,
//! keys from the descriptors of the scenario, columns and figures from their declarations.
//!
//! A test compares the pages in `runner/guide/src/reference` with these texts.

use std::fmt::Write;

use clap::{Arg, Command, CommandFactory};
use patchday_agents::{metrics::columns::COLUMNS, scenario::Scenario};

use crate::{
    commands::cli::Cli,
    results::summary::FigureId,
    scenario::schema::{KeyRow, keys},
};

/// The names of the pages and their texts.
pub fn pages() -> [(&'static str, String); 4] {
    [
        ("commands.md", commands()),
        ("scenario.md", scenario()),
        ("columns.md", columns()),
        ("figures.md", figures()),
    ]
}

/// A text for a cell of a Markdown table or a paragraph.
fn plain(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace('|', "\\|").replace('<', "&lt;")
}

/// Every command with its options.
fn commands() -> String {
    let mut program = Cli::command();
    program.build();
    let mut page = String::from("# Commands\n\nAs `patchday COMMAND --help` prints them.\n");
    if let Some(after) = program.get_after_help() {
        page += &format!("\n{}\n", plain(&after.to_string()));
    }
    for command in program.get_subcommands() {
        if command.get_name() != "help" {
            page += &section(command);
        }
    }
    page
}

fn section(command: &Command) -> String {
    let about = command.get_about().map(ToString::to_string);
    let mut text = format!(
        "\n## patchday {}\n\n{}.\n\n",
        command.get_name(),
        plain(&about.unwrap_or_default())
    );
    let arguments = command
        .get_arguments()
        .filter(|one| !one.is_hide_set() && !["help", "version"].contains(&one.get_id().as_str()));
    text += "| Argument | Meaning |\n| --- | --- |\n";
    for argument in arguments {
        text += &format!("| {} | {} |\n", usage(argument), meaning(argument));
    }
    if let Some(after) = command.get_after_help() {
        text += &format!("\n{}\n", plain(&after.to_string()));
    }
    text
}

/// An argument as it is typed: `-s`, `--set KEY=VALUE`.
fn usage(argument: &Arg) -> String {
    let values = argument.get_value_names().unwrap_or_default();
    let takes_values = argument.get_action().takes_values();
    let value = values.first().filter(|_| takes_values);
    let value = value.map_or_else(String::new, |name| format!(" {name}"));
    let long = argument.get_long().map(|long| format!("--{long}{value}"));
    let short = argument.get_short().map(|short| format!("-{short}{value}"));
    let names: Vec<String> = [short, long].into_iter().flatten().collect();
    if names.is_empty() {
        return format!("`{}`", value.trim());
    }
    let names = names
        .iter()
        .map(|name| format!("`{}`", name.replace('|', "\\|")));
    names.collect::<Vec<_>>().join(", ")
}

/// The help of an argument, its values and its default.
fn meaning(argument: &Arg) -> String {
    let mut text = argument
        .get_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    if argument.get_action().takes_values() {
        let values = argument.get_possible_values();
        let names: Vec<&str> = values
            .iter()
            .map(clap::builder::PossibleValue::get_name)
            .collect();
        if !names.is_empty() {
            let _ = write!(text, " [one of {}]", names.join(", "));
        }
        let defaults = argument.get_default_values().iter();
        let defaults: Vec<_> = defaults.map(|value| value.to_string_lossy()).collect();
        if !defaults.is_empty() {
            let _ = write!(text, " [default: {}]", defaults.join(","));
        }
    }
    plain(&text)
}

/// Every key of a scenario.
fn scenario() -> String {
    let mut page = String::from(
        "# Scenario keys\n\n\
         `N` is the index of an element in a list. A key that is left out has its default. \
         *assumed* means that no source is known; \"fact\" numbers are those of the \
         [facts](../facts.md). `patchday schema KEY` prints the same.\n",
    );
    let mut table = String::new();
    for row in keys::<Scenario>() {
        let parent = row.key.rsplit_once('.').map_or("", |(parent, _)| parent);
        if row.source.is_empty()
            && ["section", "tables", "optional section"].contains(&row.form.as_str())
        {
            continue;
        }
        if parent != table
            || page
                .lines()
                .last()
                .is_some_and(|line| !line.starts_with('|'))
        {
            parent.clone_into(&mut table);
            let title = if parent.is_empty() {
                "Top level"
            } else {
                parent
            };
            page += &format!(
                "\n## {title}\n\n| Key | Form | Range | Default | Meaning | Source |\n\
                 | --- | --- | --- | --- | --- | --- |\n"
            );
        }
        page += &key(&row);
    }
    page
}

fn key(row: &KeyRow) -> String {
    let name = row.key.rsplit('.').next().unwrap_or_default();
    format!(
        "| `{name}` | {} | {} | `{}` | {} | {} |\n",
        plain(&row.form),
        plain(&row.range),
        row.default.replace('|', "\\|"),
        plain(&row.doc),
        plain(&row.source)
    )
}

/// Every column of `series.csv`.
fn columns() -> String {
    let mut page = String::from(
        "# Columns of series.csv\n\n\
         A row for each sample. Gauges are as of the sample, counts (units with `/sample`) are those \
         since the row before. `patchday schema --series` prints the same.\n\n\
         | Column | Unit | Meaning |\n| --- | --- | --- |\n\
         | `time` | UTC | The instant of the row (RFC 3339). |\n\
         | `tick` | s | Simulated seconds since the start, when the row was taken. |\n",
    );
    for column in COLUMNS {
        page += &format!(
            "| `{}` | {} | {} |\n",
            column.name,
            plain(column.unit),
            plain(column.doc)
        );
    }
    page += "| `online_in_REGION` | users | Users logged in, in a region: a column for each, in the \
             order of the scenario. |\n";
    page
}

/// Every figure of `summary.json`.
fn figures() -> String {
    let mut page = String::from(
        "# Figures of summary.json\n\n\
         Criteria of `tip` and `[[expect]]`, and `compare --figure`, accept exactly these names. \
         *Never* is a value of its own, above every number. `patchday schema --figures` prints the \
         same.\n\n| Figure | Unit | Meaning |\n| --- | --- | --- |\n",
    );
    for figure in FigureId::all() {
        page += &format!(
            "| `{}` | {} | {} |\n",
            figure.name(),
            plain(figure.unit()),
            plain(&figure.doc())
        );
    }
    page
}
