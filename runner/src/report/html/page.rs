//! The page of a report: sections with pictures and tables, in one file.
//!
//! It needs no network and no script; a small one of its own lets readers point at curves
//! and look closer where scripts run. All text is escaped by the template, but for
//! pictures, which escape their own.

use askama::Template;

use crate::report::html::viewport::Viewport;
use crate::{
    host::{error::Failure, escape},
    report::svg::canvas,
};

/// A page.
#[derive(Debug, Default, Template)]
#[template(path = "page.html")]
pub(crate) struct Page {
    pub(crate) title: String,
    /// What it is a report of, in a line.
    pub(crate) lead: String,
    /// The figures everybody asks for first.
    pub(crate) cards: Vec<Card>,
    pub(crate) sections: Vec<Section>,
}

/// A figure that stands out.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) remark: String,
}

/// A part of the page with a heading.
#[derive(Clone, Debug, Default)]
pub(crate) struct Section {
    /// What no other section is called, for links.
    pub(crate) id: String,
    pub(crate) heading: String,
    /// Text before the pictures, a paragraph each.
    pub(crate) paragraphs: Vec<String>,
    pub(crate) pictures: Vec<Picture>,
    pub(crate) tables: Vec<HtmlTable>,
}

/// A picture with what is said below it.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    /// As SVG, on each viewport.
    pub(crate) variants: [String; 2],
    pub(crate) caption: String,
}

/// A table.
#[derive(Clone, Debug, Default)]
pub(crate) struct HtmlTable {
    pub(crate) caption: String,
    pub(crate) head: Vec<HtmlCell>,
    pub(crate) rows: Vec<Vec<HtmlCell>>,
    /// Whether it scrolls in a frame of its own where it is long.
    pub(crate) long: bool,
}

/// A cell of a table.
#[derive(Clone, Debug)]
pub(crate) struct HtmlCell {
    pub(crate) text: String,
    pub(crate) class: &'static str,
}

impl HtmlCell {
    /// Words.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            class: "",
        }
    }

    /// A number, held at the right.
    pub(crate) fn number(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            class: "number",
        }
    }

    /// The name of a key or figure, on one line.
    pub(crate) fn key(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            class: "key",
        }
    }

    /// Something to be typed or read by programs.
    pub(crate) fn code(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            class: "code",
        }
    }
}

/// A text in pieces between which a line may break: behind the points and underscores of names,
/// not within numbers.
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

/// The head of a table: names of columns; those of numbers end with `#`, which is not shown.
pub(crate) fn head(names: &[&str]) -> Vec<HtmlCell> {
    let cell = |name: &&str| match name.strip_suffix('#') {
        Some(name) => HtmlCell::number(name),
        None => HtmlCell::text(*name),
    };
    names.iter().map(cell).collect()
}

impl Section {
    /// A section with nothing in it yet.
    pub(crate) fn new(id: impl Into<String>, heading: &str) -> Self {
        Self {
            id: id.into(),
            heading: heading.into(),
            ..Self::default()
        }
    }

    /// With a paragraph.
    pub(crate) fn paragraph(mut self, text: impl Into<String>) -> Self {
        self.paragraphs.push(text.into());
        self
    }

    /// With a picture, drawn on each viewport, and its caption.
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

    /// With a table.
    pub(crate) fn table(mut self, table: HtmlTable) -> Self {
        self.tables.push(table);
        self
    }
}

impl HtmlTable {
    /// How it is laid out where there is little room: in a frame that scrolls, and each row
    /// as a block of its own, on telephones or, with very many columns, in print, too.
    fn class(&self) -> String {
        const MANY: usize = 9;
        // So many signs stand side by side on a telephone.
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

    /// What the cell at a place of a row is, in the words of the head.
    fn name(&self, place: &usize) -> &str {
        self.head.get(*place).map_or("", |cell| cell.text.as_str())
    }
}

impl Page {
    /// The style, its own and that of pictures.
    fn style(&self) -> String {
        let all = format!("{}\n{}", canvas::STYLE, include_str!("page.css"));
        all.lines().map(str::trim).collect()
    }

    fn script(&self) -> &'static str {
        include_str!("page.js")
    }

    /// The file.
    ///
    /// # Errors
    /// That it cannot be written, which memory alone could be the cause of.
    pub(crate) fn html(&self) -> Result<String, Failure> {
        self.render()
            .map(|html| escape::lines(&html))
            .map_err(|error| Failure::failed(format!("the report: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_break_at_their_joints_and_numbers_nowhere() {
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
    fn rows_stack_where_they_have_no_room_side_by_side() {
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
    fn what_people_write_cannot_break_the_page() {
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
