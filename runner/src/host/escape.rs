//! Escaping of texts from files for a terminal, Markdown or JSON.
//!
//! Titles, names and keys of a scenario can hold any character. Control characters, line breaks
//! and bidirectional controls are shown as escapes such as `\u{1b}`, because a terminal or page
//! would act on them. Everything else is shown as it is, and nothing is left out.

/// The longest line of a message, in characters.
pub(crate) const LONGEST_LINE: usize = 2_000;

/// Whether a character controls the output instead of being visible.
fn is_control(c: char) -> bool {
    let turns = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
}

fn escaped(c: char) -> String {
    if is_control(c) {
        c.escape_default().to_string()
    } else {
        c.to_string()
    }
}

/// Escapes a text for a single line.
pub(crate) fn line(text: &str) -> String {
    text.chars().map(escaped).collect()
}

/// Escapes a text of several lines.
pub(crate) fn lines(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(line).collect();
    lines.join("\n")
}

/// Escapes a message of several lines; the middle of lines longer than [`LONGEST_LINE`] is left
/// out.
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

/// Escapes a text for a line of Markdown.
pub(crate) fn markdown(text: &str) -> String {
    let sign = |c: char| match c {
        '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '&' | '~' | '#' | '$' => {
            format!("\\{c}")
        }
        c => escaped(c),
    };
    text.chars().map(sign).collect()
}

/// Escapes control characters in JSON by the escapes of JSON; it parses to the same value.
pub(crate) fn json(text: &str) -> String {
    let sign = |c: char| {
        if is_control(c) && c != '\n' {
            format!("\\u{:04x}", u32::from(c))
        } else {
            c.to_string()
        }
    };
    text.chars().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_others_kept() {
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
    fn long_lines_of_a_message_are_cut() {
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
    fn markdown_syntax_is_escaped() {
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
    fn escaped_json_has_the_same_value_and_no_control_characters() {
        let text = "\u{1b}\u{7f}\u{9b}\u{202e}\n\u{e9}\u{2028}";
        let written = serde_json::to_string_pretty(&vec![text, "b"]).unwrap();
        let shown = json(&written);
        assert!(
            shown.chars().all(|c| c == '\n' || !is_control(c)),
            "{shown}"
        );
        let read: Vec<String> = serde_json::from_str(&shown).unwrap();
        assert_eq!(read, [text, "b"]);
    }
}
