//! The common parts of the pictures of a map: where its grid points are, its outline and its axes.

use crate::{
    experiment::map::{
        answer::MapAnswer,
        grid::{GridPoint, MapPoint},
    },
    report::{
        chart::key_chart::cut,
        html::viewport::Viewport,
        svg::canvas::{Anchor, Canvas, text_width},
    },
};

/// Where the square of a map is in its picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MapFrame<'a> {
    map: &'a MapAnswer,
    viewport: Viewport,
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
    /// The length of a side.
    pub(crate) side: f64,
    /// The length of a side of a grid point.
    pub(crate) unit: f64,
}

impl<'a> MapFrame<'a> {
    pub(crate) fn new(map: &'a MapAnswer, viewport: Viewport) -> Self {
        let widths = map.points.iter().map(|one| text_width(&one.y));
        let widest = widths.fold(0.0, f64::max);
        let left = viewport.select(150.0, (widest + 18.0).clamp(40.0, 150.0));
        let side = viewport.select(440.0, viewport.sides().1 - left);
        let top = 50.0;
        Self {
            map,
            viewport,
            left,
            top,
            bottom: top + side,
            side,
            unit: side / f64::from(map.steps + 1),
        }
    }

    /// The left edge of a column.
    pub(crate) fn x(&self, column: u32) -> f64 {
        self.left + f64::from(column) * self.unit
    }

    /// The lower edge of a row.
    pub(crate) fn y(&self, row: u32) -> f64 {
        self.bottom - f64::from(row) * self.unit
    }

    /// The middle of a grid point.
    pub(crate) fn middle(&self, point: GridPoint) -> (f64, f64) {
        (
            self.x(point.column) + self.unit / 2.0,
            self.y(point.row) - self.unit / 2.0,
        )
    }

    /// Where the legend begins: beside the map, or below it if it is narrow.
    pub(crate) fn legend(&self) -> (f64, f64) {
        let below = (self.left, self.bottom + 62.0);
        self.viewport.select((640.0, self.top), below)
    }

    /// The height of a picture with a legend of so many rows.
    pub(crate) fn height(&self, legend_rows: usize) -> f64 {
        self.bottom + self.viewport.select(66.0, 66.0 + 30.0 * legend_rows as f64)
    }

    /// Draws the outline, the values of both keys at the coarse grid, and the keys.
    pub(crate) fn draw(&self, canvas: &mut Canvas) {
        let (map, left, side) = (self.map, self.left, self.side);
        canvas.area((left, self.top), (left + side, self.bottom), "frame");
        let coarse = |step: u32| step.is_multiple_of(map.coarse.max(1));
        for one in &map.points {
            let GridPoint { column, row } = one.place;
            let (x, y) = self.middle(one.place);
            if column == 0 && coarse(row) {
                canvas.text((left - 10.0, y + 4.5), Anchor::End, "faint", &one.y);
            }
            if row == 0 && coarse(column) {
                let at = (x, self.bottom + 20.0);
                canvas.text(at, Anchor::Middle, "faint small", &one.x);
            }
        }
        let key = cut(&map.y, self.viewport.width());
        canvas.text((8.0, self.top - 18.0), Anchor::Start, "", &key);
        let key = cut(&map.x, left + side);
        canvas.text((left + side, self.bottom + 44.0), Anchor::End, "", &key);
    }
}

/// The square of the distance of two grid points.
pub(crate) fn squared_distance(one: GridPoint, other: GridPoint) -> u64 {
    let square = |a: u32, b: u32| u64::from(a.abs_diff(b)).pow(2);
    square(one.column, other.column).saturating_add(square(one.row, other.row))
}

/// The point that was run nearest to a grid point; of several the first.
pub(crate) fn nearest(map: &MapAnswer, place: GridPoint) -> Option<&MapPoint> {
    let points = map.points.iter();
    points.min_by_key(|one| squared_distance(one.place, place))
}
