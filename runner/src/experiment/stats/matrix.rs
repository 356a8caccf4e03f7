//! Dense symmetric matrices: Cholesky factors and eigenvectors.
//!
//! Matrices are stored by rows in one vector. All sums have a fixed order that does not depend on the
//! number of threads: a dot product has four partial sums, which are added at its end.

/// The sum of the products of two slices of one length.
pub(crate) fn dot(one: &[f64], other: &[f64]) -> f64 {
    let (one_blocks, other_blocks) = (one.chunks_exact(4), other.chunks_exact(4));
    let (one_rest, other_rest) = (one_blocks.remainder(), other_blocks.remainder());
    let mut sums = [0.0_f64; 4];
    for (a, b) in one_blocks.zip(other_blocks) {
        for ((sum, x), y) in sums.iter_mut().zip(a).zip(b) {
            *sum += x * y;
        }
    }
    let rest: f64 = one_rest.iter().zip(other_rest).map(|(x, y)| x * y).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// The lower factor `L` of a positive definite matrix `L L'`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cholesky {
    /// The order of the matrix.
    order: usize,
    /// By rows; entries above the diagonal are not used.
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors a symmetric matrix, of which only the lower triangle is read; `None` unless it is positive
    /// definite and finite.
    pub(crate) fn new(mut matrix: Vec<f64>, order: usize) -> Option<Self> {
        if matrix.len() != order * order {
            return None;
        }
        for row in 0..order {
            let (above, this) = matrix.split_at_mut(row * order);
            for column in 0..row {
                let other = &above[column * order..=column * order + column];
                let sum = this[column] - dot(&this[..column], &other[..column]);
                this[column] = sum / other[column];
            }
            let pivot = this[row] - dot(&this[..row], &this[..row]);
            // A NaN is not greater than 0.
            if !(pivot > 0.0 && pivot.is_finite()) {
                return None;
            }
            this[row] = pivot.sqrt();
        }
        Some(Self {
            order,
            lower: matrix,
        })
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.lower[row * self.order..=row * self.order + row]
    }

    /// The logarithm of the determinant of the matrix.
    pub(crate) fn log_determinant(&self) -> f64 {
        let diagonal = (0..self.order).map(|row| self.row(row)[row].ln());
        2.0 * diagonal.sum::<f64>()
    }

    /// Replaces `v` with `L^-1 v`.
    pub(crate) fn solve_lower(&self, v: &mut [f64]) {
        for row in 0..self.order {
            let entries = self.row(row);
            let sum = v[row] - dot(&entries[..row], &v[..row]);
            v[row] = sum / entries[row];
        }
    }

    /// Replaces `v` with `(L L')^-1 v`.
    pub(crate) fn solve(&self, v: &mut [f64]) {
        self.solve_lower(v);
        for row in (0..self.order).rev() {
            let entries = self.row(row);
            let solved = v[row] / entries[row];
            v[row] = solved;
            for (target, entry) in v[..row].iter_mut().zip(entries) {
                *target -= entry * solved;
            }
        }
    }

    /// `L v`: a vector with this covariance from one with independent entries of variance 1.
    pub(crate) fn times(&self, v: &[f64]) -> Vec<f64> {
        (0..self.order)
            .map(|row| dot(self.row(row), &v[..=row]))
            .collect()
    }

    /// The diagonal of the inverse matrix.
    pub(crate) fn inverse_diagonal(&self) -> Vec<f64> {
        // The inverse is L'^-1 L^-1: its diagonal has the squared lengths of the columns of L^-1.
        let mut diagonal = vec![0.0; self.order];
        let mut column = vec![0.0; self.order];
        for (first, target) in diagonal.iter_mut().enumerate() {
            column[first] = 1.0 / self.row(first)[first];
            for row in first + 1..self.order {
                let entries = self.row(row);
                column[row] = -dot(&entries[first..row], &column[first..row]) / entries[row];
            }
            *target = dot(&column[first..], &column[first..]);
        }
        diagonal
    }
}

/// Eigenvalues of a symmetric matrix, the smallest first, each with its eigenvector of length 1.
///
/// By Jacobi's rotations: exact enough for the few keys of an experiment, and without special cases. The
/// entry of an eigenvector with the largest size is positive, so that the sign does not depend on
/// rounding.
pub(crate) fn eigenvectors(matrix: &[f64], order: usize) -> Vec<(f64, Vec<f64>)> {
    /// More sweeps than any matrix of this size needs; the error is squared by each.
    const MOST_SWEEPS: u32 = 60;
    let mut a = matrix.to_vec();
    let mut vectors = vec![0.0; order * order];
    for index in 0..order {
        vectors[index * order + index] = 1.0;
    }
    for _ in 0..MOST_SWEEPS {
        let mut off_diagonal = 0.0;
        for p in 0..order {
            for q in p + 1..order {
                off_diagonal += a[p * order + q].powi(2);
            }
        }
        let scale: f64 = (0..order).map(|i| a[i * order + i].powi(2)).sum();
        if off_diagonal <= scale * 1e-30 {
            break;
        }
        for p in 0..order {
            for q in p + 1..order {
                rotate(&mut a, &mut vectors, order, p, q);
            }
        }
    }
    let pair = |column: usize| {
        let mut vector: Vec<f64> = (0..order)
            .map(|row| vectors[row * order + column])
            .collect();
        let largest = vector.iter().copied().max_by(|x, y| {
            // Sizes that differ by rounding alone count as equal; the last one decides then.
            (x.abs() * 1e9).round().total_cmp(&(y.abs() * 1e9).round())
        });
        if largest.is_some_and(|entry| entry < 0.0) {
            vector.iter_mut().for_each(|entry| *entry = -*entry);
        }
        (a[column * order + column], vector)
    };
    let mut pairs: Vec<(f64, Vec<f64>)> = (0..order).map(pair).collect();
    pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
    pairs
}

/// Sets the entry (p, q) of a symmetric matrix to zero by a rotation, and turns the vectors along.
fn rotate(a: &mut [f64], vectors: &mut [f64], order: usize, p: usize, q: usize) {
    let entry = a[p * order + q];
    if entry == 0.0 {
        return;
    }
    let theta = (a[q * order + q] - a[p * order + p]) / (2.0 * entry);
    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    let turn = |values: &mut [f64], first: usize, second: usize| {
        let (x, y) = (values[first], values[second]);
        values[first] = cosine * x - sine * y;
        values[second] = sine * x + cosine * y;
    };
    for row in 0..order {
        turn(a, row * order + p, row * order + q);
    }
    for column in 0..order {
        turn(a, p * order + column, q * order + column);
    }
    for row in 0..order {
        turn(vectors, row * order + p, row * order + q);
    }
    a[p * order + q] = 0.0;
    a[q * order + p] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A positive definite matrix whose entries are not simple.
    fn example(order: usize) -> Vec<f64> {
        let entry = |i: usize, j: usize| {
            let distance = (i as f64 - j as f64).abs();
            let diagonal = if i == j { 0.01 * (i + 1) as f64 } else { 0.0 };
            (-distance / 3.0).exp() + diagonal
        };
        (0..order * order)
            .map(|at| entry(at / order, at % order))
            .collect()
    }

    #[test]
    fn a_factor_solves_and_has_the_determinant() {
        let order = 13;
        let matrix = example(order);
        let factor = Cholesky::new(matrix.clone(), order).unwrap();
        let truth: Vec<f64> = (0..order).map(|i| (i as f64).sin() + 0.2).collect();
        let mut right: Vec<f64> = (0..order)
            .map(|i| dot(&matrix[i * order..(i + 1) * order], &truth))
            .collect();
        factor.solve(&mut right);
        for (one, other) in right.iter().zip(&truth) {
            assert!((one - other).abs() < 1e-10, "{one} {other}");
        }
        for (column, entry) in factor.inverse_diagonal().iter().enumerate() {
            let mut unit = vec![0.0; order];
            unit[column] = 1.0;
            factor.solve(&mut unit);
            assert!((entry - unit[column]).abs() < 1e-10);
        }
        // A 2 x 2 matrix has the determinant a d - b b.
        let small = Cholesky::new(vec![4.0, 1.0, 1.0, 3.0], 2).unwrap();
        assert!((small.log_determinant() - 11.0_f64.ln()).abs() < 1e-12);
        assert_eq!(small.times(&[1.0, 0.0]), [2.0, 0.5]);
    }

    #[test]
    fn matrices_that_are_not_positive_definite_are_refused() {
        assert_eq!(Cholesky::new(vec![1.0, 2.0, 2.0, 1.0], 2), None);
        assert_eq!(Cholesky::new(vec![f64::NAN], 1), None);
        assert_eq!(Cholesky::new(vec![0.0], 1), None);
        assert_eq!(Cholesky::new(vec![1.0, 2.0], 2), None);
    }

    #[test]
    fn eigenvectors_diagonalise() {
        let pairs = eigenvectors(&[2.0, 1.0, 1.0, 2.0], 2);
        assert!((pairs[0].0 - 1.0).abs() < 1e-12 && (pairs[1].0 - 3.0).abs() < 1e-12);
        let half = 0.5_f64.sqrt();
        assert!((pairs[1].1[0] - half).abs() < 1e-12 && (pairs[1].1[1] - half).abs() < 1e-12);
        let order = 9;
        let matrix = example(order);
        for (value, vector) in eigenvectors(&matrix, order) {
            assert!((dot(&vector, &vector) - 1.0).abs() < 1e-12);
            for row in 0..order {
                let product = dot(&matrix[row * order..(row + 1) * order], &vector);
                assert!((product - value * vector[row]).abs() < 1e-11);
            }
        }
        assert_eq!(eigenvectors(&[0.0; 4], 2)[0].0, 0.0);
        assert!(eigenvectors(&[], 0).is_empty());
    }
}
