//! Tables for the terminal: no borders, columns two spaces apart, aligned by the width that
//! characters have on a terminal. A table that would be wider than the terminal, in columns, is broken.

use std::io;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::NOTHING};

use crate::host::{escape, text::wrapping::width_of};

/// Spaces between two columns.
const GAP: u16 = 2;

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextColumn<'a> {
    heading: &'a str,
    alignment: CellAlignment,
}

/// A column aligned to the left.
pub(crate) fn left(heading: &str) -> TextColumn<'_> {
    TextColumn {
        heading,
        alignment: CellAlignment::Left,
    }
}

/// A column aligned to the right, for numbers.
pub(crate) fn right(heading: &str) -> TextColumn<'_> {
    TextColumn {
        heading,
        alignment: CellAlignment::Right,
    }
}

/// The table as lines, each with a line break and without trailing spaces. Control characters in
/// cells are escaped.
pub(crate) fn text_table(
    columns: &[TextColumn<'_>],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> String {
    let rows: Vec<Vec<String>> = rows.into_iter().collect();
    table_of_width(columns, &rows, width_of(io::stdout()))
}

/// The table for a terminal of so many columns. If it is too wide, long names in the first column get a
/// line of their own; if that does not suffice, cells get several lines.
fn table_of_width(columns: &[TextColumn<'_>], rows: &[Vec<String>], width: usize) -> String {
    let fits = |text: &str| columns_of(text) <= width;
    let text = render(columns, rows, None);
    if fits(&text) {
        return text;
    }
    let unnamed = |row: &Vec<String>| {
        let others = row.iter().skip(1).cloned();
        std::iter::once(String::new()).chain(others).collect()
    };
    let numbers: Vec<Vec<String>> = rows.iter().map(unnamed).collect();
    let bare = render(columns, &numbers, None);
    if !fits(&bare) {
        return render(columns, rows, Some(width));
    }
    let heading = columns
        .first()
        .map_or(0, |column| column.heading.chars().count());
    let room = heading + width - columns_of(&bare);
    let mut names = Vec::new();
    let mut lines = Vec::new();
    for (row, others) in rows.iter().zip(numbers) {
        let is_long = |name: &&String| escape::line(name).chars().count() > room;
        names.push(row.first().filter(is_long).map(|name| escape::line(name)));
        lines.push(if names.last().is_some_and(Option::is_some) {
            others
        } else {
            row.clone()
        });
    }
    let table = render(columns, &lines, None);
    let names = std::iter::once(None).chain(names);
    let pairs = names.zip(table.lines());
    pairs
        .map(|(name, line)| {
            let name = name.map_or_else(String::new, |name| name + "\n");
            format!("{name}{line}\n")
        })
        .collect()
}

/// The columns of the widest line.
fn columns_of(text: &str) -> usize {
    let widths = text.lines().map(|line| line.chars().count());
    widths.max().unwrap_or(0)
}

/// The table with its cells as they are, or within so many columns.
fn render(columns: &[TextColumn<'_>], rows: &[Vec<String>], width: Option<usize>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    table.set_header(columns.iter().map(|column| column.heading));
    for row in rows {
        table.add_row(row.iter().map(|cell| escape::line(cell)));
    }
    for (column, there) in columns.iter().zip(table.column_iter_mut()) {
        there.set_padding((0, GAP));
        there.set_cell_alignment(column.alignment);
    }
    table.trim_fmt() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_the_width_of_characters() {
        let row = |name: &str, value: &str| vec![name.to_owned(), value.to_owned(), String::new()];
        let text = text_table(
            &[left("name"), right("value"), left("")],
            [row("停電", "7"), row("outage", "1.25 k")],
        );
        assert_eq!(text, "name     value\n停電         7\noutage  1.25 k\n");
    }

    #[test]
    fn a_table_is_no_wider_than_the_terminal() {
        let columns = [left("  variant"), right("mean"), right("difference")];
        let row = |name: &str| vec![format!("  {name}"), "3.55".into(), "at least 4".into()];
        let rows = [row("as it is"), row("a very long name")];
        let text = table_of_width(&columns, &rows, 30);
        assert_eq!(
            text,
            "  variant   mean  difference\n  as it is  3.55  at least 4\n  a very long name\n\
             \u{20}           3.55  at least 4\n"
        );
        for width in 18..40 {
            let text = table_of_width(&columns, &rows, width);
            assert!(columns_of(&text) <= width, "{width}\n{text}");
        }
    }
}
