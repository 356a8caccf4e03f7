//! The report of a map: what becomes of the network at each pair of values.

use serde::Deserialize;

use super::{
    chart::{Axis, Chart},
    experiment::{answered_page, from_answer},
    page::{Card, Cell, Page, Section, Table, head},
};
use crate::{
    branches::Ways,
    exit::Failure,
    experiment::answer::Answered,
    map::Class,
    plot::sheet::{Hold, Name, Sheet},
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

/// Every class with its look and its name.
const CLASSES: [(Class, &str, &str); 5] = [
    (Class::Stable, "c-stable", "stable"),
    (Class::Vulnerable, "c-vulnerable", "vulnerable"),
    (Class::Metastable, "c-metastable", "metastable"),
    (Class::AlwaysDown, "c-down", "always down"),
    (Class::Failed, "c-failed", "failed"),
];

fn look(class: Class) -> (&'static str, &'static str) {
    let found = CLASSES.into_iter().find(|(one, ..)| *one == class);
    found.map_or(("", ""), |(_, look, name)| (look, name))
}

/// The page.
///
/// # Errors
/// That the answer is none of this version.
pub(crate) fn page(answered: &Answered) -> Result<Page, Failure> {
    let answer: Answer = from_answer(answered)?;
    let count = |class: Class| {
        answer
            .points
            .iter()
            .filter(|one| one.class == class)
            .count()
    };
    let cards = CLASSES
        .into_iter()
        .filter(|(class, ..)| count(*class) > 0)
        .map(|(class, _, name)| Card::new(name, count(class).to_string(), "points"))
        .collect();
    let map = Section::new("map", "Map")
        .say(
            "An outage is more than an hour below 90 % of the norm. Stable (.): none. Vulnerable (v): \
             one that is over when the run ends. Metastable (M): one that is not, though without the \
             triggers there would be none at the end. Always down (#): in an outage at the end without \
             any trigger, too.",
        )
        .show(
            picture(&answer),
            "Small squares are points that were added where larger ones differ from their neighbours.",
        )
        .tabulate(table(&answer));
    let mut sections = vec![map];
    if !answer.branches.is_empty() {
        let mut section = Section::new("branches", "Up and down again").say(
            "One run goes up and down through the values of the first key. Where the two ways part, \
             what becomes of the network depends on where it comes from (hysteresis).",
        );
        for (number, ways) in answer.branches.iter().enumerate() {
            let caption = format!(
                "{} = {}; mean distance of the two ways {:.3}.",
                answer.y, ways.y, ways.hysteresis
            );
            section = section.show(branch(number, ways, &answer.x), caption);
        }
        sections.push(section);
    }
    Ok(answered_page(answered, "Is there a trap?", cards, sections))
}

fn picture(answer: &Answer) -> String {
    const SIDE: f64 = 440.0;
    let (left, top) = (150.0, 50.0);
    let told: Vec<String> = CLASSES
        .into_iter()
        .map(|(class, _, name)| {
            let count = answer
                .points
                .iter()
                .filter(|one| one.class == class)
                .count();
            format!("{count} {name}")
        })
        .collect();
    let description = format!("{} against {}: {}.", answer.y, answer.x, told.join(", "));
    let name = Name {
        title: "Map of two keys",
        description: &description,
    };
    let size = (960.0, top + SIDE + 66.0);
    let mut sheet = Sheet::on_page(size, name, "map-picture", "");
    let steps = f64::from(answer.steps.max(1));
    // A point stands in the middle of its square.
    let unit = SIDE / (steps + f64::from(answer.coarse));
    let half = f64::from(answer.coarse) / 2.0;
    let at = |place: u32| (f64::from(place) + half) * unit;
    let fine = |point: &Point| {
        let (column, row) = point.place;
        let mut step = answer.coarse.max(1);
        while step > 1 && (column % step != 0 || row % step != 0) {
            step /= 2;
        }
        step
    };
    let mut points: Vec<(u32, &Point)> = answer.points.iter().map(|one| (fine(one), one)).collect();
    points.sort_by_key(|(step, _)| std::cmp::Reverse(*step));
    for (step, point) in points {
        let (class, name) = look(point.class);
        let (x, y) = (left + at(point.place.0), top + SIDE - at(point.place.1));
        let side = f64::from(step) * unit / 2.0;
        let saying = format!(
            "{} = {}, {} = {}: {name}",
            answer.x, point.x, answer.y, point.y
        );
        sheet.cell((x - side, y - side), (x + side, y + side), class, &saying);
        if side >= 8.0 {
            let on = match point.class {
                Class::Metastable | Class::AlwaysDown => "on-dark",
                Class::Stable | Class::Vulnerable | Class::Failed => "on-light",
            };
            sheet.text(
                (x, y + 4.5),
                Hold::Middle,
                on,
                &point.class.letter().to_string(),
            );
        }
    }
    let edge = |points: &dyn Fn(&Point) -> bool| -> Vec<&Point> {
        let mut found: Vec<&Point> = answer.points.iter().filter(|one| points(one)).collect();
        found.sort_by_key(|one| one.place);
        found
    };
    for point in edge(&|one| one.place.0 == 0 && one.place.1 % answer.coarse.max(1) == 0) {
        let y = top + SIDE - at(point.place.1);
        sheet.text((left - 10.0, y + 4.5), Hold::End, "faint", &point.y);
    }
    for point in edge(&|one| one.place.1 == 0 && one.place.0 % answer.coarse.max(1) == 0) {
        let x = left + at(point.place.0);
        sheet.text(
            (x, top + SIDE + 20.0),
            Hold::Middle,
            "faint small",
            &point.x,
        );
    }
    sheet.text((8.0, top - 18.0), Hold::Start, "", &answer.y);
    sheet.text((left + SIDE, top + SIDE + 44.0), Hold::End, "", &answer.x);
    for (row, (_, class, name)) in CLASSES.into_iter().enumerate() {
        let y = top + 30.0 * row as f64;
        sheet.area((640.0, y), (662.0, y + 22.0), class);
        sheet.text((674.0, y + 16.0), Hold::Start, "", name);
    }
    sheet.finish()
}

fn branch(number: usize, ways: &Ways, key: &str) -> String {
    let steps = ways.x.len().saturating_sub(1).max(1) as f64;
    let x = Axis {
        name: format!("{key}: {} to {}", first(&ways.x), last(&ways.x)),
        low: -0.02 * steps,
        high: 1.02 * steps,
        unit: String::new(),
    };
    let y = Axis {
        name: "users online as a share of the norm".into(),
        low: 0.0,
        high: 1.2,
        unit: String::new(),
    };
    let title = format!("Up and down, {}", ways.y);
    let description = format!("The ways are {:.3} apart on average.", ways.hysteresis);
    let name = Name {
        title: &title,
        description: &description,
    };
    let mut chart = Chart::new(&format!("branch-{number}"), name, (&x, &y), 160.0, 72.0);
    for (values, class, name) in [
        (&ways.up, "l0", "on the way up"),
        (&ways.down, "l1", "on the way down"),
    ] {
        let numbered = values.iter().enumerate();
        let places: Vec<(f64, f64)> = numbered
            .map(|(step, share)| chart.at(step as f64, share.clamp(0.0, 1.2)))
            .collect();
        chart.sheet.named_path(&places, class, name);
        let place = if class == "l0" { 380.0 } else { 560.0 };
        chart.sheet.line((place, 13.5), (place + 26.0, 13.5), class);
        chart
            .sheet
            .text((place + 33.0, 18.0), Hold::Start, "", name);
    }
    chart.sheet.finish()
}

fn first(texts: &[String]) -> &str {
    texts.first().map_or("", String::as_str)
}

fn last(texts: &[String]) -> &str {
    texts.last().map_or("", String::as_str)
}

fn table(answer: &Answer) -> Table {
    let rows = answer.points.iter().map(|point| {
        vec![
            Cell::number(point.x.clone()),
            Cell::number(point.y.clone()),
            Cell::text(look(point.class).1),
        ]
    });
    Table {
        caption: format!("All points: {} (x) and {} (y).", answer.x, answer.y),
        head: head(&["x#", "y#", "What becomes of it"]),
        rows: rows.collect(),
        long: true,
    }
}
