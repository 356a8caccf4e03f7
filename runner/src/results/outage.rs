//! The definition of an outage, for a run with samples of users online and of the norm.
//!
//! * A *dip* below a level is a series of consecutive samples in which fewer users than that share
//!   of the norm are online, and fewer than chance explains
//!   ([`SamplePoint::is_beyond_chance`]: it matters where the norm is below 900 users). It begins
//!   at its first sample and ends at the first sample after it, or it is open when the run ends.
//! * A *long dip* lasts for more than `run.outage_after`, or is open when the run ends. Shorter dips
//!   are noise or fluctuations after a recovery, and do not count.
//! * An *outage* begins with a long dip below 90 %. It is over when the network has been back for
//!   `run.recovered_after`: long dips with shorter recoveries between them are one outage, which ends
//!   with the last of them. If that one is open, the network has not recovered.
//! * The outage *of the run* is the one that is open or, if none is, the longest.
//! * The network is *back at* a level when the last long dip below that level in the outage of the
//!   run ends; the time until then counts from the start of the outage. It is 0 if there is no such
//!   dip, and *never* if one is open.
//! * *User hours lost* are users missing times hours, over all samples during outages or below
//!   90 %, short dips included.
//!
//! Times are ticks since 1970.

use crate::results::samples::{SamplePoint, Samples};

/// The level of an outage, in percent of the norm.
pub(crate) const OUTAGE_LEVEL: u64 = 90;

/// Consecutive samples below a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dip {
    /// The time of the first sample below the level.
    pub(crate) start: i64,
    /// The time of the first sample after it; `None` if the run ends before.
    pub(crate) end: Option<i64>,
    /// Its length, in ticks, up to the last sample of the run.
    pub(crate) length: i64,
}

/// All dips below a level in percent of the norm.
pub(crate) fn dips(samples: &Samples, level: u64) -> Vec<Dip> {
    let mut dips = Vec::new();
    let mut open: Option<i64> = None;
    for point in &samples.points {
        match (open, point.is_below(level)) {
            (None, true) => open = Some(point.time),
            (Some(start), false) => {
                let end = Some(point.time);
                dips.push(Dip {
                    start,
                    end,
                    length: point.time - start,
                });
                open = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    if let (Some(start), Some(last)) = (open, samples.points.last()) {
        dips.push(Dip {
            start,
            end: None,
            length: last.time - start,
        });
    }
    dips
}

impl Dip {
    /// Whether it is a long dip of a run in which a dip of up to `outage_after` ticks is none.
    pub(crate) fn is_long(&self, outage_after: i64) -> bool {
        self.length > outage_after || self.end.is_none()
    }

    /// Whether a time lies in it.
    pub(crate) fn covers(&self, time: i64) -> bool {
        self.start <= time && self.end.is_none_or(|end| time < end)
    }
}

fn long_dips(samples: &Samples, level: u64) -> Vec<Dip> {
    let mut dips = dips(samples, level);
    dips.retain(|dip| dip.is_long(samples.outage_after));
    dips
}

/// The samples whose share of the norm says something: those that differ from the norm by more than
/// chance, and those whose norm is at least half of the largest one.
pub(crate) fn telling<'a>(
    points: impl IntoIterator<Item = &'a SamplePoint>,
) -> Vec<&'a SamplePoint> {
    let mut points: Vec<&SamplePoint> = points.into_iter().collect();
    let peak = points.iter().map(|point| point.norm).max().unwrap_or(0);
    points.retain(|point| point.is_beyond_chance() || point.norm >= peak.div_ceil(2));
    points
}

/// The sample with the lowest share of the norm online, of those that say something; of equal ones
/// the first.
pub(crate) fn lowest<'a>(
    points: impl IntoIterator<Item = &'a SamplePoint>,
) -> Option<&'a SamplePoint> {
    let least = |a: &&SamplePoint, b: &&SamplePoint| a.share().total_cmp(&b.share());
    telling(points).into_iter().min_by(least)
}

/// An outage of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    /// The time of its first sample.
    pub(crate) start: i64,
    /// The time of the first sample after it; `None` if it was not over when the run ended.
    pub(crate) end: Option<i64>,
}

impl Outage {
    /// All outages of a run, in order of time.
    pub(crate) fn all(samples: &Samples) -> Vec<Self> {
        let mut outages: Vec<Self> = Vec::new();
        for dip in long_dips(samples, OUTAGE_LEVEL) {
            match outages.last_mut() {
                Some(last)
                    if last
                        .end
                        .is_some_and(|end| dip.start - end < samples.recovered_after) =>
                {
                    last.end = dip.end;
                }
                _ => outages.push(Self {
                    start: dip.start,
                    end: dip.end,
                }),
            }
        }
        outages
    }

    /// The outage of a run; `None` if it had none.
    pub(crate) fn find(samples: &Samples) -> Option<Self> {
        // Of equally long ones the first.
        let length = |outage: &Self| outage.end.map_or(i64::MAX, |end| end - outage.start);
        let outages = Self::all(samples).into_iter();
        outages.min_by_key(|outage| std::cmp::Reverse(length(outage)))
    }

    /// Whether a time lies in it.
    pub(crate) fn covers(&self, time: i64) -> bool {
        self.start <= time && self.end.is_none_or(|end| time < end)
    }
}

/// Ticks from the start of the outage until the network was back at a level, by the definition
/// above; `None` if it never was.
pub(crate) fn ticks_to(samples: &Samples, outage: Option<Outage>, level: u64) -> Option<i64> {
    let Some(outage) = outage else {
        return Some(0);
    };
    let mut dips = long_dips(samples, level);
    dips.retain(|dip| outage.covers(dip.start));
    match dips.last() {
        None => Some(0),
        Some(last) => last.end.map(|end| end - outage.start),
    }
}

/// Ticks below a level: in total, and in the longest dip.
pub(crate) fn ticks_below(samples: &Samples, level: u64) -> (i64, i64) {
    let dips = dips(samples, level);
    let lengths = dips.iter().map(|dip| dip.length);
    (lengths.clone().sum(), lengths.max().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::results::samples::tests::{every, hourly, starting_at};

    const HOUR: i64 = 3_600;

    #[test]
    fn a_calm_run_has_no_outage() {
        let samples = hourly(&[1_000, 950, 900, 1_010]);
        assert_eq!(Outage::find(&samples), None);
        assert_eq!(ticks_to(&samples, None, 90), Some(0));
        assert_eq!(ticks_below(&samples, 90), (0, 0));
    }

    #[test]
    fn an_hour_below_is_not_yet_an_outage() {
        let samples = every(1_800, &[1_000, 899, 500, 1_000]);
        assert_eq!(dips(&samples, 90)[0].length, HOUR);
        assert_eq!(Outage::find(&samples), None);
        assert_eq!(ticks_below(&samples, 90), (HOUR, HOUR));
    }

    #[test]
    fn an_outage_is_longer_than_the_length_that_the_scenario_gives() {
        // A dip of 31 minutes, and one of 4.
        let mut online = vec![1_000; 60];
        online[10..41].fill(700);
        online[50..54].fill(800);
        let mut samples = every(60, &online);
        for (outage_after, counts) in [(0, true), (300, true), (31 * 60, false), (3_600, false)] {
            samples.outage_after = outage_after;
            let outage = Outage::find(&samples);
            assert_eq!(outage.is_some(), counts, "{outage_after}");
            let expected = match outage_after {
                0 => 44 * 60,
                300 => 31 * 60,
                _ => 0,
            };
            assert_eq!(ticks_to(&samples, outage, 90), Some(expected));
        }
        assert_eq!(ticks_below(&samples, 90), (35 * 60, 31 * 60));
    }

    #[test]
    fn an_outage_spans_its_failed_recoveries() {
        let samples = hourly(&[1_000, 800, 300, 950, 950, 200, 600, 850, 990, 880, 1_000]);
        let outage = Outage::find(&samples).unwrap();
        assert_eq!(outage.start, samples.start + 2 * HOUR);
        // The last dip below 90 % lasts for only an hour, so it does not count.
        assert_eq!(outage.end, Some(samples.start + 9 * HOUR));
        assert_eq!(ticks_to(&samples, Some(outage), 90), Some(7 * HOUR));
        // Each dip below 50 % lasts for an hour, so none counts.
        assert_eq!(ticks_to(&samples, Some(outage), 50), Some(0));
        assert_eq!(ticks_below(&samples, 50), (2 * HOUR, HOUR));
        assert!(outage.covers(samples.points[4].time));
        assert!(!outage.covers(samples.points[8].time));
    }

    #[test]
    fn outages_with_a_recovery_between_them_are_two() {
        let mut online = vec![1_000; 600];
        online[100..157].fill(500);
        online[400..415].fill(800);
        let mut samples = every(60, &online);
        samples.outage_after = 300;
        for (recovered_after, lengths) in [(HOUR, vec![57, 15]), (5 * HOUR, vec![315])] {
            samples.recovered_after = recovered_after;
            let all = Outage::all(&samples);
            let minutes: Vec<i64> = all
                .iter()
                .map(|one| (one.end.unwrap() - one.start) / 60)
                .collect();
            assert_eq!(minutes, lengths);
            let outage = Outage::find(&samples);
            assert_eq!(ticks_to(&samples, outage, 90), Some(lengths[0] * 60));
        }
        // One that is not over is the outage of the run, however short it is.
        online[590..].fill(800);
        let mut samples = every(60, &online);
        (samples.outage_after, samples.recovered_after) = (300, HOUR);
        let outage = Outage::find(&samples).unwrap();
        assert_eq!((outage.start, outage.end), (samples.start + 591 * 60, None));
        assert_eq!(Outage::all(&samples).len(), 3);
    }

    #[test]
    fn chance_is_no_outage() {
        // A tenth of 100 users is one standard deviation of their number.
        let mut samples = minutes(&[(1_000, 20), (70, 300), (1_000, 20)]);
        for point in &mut samples.points[20..320] {
            point.norm = 100;
        }
        assert_eq!(Outage::find(&samples), None);
        assert_eq!(ticks_below(&samples, 90), (0, 0));
        assert_eq!(lowest(&samples.points).unwrap().share(), 1.0);
        for point in &mut samples.points[20..320] {
            point.online = 69;
        }
        assert!(Outage::find(&samples).is_some());
        assert_eq!(lowest(&samples.points).unwrap().online, 69);
    }

    #[test]
    fn an_outage_that_is_not_over_has_no_end() {
        let samples = hourly(&[1_000, 100, 100, 700, 700]);
        let outage = Outage::find(&samples).unwrap();
        assert_eq!(outage.end, None);
        assert_eq!(ticks_to(&samples, Some(outage), 90), None);
        assert_eq!(ticks_to(&samples, Some(outage), 50), Some(2 * HOUR));
    }

    #[test]
    fn a_run_that_ends_in_a_dip_has_not_recovered() {
        let samples = every(1_800, &[1_000, 1_000, 500]);
        assert_eq!(Outage::find(&samples).map(|outage| outage.end), Some(None));
        assert_eq!(ticks_to(&samples, Outage::find(&samples), 90), None);
        assert_eq!(ticks_to(&samples, Outage::find(&samples), 50), Some(0));
    }

    #[test]
    fn a_run_without_samples_has_no_outage() {
        assert_eq!(Outage::find(&starting_at(0)), None);
        assert_eq!(ticks_below(&starting_at(0), 90), (0, 0));
    }

    /// Samples every minute: so many users online for so many minutes, and so on.
    fn minutes(spans: &[(u64, usize)]) -> Samples {
        let online: Vec<u64> = spans
            .iter()
            .flat_map(|(online, minutes)| vec![*online; *minutes])
            .collect();
        let mut samples = every(60, &online);
        samples.outage_after = 300;
        samples.recovered_after = HOUR;
        samples
    }

    #[test]
    fn figures_count_from_the_first_minute_of_a_dip_that_counts() {
        let to_90 = |samples: &Samples| ticks_to(samples, Outage::find(samples), 90);
        let calm = 1_000;
        let one = minutes(&[(calm, 20), (64, 31), (calm, 20)]);
        assert_eq!(to_90(&one), Some(31 * 60));
        // Exactly as long as the limit is not longer.
        let brief = minutes(&[(calm, 20), (64, 5), (calm, 20)]);
        assert_eq!((Outage::find(&brief), to_90(&brief)), (None, Some(0)));
        assert_eq!(ticks_below(&brief, 90), (300, 300));
        let over = minutes(&[(calm, 20), (64, 6), (calm, 20)]);
        assert_eq!(to_90(&over), Some(360));
        // Two dips are one outage, from the first minute of the first to the end of the last.
        let two = minutes(&[(calm, 9), (800, 10), (calm, 40), (300, 20), (calm, 9)]);
        assert_eq!(to_90(&two), Some(70 * 60));
        assert_eq!(ticks_to(&two, Outage::find(&two), 50), Some(70 * 60));
        let open = minutes(&[(calm, 9), (800, 1)]);
        assert_eq!(to_90(&open), None);
    }

    proptest! {
        #[test]
        fn back_at_a_higher_level_is_never_sooner(online in prop::collection::vec(0_u64..1_100, 0..60)) {
            let samples = hourly(&online);
            let outage = Outage::find(&samples);
            let never = |seconds: Option<i64>| seconds.unwrap_or(i64::MAX);
            let to = |level| never(ticks_to(&samples, outage, level));
            prop_assert!(to(50) <= to(90));
            if let Some(outage) = outage {
                prop_assert_eq!(never(outage.end.map(|end| end - outage.start)), to(90));
            }
            prop_assert!(ticks_below(&samples, 50).0 <= ticks_below(&samples, 80).0);
        }
    }
}
