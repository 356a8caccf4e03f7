//! The dips of a run as entries of its timeline.
//!
//! [`crate::results::outage`] defines dips and the outage. A long dip below 90 % of the norm has
//! an entry for its start, its lowest point and its end, and a long dip below 50 % one for its
//! start and its end. A short dip of at least 300 ticks has one entry with length and depth;
//! shorter dips have none, except the dip that contains the lowest point of the run. That point is
//! the one in the summary and always has an entry if it is below 90 %. If there are many dips,
//! those that cost most user hours are listed and the others are counted in one entry, so the
//! timeline has at most some dozens of entries. Times are ticks since 1970.

use crate::{
    host::format::{length, percent},
    results::{
        outage::{Dip, OUTAGE_LEVEL, Outage, dips, lowest, ticks_to},
        samples::{SamplePoint, Samples},
    },
};

/// The minimum length of a short dip that has an entry, in ticks: five minutes, if a tick is a second.
const MIN_LENGTH: i64 = 300;
/// The maximum number of dips of each kind that are listed one by one.
const MAX_LISTED: usize = 6;
/// The level of a half, in percent of the norm.
const HALF: u64 = 50;

/// The end of an outage.
const OVER: &str = "The outage is over: nine tenths of all users are back";

/// The entries: time, order within the same time, text.
type DipEntries = Vec<(i64, Rank, String)>;

/// The order of entries that have the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Start,
    HalfStart,
    Lowest,
    HalfEnd,
    End,
}

/// The entries of all dips of a run, in order of time: time and text.
pub(crate) fn entries(samples: &Samples) -> Vec<(i64, String)> {
    let lowest = lowest(&samples.points).filter(|point| point.is_below(OUTAGE_LEVEL));
    let writer = DipWriter { samples, lowest };
    let mut entries = DipEntries::new();
    let (long, short) = split(samples, OUTAGE_LEVEL);
    writer.long(&long, &mut entries);
    writer.short(&short, OUTAGE_LEVEL, &mut entries);
    let (half, short_half) = split(samples, HALF);
    writer.half(&half, &short_half, &mut entries);
    // Any other one lies in a short dip below 90 %, which has an entry with its depth.
    let within = |dip: &Dip| long.iter().any(|long| long.covers(dip.start));
    let short_half: Vec<Dip> = short_half.into_iter().filter(within).collect();
    writer.short(&short_half, HALF, &mut entries);
    if let Some(lowest) = lowest {
        let what = "The lowest point of the run".into();
        entries.push((lowest.time, Rank::Lowest, what));
    }
    entries.sort_by_key(|(time, rank, _)| (*time, *rank));
    let text = |(time, _, what)| (time, what);
    entries.into_iter().map(text).collect()
}

/// The long and the short dips below a level.
fn split(samples: &Samples, level: u64) -> (Vec<Dip>, Vec<Dip>) {
    let long = |dip: &Dip| dip.is_long(samples.outage_after);
    dips(samples, level).into_iter().partition(long)
}

/// Writes the entries of one run.
struct DipWriter<'a> {
    samples: &'a Samples,
    /// The lowest point of the run, if it is below 90 %.
    lowest: Option<&'a SamplePoint>,
}

impl DipWriter<'_> {
    /// The samples of a dip.
    fn within(&self, dip: Dip) -> &[SamplePoint] {
        let points = &self.samples.points;
        let index = |time: i64| points.partition_point(|point| point.time < time);
        &points[index(dip.start)..dip.end.map_or(points.len(), index)]
    }

    /// Whether a dip contains the lowest point of the run.
    fn has_lowest(&self, dip: &Dip) -> bool {
        self.lowest.is_some_and(|lowest| dip.covers(lowest.time))
    }

    /// The dips that cost most user hours, in order of time, and the others.
    fn select(&self, dips: &[Dip]) -> (Vec<Dip>, Vec<Dip>) {
        let cost = |dip: &Dip| -> u64 {
            if self.has_lowest(dip) {
                // The lowest point of the run needs the entry of its dip as context.
                return u64::MAX;
            }
            let missing = self
                .within(*dip)
                .iter()
                .map(|it| it.norm.saturating_sub(it.online));
            missing.fold(0, u64::saturating_add)
        };
        let mut order: Vec<usize> = (0..dips.len()).collect();
        order.sort_by_cached_key(|index| std::cmp::Reverse(cost(&dips[*index])));
        order.truncate(MAX_LISTED);
        let (mut listed, mut others) = (Vec::new(), Vec::new());
        for (index, dip) in dips.iter().enumerate() {
            if order.contains(&index) {
                listed.push(*dip);
            } else {
                others.push(*dip);
            }
        }
        (listed, others)
    }

    /// A length in ticks as text.
    fn length(&self, ticks: i64) -> String {
        length(ticks as f64, self.samples.tick)
    }

    /// The lowest point of some dips, as a share of the norm.
    fn depth(&self, dips: &[Dip]) -> String {
        let points = dips.iter().flat_map(|dip| self.within(*dip));
        lowest(points).map_or_else(String::new, |point| percent(point.online, point.norm))
    }

    /// Long dips below 90 %.
    fn long(&self, dips: &[Dip], entries: &mut DipEntries) {
        let outages = Outage::all(self.samples);
        let begins = |dip: &Dip| outages.iter().any(|outage| outage.start == dip.start);
        let ends = |dip: &Dip| outages.iter().any(|outage| outage.end == dip.end);
        let (listed, others) = self.select(dips);
        let always = [
            outages.first().copied(),
            Outage::find(self.samples),
            outages.last().copied(),
        ];
        for (place, outage) in outages.iter().enumerate() {
            let is_listed = |at: &dyn Fn(&Dip) -> bool| {
                always.contains(&Some(*outage)) || listed.iter().any(at)
            };
            if is_listed(&|dip| dip.start == outage.start) {
                let text = match place {
                    0 => "The outage begins: more than a tenth of all users are missing",
                    _ => "Another outage begins: more than a tenth of all users are missing again",
                };
                entries.push((outage.start, Rank::Start, text.into()));
            }
            if let Some(end) = outage.end
                && is_listed(&|dip| dip.end == outage.end)
            {
                entries.push((end, Rank::End, OVER.into()));
            }
        }
        for dip in &listed {
            if !begins(dip) {
                entries.push((
                    dip.start,
                    Rank::Start,
                    "More than a tenth of all users are missing again".into(),
                ));
            }
            let least = lowest(self.within(*dip)).filter(|least| Some(*least) != self.lowest);
            if let Some(least) = least {
                entries.push((
                    least.time,
                    Rank::Lowest,
                    "The lowest point of this dip".into(),
                ));
            }
            if let Some(end) = dip.end.filter(|_| !ends(dip)) {
                entries.push((
                    end,
                    Rank::End,
                    "Nine tenths of all users are back, for now".into(),
                ));
            }
        }
        self.unlisted(&others, OUTAGE_LEVEL, entries);
    }

    /// Long dips below a half; `short` are the short ones.
    fn half(&self, dips: &[Dip], short: &[Dip], entries: &mut DipEntries) {
        let (Some(first), Some(last)) = (dips.first(), dips.last()) else {
            return;
        };
        let outages = Outage::all(self.samples);
        let ends = outages.iter().filter_map(|outage| {
            let ticks = ticks_to(self.samples, Some(*outage), HALF)?;
            (ticks > 0).then_some(outage.start + ticks)
        });
        let ends: Vec<i64> = ends.collect();
        let (listed, others) = self.select(dips);
        for dip in &listed {
            let again = if dip == first { "" } else { " again" };
            let gone = format!("More than half of all users are missing{again}");
            entries.push((dip.start, Rank::HalfStart, gone));
            let for_now = dip.end.filter(|end| dip != last && !ends.contains(end));
            if let Some(end) = for_now {
                entries.push((
                    end,
                    Rank::HalfEnd,
                    "Half of all users are back, for now".into(),
                ));
            }
        }
        for time in &ends {
            let more = short.iter().any(|dip| dip.start >= *time);
            let end = if Some(time) != ends.last() {
                String::new()
            } else if more {
                let after = self.length(self.samples.outage_after);
                format!("; the dips of up to {after} that follow do not count")
            } else {
                " for good".into()
            };
            entries.push((
                *time,
                Rank::HalfEnd,
                format!("Half of all users are back{end}"),
            ));
        }
        self.unlisted(&others, HALF, entries);
    }

    /// Short dips below `level` percent of the norm, an entry each.
    fn short(&self, dips: &[Dip], level: u64, entries: &mut DipEntries) {
        let counts = |dip: &&Dip| dip.length >= MIN_LENGTH || self.has_lowest(dip);
        let dips: Vec<Dip> = dips.iter().filter(counts).copied().collect();
        let (listed, others) = self.select(&dips);
        for dip in listed {
            let (length, depth) = (self.length(dip.length), self.depth(&[dip]));
            let what = format!("A dip below {level} % of the norm for {length}, down to {depth}");
            entries.push((dip.start, Rank::Start, what));
        }
        self.unlisted(&others, level, entries);
    }

    /// The dips below `level` percent of the norm that are not listed, in an entry at the start of
    /// the last one.
    fn unlisted(&self, dips: &[Dip], level: u64, entries: &mut DipEntries) {
        let Some(last) = dips.last() else { return };
        let longest = dips.iter().map(|dip| dip.length).max().unwrap_or(0);
        let what = format!(
            "The last of {} further dips below {level} % of the norm that are not listed; the \
             longest of them lasts {}, the deepest goes down to {}",
            dips.len(),
            self.length(longest),
            self.depth(dips)
        );
        entries.push((last.start, Rank::Lowest, what));
    }
}

#[cfg(test)]
mod tests;
