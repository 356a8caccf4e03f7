//! Tables for the terminal: no borders, columns two spaces apart, aligned by the width that
//! characters have on a terminal. A table that would be wider than the terminal, in columns, gets cells
//! of several lines.

use std::io;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::NOTHING};

use crate::host::{escape, wrapping::width_of};

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
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    // The space after the last column is not printed.
    table.set_width(u16::try_from(width_of(io::stdout())).unwrap_or(u16::MAX - GAP) + GAP);
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
}
