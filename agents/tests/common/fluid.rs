//! What a mean field is made of: a server, pauses, what is ahead; and how fast a population
//! comes near it. Amounts are parts of the population, so they need not be whole. Units:
//! seconds, and steps of which so many make a second.

/// Amounts that are due at later steps.
pub(crate) struct Ahead(Vec<f64>);

impl Ahead {
    /// A schedule of so many steps; what would be due later is left out.
    pub(crate) fn new(steps: usize) -> Self {
        Self(vec![0.0; steps])
    }

    pub(crate) fn put(&mut self, step: usize, amount: f64) {
        if let Some(due) = self.0.get_mut(step) {
            *due += amount;
        }
    }

    pub(crate) fn due(&self, step: usize) -> f64 {
        self.0[step]
    }

    /// Takes everything away that is due from this step on.
    pub(crate) fn take(&mut self, step: usize) -> Self {
        let mut taken = Self::new(self.0.len());
        taken.0[step..].swap_with_slice(&mut self.0[step..]);
        taken
    }
}

/// A server, first come, first served: it serves `rate` a second and lets in what waits
/// `longest` seconds at most.
pub(crate) struct Server {
    pub(crate) rate: f64,
    pub(crate) longest: f64,
    /// Seconds of work that are left.
    pub(crate) backlog: f64,
}

impl Server {
    /// A step of `1 / steps` seconds, at the beginning of which so much arrives: which of
    /// it is done after how many steps, and how much is turned away.
    pub(crate) fn take(&mut self, arrivals: f64, steps: f64) -> (Vec<(usize, f64)>, f64) {
        let room = ((self.longest - self.backlog) * self.rate).max(0.0);
        let let_in = arrivals.min(room);
        let (first, last) = (self.backlog, self.backlog + let_in / self.rate);
        let mut done = Vec::new();
        // The work on what is done after `step` steps lies between two moments.
        let mut step = (first * steps).floor() as usize + 1;
        while let_in > 0.0 && (step as f64 - 1.0) / steps < last {
            let from = first.max((step as f64 - 1.0) / steps);
            let until = last.min(step as f64 / steps);
            done.push((step, (until - from).max(0.0) * self.rate));
            step += 1;
        }
        self.backlog = (last - 1.0 / steps).max(0.0);
        (done, arrivals - let_in)
    }
}

/// Parts of a pause drawn evenly from 0 to `longest` steps, at least one: what ends after
/// each number of steps, from the first on.
pub(crate) fn even_pauses(longest: usize) -> Vec<f64> {
    let part = 1.0 / (longest as f64 + 1.0);
    let mut parts = vec![part; longest];
    parts[0] += part;
    parts
}

/// A mean of some figures, and the standard error of that mean from their spread.
pub(crate) fn mean_and_error(figures: &[f64]) -> (f64, f64) {
    let count = figures.len() as f64;
    let mean = figures.iter().sum::<f64>() / count;
    let squares = figures.iter().map(|one| (one - mean).powi(2)).sum::<f64>();
    (mean, (squares / (count - 1.0) / count).sqrt())
}

/// The power of `x` as which `y` goes: the slope, by least squares, of the straight line
/// through the logarithms of points `(x, y, error of y)`; and the error of the slope.
pub(crate) fn power(points: &[(f64, f64, f64)]) -> (f64, f64) {
    let mean = points.iter().map(|one| one.0.ln()).sum::<f64>() / points.len() as f64;
    let spread: f64 = points.iter().map(|one| (one.0.ln() - mean).powi(2)).sum();
    let parts = points.iter().map(|(x, y, error)| {
        let weight = (x.ln() - mean) / spread;
        (weight * y.ln(), (weight * error / y).powi(2))
    });
    let (slope, square) = parts.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    (slope, square.sqrt())
}
