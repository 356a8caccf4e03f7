//! Lines of texts for people, no wider than the terminal.
//!
//! Lines break between words. What a reader may copy stays in one piece, however long: words, quoted
//! values, and commands of this program. Continuation lines are indented to the text after a label,
//! or by two columns more than their first line. Widths are in columns, a character each.

use std::{env, os::fd::AsFd};

use rustix::termios::{isatty, tcgetwinsize};

/// The width of output that is no terminal, unless the variable `COLUMNS` has another.
pub(crate) const DEFAULT_WIDTH: usize = 80;

/// The fewest columns that lines are broken for.
const MIN_WIDTH: usize = 20;

/// The last column at which the text after a label may begin.
const LAST_LABEL: usize = 20;

/// The width of an output: that of its terminal, or `COLUMNS`, or [`DEFAULT_WIDTH`].
pub(crate) fn width_of(output: impl AsFd) -> usize {
    let columns = if isatty(&output) {
        tcgetwinsize(&output).map_or(0, |size| size.ws_col.into())
    } else {
        let set = env::var("COLUMNS").ok();
        set.and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    match columns {
        0 => DEFAULT_WIDTH,
        columns => columns.max(MIN_WIDTH),
    }
}

/// A text with its wide lines broken.
pub(crate) fn fitted(text: &str, width: usize) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| broken(line, width)).collect();
    lines.join("\n")
}

/// A line, broken into several if it is too wide.
fn broken(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let spaces = line.chars().take_while(|sign| *sign == ' ').count();
    let (begin, others) = match label_end(line) {
        Some(column) => (column, column),
        // Indented by a label of an earlier line.
        None if spaces > 4 => (spaces, spaces),
        None => (spaces, spaces + 2),
    };
    let place = line.char_indices().nth(begin).map_or(0, |(at, _)| at);
    let (label, rest) = line.split_at(place);
    let lines = wrapped_after(rest, width, (begin, others));
    label.to_owned() + &lines.join(&format!("\n{}", " ".repeat(others)))
}

/// The column of the text after the label of a line, if it has a label.
fn label_end(line: &str) -> Option<usize> {
    let signs: Vec<char> = line.chars().collect();
    let first = signs.iter().position(|sign| *sign != ' ')?;
    let gap = (first..signs.len().min(LAST_LABEL))
        .find(|at| signs[*at] == ' ' && signs.get(at + 1) == Some(&' '))?;
    let text = (gap..signs.len()).find(|at| signs[*at] != ' ')?;
    (text <= LAST_LABEL).then_some(text)
}

/// A text in lines of at most `width` columns, broken between words; a longer piece has a line of
/// its own.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    wrapped_after(text, width, (0, 0))
}

/// The lines of a text of which the first begins at column `first` and the others at `others`.
fn wrapped_after(text: &str, width: usize, (first, others): (usize, usize)) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces(text) {
        let taken = if lines.len() > 1 { others } else { first };
        let fits =
            |line: &&mut String| taken + line.chars().count() + 1 + piece.chars().count() <= width;
        match lines.last_mut().filter(fits) {
            Some(line) => {
                line.push(' ');
                line.push_str(piece);
            }
            None => lines.push(piece.to_owned()),
        }
    }
    lines
}

/// The parts of a text between which a line can break: words, values in quotes, and the command of
/// this program that ends the text.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut after_colon = true;
    loop {
        let word = rest.split(' ').next().unwrap_or_default();
        let length = if after_colon && is_program(word) {
            rest.len()
        } else {
            quoted_length(rest).unwrap_or(word.len())
        };
        let piece = &rest[..length];
        pieces.push(piece);
        after_colon = piece.ends_with(':');
        match rest[length..].strip_prefix(' ') {
            Some(more) => rest = more,
            None => return pieces,
        }
    }
}

/// Whether a word starts this program in a shell.
fn is_program(word: &str) -> bool {
    word.trim_matches('\'').rsplit('/').next() == Some("patchday")
}

/// The length of a value in quotes at the start of a text, with the signs up to the next space;
/// `None` if the text does not start with one.
fn quoted_length(text: &str) -> Option<usize> {
    let inner = text.trim_start_matches(['(', '[']);
    let open = text.len() - inner.len();
    let quote = inner.chars().next().filter(|sign| "`'\"".contains(*sign))?;
    let close = open + 1 + inner[1..].find(quote)?;
    let end = text[close..]
        .find(' ')
        .map_or(text.len(), |space| close + space);
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("longer word", 3), ["longer", "word"]);
        assert_eq!(wrapped("", 3), [""]);
    }

    #[test]
    fn continuation_lines_are_indented() {
        assert_eq!(fitted("short\nlines\n", 20), "short\nlines\n");
        assert_eq!(
            fitted("warning: one two three four", 20),
            "warning: one two\n  three four"
        );
        assert_eq!(
            fitted("label   one two three\n        four five six", 18),
            "label   one two\n        three\n        four five\n        six"
        );
    }

    #[test]
    fn what_is_copied_stays_in_one_piece() {
        let pieces_of = |text| wrapped(text, 16);
        assert_eq!(
            pieces_of("unknown key `a key of words`, so"),
            ["unknown key", "`a key of words`,", "so"]
        );
        assert_eq!(
            pieces_of("to resume from here: ./patchday run 'a b' --resume"),
            ["to resume from", "here:", "./patchday run 'a b' --resume"]
        );
        assert_eq!(
            pieces_of("the run's end is not a quote"),
            ["the run's end is", "not a quote"]
        );
    }
}
