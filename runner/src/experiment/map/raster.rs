//! The picture of a map: every grid point has the colour of the nearest point that was run.
//!
//! Points that were run lie on the finest grid, but only at some of its points, so squares around
//! them would overlap or leave gaps. They are marked with the letter of their regime if there is
//! space, and otherwise with a dot.

use crate::{
    experiment::map::{
        answer::{MapAnswer, NetworkState},
        frame::{MapFrame, nearest, squared_distance},
        grid::{GridPoint, MapPoint},
        regime::Regime,
    },
    report::{
        html::viewport::Viewport,
        svg::canvas::{AltText, Anchor, Canvas},
    },
};

/// The style class of the area of a regime.
fn area_class(regime: Regime) -> &'static str {
    match regime {
        Regime::Stable => "c-stable",
        Regime::Vulnerable => "c-vulnerable",
        Regime::Metastable => "c-metastable",
        Regime::AlwaysDown => "c-down",
        Regime::Failed => "c-failed",
    }
}

/// The style class of a letter that is readable on the area of a regime.
fn letter_class(regime: Regime) -> &'static str {
    match regime {
        Regime::Metastable | Regime::AlwaysDown => "on-dark",
        Regime::Stable | Regime::Vulnerable | Regime::Failed => "on-light",
    }
}

/// The distance of the lines of a hatching along an axis.
const HATCH: f64 = 9.0;

/// Hatches a box with lines that rise to the right. Lines of neighbouring boxes continue each other:
/// they cross the horizontal line through `origin` at multiples of [`HATCH`].
fn hatch(
    canvas: &mut Canvas,
    (x0, y0): (f64, f64),
    ((left, top), (right, bottom)): ((f64, f64), (f64, f64)),
) {
    // On a line, `x + y` is constant.
    let least = ((left - x0 + top - y0) / HATCH).ceil() as i64;
    let most = ((right - x0 + bottom - y0) / HATCH).floor() as i64;
    for number in least..=most {
        let sum = number as f64 * HATCH + x0 + y0;
        let from = (sum - bottom).max(left);
        let to = (sum - top).min(right);
        if to - from > 0.2 {
            canvas.line((from, sum - from), (to, sum - to), "hatch");
        }
    }
}

/// Columns of a row, from `from` up to but without `to`, with one regime.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    from: u32,
    to: u32,
    regime: Regime,
}

/// Draws a map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raster<'a>(pub(crate) &'a MapAnswer);

impl Raster<'_> {
    /// The regime of the point nearest to a grid point; of several, that of the first.
    fn nearest(self, place: GridPoint) -> Option<Regime> {
        nearest(self.0, place).map(|one| one.regime)
    }

    /// The stretches of a row, from left to right.
    fn stretches(self, row: u32) -> Vec<Stretch> {
        let mut stretches: Vec<Stretch> = Vec::new();
        for column in 0..=self.0.steps {
            let Some(regime) = self.nearest(GridPoint { column, row }) else {
                continue;
            };
            match stretches.last_mut() {
                Some(last) if last.regime == regime => last.to = column + 1,
                _ => stretches.push(Stretch {
                    from: column,
                    to: column + 1,
                    regime,
                }),
            }
        }
        stretches
    }

    /// The picture as SVG; `description` is its text for readers without sight.
    pub(crate) fn draw(self, description: &str, viewport: Viewport) -> String {
        let map = self.0;
        let frame = MapFrame::new(map, viewport);
        let name = AltText {
            title: "Map of two keys",
            description,
        };
        let height = frame.height(Regime::ALL.len() + 1);
        let mut canvas = viewport.canvas(height, name, "map-picture", "");
        let corner = (frame.left, frame.bottom);
        for row in 0..=map.steps {
            for stretch in self.stretches(row) {
                let from = (frame.x(stretch.from), frame.y(row + 1));
                let to = (frame.x(stretch.to), frame.y(row));
                canvas.area(from, to, area_class(stretch.regime));
                if stretch.regime == Regime::Metastable {
                    hatch(&mut canvas, corner, (from, to));
                }
            }
        }
        self.strips(&mut canvas, corner, frame.side);
        self.marks(&mut canvas, &frame);
        frame.draw(&mut canvas);
        let legend = frame.legend();
        for (row, regime) in Regime::ALL.into_iter().enumerate() {
            let (x, y) = (legend.0, legend.1 + 30.0 * row as f64);
            let square = ((x, y), (x + 22.0, y + 22.0));
            canvas.area(square.0, square.1, area_class(regime));
            if regime == Regime::Metastable {
                hatch(&mut canvas, (x, y), square);
            }
            let letter = regime.letter().to_string();
            let at = (x + 11.0, y + 15.5);
            canvas.text(at, Anchor::Middle, letter_class(regime), &letter);
            let name = match regime {
                Regime::Metastable => "metastable (bistable)",
                other => other.name(),
            };
            canvas.text((x + 34.0, y + 16.0), Anchor::Start, "", name);
        }
        if !map.branches.is_empty() {
            let (x, y) = (legend.0, legend.1 + 30.0 * Regime::ALL.len() as f64);
            let square = ((x, y + 6.0), (x + 22.0, y + 16.0));
            canvas.area(square.0, square.1, area_class(Regime::Metastable));
            hatch(&mut canvas, (x, y), square);
            canvas.area(square.0, square.1, "frame");
            let name = "bistable in a sweep up and down";
            canvas.text((x + 34.0, y + 16.0), Anchor::Start, "", name);
        }
        canvas.finish()
    }

    /// Draws a strip at the row of each sweep up and down, with a box for each value: hatched where the
    /// network is bistable, otherwise in the colour of the map.
    fn strips(self, canvas: &mut Canvas, (left, bottom): (f64, f64), side: f64) {
        const HALF: f64 = 5.0;
        let map = self.0;
        let unit = side / f64::from(map.steps + 1);
        let length = side - unit;
        let count = map.branches.len();
        for (branch, one) in map.branches.iter().enumerate() {
            let position = branch as f64 / count.saturating_sub(1).max(1) as f64;
            let middle = bottom - unit / 2.0 - length * position;
            let step = length / one.x.len().saturating_sub(1).max(1) as f64;
            for (value, state) in map.states(branch).into_iter().enumerate() {
                let x = left + unit / 2.0 + step * value as f64;
                let half = (step / 2.0 - 1.0).clamp(1.0, HALF * 2.0);
                let box_of = ((x - half, middle - HALF), (x + half, middle + HALF));
                let regime = match state {
                    NetworkState::Up => map.regime_at(branch, value).unwrap_or(Regime::Stable),
                    NetworkState::Down => Regime::AlwaysDown,
                    NetworkState::Bistable => Regime::Metastable,
                };
                canvas.area(box_of.0, box_of.1, area_class(regime));
                if state == NetworkState::Bistable {
                    hatch(canvas, (left, bottom), box_of);
                }
                let saying = format!(
                    "{} = {}, {} = {}, up and down: {}",
                    map.x,
                    one.x[value],
                    map.y,
                    one.y,
                    state.name()
                );
                canvas.area(box_of.0, box_of.1, "frame");
                canvas.cell(box_of.0, box_of.1, "clear", &saying);
            }
        }
    }

    /// Draws the marks of the points that were run.
    fn marks(self, canvas: &mut Canvas, frame: &MapFrame<'_>) {
        const LETTER_WIDTH: f64 = 15.0;
        let map = self.0;
        for one in &map.points {
            let others = map.points.iter().filter(|other| other.place != one.place);
            let nearest = others
                .map(|other| squared_distance(one.place, other.place))
                .min();
            let space = (nearest.unwrap_or(1) as f64).sqrt() * frame.unit;
            let (x, y) = frame.middle(one.place);
            let class = letter_class(one.regime);
            if space >= LETTER_WIDTH {
                let letter = one.regime.letter().to_string();
                canvas.text((x, y + 4.5), Anchor::Middle, class, &letter);
            } else {
                canvas.area((x - 0.8, y - 0.8), (x + 0.8, y + 0.8), class);
            }
            // A transparent cell on top, so that the tooltip shows anywhere near the point.
            let half = space.min(28.0) / 2.0;
            let saying = saying(map, one);
            canvas.cell((x - half, y - half), (x + half, y + half), "clear", &saying);
        }
    }
}

/// The tooltip of a point.
fn saying(map: &MapAnswer, point: &MapPoint) -> String {
    format!(
        "{} = {}, {} = {}: {}",
        map.x,
        point.x,
        map.y,
        point.y,
        point.regime.name()
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::experiment::map::answer::HysteresisLoop;

    fn map(points: &[((u32, u32), Regime)]) -> MapAnswer {
        let point = |(place, regime): &((u32, u32), Regime)| MapPoint {
            x: "4s".into(),
            y: "70/s".into(),
            regime: *regime,
            place: (*place).into(),
            figures: BTreeMap::new(),
        };
        MapAnswer {
            x: "queue".into(),
            y: "rate".into(),
            counts: BTreeMap::new(),
            points: points.iter().map(point).collect(),
            steps: 4,
            coarse: 4,
            figures: Vec::new(),
            branches: Vec::new(),
            remark: None,
        }
    }

    #[test]
    fn grid_points_belong_to_the_nearest_point_and_nothing_overlaps() {
        let corners = [
            ((0, 0), Regime::Stable),
            ((0, 4), Regime::Stable),
            ((2, 0), Regime::Vulnerable),
            ((4, 0), Regime::AlwaysDown),
            ((4, 4), Regime::AlwaysDown),
        ];
        let map = map(&corners);
        let raster = Raster(&map);
        let first = [
            (0, 2, Regime::Stable),
            (2, 4, Regime::Vulnerable),
            (4, 5, Regime::AlwaysDown),
        ];
        let first = first.map(|(from, to, regime)| Stretch { from, to, regime });
        assert_eq!(raster.stretches(0), first);
        for row in 0..=4 {
            let stretches = raster.stretches(row);
            let ends: Vec<u32> = stretches.iter().map(|one| one.to).collect();
            let begins: Vec<u32> = stretches.iter().map(|one| one.from).collect();
            assert_eq!((begins[0], ends.last()), (0, Some(&5)));
            assert_eq!(begins[1..], ends[..ends.len() - 1]);
        }
    }

    #[test]
    fn bistable_places_are_hatched() {
        let hatched = |map: &MapAnswer| {
            let svg = Raster(map).draw("x", Viewport::Wide);
            svg.matches("class=\"hatch\"").count()
        };
        let legend = hatched(&map(&[((0, 0), Regime::Stable)]));
        let mut trap = map(&[((0, 0), Regime::Stable), ((4, 4), Regime::Metastable)]);
        assert!(hatched(&trap) > legend);
        // A value of a sweep that differs from the map is hatched, and its strip says so.
        trap.points.pop();
        trap.branches.push(HysteresisLoop {
            y: "70/s".into(),
            x: vec!["4s".into(), "40s".into()],
            up: vec![1.0, 0.2],
            down: vec![1.0, 0.2],
            hysteresis: 0.0,
        });
        let svg = Raster(&trap).draw("x", Viewport::Wide);
        assert!(
            svg.contains("queue = 40s, rate = 70/s, up and down: bistable"),
            "{svg}"
        );
        assert!(
            svg.contains("queue = 4s, rate = 70/s, up and down: up"),
            "{svg}"
        );
        assert!(svg.contains("bistable in a sweep up and down"));
        assert!(hatched(&trap) > legend);
    }

    #[test]
    fn every_regime_is_in_the_legend_with_its_letter() {
        for viewport in Viewport::BOTH {
            let svg = Raster(&map(&[((0, 0), Regime::Stable)])).draw("x", viewport);
            for regime in Regime::ALL {
                assert!(
                    svg.contains(&format!(">{}</text>", regime.letter())),
                    "{svg}"
                );
                assert!(svg.contains(&format!(">{}", regime.name())), "{svg}");
            }
        }
        let none = Raster(&map(&[])).draw("x", Viewport::Wide);
        assert!(!none.contains("NaN"), "{none}");
    }
}
