//! Direction numbers of Sobol's sequence to 64 dimensions.
//!
//! The numbers of Joe and Kuo, "Constructing Sobol sequences with better two-dimensional
//! projections", SIAM J. Sci. Comput. 30 (2008), file new-joe-kuo-6.21201 as its authors publish it.
//! Tests check what the numbers must satisfy, so that a digit that is wrong is found: the polynomials
//! are all primitive ones in their order, and the first bits satisfy Sobol's property A.

/// The most dimensions of Sobol's sequence.
pub(crate) const MOST_DIMENSIONS: usize = 64;

/// The bits of a coordinate.
const BITS: usize = 32;

/// The coefficients of the primitive polynomial, without the first and the last one, and the first
/// direction numbers, of dimensions 2 to 64. The degree is the number of direction numbers.
const TABLE: [(u32, &[u32]); MOST_DIMENSIONS - 1] = [
    (0, &[1]),
    (1, &[1, 3]),
    (1, &[1, 3, 1]),
    (2, &[1, 1, 1]),
    (1, &[1, 1, 3, 3]),
    (4, &[1, 3, 5, 13]),
    (2, &[1, 1, 5, 5, 17]),
    (4, &[1, 1, 5, 5, 5]),
    (7, &[1, 1, 7, 11, 19]),
    (11, &[1, 1, 5, 1, 1]),
    (13, &[1, 1, 1, 3, 11]),
    (14, &[1, 3, 5, 5, 31]),
    (1, &[1, 3, 3, 9, 7, 49]),
    (13, &[1, 1, 1, 15, 21, 21]),
    (16, &[1, 3, 1, 13, 27, 49]),
    (19, &[1, 1, 1, 15, 7, 5]),
    (22, &[1, 3, 1, 15, 13, 25]),
    (25, &[1, 1, 5, 5, 19, 61]),
    (1, &[1, 3, 7, 11, 23, 15, 103]),
    (4, &[1, 3, 7, 13, 13, 15, 69]),
    (7, &[1, 1, 3, 13, 7, 35, 63]),
    (8, &[1, 3, 5, 9, 1, 25, 53]),
    (14, &[1, 3, 1, 13, 9, 35, 107]),
    (19, &[1, 3, 1, 5, 27, 61, 31]),
    (21, &[1, 1, 5, 11, 19, 41, 61]),
    (28, &[1, 3, 5, 3, 3, 13, 69]),
    (31, &[1, 1, 7, 13, 1, 19, 1]),
    (32, &[1, 3, 7, 5, 13, 19, 59]),
    (37, &[1, 1, 3, 9, 25, 29, 41]),
    (41, &[1, 3, 5, 13, 23, 1, 55]),
    (42, &[1, 3, 7, 3, 13, 59, 17]),
    (50, &[1, 3, 1, 3, 5, 53, 69]),
    (55, &[1, 1, 5, 5, 23, 33, 13]),
    (56, &[1, 1, 7, 7, 1, 61, 123]),
    (59, &[1, 1, 7, 9, 13, 61, 49]),
    (62, &[1, 3, 3, 5, 3, 55, 33]),
    (14, &[1, 3, 1, 15, 31, 13, 49, 245]),
    (21, &[1, 3, 5, 15, 31, 59, 63, 97]),
    (22, &[1, 3, 1, 11, 11, 11, 77, 249]),
    (38, &[1, 3, 1, 11, 27, 43, 71, 9]),
    (47, &[1, 1, 7, 15, 21, 11, 81, 45]),
    (49, &[1, 3, 7, 3, 25, 31, 65, 79]),
    (50, &[1, 3, 1, 1, 19, 11, 3, 205]),
    (52, &[1, 1, 5, 9, 19, 21, 29, 157]),
    (56, &[1, 3, 7, 11, 1, 33, 89, 185]),
    (67, &[1, 3, 3, 3, 15, 9, 79, 71]),
    (70, &[1, 3, 7, 11, 15, 39, 119, 27]),
    (84, &[1, 1, 3, 1, 11, 31, 97, 225]),
    (97, &[1, 1, 1, 3, 23, 43, 57, 177]),
    (103, &[1, 3, 7, 7, 17, 17, 37, 71]),
    (115, &[1, 3, 1, 5, 27, 63, 123, 213]),
    (122, &[1, 1, 3, 5, 11, 43, 53, 133]),
    (8, &[1, 3, 5, 5, 29, 17, 47, 173, 479]),
    (13, &[1, 3, 3, 11, 3, 1, 109, 9, 69]),
    (16, &[1, 1, 1, 5, 17, 39, 23, 5, 343]),
    (22, &[1, 3, 1, 5, 25, 15, 31, 103, 499]),
    (25, &[1, 1, 1, 11, 11, 17, 63, 105, 183]),
    (44, &[1, 1, 5, 11, 9, 29, 97, 231, 363]),
    (47, &[1, 1, 5, 15, 19, 45, 41, 7, 383]),
    (52, &[1, 3, 7, 7, 31, 19, 83, 137, 221]),
    (55, &[1, 1, 1, 3, 23, 15, 111, 223, 83]),
    (59, &[1, 1, 5, 13, 31, 15, 55, 25, 161]),
    (62, &[1, 1, 3, 13, 25, 47, 39, 87, 257]),
];

/// The direction numbers of a dimension, counted from 0: the binary digits that a bit of the index
/// of a point changes.
pub(crate) fn direction_numbers(dimension: usize) -> [u32; BITS] {
    match dimension.checked_sub(1).map(|row| TABLE[row]) {
        Some((coefficients, first)) => recurrence(coefficients, first),
        None => std::array::from_fn(|bit| 1 << (BITS - 1 - bit)),
    }
}

/// All direction numbers that follow from the first ones.
fn recurrence(coefficients: u32, first: &[u32]) -> [u32; BITS] {
    let degree = first.len();
    let mut numbers = [0_u32; BITS];
    for bit in 0..BITS {
        numbers[bit] = if bit < degree {
            first[bit] << (BITS - 1 - bit)
        } else {
            let mut number = numbers[bit - degree] ^ numbers[bit - degree] >> degree;
            for term in 1..degree {
                if coefficients >> (degree - 1 - term) & 1 == 1 {
                    number ^= numbers[bit - term];
                }
            }
            number
        };
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the powers of x modulo the polynomial are all `2^degree - 1` polynomials but 0.
    fn is_primitive(degree: u32, coefficients: u32) -> bool {
        let polynomial = 1 << degree | coefficients << 1 | 1;
        let (mut power, mut order) = (1_u32, 0_u32);
        loop {
            power <<= 1;
            if power >> degree & 1 == 1 {
                power ^= polynomial;
            }
            order += 1;
            if power <= 1 || order == 1 << degree {
                return power == 1 && order == (1 << degree) - 1;
            }
        }
    }

    #[test]
    fn the_polynomials_are_all_primitive_ones_in_their_order() {
        let all = (1..=9).flat_map(|degree| {
            let coefficients = 0..1_u32 << (degree - 1);
            coefficients.map(move |coefficients| (degree, coefficients))
        });
        let primitive = all.filter(|(degree, coefficients)| is_primitive(*degree, *coefficients));
        let expected: Vec<(u32, u32)> = primitive.take(TABLE.len()).collect();
        let found = TABLE.map(|(coefficients, first)| (first.len() as u32, coefficients));
        assert_eq!(found.as_slice(), expected);
    }

    #[test]
    fn direction_numbers_are_odd_and_have_no_more_bits_than_their_place() {
        for (_, first) in TABLE {
            for (bit, number) in first.iter().enumerate() {
                assert!(number % 2 == 1 && *number < 2 << bit, "{first:?}");
            }
        }
    }

    /// The first bit of each of `count` direction numbers of a dimension. A coordinate has 32 bits, so
    /// the recurrence is done on the first bits of numbers of 128 bits here.
    fn first_bits(dimension: usize, count: usize) -> Vec<bool> {
        let Some((coefficients, first)) = dimension.checked_sub(1).map(|row| TABLE[row]) else {
            return (0..count).map(|bit| bit == 0).collect();
        };
        let degree = first.len();
        let mut numbers = Vec::<u128>::new();
        for bit in 0..count {
            let number = if bit < degree {
                u128::from(first[bit]) << (127 - bit)
            } else {
                let terms = (1..degree)
                    .filter(|term| coefficients >> (degree - 1 - term) & 1 == 1)
                    .map(|term| numbers[bit - term]);
                let old = numbers[bit - degree];
                terms.fold(old ^ old >> degree, |sum, term| sum ^ term)
            };
            numbers.push(number);
        }
        numbers.iter().map(|number| number >> 127 == 1).collect()
    }

    #[test]
    fn the_first_bits_satisfy_property_a_of_sobol() {
        // Of the first 2^d points in d dimensions, one lies in each of the 2^d cubes of side 1/2: the
        // matrix of first bits is regular.
        for size in 1..=MOST_DIMENSIONS {
            let mut rows: Vec<Vec<bool>> = (0..size).map(|row| first_bits(row, size)).collect();
            for column in 0..size {
                let pivot = (column..size).find(|row| rows[*row][column]);
                rows.swap(column, pivot.unwrap_or_else(|| panic!("{size} dimensions")));
                let (above, below) = rows.split_at_mut(column + 1);
                for row in below.iter_mut().filter(|row| row[column]) {
                    for (bit, pivot) in row.iter_mut().zip(&above[column]) {
                        *bit ^= pivot;
                    }
                }
            }
        }
    }
}
