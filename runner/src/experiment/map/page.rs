//! The report of a map: what becomes of the network at each pair of values.

use serde::Deserialize;

use crate::{
    experiment::{
        map::raster::{CLASSES, Tile, Tiles, look},
        page::{answered_page, from_answer},
        sweep::page_data::numbers,
    },
    report::{
        chart::key_chart::{Axis, KeyChart},
        html::{
            page::{Card, HtmlCell, HtmlTable, Page, Section, head},
            viewport::Viewport,
        },
    },
};
use crate::{
    experiment::{
        map::{hysteresis::Ways, question::Class},
        storage::answer::Answered,
    },
    host::error::Failure,
    report::svg::canvas::{AltText, Anchor},
};

#[derive(Debug, Deserialize)]
struct Point {
    x: String,
    y: String,
    class: Class,
    place: (u32, u32),
}

#[derive(Debug, Deserialize)]
struct Answer {
    x: String,
    y: String,
    points: Vec<Point>,
    /// Steps of the finest grid along each axis, and of these between two coarse points.
    steps: u32,
    coarse: u32,
    branches: Vec<Ways>,
}

/// The page.
///
/// # Errors
/// That the answer is none of this version.
pub(crate) fn page(answered: &Answered) -> Result<Page, Failure> {
    let answer: Answer = from_answer(answered)?;
    // That there is none of a class is an answer, too.
    let cards = counts(&answer)
        .filter(|(class, _, count)| *class != Class::Failed || *count > 0)
        .map(|(_, name, count)| Card::new(name, count.to_string(), "points"))
        .collect();
    let map = Section::new("map", "Map")
        .paragraph(
            "An outage is more than an hour below 90 % of the norm. Stable (.): none. Vulnerable (v): \
             one that is over when the run ends. Metastable (M): one that is not, though without the \
             triggers there would be none at the end. Always down (#): in an outage at the end without \
             any trigger, too.",
        )
        .picture(
            |viewport| picture(&answer, viewport),
            "Every place has the colour of the nearest point that was run. Letters and dots are these \
             points; more were added where neighbours differ.",
        )
        .table(table(&answer));
    let mut sections = vec![map];
    if !answer.branches.is_empty() {
        let mut section = Section::new("branches", "Up and down again").paragraph(
            "One run goes up and down through the values of the first key. Where the two ways part, \
             what becomes of the network depends on where it comes from (hysteresis).",
        );
        for (number, ways) in answer.branches.iter().enumerate() {
            let caption = format!(
                "{} = {}; mean distance of the two ways {:.3}.",
                answer.y, ways.y, ways.hysteresis
            );
            section = section.picture(
                |viewport| branch(number, ways, &answer.x, viewport),
                caption,
            );
        }
        sections.push(section);
    }
    Ok(answered_page(answered, "Is there a trap?", cards, sections))
}

/// The points of each class.
fn counts(answer: &Answer) -> impl Iterator<Item = (Class, &'static str, usize)> {
    CLASSES.into_iter().map(|(class, _, name)| {
        let of = answer.points.iter().filter(|one| one.class == class);
        (class, name, of.count())
    })
}

fn picture(answer: &Answer, viewport: Viewport) -> String {
    let told: Vec<String> = counts(answer)
        .map(|(_, name, count)| format!("{count} {name}"))
        .collect();
    let told = format!("{} against {}: {}.", answer.y, answer.x, told.join(", "));
    let tiles = Tiles {
        x: &answer.x,
        y: &answer.y,
        points: answer
            .points
            .iter()
            .map(|point| Tile {
                x: &point.x,
                y: &point.y,
                class: point.class,
                place: point.place,
            })
            .collect(),
        steps: answer.steps,
        coarse: answer.coarse,
    };
    tiles.draw(&told, viewport)
}

fn branch(number: usize, ways: &Ways, key: &str, viewport: Viewport) -> String {
    let texts: Vec<&str> = ways.x.iter().map(String::as_str).collect();
    let (at, x) = match numbers(&texts) {
        Some((values, unit)) => {
            let mut axis = Axis::around(key, values.iter().copied());
            axis.unit = unit;
            (values, axis)
        }
        // Names have places of their own, in their order.
        None => {
            let places: Vec<f64> = (0..texts.len()).map(|place| place as f64).collect();
            let name = format!("{key}: {} to {}", first(&ways.x), last(&ways.x));
            let axis = Axis::around(&name, places.iter().copied());
            (places, axis)
        }
    };
    let y = Axis {
        name: "users online as a share of the norm".into(),
        low: 0.0,
        high: 1.2,
        unit: String::new(),
    };
    let title = format!("Up and down, {}", ways.y);
    let description = format!("The ways are {:.3} apart on average.", ways.hysteresis);
    let name = AltText {
        title: &title,
        description: &description,
    };
    let mut chart = KeyChart::new(&format!("branch-{number}"), name, (&x, &y), 160.0, viewport);
    for (values, class, name) in [
        (&ways.up, "l0", "on the way up"),
        (&ways.down, "l1", "on the way down"),
    ] {
        let shares = at.iter().zip(values);
        let places: Vec<(f64, f64)> = shares
            .map(|(x, share)| chart.at(*x, share.clamp(0.0, 1.2)))
            .collect();
        chart.canvas.named_path(&places, class, name);
        // In the row for notes.
        let place = viewport.sides().0 + if class == "l0" { 0.0 } else { 170.0 };
        chart
            .canvas
            .line((place, 33.5), (place + 26.0, 33.5), class);
        chart
            .canvas
            .text((place + 33.0, 38.0), Anchor::Start, "", name);
    }
    chart.canvas.finish()
}

fn first(texts: &[String]) -> &str {
    texts.first().map_or("", String::as_str)
}

fn last(texts: &[String]) -> &str {
    texts.last().map_or("", String::as_str)
}

fn table(answer: &Answer) -> HtmlTable {
    let rows = answer.points.iter().map(|point| {
        vec![
            HtmlCell::number(point.x.clone()),
            HtmlCell::number(point.y.clone()),
            HtmlCell::text(look(point.class).1),
        ]
    });
    HtmlTable {
        caption: format!("All points: {} (x) and {} (y).", answer.x, answer.y),
        head: head(&["x#", "y#", "What becomes of it"]),
        rows: rows.collect(),
        long: true,
    }
}
