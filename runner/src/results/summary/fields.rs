//! The fields of `summary.json` and the figures that they hold, declared once.
//!
//! A declaration gives the field's type and meaning and, if the field is a figure, the id,
//! name and unit of that. The order is the order in the file. A figure that did not happen is
//! *never*, in the file `null`; `recovered` says whether the outage was over when the run
//! ended. Hours are simulated hours, users are users of the scenario at its scale, shares are
//! shares of the norm at the same time. [`crate::results::outage`] defines the terms.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use patchday_agents::metrics::columns::{Aggregate, COLUMNS, ColumnId};
use serde::{Deserialize, Serialize};

use crate::{
    host::format::Seconds,
    results::{
        own::{OwnFigureId, OwnValue},
        summary::{
            aggregates::{Maxima, Sums},
            spans::{Extreme, OutageSpan},
        },
    },
};

/// The value of a figure; `None` is *never*.
pub(crate) type Figure = Option<f64>;

/// A field that holds a figure.
trait FigureField {
    /// The figure; `None` if the run has none, `Some(None)` if it is *never*.
    fn figure(&self) -> Option<Figure>;
}

impl FigureField for u64 {
    fn figure(&self) -> Option<Figure> {
        Some(Some(*self as f64))
    }
}

impl FigureField for usize {
    fn figure(&self) -> Option<Figure> {
        Some(Some(*self as f64))
    }
}

impl FigureField for f64 {
    fn figure(&self) -> Option<Figure> {
        Some(Some(*self))
    }
}

impl FigureField for Option<f64> {
    fn figure(&self) -> Option<Figure> {
        Some(*self)
    }
}

impl FigureField for Option<bool> {
    fn figure(&self) -> Option<Figure> {
        Some(self.map(|yes| f64::from(u8::from(yes))))
    }
}

impl<T: FigureField> FigureField for Option<Extreme<T>> {
    fn figure(&self) -> Option<Figure> {
        self.as_ref()?.value.figure()
    }
}

impl FigureField for Option<OutageSpan> {
    /// Without an outage 0 hours, because *never* would be worse than every outage.
    fn figure(&self) -> Option<Figure> {
        Some(self.as_ref().map_or(Some(0.0), |outage| outage.hours))
    }
}

/// Declares the fields of the summary. After `=` stand id, name and unit of a figure.
macro_rules! summary {
    ($(
        $(#[doc = $doc:literal])+
        $(#[serde($($serde:tt)*)])?
        $field:ident: $type:ty $(= $id:ident $name:literal [$unit:literal])?;
    )*) => {
        /// The summary of a run, as `summary.json` holds it.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        pub(crate) struct Summary {
            $(
                $(#[doc = $doc])+
                $(#[serde($($serde)*)])?
                pub(crate) $field: $type,
            )*
        }

        /// The id of a figure of the summary.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum FigureId {
            $($($id,)?)*
            /// The sum of a column over the run.
            Sum(ColumnId),
            /// The maximum of a column.
            Max(ColumnId),
            /// A figure of one's own.
            Own(OwnFigureId),
        }

        impl FigureId {
            /// All figures that are fields of the summary, with name and unit.
            const FIELDS: &[(Self, &'static str, &'static str)] =
                &[$($((Self::$id, $name, $unit),)?)*];

            /// The meanings of all fields, by name of the field.
            const MEANINGS: &[(&'static str, &'static str)] =
                &[$((stringify!($field), concat!($($doc),+)),)*];

            /// The figure of a run; `None` if the run has none, `Some(None)` if it is *never*.
            pub(crate) fn read(self, summary: &Summary) -> Option<Figure> {
                match self {
                    // A run without a sample has no outage, and nothing is known of it.
                    Self::OutageHours if summary.recovered.is_none() => Some(None),
                    $($(Self::$id => summary.$field.figure(),)?)*
                    Self::Sum(id) => summary.sums.get(id)?.figure(),
                    Self::Max(id) => summary.maxima.get(id)?.value.figure(),
                    // Without a value it is not *never*: nothing is known of it.
                    Self::Own(id) => summary.figure.get(id.name())?.value.map(Some),
                }
            }
        }
    };
}

summary! {
    /// The title of the scenario.
    title: String;
    /// Maximum of the norm.
    norm_peak: u64 = NormPeak "norm_peak" ["users"];
    /// Maximum of users online.
    online_max: Option<Extreme<u64>> = OnlineMax "online_max.value" ["users"];
    /// Minimum of users online, at any time of day.
    online_min: Option<Extreme<u64>> = OnlineMin "online_min.value" ["users"];
    /// Minimum of users online as a share of the norm.
    online_share_min: Option<Extreme<f64>> = OnlineShareMin "online_share_min.value" ["share"];
    /// Users online as a share of the norm, mean over the last tenth of the samples.
    online_share_end: Option<f64> = OnlineShareEnd "online_share_end" ["share"];
    /// Maximum length of a dip below 90 % of the norm that is no outage (`run.outage_after`), in
    /// seconds.
    outage_after_s: Seconds;
    /// Time for which the network must be back before an outage is over (`run.recovered_after`), in
    /// seconds.
    #[serde(default)]
    recovered_after_s: Seconds;
    /// Number of outages.
    #[serde(default)]
    outages: u64 = Outages "outages" ["count"];
    /// Length of the outage: the one that is not over when the run ends, otherwise the longest. 0 without
    /// an outage, never if it was not over.
    outage: Option<OutageSpan> = OutageHours "outage.hours" ["h"];
    /// 1 if there was no outage or it was over when the run ended, otherwise 0.
    recovered: Option<bool> = Recovered "recovered" ["0 or 1"];
    /// From the start of the outage until 50 % of the norm were online again, later dips of up
    /// to `run.outage_after` not counted; 0 if users online were never below 50 % for longer than
    /// that, never if they still were when the run ended.
    hours_to_50_percent: Option<f64> = HoursTo50Percent "hours_to_50_percent" ["h"];
    /// From the start of the outage until 90 % of the norm were online again, later dips of up
    /// to `run.outage_after` not counted; 0 without an outage, never if it was not over when the run ended.
    hours_to_90_percent: Option<f64> = HoursTo90Percent "hours_to_90_percent" ["h"];
    /// Time with less than 50 % of the norm online, in total.
    hours_below_50_percent: f64 = HoursBelow50Percent "hours_below_50_percent" ["h"];
    /// Longest uninterrupted time with less than 50 % of the norm online.
    longest_hours_below_50_percent: f64
        = LongestHoursBelow50Percent "longest_hours_below_50_percent" ["h"];
    /// Time with less than 80 % of the norm online, in total.
    hours_below_80_percent: f64 = HoursBelow80Percent "hours_below_80_percent" ["h"];
    /// Longest uninterrupted time with less than 80 % of the norm online.
    longest_hours_below_80_percent: f64
        = LongestHoursBelow80Percent "longest_hours_below_80_percent" ["h"];
    /// Time with less than 90 % of the norm online, in total, short dips included.
    hours_below_90_percent: f64 = HoursBelow90Percent "hours_below_90_percent" ["h"];
    /// Longest uninterrupted time with less than 90 % of the norm online.
    longest_hours_below_90_percent: f64
        = LongestHoursBelow90Percent "longest_hours_below_90_percent" ["h"];
    /// Largest distance between users online and the norm, as a share of the norm.
    max_deviation_from_norm: f64 = MaxDeviationFromNorm "max_deviation_from_norm" ["share"];
    /// Users missing from the norm times hours, during the outage and whenever less than 90 % of
    /// the norm were online.
    user_hours_lost: u64 = UserHoursLost "user_hours_lost" ["user h"];
    /// Business users missing from their norm times hours, over the same time.
    business_user_hours_lost: u64 = BusinessUserHoursLost "business_user_hours_lost" ["user h"];
    /// Largest traffic of a supernode (mean over all) since the outage began, as a multiple of
    /// the mean before it; only with an outage.
    traffic_peak_times_normal: Option<Extreme<f64>>
        = TrafficPeakTimesNormal "traffic_peak_times_normal.value" ["multiple"];
    /// Minimum of supernodes in service.
    supernodes_min: Option<Extreme<u64>> = SupernodesMin "supernodes_min.value" ["supernodes"];
    /// Tries per success over the whole run: `attempts` divided by `accepted`, with an overlay
    /// probes per seat at a supernode, without one login requests per login accepted. A calm
    /// network without an overlay has 1. Never if others failed and fewer than 100 succeeded.
    retry_amplification: Option<f64>
        = RetryAmplification "retry_amplification" ["tries per success"];
    /// Longest time between two samples that figures are computed from: start and end of a dip are
    /// known to this, and a dip between two samples is not seen.
    sample_hours: f64 = SampleHours "sample_hours" ["h"];
    /// Observed points that the run reached.
    observed_points: usize = ObservedPoints "observed_points" ["points"];
    /// Mean distance to observed points, as a share of the norm; never if none was reached.
    mean_abs_error: Option<f64> = MeanAbsError "mean_abs_error" ["share"];
    /// Largest distance to an observed point, as a share of the norm; never if none was reached.
    max_abs_error: Option<f64> = MaxAbsError "max_abs_error" ["share"];
    /// Largest distance to an observed point of confidence A, as a share of the norm; never if
    /// none was reached.
    max_abs_error_a: Option<f64> = MaxAbsErrorA "max_abs_error_a" ["share"];
    /// Maxima of columns, each named after its column with `_max` appended.
    #[serde(flatten)]
    maxima: Maxima;
    /// Calls of business users not attempted, failed or dropped, and calls that failed at the
    /// business gateways.
    business_calls_lost_in_all: u64 = BusinessCallsLostInAll "business_calls_lost_in_all" ["calls"];
    /// Figures of one's own (`[[figure]]`), by name; null if no sample of the window has a value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    figure: BTreeMap<String, OwnValue>;
    /// Sums of columns, each named after its column.
    #[serde(flatten)]
    sums: Sums;
}

impl FigureId {
    /// All figures that every run has: first the fields of the summary, then maxima and sums of
    /// columns.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let of = |kind: Aggregate, id: fn(ColumnId) -> Self| {
            let columns = COLUMNS.iter();
            let columns = columns.filter(move |column| column.aggregate == Some(kind));
            columns.map(move |column| id(column.id))
        };
        let fields = Self::FIELDS.iter().map(|(id, ..)| *id);
        fields
            .chain(of(Aggregate::Max, Self::Max))
            .chain(of(Aggregate::Sum, Self::Sum))
    }

    /// The figure with this name, none of one's own.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|id| id.name() == name)
    }

    /// Its name: the path to its value in `summary.json`, such as `outage.hours`; of a figure of one's
    /// own the name that the scenario gives it.
    pub(crate) fn name(self) -> Cow<'static, str> {
        match self {
            Self::Own(id) => id.name().into(),
            Self::Sum(id) => id.name().into(),
            Self::Max(id) => format!("{}_max.value", id.name()).into(),
            field => field.declaration().0.into(),
        }
    }

    /// Its unit.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Sum(id) => match id.column().unit {
                "1/sample" => "count",
                unit => unit.trim_end_matches("/sample"),
            },
            Self::Max(id) => id.column().unit,
            Self::Own(id) => id.unit(),
            field => field.declaration().1,
        }
    }

    /// Its meaning in a sentence.
    pub(crate) fn doc(self) -> String {
        match self {
            Self::Sum(id) => format!("Sum over the run. {}", id.column().doc),
            Self::Max(id) => format!("Maximum over the run. {}", id.column().doc),
            Self::Own(id) => id.doc().to_owned(),
            field => {
                let name = field.declaration().0;
                let name = name.split('.').next().unwrap_or(name);
                let mut meanings = Self::MEANINGS.iter();
                let found = meanings.find(|(field, _)| *field == name);
                found.map_or("", |(_, meaning)| meaning.trim()).to_owned()
            }
        }
    }

    /// Name and unit of a figure that is a field.
    fn declaration(self) -> (&'static str, &'static str) {
        let mut fields = Self::FIELDS.iter();
        let found = fields.find(|(id, ..)| *id == self);
        found.map_or(("", ""), |(_, name, unit)| (name, unit))
    }
}

impl fmt::Display for FigureId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::samples::tests::hourly;

    /// A run with an outage and a sample of every column.
    fn summary() -> Summary {
        let mut samples = hourly(&[1_000, 800, 100, 400, 900, 1_000]);
        for column in COLUMNS {
            match column.aggregate {
                Some(Aggregate::Sum) => drop(samples.sums.insert(column.id, 7)),
                Some(Aggregate::Max) => drop(samples.maxima.insert(column.id, (1_500, 0))),
                None => {}
            }
        }
        Summary::new("t", &samples, &[])
    }

    #[test]
    fn a_figure_is_the_value_at_its_path_in_the_file() {
        let summary = summary();
        let json = serde_json::to_value(&summary).unwrap();
        for id in FigureId::all() {
            let path = format!("/{}", id.name().replace('.', "/"));
            let value = json.pointer(&path).unwrap_or_else(|| panic!("{path}"));
            let number = match value {
                serde_json::Value::Bool(yes) => Some(f64::from(u8::from(*yes))),
                other => other.as_f64(),
            };
            assert_eq!(id.read(&summary), Some(number), "{path}");
        }
    }

    #[test]
    fn the_file_is_read_back_as_it_was_written() {
        for summary in [summary(), Summary::new("t", &hourly(&[]), &[])] {
            let text = serde_json::to_string(&summary).unwrap();
            let read: Summary = serde_json::from_str(&text).unwrap();
            assert_eq!(read, summary);
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
        let error = serde_json::from_str::<Summary>("{}").unwrap_err();
        assert!(error.to_string().contains("missing field"), "{error}");
    }

    #[test]
    fn names_are_distinct_and_each_figure_has_unit_and_meaning() {
        let mut names = std::collections::BTreeSet::new();
        for id in FigureId::all() {
            assert_eq!(FigureId::from_name(&id.name()), Some(id));
            assert!(names.insert(id.name()), "{id:?}");
            assert!(!id.unit().is_empty(), "{id:?}");
            assert!(id.doc().ends_with('.'), "{id:?}: {}", id.doc());
        }
    }

    #[test]
    fn without_an_outage_it_has_0_hours_and_without_samples_none_are_known() {
        let read =
            |online: &[u64]| FigureId::OutageHours.read(&Summary::new("t", &hourly(online), &[]));
        assert_eq!(read(&[1_000, 980]), Some(Some(0.0)));
        assert_eq!(read(&[1_000, 100, 100]), Some(None));
        assert_eq!(read(&[]), Some(None));
        let calm = Summary::new("t", &hourly(&[1_000]), &[]);
        assert_eq!(FigureId::TrafficPeakTimesNormal.read(&calm), None);
    }
}
