//! The design of Saltelli (2010) for Sobol's indices: rows of two independent points A and B, and points
//! of A in which the coordinates of one factor are those of B.
//!
//! The coordinates of A and B are the halves of a point of one sequence of Sobol with a digital shift.
//! The seed of a run is one more factor: every row has a seed of A and a seed of B.

use crate::experiment::design::{direction_numbers::MOST_DIMENSIONS, samplers::shifted_sobol};

/// The most coordinates of a design, because each has two dimensions.
pub(crate) const MOST_COORDINATES: usize = MOST_DIMENSIONS / 2;

/// A row: two points of the unit cube.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SaltelliRow {
    pub(crate) a: Vec<f64>,
    pub(crate) b: Vec<f64>,
}

impl SaltelliRow {
    /// The rows of a design.
    pub(crate) fn all(rows: usize, coordinates: usize, seed: u64) -> Vec<Self> {
        let points = shifted_sobol(rows, 2 * coordinates, seed);
        let row = |mut a: Vec<f64>| Self {
            b: a.split_off(coordinates),
            a,
        };
        points.into_iter().map(row).collect()
    }

    /// Point A with these coordinates of point B.
    pub(crate) fn mixed(&self, coordinates: &[usize]) -> Vec<f64> {
        let mut point = self.a.clone();
        for coordinate in coordinates {
            point[*coordinate] = self.b[*coordinate];
        }
        point
    }
}
