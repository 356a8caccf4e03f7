//! Samplers: points of the unit cube, for designs that are not grids.
//!
//! Every coordinate lies in 0..=1. A design is a pure function of method, number of points and seed.
//! Sobol's sequence has the direction numbers of Joe and Kuo (`direction_numbers`).

use patchday_core::Random;

use crate::experiment::design::direction_numbers::direction_numbers;

const SAMPLE_DRAWS: u32 = 0x5341_4D50;

fn unit(word: u32) -> f64 {
    (f64::from(word) + 0.5) / 4_294_967_296.0
}

fn uniform(random: Random, point: u32, dimension: u32) -> f64 {
    unit(random.draw(point, 0, SAMPLE_DRAWS, dimension).word(0))
}

/// Points drawn uniformly and independently.
pub(crate) fn random(points: usize, dimensions: usize, seed: u64) -> Vec<Vec<f64>> {
    let random = Random::new(seed);
    let point = |point| {
        let dimensions = 0..dimensions as u32;
        dimensions.map(|d| uniform(random, point, d)).collect()
    };
    (0..points as u32).map(point).collect()
}

/// A Latin hypercube: in each dimension, one point in each of as many equal intervals as there are
/// points.
pub(crate) fn latin_hypercube(points: usize, dimensions: usize, seed: u64) -> Vec<Vec<f64>> {
    let random = Random::new(seed);
    let mut columns: Vec<Vec<usize>> = Vec::new();
    for dimension in 0..dimensions {
        // The shuffle of Fisher and Yates.
        let mut steps: Vec<usize> = (0..points).collect();
        for place in (1..points).rev() {
            let draw = random.draw(place as u32, 1, SAMPLE_DRAWS, dimension as u32);
            steps.swap(place, draw.below(0, place as u32 + 1) as usize);
        }
        columns.push(steps);
    }
    let coordinate = |point: usize, dimension: usize| {
        let inside = uniform(random, point as u32, dimension as u32);
        (columns[dimension][point] as f64 + inside) / points as f64
    };
    let point = |point| (0..dimensions).map(|d| coordinate(point, d)).collect();
    (0..points).map(point).collect()
}

/// Sobol's sequence without its first point, the origin.
pub(crate) fn sobol(points: usize, dimensions: usize) -> Vec<Vec<f64>> {
    let words = sobol_words(points, dimensions).into_iter();
    let coordinate = |word| f64::from(word) / 4_294_967_296.0;
    let point = |words: Vec<u32>| words.into_iter().map(coordinate).collect();
    words.map(point).collect()
}

/// Sobol's sequence with its first point, with a digital shift in each dimension that depends on the
/// seed: another seed gives another, equally even set of points, and no coordinate is 0.
pub(crate) fn shifted_sobol(points: usize, dimensions: usize, seed: u64) -> Vec<Vec<f64>> {
    let random = Random::new(seed);
    let shift = |dimension| random.draw(0, 2, SAMPLE_DRAWS, dimension).word(0);
    let shifts: Vec<u32> = (0..dimensions as u32).map(shift).collect();
    let origin = std::iter::once(vec![0; dimensions]);
    let rest = sobol_words(points.saturating_sub(1), dimensions);
    let shifted = |words: Vec<u32>| {
        let pairs = words.iter().zip(&shifts);
        pairs.map(|(word, shift)| unit(word ^ shift)).collect()
    };
    origin.chain(rest).take(points).map(shifted).collect()
}

/// The coordinates of Sobol's sequence without the origin, as multiples of 2^-32.
fn sobol_words(points: usize, dimensions: usize) -> Vec<Vec<u32>> {
    let numbers: Vec<[u32; 32]> = (0..dimensions).map(direction_numbers).collect();
    let mut state = vec![0_u32; dimensions];
    let mut all = Vec::with_capacity(points);
    for index in 0..points as u32 {
        // Gray code: one direction number changes between consecutive points.
        let bit = index.trailing_ones() as usize;
        for (word, numbers) in state.iter_mut().zip(&numbers) {
            *word ^= numbers[bit];
        }
        all.push(state.clone());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::design::direction_numbers::MOST_DIMENSIONS;

    #[test]
    fn sobol_gives_the_published_points() {
        // The first points of three dimensions after the origin, as in the authors' own
        // program.
        let expected = [
            [0.5, 0.5, 0.5],
            [0.75, 0.25, 0.25],
            [0.25, 0.75, 0.75],
            [0.375, 0.375, 0.625],
            [0.875, 0.875, 0.125],
            [0.625, 0.125, 0.875],
            [0.125, 0.625, 0.375],
        ];
        assert_eq!(sobol(7, 3), expected);
    }

    #[test]
    fn sobol_fills_every_dimension_evenly() {
        // Of any 2^k - 1 first points and the origin, one in each step of 2^-k.
        let points = sobol(255, MOST_DIMENSIONS);
        for dimension in 0..MOST_DIMENSIONS {
            let mut steps: Vec<usize> = points
                .iter()
                .map(|point| (point[dimension] * 256.0) as usize)
                .collect();
            steps.sort_unstable();
            assert_eq!(steps, (1..256).collect::<Vec<_>>(), "dimension {dimension}");
        }
    }

    #[test]
    fn a_shifted_sequence_fills_every_dimension_as_evenly() {
        for seed in [1, 2] {
            let points = shifted_sobol(256, MOST_DIMENSIONS, seed);
            for dimension in 0..MOST_DIMENSIONS {
                let steps = points
                    .iter()
                    .map(|point| (point[dimension] * 256.0) as usize);
                let mut steps: Vec<usize> = steps.collect();
                steps.sort_unstable();
                assert_eq!(steps, (0..256).collect::<Vec<_>>(), "dimension {dimension}");
            }
            assert_eq!(points[..32], shifted_sobol(32, MOST_DIMENSIONS, seed)[..]);
        }
        assert_ne!(shifted_sobol(4, 2, 1), shifted_sobol(4, 2, 2));
    }

    #[test]
    fn a_latin_hypercube_has_a_point_in_every_step() {
        for (points, seed) in [(1, 1), (7, 2), (100, 3)] {
            let cube = latin_hypercube(points, 3, seed);
            for dimension in 0..3 {
                let mut steps: Vec<usize> = cube
                    .iter()
                    .map(|point| (point[dimension] * points as f64) as usize)
                    .collect();
                steps.sort_unstable();
                assert_eq!(steps, (0..points).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn every_sampler_stays_inside_and_repeats() {
        for seed in 0..50 {
            for points in [
                random(40, 4, seed),
                latin_hypercube(40, 4, seed),
                sobol(40, 4),
            ] {
                assert!(points.iter().flatten().all(|x| (0.0..=1.0).contains(x)));
            }
            assert_eq!(random(9, 2, seed), random(9, 2, seed));
            assert_ne!(random(9, 2, seed), random(9, 2, seed + 1));
        }
        let mean = |points: Vec<Vec<f64>>| points.iter().map(|p| p[0]).sum::<f64>() / 4_000.0;
        assert!((mean(random(4_000, 1, 3)) - 0.5).abs() < 0.02);
    }
}
