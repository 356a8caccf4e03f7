//! The frame of all pictures of a run: its time, the outage, and marks of what happened.
//!
//! Times are seconds since 1970, UTC.

use crate::{
    report::svg::{axis::Scale, axis_lines::time_axis, canvas::Sheet},
    results::outage::Outage,
};

/// What all panels of a run share.
#[derive(Clone, Debug)]
pub(crate) struct Frame<'a> {
    /// When the samples were taken; the run begins before the first.
    pub(crate) times: &'a [i64],
    pub(crate) start: i64,
    pub(crate) outage: Option<Outage>,
    /// What happened, for marks.
    pub(crate) marks: Vec<Mark>,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) time: i64,
    /// Its number in the timeline.
    pub(crate) number: usize,
    /// Whether it is a deed of the operator.
    pub(crate) deed: bool,
    pub(crate) saying: String,
}

impl Frame<'_> {
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
    pub(crate) fn draw(&self, sheet: &mut Sheet, time: &Scale, panel: (f64, f64)) {
        sheet.enter("class=\"moves\"");
        if let Some(outage) = self.outage {
            let end = outage.end.unwrap_or(self.end());
            let (from, to) = (time.place(outage.start as f64), time.place(end as f64));
            sheet.area((from, panel.0), (to, panel.1), "span");
        }
        for mark in &self.marks {
            let x = time.place(mark.time as f64);
            let class = if mark.deed { "mark deed" } else { "mark" };
            sheet.line((x, panel.0), (x, panel.1), class);
        }
        sheet.leave();
        sheet.enter("class=\"time\"");
        time_axis(sheet, time, (self.start, self.end()), &[panel]);
        sheet.leave();
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
