//! The parts that all time series of a run share: the time axis, the shaded outages, and the marks
//! of events.
//!
//! Times are ticks since 1970, UTC; the attributes of pictures are in seconds.

use patchday_agents::scenario::quantity::TickLength;

use crate::{
    report::svg::{
        axis::Scale,
        axis_lines::{PlotArea, time_axis},
        canvas::Canvas,
    },
    results::outage::Outage,
};

/// The time axis of a run, its outages and its events.
#[derive(Clone, Debug)]
pub(crate) struct TimeFrame<'a> {
    /// The length of a tick.
    pub(crate) tick: TickLength,
    /// The times of the samples; the run begins before the first.
    pub(crate) times: &'a [i64],
    pub(crate) start: i64,
    pub(crate) outages: Vec<Outage>,
    /// The events that are marked.
    pub(crate) marks: Vec<EventMark>,
}

/// The mark of an event.
#[derive(Clone, Debug)]
pub(crate) struct EventMark {
    pub(crate) time: i64,
    /// Its number in the timeline.
    pub(crate) number: usize,
    /// Whether it is an action of the operator.
    pub(crate) by_operator: bool,
    pub(crate) tooltip: String,
}

impl TimeFrame<'_> {
    /// The time of the last sample.
    pub(crate) fn end(&self) -> i64 {
        self.times.last().copied().unwrap_or(self.start)
    }

    /// Ticks in seconds, as attributes of pictures have them.
    pub(crate) fn seconds(&self, ticks: i64) -> f64 {
        self.tick.as_seconds(ticks as f64)
    }

    /// The time scale between two positions.
    pub(crate) fn time(&self, places: (f64, f64)) -> Scale {
        Scale {
            values: (self.start as f64, self.end() as f64),
            places,
        }
    }

    /// Draws the outages, the lines of the marks and the time axis.
    pub(crate) fn draw(&self, canvas: &mut Canvas, time: &Scale, plot: PlotArea) {
        canvas.enter("class=\"moves\"");
        for outage in &self.outages {
            let end = outage.end.unwrap_or(self.end()).min(self.end());
            let start = outage.start.max(self.start);
            let (from, to) = (time.place(start as f64), time.place(end as f64));
            if from < to {
                canvas.area((from, plot.top), (to, plot.bottom), "span");
            }
        }
        for mark in &self.marks {
            let x = time.place(mark.time as f64);
            let class = if mark.by_operator {
                "mark operator"
            } else {
                "mark"
            };
            canvas.line((x, plot.top), (x, plot.bottom), class);
        }
        canvas.leave();
        canvas.enter("class=\"time\"");
        time_axis(canvas, time, &[plot], self.tick);
        canvas.leave();
    }

    /// Attributes from which the script of the page computes times and values of positions.
    pub(crate) fn attributes(&self, plot: PlotArea) -> String {
        format!(
            "data-start=\"{}\" data-end=\"{}\" data-left=\"{}\" data-right=\"{}\" data-top=\"{}\" \
             data-bottom=\"{}\"",
            self.seconds(self.start),
            self.seconds(self.end()),
            plot.left,
            plot.right,
            plot.top,
            plot.bottom
        )
    }
}
