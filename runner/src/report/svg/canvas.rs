//! A canvas: builds an SVG picture element by element.
//!
//! Colours are those of Okabe and Ito, which colour-blind people can tell apart, darker where they
//! are thin lines on white; no information depends on colour alone, but on widths, dashes and
//! fillings as well. A standalone picture contains its style; one on a page uses that of the page.
//! Coordinates are units of the picture, `(x, y)` from the upper left corner.

use std::fmt::Write;

use crate::host::escape;

/// The style of pictures: light, dark if the reader prefers it, light in print.
pub(crate) const STYLE: &str = include_str!("style.css");

/// Which point of a text is at its position.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture under construction.
pub(crate) struct Canvas {
    text: String,
}

/// The title and description of a picture for screen readers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AltText<'a> {
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
}

impl Canvas {
    /// An empty standalone picture.
    pub(crate) fn new(size: (f64, f64), name: AltText<'_>) -> Self {
        let mut canvas = Self::begin(
            size,
            name,
            "online",
            &format!(
                "xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\"",
                size.0, size.1
            ),
        );
        let style: String = STYLE.lines().collect();
        canvas.put(format_args!("<style>{style}</style>"));
        let (width, height) = size;
        canvas.put(format_args!(
            "<rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>"
        ));
        canvas
    }

    /// An empty picture on a page. `id` must be unique on the page; `more` are further attributes.
    pub(crate) fn on_page(size: (f64, f64), name: AltText<'_>, id: &str, more: &str) -> Self {
        Self::begin(size, name, id, more)
    }

    fn begin((width, height): (f64, f64), name: AltText<'_>, id: &str, more: &str) -> Self {
        let (title, description) = (escape(name.title), escape(name.description));
        let text = format!(
            "<svg viewBox=\"0 0 {width} {height}\" {more} \
             role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n\
             <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{description}</desc>\n"
        );
        Self { text }
    }

    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(element);
        self.text.push('\n');
    }

    /// A text.
    pub(crate) fn text(&mut self, at: (f64, f64), hold: Anchor, class: &str, text: &str) {
        let anchor = match hold {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (x, y, text) = (Coordinate(at.0), Coordinate(at.1), escape(text));
        self.put(format_args!(
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>"
        ));
    }

    /// A straight line.
    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let (x1, y1, x2, y2) = (
            Coordinate(from.0),
            Coordinate(from.1),
            Coordinate(to.0),
            Coordinate(to.1),
        );
        self.put(format_args!(
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" class=\"{class}\"/>"
        ));
    }

    /// A filled rectangle between two corners.
    pub(crate) fn area(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        self.box_of(from, to, class);
        self.text.push_str("/>\n");
    }

    /// A filled rectangle with a tooltip.
    pub(crate) fn cell(&mut self, from: (f64, f64), to: (f64, f64), class: &str, tooltip: &str) {
        self.box_of(from, to, class);
        let tooltip = escape(tooltip);
        self.put(format_args!("><title>{tooltip}</title></rect>"));
    }

    fn box_of(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let (x, y, width, height) = (
            Coordinate(from.0),
            Coordinate(from.1),
            Coordinate(to.0 - from.0),
            Coordinate(to.1 - from.1),
        );
        let _ = write!(
            self.text,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" class=\"{class}\""
        );
    }

    /// A line through many points.
    pub(crate) fn path(&mut self, places: &[(f64, f64)], class: &str) {
        self.outline(&[places], &format!("{class}\""), "", "");
    }

    /// A line through many points, with its name as a tooltip.
    pub(crate) fn named_path(&mut self, places: &[(f64, f64)], class: &str, name: &str) {
        self.outline(&[places], &format!("{class}\""), "", name);
    }

    /// A line in several parts with gaps between them, with its name as a tooltip and more
    /// attributes.
    pub(crate) fn broken_path(
        &mut self,
        stretches: &[Vec<(f64, f64)>],
        class: &str,
        name: &str,
        more: &str,
    ) {
        let stretches: Vec<&[(f64, f64)]> = stretches.iter().map(Vec::as_slice).collect();
        self.outline(&stretches, &format!("{class}\" {more}"), "", name);
    }

    /// A filled polygon with its name as a tooltip and more attributes.
    pub(crate) fn shape(&mut self, corners: &[(f64, f64)], class: &str, name: &str, more: &str) {
        self.outline(&[corners], &format!("{class}\" {more}"), "Z", name);
    }

    /// A filled polygon.
    pub(crate) fn bare_shape(&mut self, corners: &[(f64, f64)], class: &str) {
        self.outline(&[corners], &format!("{class}\""), "Z", "");
    }

    /// `begin` is the class with its closing quote and further attributes.
    fn outline(&mut self, stretches: &[&[(f64, f64)]], begin: &str, end: &str, name: &str) {
        if stretches.iter().all(|places| places.is_empty()) {
            return;
        }
        let _ = write!(self.text, "<path class=\"{begin} d=\"");
        for places in stretches {
            for (index, (x, y)) in places.iter().enumerate() {
                let step = if index == 0 { 'M' } else { 'L' };
                let _ = write!(self.text, "{step}{} {}", Coordinate(*x), Coordinate(*y));
            }
        }
        match name {
            "" => self.put(format_args!("{end}\"/>")),
            name => {
                let name = escape(name);
                self.put(format_args!("{end}\"><title>{name}</title></path>"));
            }
        }
    }

    /// A ring or a dot, with a tooltip.
    pub(crate) fn dot(&mut self, at: (f64, f64), class: &str, tooltip: &str) {
        let (x, y, tooltip) = (Coordinate(at.0), Coordinate(at.1), escape(tooltip));
        self.put(format_args!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"4.5\" class=\"{class}\"><title>{tooltip}</title></circle>"
        ));
    }

    /// A small dot without a tooltip.
    pub(crate) fn small_dot(&mut self, at: (f64, f64), class: &str) {
        let (x, y) = (Coordinate(at.0), Coordinate(at.1));
        self.put(format_args!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"2.6\" class=\"{class}\"/>"
        ));
    }

    /// A number with a tooltip, in a square for an action of the operator, otherwise in a circle.
    pub(crate) fn badge(
        &mut self,
        at: (f64, f64),
        number: usize,
        by_operator: bool,
        tooltip: &str,
    ) {
        let (x, y, tooltip) = (at.0, at.1, escape(tooltip));
        let shape = if by_operator {
            format!(
                "<rect x=\"{}\" y=\"{}\" width=\"17\" height=\"17\" rx=\"2\"/>",
                Coordinate(x - 8.5),
                Coordinate(y - 8.5)
            )
        } else {
            format!(
                "<circle cx=\"{}\" cy=\"{}\" r=\"9\"/>",
                Coordinate(x),
                Coordinate(y)
            )
        };
        let (x, y) = (Coordinate(x), Coordinate(y + 4.0));
        self.put(format_args!(
            "<g class=\"badge{}\"><title>{tooltip}</title>{shape}<text x=\"{x}\" y=\"{y}\" \
             text-anchor=\"middle\">{number}</text></g>",
            if by_operator { " operator" } else { "" }
        ));
    }

    /// Opens a group, which [`Self::leave`] closes.
    pub(crate) fn enter(&mut self, attributes: &str) {
        self.put(format_args!("<g {attributes}>"));
    }

    /// Closes a group.
    pub(crate) fn leave(&mut self) {
        self.text.push_str("</g>\n");
    }

    /// The finished picture as SVG.
    pub(crate) fn finish(self) -> String {
        self.text + "</svg>\n"
    }
}

/// A coordinate, written to a tenth.
struct Coordinate(f64);

impl std::fmt::Display for Coordinate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0 * 10.0).round() as i64;
        match (tenths / 10, tenths % 10) {
            (whole, 0) => write!(formatter, "{whole}"),
            _ => write!(formatter, "{:.1}", tenths as f64 / 10.0),
        }
    }
}

/// The approximate width of a text, in units of the picture.
pub(crate) fn text_width(text: &str) -> f64 {
    text.chars().count() as f64 * 6.7
}

/// Escapes a text for XML.
pub(crate) fn escape(text: &str) -> String {
    let text = escape::line(text);
    text.chars()
        .fold(String::with_capacity(text.len()), |mut escaped, c| {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\u{FFFE}' | '\u{FFFF}' => {}
                c => escaped.push(c),
            }
            escaped
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(
            escape("<a & \"b\">\u{7}\n\u{202e}"),
            r"&lt;a &amp; &quot;b&quot;&gt;\u{7}\n\u{202e}"
        );
    }

    #[test]
    fn coordinates_are_short() {
        for (place, text) in [
            (70.0, "70"),
            (70.04, "70"),
            (-0.26, "-0.3"),
            (1.96, "2"),
            (0.5, "0.5"),
        ] {
            assert_eq!(Coordinate(place).to_string(), text);
        }
    }
}
