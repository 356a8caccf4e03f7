//! Parameters: figures of one's own, computed from the series of a run.
//!
//! Declarations only. Columns are names here; [`crate::metrics::own_figure`] checks them and turns
//! them into typed ids.

use crate::{choice, scenario::quantity::moment::Moment, section};

choice! {
    /// How the values of a window become one figure.
    pub enum Statistic {
        /// The least value.
        Min = "min",
        /// The greatest value.
        Max = "max",
        /// The mean over time.
        Mean = "mean",
        /// The integral over time in hours; of a count, its sum.
        Integral = "integral",
        /// The time below a level, in hours.
        TimeBelow = "time_below",
        /// The time above a level, in hours.
        TimeAbove = "time_above",
        /// The sum of the column divided by that of `divided_by`: a share of all requests.
        SumRatio = "sum_ratio",
    }
}

choice! {
    /// Which values of a figure are better.
    pub enum Better {
        /// Lower ones.
        Lower = "lower",
        /// Higher ones.
        Higher = "higher",
    }
}

section! {
    /// A figure of one's own: a column of the series, or a ratio of two, over a part of the run. It
    /// can be used wherever a figure of summary.json can. It is computed from the samples, each of
    /// which stands for the time since the one before, so it depends on `run.sample`.
    pub struct OwnFigure {
        /// Its name: a lower-case letter, then such letters, digits and underscores. No figure of
        /// summary.json has it.
        name: String, required, source "given";
        /// A column of series.csv, such as `login_queue`.
        column: String, required, source "given";
        /// Another column; the figure is of the ratio `column` / `divided_by` of each sample. Samples
        /// at which this column is 0 do not count.
        divided_by: Option<String>, optional, source "given";
        /// Where the window begins: an instant, or a time after run.start. If not set, at run.start.
        from: Option<Moment>, optional, source "given";
        /// Where the window ends. If not set, at run.end.
        to: Option<Moment>, optional, source "given";
        /// What is computed from the values in the window.
        statistic: Statistic, required, source "given";
        /// The level of `time_below` and `time_above`, in the unit of the column. If that is a number
        /// of users, supernodes, calls or requests, the level is multiplied by the scale of the run.
        level: Option<f64>, optional, min "0", source "given";
        /// Which values are better, for the order of the variants in `compare`. If not set, neither.
        better: Option<Better>, optional, source "given";
    }
}
