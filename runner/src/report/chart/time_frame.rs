//! The frame of all pictures of a run: its time, the outage, and marks of what happened.
//!
//! Times are seconds since 1970, UTC.

use crate::{
    report::svg::{axis::Scale, axis_lines::time_axis, canvas::Canvas},
    results::outage::Outage,
};

/// What all panels of a run share.
#[derive(Clone, Debug)]
pub(crate) struct TimeFrame<'a> {
    /// When the samples were taken; the run begins before the first.
    pub(crate) times: &'a [i64],
    pub(crate) start: i64,
    pub(crate) outage: Option<Outage>,
    /// What happened, for marks.
    pub(crate) marks: Vec<EventMark>,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct EventMark {
    pub(crate) time: i64,
    /// Its number in the timeline.
    pub(crate) number: usize,
    /// Whether it is a deed of the operator.
    pub(crate) by_operator: bool,
    pub(crate) tooltip: String,
}

impl TimeFrame<'_> {
    /// The last sample.
    pub(crate) fn end(&self) -> i64 {
        self.times.last().copied().unwrap_or(self.start)
    }

    /// The scale of time between two places.
    pub(crate) fn time(&self, places: (f64, f64)) -> Scale {
        Scale {
            values: (self.start as f64, self.end() as f64),
            places,
        }
    }

    /// The outage, the marks' lines and the axis of time.
    pub(crate) fn draw(&self, canvas: &mut Canvas, time: &Scale, panel: (f64, f64)) {
        canvas.enter("class=\"moves\"");
        if let Some(outage) = self.outage {
            let end = outage.end.unwrap_or(self.end());
            let (from, to) = (time.place(outage.start as f64), time.place(end as f64));
            canvas.area((from, panel.0), (to, panel.1), "span");
        }
        for mark in &self.marks {
            let x = time.place(mark.time as f64);
            let class = if mark.by_operator {
                "mark deed"
            } else {
                "mark"
            };
            canvas.line((x, panel.0), (x, panel.1), class);
        }
        canvas.leave();
        canvas.enter("class=\"time\"");
        time_axis(canvas, time, (self.start, self.end()), &[panel]);
        canvas.leave();
    }

    /// Attributes that tell a script what the places of a picture mean.
    pub(crate) fn attributes(&self, panel: (f64, f64), sides: (f64, f64)) -> String {
        format!(
            "data-start=\"{}\" data-end=\"{}\" data-left=\"{}\" data-right=\"{}\" data-top=\"{}\" \
             data-bottom=\"{}\"",
            self.start,
            self.end(),
            sides.0,
            sides.1,
            panel.0,
            panel.1
        )
    }
}
