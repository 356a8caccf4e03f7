//! The sheet a picture is drawn on: its look, its texts, its elements.
//!
//! Colours are those of Okabe and Ito, which people with any kind of colour
//! blindness tell apart; what they tell is told by widths and fillings as well.

use std::fmt::Write;

/// Light as it is, dark where the reader prefers it.
const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI','Helvetica Neue',Arial,sans-serif;font-size:13px;fill:#1b1f24}\
.paper{fill:#ffffff}.title{font-size:20px;font-weight:600}.faint{fill:#5b6570}.small{font-size:11.5px}\
.grid{stroke:#d9dee3;stroke-width:1}.zero{stroke:#5b6570;stroke-width:1.2}.tick{stroke:#5b6570;stroke-width:1}\
.day{stroke:#aab2bb;stroke-width:1}.span{fill:#d55e00;fill-opacity:.09}\
.model,.norm,.core{fill:none;stroke-linejoin:round}.model{stroke:#0072b2;stroke-width:2}\
.norm{stroke:#bcc4cd;stroke-width:5}.core{stroke:#007a59;stroke-width:1.8}\
.seen{stroke:#b84d00;stroke-width:2;fill:#ffffff}.a{fill:#d55e00}.c{stroke-dasharray:1.6 2.2}\
@media (prefers-color-scheme:dark){\
text{fill:#e8eaed}.paper{fill:#14171b}.faint{fill:#a3adb8}\
.grid{stroke:#2c3238}.zero,.tick{stroke:#a3adb8}.day{stroke:#4b545d}.span{fill:#ff9b52;fill-opacity:.12}\
.model{stroke:#56b4e9}.norm{stroke:#4f5965}.core{stroke:#2cc295}\
.seen{stroke:#ff8c3a;fill:#14171b}.a{fill:#ff8c3a}}";

/// Where a text is held.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hold {
    Start,
    Middle,
    End,
}

/// A picture that grows.
pub(super) struct Sheet {
    text: String,
}

impl Sheet {
    /// An empty sheet with its name and description for those who cannot see it.
    pub(super) fn new(size: (f64, f64), title: &str, description: &str) -> Self {
        let (width, height) = size;
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
             <title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>{STYLE}</style>\n\
             <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n",
            escape(title),
            escape(description),
        );
        Self { text }
    }

    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(element);
        self.text.push('\n');
    }

    /// A text at a place.
    pub(super) fn text(&mut self, at: (f64, f64), hold: Hold, class: &str, text: &str) {
        let anchor = match hold {
            Hold::Start => "start",
            Hold::Middle => "middle",
            Hold::End => "end",
        };
        let (x, y, text) = (Place(at.0), Place(at.1), escape(text));
        self.put(format_args!(
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>"
        ));
    }

    /// A line from one place to another.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let (x1, y1, x2, y2) = (Place(from.0), Place(from.1), Place(to.0), Place(to.1));
        self.put(format_args!(
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" class=\"{class}\"/>"
        ));
    }

    /// A filled rectangle between two corners.
    pub(super) fn area(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let (x, y, width, height) = (
            Place(from.0),
            Place(from.1),
            Place(to.0 - from.0),
            Place(to.1 - from.1),
        );
        self.put(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" class=\"{class}\"/>"
        ));
    }

    /// A line through many places.
    pub(super) fn path(&mut self, places: &[(f64, f64)], class: &str) {
        let mut steps = String::with_capacity(places.len() * 12);
        for (index, (x, y)) in places.iter().enumerate() {
            let step = if index == 0 { 'M' } else { 'L' };
            let _ = write!(steps, "{step}{} {}", Place(*x), Place(*y));
        }
        if !steps.is_empty() {
            self.put(format_args!("<path class=\"{class}\" d=\"{steps}\"/>"));
        }
    }

    /// A ring or a dot, and what it says to whoever points at it.
    pub(super) fn dot(&mut self, at: (f64, f64), class: &str, saying: &str) {
        let (x, y, saying) = (Place(at.0), Place(at.1), escape(saying));
        self.put(format_args!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"4.5\" class=\"{class}\"><title>{saying}</title></circle>"
        ));
    }

    /// The whole picture.
    pub(super) fn finish(self) -> String {
        self.text + "</svg>\n"
    }
}

/// A coordinate, to a tenth.
struct Place(f64);

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0 * 10.0).round() as i64;
        match (tenths / 10, tenths % 10) {
            (whole, 0) => write!(formatter, "{whole}"),
            _ => write!(formatter, "{:.1}", tenths as f64 / 10.0),
        }
    }
}

/// Text as it may stand in XML.
fn escape(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).fold(
        String::with_capacity(text.len()),
        |mut escaped, c| {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\u{FFFE}' | '\u{FFFF}' => {}
                c => escaped.push(c),
            }
            escaped
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_cannot_break_the_picture() {
        assert_eq!(
            escape("<a & \"b\">\u{7}\n"),
            "&lt;a &amp; &quot;b&quot;&gt;"
        );
    }

    #[test]
    fn places_are_short() {
        for (place, text) in [
            (70.0, "70"),
            (70.04, "70"),
            (-0.26, "-0.3"),
            (1.96, "2"),
            (0.5, "0.5"),
        ] {
            assert_eq!(Place(place).to_string(), text);
        }
    }
}
