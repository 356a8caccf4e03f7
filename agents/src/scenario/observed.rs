//! Parameters: observations of the real outage, to compare the model with, and their checks.
//!
//! No run depends on them: they change tables, charts and what `patchday fit` concludes.

use std::collections::BTreeMap;

use crate::{
    choice,
    scenario::{
        parameter::check::Remark,
        quantity::{instant::Instant, share::Share, span::Span},
    },
    section,
};

choice! {
    /// The confidence in an observation.
    pub enum Confidence {
        /// The primary source.
        A = "A",
        /// A secondary source.
        B = "B",
        /// Uncertain.
        C = "C",
    }
}

section! {
    /// One observation.
    pub struct Observed {
        /// The time, in UTC.
        time: Instant, required, source "given";
        /// What was observed, in a few words.
        what: String = "users online", source "given";
        /// Users online in the whole network; multiplied by the scale of the run.
        users: Option<u64>, optional, unit "users", source "given";
        /// Users online as a share of the norm at that hour, instead of `users`.
        share: Option<Share>, optional, source "given";
        /// Whether the value is the peak of that day, at any hour.
        daily_peak: bool = false, source "given";
        /// The source.
        source: String, required, source "given";
        /// The confidence in it.
        confidence: Confidence, required, source "given";
        /// How far the value can be off (one standard deviation), as a share of the norm at that hour.
        /// Without it, `patchday fit` takes an error that depends on `confidence`.
        error: Option<Share>, optional, in 0.001..=1, source "given";
        /// How far the value can be off (one standard deviation), in users, instead of `error`;
        /// multiplied by the scale of the run.
        error_users: Option<u64>, optional, unit "users", source "given";
        /// How far the time can be off, before and after: the value is compared with the sample of
        /// that window that is closest to it.
        within: Option<Span>, optional, in "1ms"..="1d", source "given";
        /// The name of a group of readings that exclude each other: any one of them may be right.
        alternatives: Option<String>, optional, source "given";
        /// Whether `patchday fit` leaves the point out, and tests its prediction with it.
        hold_out: bool = false, source "given";
    }
}

/// The checks of the observed points.
pub(crate) fn check_observed(points: &[Observed]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, point) in points.iter().enumerate() {
        let key = |name: &str| format!("observed.{index}.{name}");
        if point.users.is_some() == point.share.is_some() {
            remarks.push(Remark::error(
                key("time"),
                "needs either `users` or `share`, not both or neither",
            ));
        }
        if point.error.is_some() && point.error_users.is_some() {
            remarks.push(Remark::error(
                key("error_users"),
                "is given beside `error`: one of them is enough",
            ));
        }
        if point.error_users == Some(0) {
            let what = "is no error: at least 1 user, and usually many more";
            remarks.push(Remark::error(key("error_users"), what));
        }
        if point.daily_peak && point.within.is_some() {
            let what = "has no effect: a daily peak is compared with the whole day";
            remarks.push(Remark::warning(key("within"), what));
        }
        if let Some(group) = &point.alternatives {
            if group.trim().is_empty() {
                remarks.push(Remark::error(key("alternatives"), "needs a name"));
            }
            groups.entry(group).or_default().push(index);
        }
    }
    for members in groups.values() {
        let key = |name: &str| format!("observed.{}.{name}", members[0]);
        if members.len() == 1 {
            let what = "names a group of one point: alternatives need two";
            remarks.push(Remark::warning(key("alternatives"), what));
        }
        let held = members.iter().filter(|index| points[**index].hold_out);
        if ![0, members.len()].contains(&held.count()) {
            remarks.push(Remark::error(
                key("hold_out"),
                "differs within its group of alternatives: hold out all of them or none",
            ));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parameter::{check::Severity, section::Section};

    fn point(change: impl FnOnce(&mut Observed)) -> Observed {
        let mut point = Observed::fresh();
        point.users = Some(1_000);
        change(&mut point);
        point
    }

    /// The keys of errors and warnings.
    fn keys(points: &[Observed]) -> (Vec<String>, Vec<String>) {
        let of = |severity| {
            let all = check_observed(points).into_iter();
            let kept = all.filter(|remark| remark.severity == severity);
            kept.map(|remark| remark.path).collect()
        };
        (of(Severity::Error), of(Severity::Warning))
    }

    #[test]
    fn contradictory_points_are_errors_and_useless_keys_are_warned_of() {
        let group = |name: &str| {
            let name = Some(name.to_owned());
            move |point: &mut Observed| point.alternatives = name
        };
        let none: (Vec<String>, Vec<String>) = Default::default();
        assert_eq!(keys(&[point(|_| ())]), none);
        assert_eq!(keys(&[point(group("a")), point(group("a"))]), none);
        for (change, key) in [
            (point(|one| one.users = None), "observed.0.time"),
            (
                point(|one| (one.error, one.error_users) = (Share::new(0.1), Some(5))),
                "observed.0.error_users",
            ),
            (
                point(|one| one.error_users = Some(0)),
                "observed.0.error_users",
            ),
        ] {
            assert_eq!(keys(&[change]), (vec![key.to_owned()], vec![]));
        }
        let (errors, warnings) = keys(&[point(group(" "))]);
        assert_eq!(
            (errors.as_slice(), warnings.len()),
            (&["observed.0.alternatives".to_owned()][..], 1)
        );
        let warned = keys(&[point(|one| {
            one.daily_peak = true;
            one.within = "1h".parse().ok();
        })]);
        assert_eq!(warned.1, ["observed.0.within"]);
        let mut held = [point(group("a")), point(group("a"))];
        held[1].hold_out = true;
        assert_eq!(keys(&held).0, ["observed.0.hold_out"]);
    }
}
