//! Functions of the unit cube whose sensitivity is known, for tests of designs and estimators.

use std::f64::consts::PI;

/// The function of Ishigami and Homma (1990) with a = 7 and b = 0.1, of three coordinates.
pub(crate) fn ishigami(place: &[f64]) -> f64 {
    let x: Vec<f64> = place.iter().map(|place| (2.0 * place - 1.0) * PI).collect();
    x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
}

/// Its indices of first order and its total indices (Saltelli et al. 2008).
pub(crate) const ISHIGAMI: [(f64, f64); 3] = [
    (0.313_905, 0.557_589),
    (0.442_411, 0.442_411),
    (0.0, 0.243_684),
];

/// The function G of Sobol with these coefficients (Saltelli et al. 2010).
pub(crate) fn sobol_g(place: &[f64], a: &[f64]) -> f64 {
    let factors = place.iter().zip(a);
    factors
        .map(|(x, a)| ((4.0 * x - 2.0).abs() + a) / (1.0 + a))
        .product()
}
