//! The page of a report: sections with pictures and tables, in one file.
//!
//! It needs no network and no script; a small one of its own lets readers point at curves
//! and look closer where scripts run. All text is escaped by the template, but for
//! pictures, which escape their own.

use askama::Template;

use crate::{exit::Failure, plot::sheet, visible};

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
    pub(crate) tables: Vec<Table>,
}

/// A picture with what is said below it.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    /// As SVG.
    pub(crate) svg: String,
    pub(crate) caption: String,
}

/// A table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) caption: String,
    pub(crate) head: Vec<Cell>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// Whether it scrolls in a frame of its own where it is long.
    pub(crate) long: bool,
}

/// A cell of a table.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) class: &'static str,
}

impl Cell {
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
pub(crate) fn head(names: &[&str]) -> Vec<Cell> {
    let cell = |name: &&str| match name.strip_suffix('#') {
        Some(name) => Cell::number(name),
        None => Cell::text(*name),
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
    pub(crate) fn say(mut self, text: impl Into<String>) -> Self {
        self.paragraphs.push(text.into());
        self
    }

    /// With a picture and its caption.
    pub(crate) fn show(mut self, svg: String, caption: impl Into<String>) -> Self {
        let caption = caption.into();
        self.pictures.push(Picture { svg, caption });
        self
    }

    /// With a table.
    pub(crate) fn tabulate(mut self, table: Table) -> Self {
        self.tables.push(table);
        self
    }
}

impl Page {
    /// The style, its own and that of pictures.
    fn style(&self) -> String {
        let all = format!("{}\n{}", sheet::STYLE, include_str!("page.css"));
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
            .map(|html| visible::lines(&html))
            .map_err(|error| Failure::Broken(format!("the report: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_cannot_break_the_page() {
        let table = Table {
            rows: vec![vec![Cell::code("</td><script>")]],
            ..Table::default()
        };
        let page = Page {
            title: "<b>&".into(),
            sections: vec![Section::new("x", "\"'<").tabulate(table)],
            ..Page::default()
        };
        let html = page.html().unwrap();
        assert!(html.contains("<title>&#60;b&#62;&#38;</title>"), "{html}");
        assert_eq!(html.matches("<script>").count(), 1);
        assert!(!html.contains("http://") && !html.contains("https://"));
    }
}
