//! Parts of a fluid model (a server, pauses, a schedule of amounts), and the statistics with
//! which runs of actors are compared with it.
//!
//! Amounts are fractions of the population and need not be whole numbers of users. Units:
//! seconds, and steps of a fraction of a second.

/// Amounts that become due at given steps.
pub(crate) struct Schedule(Vec<f64>);

impl Schedule {
    /// A schedule of `steps` steps; amounts due later are dropped.
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

    /// Removes all amounts due from `step` on and returns them.
    pub(crate) fn take(&mut self, step: usize) -> Self {
        let mut taken = Self::new(self.0.len());
        taken.0[step..].swap_with_slice(&mut self.0[step..]);
        taken
    }
}

/// A first-come, first-served queue that serves `rate` a second and admits only arrivals that
/// will wait at most `longest` seconds.
pub(crate) struct Server {
    pub(crate) rate: f64,
    pub(crate) longest: f64,
    /// Seconds of work in the queue.
    pub(crate) backlog: f64,
}

impl Server {
    /// Advances by a step of `1 / steps` seconds with `arrivals` at its beginning. Returns the
    /// amounts served with the number of steps until then, and the amount rejected.
    pub(crate) fn take(&mut self, arrivals: f64, steps: f64) -> (Vec<(usize, f64)>, f64) {
        let capacity = ((self.longest - self.backlog) * self.rate).max(0.0);
        let admitted = arrivals.min(capacity);
        let (first, last) = (self.backlog, self.backlog + admitted / self.rate);
        let mut served = Vec::new();
        // The work that ends within step `step` is the part of the queue between two times.
        let mut step = (first * steps).floor() as usize + 1;
        while admitted > 0.0 && (step as f64 - 1.0) / steps < last {
            let from = first.max((step as f64 - 1.0) / steps);
            let until = last.min(step as f64 / steps);
            served.push((step, (until - from).max(0.0) * self.rate));
            step += 1;
        }
        self.backlog = (last - 1.0 / steps).max(0.0);
        (served, arrivals - admitted)
    }
}

/// The distribution of a pause drawn uniformly from 0 to `longest` steps and at least one step
/// long: the probability of each length, from one step on.
pub(crate) fn even_pauses(longest: usize) -> Vec<f64> {
    let part = 1.0 / (longest as f64 + 1.0);
    let mut parts = vec![part; longest];
    parts[0] += part;
    parts
}

/// The mean of some figures, and its standard error from their variance.
pub(crate) fn mean_and_error(figures: &[f64]) -> (f64, f64) {
    let count = figures.len() as f64;
    let mean = figures.iter().sum::<f64>() / count;
    let squares = figures.iter().map(|one| (one - mean).powi(2)).sum::<f64>();
    (mean, (squares / (count - 1.0) / count).sqrt())
}

/// A point of a curve whose exponent is estimated.
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// The standard error of `y`.
    pub(crate) error: f64,
}

/// The exponent `k` of `y = c x^k`, by linear regression on logarithms, and its standard error.
pub(crate) fn exponent(points: &[Point]) -> (f64, f64) {
    let mean = points.iter().map(|one| one.x.ln()).sum::<f64>() / points.len() as f64;
    let spread: f64 = points.iter().map(|one| (one.x.ln() - mean).powi(2)).sum();
    let parts = points.iter().map(|Point { x, y, error }| {
        let weight = (x.ln() - mean) / spread;
        (weight * y.ln(), (weight * error / y).powi(2))
    });
    let (slope, square) = parts.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    (slope, square.sqrt())
}
