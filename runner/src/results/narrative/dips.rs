//! The course of a run in words: each stretch in which users were missing.
//!
//! Definitions are those of the room `outage`. Of a long dip below 90 % its beginning, its worst
//! moment and its end are told, and within it the same of long dips below a half; of a short dip
//! that lasts for five minutes at least, a line with its length and depth. Shorter ones are not
//! told. The worst moment of all is that of the summary, and is told wherever it lies below 90 %.
//! Of many dips those are told that cost most user hours, and how many there are besides, so
//! that the whole comes to some dozens of lines. Times are seconds since 1970.

use crate::{
    host::format::{percent, wait},
    results::{
        outage::{Dip, OUTAGE_LEVEL, Outage, dips, seconds_to, worst},
        samples::{SamplePoint, Samples},
    },
};

/// Dips that are over sooner are not told, in seconds.
const SHORTEST: i64 = 300;
/// No more dips of each kind are told one by one.
const MOST: usize = 6;
/// The level of a half, in percent of the norm.
const HALF: u64 = 50;

/// What is told: when, what comes first of one instant, and in words.
type Told = Vec<(i64, Turn, String)>;

/// What happens at an instant, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Gone,
    HalfGone,
    Worst,
    HalfBack,
    Back,
}

/// The course of a run.
pub(crate) fn told(samples: &Samples) -> Vec<(i64, String)> {
    let worst = worst(&samples.points).filter(|point| point.is_below(OUTAGE_LEVEL));
    let course = Course { samples, worst };
    let mut told = Told::new();
    let (long, short) = split(dips(samples, OUTAGE_LEVEL));
    course.long(&long, &mut told);
    course.short(&short, "90 %", &mut told);
    let (half, brief) = split(dips(samples, HALF));
    course.half(&half, &brief, &mut told);
    // Else it lies in a short dip below 90 %, and was told there.
    let within = |dip: &Dip| long.iter().any(|long| long.covers(dip.start));
    let brief: Vec<Dip> = brief.into_iter().filter(within).collect();
    course.short(&brief, "half", &mut told);
    if let Some(worst) = worst {
        told.push((worst.time, Turn::Worst, "The worst moment".into()));
    }
    told.sort_by_key(|(time, turn, _)| (*time, *turn));
    let words = |(time, _, what)| (time, what);
    told.into_iter().map(words).collect()
}

/// Long dips and short ones.
fn split(dips: Vec<Dip>) -> (Vec<Dip>, Vec<Dip>) {
    dips.into_iter().partition(Dip::is_long)
}

struct Course<'a> {
    samples: &'a Samples,
    worst: Option<&'a SamplePoint>,
}

impl Course<'_> {
    /// The samples of a dip.
    fn within(&self, dip: Dip) -> &[SamplePoint] {
        let points = &self.samples.points;
        let place = |time: i64| points.partition_point(|point| point.time < time);
        &points[place(dip.start)..dip.end.map_or(points.len(), place)]
    }

    /// Those dips that cost most, in order of time, and the others.
    fn chosen(&self, dips: &[Dip]) -> (Vec<Dip>, Vec<Dip>) {
        let cost = |dip: &Dip| -> u64 {
            // Where the worst moment is, it is told what it is the worst of.
            let is_worst = self.worst.is_some_and(|worst| dip.covers(worst.time));
            let missing = self
                .within(*dip)
                .iter()
                .map(|it| it.norm.saturating_sub(it.online));
            match is_worst {
                true => u64::MAX,
                false => missing.fold(0, u64::saturating_add),
            }
        };
        let mut order: Vec<usize> = (0..dips.len()).collect();
        order.sort_by_cached_key(|place| std::cmp::Reverse(cost(&dips[*place])));
        order.truncate(MOST);
        let (mut told, mut others) = (Vec::new(), Vec::new());
        for (place, dip) in dips.iter().enumerate() {
            match order.contains(&place) {
                true => told.push(*dip),
                false => others.push(*dip),
            }
        }
        (told, others)
    }

    /// How deep some dips go, as a share of the norm.
    fn depth(&self, dips: &[Dip]) -> String {
        let points = dips.iter().flat_map(|dip| self.within(*dip));
        worst(points).map_or_else(String::new, |point| percent(point.online, point.norm))
    }

    /// Long dips below 90 %.
    fn long(&self, dips: &[Dip], told: &mut Told) {
        let (Some(first), Some(last)) = (dips.first(), dips.last()) else {
            return;
        };
        let (chosen, others) = self.chosen(dips);
        let begins = "The outage begins: more than a tenth of all users is missing";
        told.push((first.start, Turn::Gone, begins.into()));
        for dip in &chosen {
            if dip != first {
                told.push((
                    dip.start,
                    Turn::Gone,
                    "More than a tenth of all users is missing again".into(),
                ));
            }
            let least = worst(self.within(*dip)).filter(|least| Some(*least) != self.worst);
            if let Some(least) = least {
                told.push((
                    least.time,
                    Turn::Worst,
                    "The worst moment of this stretch".into(),
                ));
            }
            if let Some(end) = dip.end.filter(|_| dip != last) {
                told.push((
                    end,
                    Turn::Back,
                    "Nine tenths of all users are back, for now".into(),
                ));
            }
        }
        if let Some(end) = last.end {
            told.push((
                end,
                Turn::Back,
                "The outage is over: nine tenths of all users are back".into(),
            ));
        }
        self.besides(&others, told);
    }

    /// Long dips below a half; `brief` are the short ones.
    fn half(&self, dips: &[Dip], brief: &[Dip], told: &mut Told) {
        let (Some(first), Some(last)) = (dips.first(), dips.last()) else {
            return;
        };
        let (chosen, others) = self.chosen(dips);
        for dip in &chosen {
            let again = if dip == first { "" } else { " again" };
            let gone = format!("More than half of all users are missing{again}");
            told.push((dip.start, Turn::HalfGone, gone));
            if let Some(end) = dip.end.filter(|_| dip != last) {
                told.push((
                    end,
                    Turn::HalfBack,
                    "Half of all users are back, for now".into(),
                ));
            }
        }
        let outage = Outage::of(self.samples);
        let back = seconds_to(self.samples, outage, HALF);
        if let (Some(outage), Some(seconds)) = (outage, back) {
            let time = outage.start + seconds;
            let more = brief.iter().any(|dip| dip.start >= time);
            let end = if more {
                "; dips of up to an hour, which follow, do not count"
            } else {
                " for good"
            };
            told.push((
                time,
                Turn::HalfBack,
                format!("Half of all users are back{end}"),
            ));
        }
        self.besides(&others, told);
    }

    /// Short dips, a line each.
    fn short(&self, dips: &[Dip], level: &str, told: &mut Told) {
        let counts = |dip: &&Dip| {
            let is_worst = self.worst.is_some_and(|worst| dip.covers(worst.time));
            dip.seconds >= SHORTEST || is_worst
        };
        let dips: Vec<Dip> = dips.iter().filter(counts).copied().collect();
        let (chosen, others) = self.chosen(&dips);
        for dip in chosen {
            let (length, depth) = (wait(dip.seconds as f64), self.depth(&[dip]));
            let what = format!("A dip below {level} for {length}, to {depth} of the norm");
            told.push((dip.start, Turn::Gone, what));
        }
        self.besides(&others, told);
    }

    /// Dips that are not told one by one, where the last of them begins.
    fn besides(&self, dips: &[Dip], told: &mut Told) {
        let Some(last) = dips.last() else { return };
        let longest = dips.iter().map(|dip| dip.seconds).max().unwrap_or(0);
        let what = format!(
            "The last of {} more such dips that are not told, of up to {} and to {} of the norm",
            dips.len(),
            wait(longest as f64),
            self.depth(dips)
        );
        told.push((last.start, Turn::Worst, what));
    }
}

#[cfg(test)]
mod tests;
