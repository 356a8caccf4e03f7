//! Texts from files, as they can be shown: on a terminal, in Markdown, on a page.
//!
//! Titles, names and keys are of whoever wrote a scenario, and what they hold is shown as it
//! is written. What would do something instead is shown as an escape, `\u{1b}`: control
//! characters, which move a cursor or colour a screen, characters that break a line, and those
//! that turn the direction of reading for all that comes after them. Nothing is left out.

/// The longest line that is said, in characters.
pub(crate) const LONGEST_LINE: usize = 2_000;

/// Whether a character does something instead of being seen.
fn acts(c: char) -> bool {
    let turns = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
}

fn seen(c: char) -> String {
    match acts(c) {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    }
}

/// A text that is to stand in one line.
pub(crate) fn line(text: &str) -> String {
    text.chars().map(seen).collect()
}

/// A text of several lines.
pub(crate) fn lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(line).collect();
    lines.join("\n")
}

/// A text of several lines as it is said: of a line that nobody would read to its end the
/// middle is left out.
pub(crate) fn message(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|text| cut(&line(text))).collect();
    lines.join("\n")
}

fn cut(line: &str) -> String {
    if line.chars().count() <= LONGEST_LINE {
        return line.to_owned();
    }
    let all: Vec<char> = line.chars().collect();
    let half = LONGEST_LINE / 2 - 3;
    let (begin, end) = (all[..half].iter(), all[all.len() - half..].iter());
    begin.chain(['.', '.', '.'].iter()).chain(end).collect()
}

/// A text that is to stand in a line of Markdown, and show there as it was written.
pub(crate) fn markdown(text: &str) -> String {
    let sign = |c: char| match c {
        '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '&' | '~' | '#' | '$' => {
            format!("\\{c}")
        }
        c => seen(c),
    };
    text.chars().map(sign).collect()
}

/// JSON that shows as it reads: its texts may hold such characters, and JSON has escapes of its
/// own for them. Nothing but line breaks stands between its texts.
pub(crate) fn json(text: &str) -> String {
    let sign = |c: char| match acts(c) && c != '\n' {
        true => format!("\\u{:04x}", u32::from(c)),
        false => c.to_string(),
    };
    text.chars().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_seen_and_nothing_else_is_changed() {
        let plain = "a \u{e9} \u{4e2d} \u{645}\u{631} \u{5e9} \u{1f600} \\ <b>";
        assert_eq!(
            (line(plain).as_str(), lines(plain).as_str()),
            (plain, plain)
        );
        assert_eq!(
            line("\u{1b}[31m\r\n\u{7f}\u{9b}"),
            r"\u{1b}[31m\r\n\u{7f}\u{9b}"
        );
        assert_eq!(line("\u{202e}x\u{2069}"), r"\u{202e}x\u{2069}");
        assert_eq!(line("\u{2028}"), r"\u{2028}");
        assert_eq!(lines("a\n\u{1b}b"), "a\n\\u{1b}b");
    }

    #[test]
    fn what_is_said_comes_to_an_end() {
        assert_eq!(message("a \u{e9}\nb\r"), "a \u{e9}\nb\\r");
        let long = message(&format!("begin {} end\nb", "x".repeat(1 << 20)));
        assert!(
            long.starts_with("begin xxx") && long.ends_with("xxx end\nb"),
            "{long}"
        );
        let widths = long.lines().map(|line| line.chars().count());
        assert!(widths.max() <= Some(LONGEST_LINE), "{long}");
        let odd = "\u{1b}".repeat(LONGEST_LINE);
        assert!(message(&odd).chars().count() <= LONGEST_LINE);
    }

    #[test]
    fn markdown_shows_what_was_written() {
        assert_eq!(
            markdown("<script> a|b _c_ [d](e) *f* `g` \\ &lt; # \u{202e}"),
            r"\<script\> a\|b \_c\_ \[d\](e) \*f\* \`g\` \\ \&lt; \# \u{202e}"
        );
        assert_eq!(
            markdown("thousands of mega-supernodes, 3.3 an hour"),
            "thousands of mega-supernodes, 3.3 an hour"
        );
    }

    #[test]
    fn json_says_the_same_and_does_nothing() {
        let text = "\u{1b}\u{7f}\u{9b}\u{202e}\n\u{e9}\u{2028}";
        let written = serde_json::to_string_pretty(&vec![text, "b"]).unwrap();
        let shown = json(&written);
        assert!(shown.chars().all(|c| c == '\n' || !acts(c)), "{shown}");
        let read: Vec<String> = serde_json::from_str(&shown).unwrap();
        assert_eq!(read, [text, "b"]);
    }
}
