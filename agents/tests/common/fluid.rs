//! What the mean field is made of: a log-in server, pauses, a schedule of what is ahead,
//! and how fast a population comes near it. All amounts are parts of the population.
//! Units: seconds; steps of which so many make a second.

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
}

/// A log-in server, first come, first served: it serves `rate` a second and lets in what
/// waits `longest` seconds at most.
pub(crate) struct Server {
    pub(crate) rate: f64,
    pub(crate) longest: f64,
    /// Seconds of work that are left.
    pub(crate) backlog: f64,
}

impl Server {
    /// A step of `1 / steps` seconds in which `arrivals` come: what of them is done after
    /// how many steps, and what is turned away.
    pub(crate) fn take(&mut self, arrivals: f64, steps: f64) -> (Vec<(usize, f64)>, f64) {
        let room = ((self.longest - self.backlog) * self.rate).max(0.0);
        let let_in = arrivals.min(room);
        let (first, last) = (self.backlog, self.backlog + let_in / self.rate);
        let mut done = Vec::new();
        // The work of those who are done after `step` steps lies between two moments.
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

/// The slope of the straight line through the logarithms of pairs of numbers, by least
/// squares.
pub(crate) fn slope(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let count = logs.len() as f64;
    let mean = |part: fn(&(f64, f64)) -> f64| logs.iter().map(part).sum::<f64>() / count;
    let (x, y) = (mean(|one| one.0), mean(|one| one.1));
    let covered: f64 = logs.iter().map(|one| (one.0 - x) * (one.1 - y)).sum();
    covered / logs.iter().map(|one| (one.0 - x).powi(2)).sum::<f64>()
}
