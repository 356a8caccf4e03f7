//! The page of a report: sections with pictures and tables, in one HTML file.
//!
//! The page loads nothing and works without scripts. If scripts run, its own small script shows
//! values at the pointer and zooms into charts. The template escapes all text except pictures, which
//! escape their own.

use askama::Template;

use crate::{
    host::escape,
    report::{error::ReportError, html::viewport::Viewport, svg::canvas},
};

/// The mark of the program in the head of its pages, by which it recognises them.
pub(crate) const GENERATOR: &str = "<meta name=\"generator\" content=\"patchday\">";

/// A page of a report.
#[derive(Debug, Default, Template)]
#[template(path = "page.html")]
pub(crate) struct Page {
    pub(crate) title: String,
    /// What the page says, in a sentence or a few; empty for none.
    pub(crate) answer: String,
    /// The subject of the page, in one line.
    pub(crate) lead: String,
    /// The key figures.
    pub(crate) cards: Vec<Card>,
    pub(crate) sections: Vec<Section>,
}

/// A key figure.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) remark: String,
}

/// A section with a heading.
#[derive(Clone, Debug, Default)]
pub(crate) struct Section {
    /// Unique on the page, for links.
    pub(crate) id: String,
    pub(crate) heading: String,
    /// The paragraphs before the pictures.
    pub(crate) paragraphs: Vec<String>,
    pub(crate) pictures: Vec<Picture>,
    pub(crate) tables: Vec<HtmlTable>,
}

/// A picture with its caption.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    /// The picture as SVG for each viewport.
    pub(crate) variants: [String; 2],
    pub(crate) caption: String,
}

/// A table.
#[derive(Clone, Debug, Default)]
pub(crate) struct HtmlTable {
    pub(crate) caption: String,
    pub(crate) head: Vec<HtmlCell>,
    pub(crate) rows: Vec<Vec<HtmlCell>>,
    /// Whether it has a frame of its own that scrolls.
    pub(crate) long: bool,
}

/// A cell of a table.
#[derive(Clone, Debug)]
pub(crate) struct HtmlCell {
    pub(crate) text: String,
    pub(crate) class: &'static str,
}

impl HtmlCell {
    /// Text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            class: "",
        }
    }

    /// A number, aligned to the right.
    pub(crate) fn number(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            class: "number",
        }
    }

    /// The name of a key or figure, which does not wrap.
    pub(crate) fn key(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            class: "key",
        }
    }

    /// A command or another text in a fixed-width font.
    pub(crate) fn code(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            class: "code",
        }
    }
}

/// Splits a text where a line may break: after the points and underscores of names, but not within
/// numbers.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut begin, mut before) = (0, ' ');
    let mut joint = false;
    for (place, sign) in text.char_indices() {
        if joint && sign.is_alphabetic() {
            pieces.push(&text[begin..place]);
            begin = place;
        }
        joint = matches!(sign, '.' | '_') && before.is_alphanumeric();
        before = sign;
    }
    pieces.push(&text[begin..]);
    pieces
}

impl Card {
    pub(crate) fn new(name: &str, value: impl Into<String>, remark: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            remark: remark.into(),
        }
    }
}

/// The head of a table. A name that ends with `#`, which is not shown, heads a column of numbers.
pub(crate) fn head(names: &[&str]) -> Vec<HtmlCell> {
    let cell = |name: &&str| match name.strip_suffix('#') {
        Some(name) => HtmlCell::number(name),
        None => HtmlCell::text(*name),
    };
    names.iter().map(cell).collect()
}

impl Section {
    /// An empty section.
    pub(crate) fn new(id: impl Into<String>, heading: &str) -> Self {
        Self {
            id: id.into(),
            heading: heading.into(),
            ..Self::default()
        }
    }

    /// Adds a paragraph.
    pub(crate) fn paragraph(mut self, text: impl Into<String>) -> Self {
        self.paragraphs.push(text.into());
        self
    }

    /// Adds a picture, drawn for each viewport, with its caption.
    pub(crate) fn picture(
        mut self,
        draw: impl Fn(Viewport) -> String,
        caption: impl Into<String>,
    ) -> Self {
        self.pictures.push(Picture {
            variants: Viewport::BOTH.map(draw),
            caption: caption.into(),
        });
        self
    }

    /// Adds a table.
    pub(crate) fn table(mut self, table: HtmlTable) -> Self {
        self.tables.push(table);
        self
    }
}

impl HtmlTable {
    /// Classes for the layout on narrow screens: a frame that scrolls, and each row as a block of its
    /// own on telephones or, with very many columns, also in print.
    fn class(&self) -> String {
        const MANY: usize = 9;
        // Characters of a row on a telephone.
        const BESIDE: usize = 42;
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let widest = cells.map(|cell| cell.text.chars().count()).max();
            let name = pieces(self.name(&column)).into_iter();
            widest.max(name.map(|piece| piece.chars().count()).max())
        };
        let wide = (0..columns).filter_map(width).sum::<usize>() > BESIDE;
        [
            (self.long, " long"),
            (columns > 2 && wide && !self.head.is_empty(), " stacks"),
            (columns > MANY, " many"),
        ]
        .into_iter()
        .filter_map(|(is, class)| is.then_some(class))
        .collect()
    }

    /// The column name of the cell at this index of a row.
    fn name(&self, place: &usize) -> &str {
        self.head.get(*place).map_or("", |cell| cell.text.as_str())
    }
}

impl Page {
    /// The style sheet of the page and its pictures.
    fn style(&self) -> String {
        let all = format!("{}\n{}", canvas::STYLE, include_str!("page.css"));
        all.lines().map(str::trim).collect()
    }

    fn script(&self) -> &'static str {
        include_str!("page.js")
    }

    /// The page as HTML.
    ///
    /// # Errors
    /// Returns an error if the template cannot be rendered.
    pub(crate) fn html(&self) -> Result<String, ReportError> {
        Ok(escape::lines(&self.render()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_break_after_points_and_underscores_and_numbers_do_not() {
        for (text, broken) in [
            ("trigger.patch_day.share", "trigger.|patch_|day.|share"),
            (
                "longest_hours_below_50_percent",
                "longest_|hours_|below_50_|percent",
            ),
            ("0.5014 to 0.55", "0.5014 to 0.55"),
            ("by itself. Then", "by itself. Then"),
            ("größe.x", "größe.|x"),
            ("", ""),
        ] {
            assert_eq!(pieces(text).join("|"), broken);
        }
    }

    #[test]
    fn wide_tables_stack_their_cells() {
        let table = |value: &str| HtmlTable {
            head: head(&["Level#", "Runs#", "95 % interval#"]),
            rows: vec![vec![
                HtmlCell::number("0.5"),
                HtmlCell::number("8"),
                HtmlCell::text(value),
            ]],
            ..HtmlTable::default()
        };
        assert_eq!(table("0.158 to 1.000").class(), "");
        assert_eq!(table(&"long ".repeat(12)).class(), " stacks");
        let many = HtmlTable {
            head: head(&["Longitude#"; 10]),
            rows: vec![vec![HtmlCell::number("1"); 10]],
            long: true,
            ..HtmlTable::default()
        };
        assert_eq!(many.class(), " long stacks many");
        assert_eq!(HtmlTable::default().class(), "");
    }

    #[test]
    fn text_is_escaped() {
        let table = HtmlTable {
            rows: vec![vec![HtmlCell::code("</td><script>")]],
            ..HtmlTable::default()
        };
        let page = Page {
            title: "<b>&".into(),
            sections: vec![Section::new("x", "\"'<").table(table)],
            ..Page::default()
        };
        let html = page.html().unwrap();
        assert!(html.contains("<title>&#60;b&#62;&#38;</title>"), "{html}");
        assert_eq!(html.matches("<script>").count(), 1);
        assert!(!html.contains("http://") && !html.contains("https://"));
    }
}
