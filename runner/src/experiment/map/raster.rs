//! The picture of a map: every place has the colour of the nearest point that was run.
//!
//! Points lie on the finest grid, but not at all of its places; so squares of their own would
//! lie over each other, and none would show how far a class goes. Points that were run have a
//! letter where there is room, else a dot.

use crate::report::{chart::key_chart::cut, html::viewport::Viewport};
use crate::{
    experiment::map::question::Class,
    report::svg::canvas::{AltText, Anchor, Canvas, text_width},
};

/// Every class with its look and its name.
pub(crate) const CLASSES: [(Class, &str, &str); 5] = [
    (Class::Stable, "c-stable", "stable"),
    (Class::Vulnerable, "c-vulnerable", "vulnerable"),
    (Class::Metastable, "c-metastable", "metastable"),
    (Class::AlwaysDown, "c-down", "always down"),
    (Class::Failed, "c-failed", "failed"),
];

/// The look and the name of a class.
pub(crate) fn look(class: Class) -> (&'static str, &'static str) {
    let found = CLASSES.into_iter().find(|(one, ..)| *one == class);
    found.map_or(("", ""), |(_, look, name)| (look, name))
}

/// A letter that can be read on its class.
fn ink(class: Class) -> &'static str {
    match class {
        Class::Metastable | Class::AlwaysDown => "on-dark",
        Class::Stable | Class::Vulnerable | Class::Failed => "on-light",
    }
}

/// A point that was run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tile<'a> {
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
    pub(crate) class: Class,
    pub(crate) place: (u32, u32),
}

/// A map.
#[derive(Clone, Debug)]
pub(crate) struct Tiles<'a> {
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
    /// In the order of their places.
    pub(crate) points: Vec<Tile<'a>>,
    /// Steps of the finest grid along each axis, and of these between two coarse points.
    pub(crate) steps: u32,
    pub(crate) coarse: u32,
}

/// The square of the distance of two places.
fn apart(one: (u32, u32), other: (u32, u32)) -> u64 {
    let square = |a: u32, b: u32| u64::from(a.abs_diff(b)).pow(2);
    square(one.0, other.0).saturating_add(square(one.1, other.1))
}

impl Tiles<'_> {
    /// The class of the point nearest to a place; of several, that of the first.
    fn nearest(&self, place: (u32, u32)) -> Option<Class> {
        let points = self.points.iter();
        let nearest = points.min_by_key(|one| apart(one.place, place));
        nearest.map(|one| one.class)
    }

    /// Stretches of one class along a row: from and up to which column.
    fn stretches(&self, row: u32) -> Vec<(u32, u32, Class)> {
        let mut stretches: Vec<(u32, u32, Class)> = Vec::new();
        for column in 0..=self.steps {
            let Some(class) = self.nearest((column, row)) else {
                continue;
            };
            match stretches.last_mut() {
                Some((_, end, last)) if *last == class => *end = column + 1,
                _ => stretches.push((column, column + 1, class)),
            }
        }
        stretches
    }

    /// Draws it; `told` is the picture in words.
    pub(crate) fn draw(&self, told: &str, viewport: Viewport) -> String {
        let widest = self
            .points
            .iter()
            .map(|one| text_width(one.y))
            .fold(0.0, f64::max);
        let left = viewport.select(150.0, (widest + 18.0).clamp(40.0, 150.0));
        let side = viewport.select(440.0, viewport.sides().1 - left);
        let top = 50.0;
        let bottom = top + side;
        let name = AltText {
            title: "Map of two keys",
            description: told,
        };
        let height = bottom + viewport.select(66.0, 66.0 + 30.0 * CLASSES.len() as f64);
        let mut canvas = viewport.canvas(height, name, "map-picture", "");
        let unit = side / f64::from(self.steps + 1);
        let x = |column: u32| left + f64::from(column) * unit;
        let y = |row: u32| bottom - f64::from(row) * unit;
        for row in 0..=self.steps {
            for (from, to, class) in self.stretches(row) {
                canvas.area((x(from), y(row + 1)), (x(to), y(row)), look(class).0);
            }
        }
        self.marks(&mut canvas, unit, |(column, row)| {
            (x(column) + unit / 2.0, y(row) - unit / 2.0)
        });
        canvas.area((left, top), (left + side, bottom), "frame");
        let coarse = |place: u32| place.is_multiple_of(self.coarse.max(1));
        for one in &self.points {
            let (column, row) = one.place;
            if column == 0 && coarse(row) {
                let at = (left - 10.0, y(row) - unit / 2.0 + 4.5);
                canvas.text(at, Anchor::End, "faint", one.y);
            }
            if row == 0 && coarse(column) {
                let at = (x(column) + unit / 2.0, bottom + 20.0);
                canvas.text(at, Anchor::Middle, "faint small", one.x);
            }
        }
        canvas.text(
            (8.0, top - 18.0),
            Anchor::Start,
            "",
            &cut(self.y, viewport.width()),
        );
        let key = cut(self.x, left + side);
        canvas.text((left + side, bottom + 44.0), Anchor::End, "", &key);
        let legend = viewport.select((640.0, top), (left, bottom + 62.0));
        for (row, (class, look, name)) in CLASSES.into_iter().enumerate() {
            let (x, y) = (legend.0, legend.1 + 30.0 * row as f64);
            canvas.area((x, y), (x + 22.0, y + 22.0), look);
            let letter = class.letter().to_string();
            canvas.text((x + 11.0, y + 15.5), Anchor::Middle, ink(class), &letter);
            canvas.text((x + 34.0, y + 16.0), Anchor::Start, "", name);
        }
        canvas.finish()
    }

    /// The points that were run.
    fn marks(&self, canvas: &mut Canvas, unit: f64, at: impl Fn((u32, u32)) -> (f64, f64)) {
        const LETTER: f64 = 15.0;
        for one in &self.points {
            let others = self.points.iter().filter(|other| other.place != one.place);
            let nearest = others.map(|other| apart(one.place, other.place)).min();
            let room = (nearest.unwrap_or(1) as f64).sqrt() * unit;
            let (x, y) = at(one.place);
            let ink = ink(one.class);
            if room >= LETTER {
                let letter = one.class.letter().to_string();
                canvas.text((x, y + 4.5), Anchor::Middle, ink, &letter);
            } else {
                canvas.area((x - 0.8, y - 0.8), (x + 0.8, y + 0.8), ink);
            }
            // On top, so that pointing anywhere near says what was run.
            let half = room.min(28.0) / 2.0;
            let saying = format!(
                "{} = {}, {} = {}: {}",
                self.x,
                one.x,
                self.y,
                one.y,
                look(one.class).1
            );
            canvas.cell((x - half, y - half), (x + half, y + half), "clear", &saying);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(points: &[((u32, u32), Class)]) -> Tiles<'static> {
        let tile = |(place, class): &((u32, u32), Class)| Tile {
            x: "4s",
            y: "70/s",
            class: *class,
            place: *place,
        };
        Tiles {
            x: "queue",
            y: "rate",
            points: points.iter().map(tile).collect(),
            steps: 4,
            coarse: 4,
        }
    }

    #[test]
    fn places_belong_to_the_nearest_point_and_nothing_lies_over_another() {
        let corners = [
            ((0, 0), Class::Stable),
            ((0, 4), Class::Stable),
            ((2, 0), Class::Vulnerable),
            ((4, 0), Class::AlwaysDown),
            ((4, 4), Class::AlwaysDown),
        ];
        let map = map(&corners);
        let first = [
            (0, 2, Class::Stable),
            (2, 4, Class::Vulnerable),
            (4, 5, Class::AlwaysDown),
        ];
        assert_eq!(map.stretches(0), first);
        for row in 0..=4 {
            let stretches = map.stretches(row);
            let ends: Vec<u32> = stretches.iter().map(|one| one.1).collect();
            let begins: Vec<u32> = stretches.iter().map(|one| one.0).collect();
            assert_eq!((begins[0], ends.last()), (0, Some(&5)));
            assert_eq!(begins[1..], ends[..ends.len() - 1]);
        }
    }

    #[test]
    fn every_class_is_in_the_legend_with_its_letter() {
        for viewport in Viewport::BOTH {
            let svg = map(&[((0, 0), Class::Stable)]).draw("x", viewport);
            for (class, _, name) in CLASSES {
                assert!(svg.contains(&format!(">{name}</text>")), "{svg}");
                assert!(
                    svg.contains(&format!(">{}</text>", class.letter())),
                    "{svg}"
                );
            }
        }
        let none = map(&[]).draw("x", Viewport::Wide);
        assert!(!none.contains("NaN"), "{none}");
    }
}
