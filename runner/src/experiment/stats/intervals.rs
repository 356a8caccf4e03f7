//! 95 % intervals of means and shares.
//!
//! A mean has Student's interval; a share has that of Clopper and Pearson (1934), whose coverage is
//! at least 95 %. Student's interval can reach beyond the possible values of a figure, especially for
//! few runs; callers cut it there, which does not reduce its coverage.

use statrs::distribution::{Beta, ContinuousCDF, StudentsT};

/// The probability outside an interval, on each side.
pub(crate) const TAIL: f64 = 0.025;

/// A value with its interval.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub(crate) struct Interval {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Interval {
    /// The interval cut at a least and a greatest possible value.
    pub(crate) fn within(self, (low, high): (f64, f64)) -> Self {
        Self {
            low: self.low.max(low),
            high: self.high.min(high),
            ..self
        }
    }
}

/// The mean of at least two values; `None` for fewer.
pub(crate) fn mean(values: &[f64]) -> Option<Interval> {
    let count = values.len() as f64;
    let student = StudentsT::new(0.0, 1.0, count - 1.0).ok()?;
    let value = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|one| (one - value).powi(2)).sum();
    let error = (squares / (count - 1.0) / count).sqrt();
    let half = if error > 0.0 {
        student.inverse_cdf(1.0 - TAIL) * error
    } else {
        0.0
    };
    Some(Interval {
        value,
        low: value - half,
        high: value + half,
    })
}

/// The share of successes; `None` without runs, or if there are more successes than runs.
pub(crate) fn share(successes: u32, runs: u32) -> Option<Interval> {
    if runs == 0 {
        return None;
    }
    let (yes, no) = (
        f64::from(successes),
        f64::from(runs.checked_sub(successes)?),
    );
    let quantile = |a: f64, b: f64, p: f64| Beta::new(a, b).map(|beta| beta.inverse_cdf(p));
    let low = match successes {
        0 => 0.0,
        _ => quantile(yes, no + 1.0, TAIL).ok()?,
    };
    let high = if successes == runs {
        1.0
    } else {
        quantile(yes + 1.0, no, 1.0 - TAIL).ok()?
    };
    Some(Interval {
        value: yes / f64::from(runs),
        low,
        high,
    })
}

#[cfg(test)]
mod tests {
    use patchday_core::Random;

    use super::*;

    #[test]
    fn published_values() {
        // Student's t with 9 degrees of freedom: 2.262; Clopper and Pearson for 5 of 10:
        // 0.187 to 0.813, for 0 of 20: 0 to 0.168.
        let values: Vec<f64> = (0..10).map(f64::from).collect();
        let interval = mean(&values).unwrap();
        let error = (55.0_f64 / 6.0).sqrt() / 10.0_f64.sqrt();
        assert!((interval.value - 4.5).abs() < 1e-12);
        assert!((interval.high - 4.5 - 2.262 * error).abs() < 1e-3);
        let half = share(5, 10).unwrap();
        assert!((half.low - 0.187).abs() < 1e-3 && (half.high - 0.813).abs() < 1e-3);
        let none = share(0, 20).unwrap();
        assert!(none.low == 0.0 && (none.high - 0.168).abs() < 1e-3);
        assert_eq!((mean(&[1.0]), share(0, 0)), (None, None));
        assert_eq!(share(3, 2), None);
        assert_eq!(mean(&[2.0, 2.0]).unwrap().high, 2.0);
    }

    #[test]
    fn an_interval_is_cut_at_the_possible_values() {
        // Three runs without an outage, and one of 40 hours out of 48.
        let wide = mean(&[0.0, 0.0, 0.0, 40.0]).unwrap();
        assert!(wide.low < -20.0 && wide.high < 48.0);
        let cut = wide.within((0.0, 48.0));
        assert_eq!((cut.value, cut.low, cut.high), (10.0, 0.0, wide.high));
        assert_eq!(cut.within((-48.0, 20.0)).high, 20.0);
    }

    #[test]
    fn intervals_have_their_coverage() {
        let random = Random::new(5);
        let uniform = |a, b| f64::from(random.draw(a, b, 0, 0).word(0)) / 4_294_967_296.0;
        let (mut means, mut shares) = (0, 0);
        for trial in 0..2_000 {
            let values: Vec<f64> = (0..12).map(|run| uniform(trial, run)).collect();
            let interval = mean(&values).unwrap();
            means += u32::from((interval.low..=interval.high).contains(&0.5));
            let hits = values.iter().filter(|value| **value < 0.3).count() as u32;
            let interval = share(hits, 12).unwrap();
            shares += u32::from((interval.low..=interval.high).contains(&0.3));
        }
        // 95 % of 2,000 with four standard errors; shares cover more.
        assert!((1_861..=1_939).contains(&means), "{means}");
        assert!(shares >= 1_861, "{shares}");
    }
}
