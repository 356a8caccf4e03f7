//! The status of a run as plain lines, for output that is not a terminal: progress at growing
//! intervals, and each event once. The lines have no control characters.

use std::time::{Duration, Instant};

use crate::{
    host::format::{duration, memory, moment_at, short},
    watch::status::run_view::{RunState, RunView},
};

/// Time between the first two lines; it doubles with each further line.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// The longest time between two lines.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// What was printed so far.
#[derive(Debug)]
pub(crate) struct StatusLines {
    pause: Duration,
    next: Option<Instant>,
    state: Option<RunState>,
    /// Time and text of the events printed.
    printed: Vec<(String, String)>,
}

impl Default for StatusLines {
    fn default() -> Self {
        Self {
            pause: FIRST_PAUSE,
            next: None,
            state: None,
            printed: Vec::new(),
        }
    }
}

impl StatusLines {
    /// The lines to print now.
    pub(crate) fn update(&mut self, view: &RunView, now: Instant) -> Vec<String> {
        let mut lines = Vec::new();
        let kind = |state: &RunState| std::mem::discriminant(state);
        let changed = self.state.as_ref().map(kind) != Some(kind(&view.state));
        if changed && !matches!(view.state, RunState::Running) {
            let name = match &view.state {
                RunState::Stopped(why) => why.clone(),
                other => other.name(),
            };
            lines.push(format!("{}: {name}{}", view.run, remark(view)));
        }
        // Of a run that ended before the first reading, only the end is reported.
        if self.state.is_some() || !view.state.is_over() {
            lines.extend(self.events(view));
        }
        let due = self.next.is_none_or(|next| now >= next);
        if due && !matches!(view.state, RunState::Preparing) || changed && view.state.is_over() {
            lines.push(progress(view));
            self.next = Some(now + self.pause);
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        }
        self.state = Some(view.state.clone());
        lines
    }

    fn events(&mut self, view: &RunView) -> Vec<String> {
        // Then events come from the timeline, which words them differently.
        if view.state.is_over() {
            return Vec::new();
        }
        let mut lines = Vec::new();
        for one in view.events.iter().filter(|one| one.sure) {
            let key = (one.when.clone(), one.what.clone());
            if !self.printed.contains(&key) {
                lines.push(format!("       {}: {}", one.when, one.what));
                self.printed.push(key);
            }
        }
        lines
    }
}

fn remark(view: &RunView) -> String {
    match (&view.state, &view.remark) {
        // The remark begins with the reason.
        (RunState::Stopped(why), Some(remark)) => {
            remark.strip_prefix(why.as_str()).unwrap_or("").to_owned()
        }
        (_, Some(remark)) => format!("; {remark}"),
        (_, None) => String::new(),
    }
}

/// Progress, users online, speed, time left and memory.
fn progress(view: &RunView) -> String {
    let mut text = format!(
        "{:3.0} %  {}",
        (view.done() * 100.0).floor(),
        moment_at(view.time(), view.tick)
    );
    if let (Some(last), Some(share)) = (view.series.last, view.share()) {
        let users = short(last.online as f64);
        text.push_str(&format!(
            ", {users} online ({:.0} % of norm)",
            share * 100.0
        ));
    }
    if let Some(cost) = view.cost {
        // Both would not fit 80 columns.
        if let Some(left) = cost.left_s {
            text.push_str(&format!(", {} left", duration(left)));
        } else if cost.events_per_s > 0.0 {
            text.push_str(&format!(", {} events/s", short(cost.events_per_s.round())));
        }
        if let Some(bytes) = cost.memory {
            text.push_str(&format!(", {}", memory(bytes)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::status::run_view::tests::{nothing, outage};

    #[test]
    fn progress_comes_at_growing_intervals_and_events_at_once() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut lines = StatusLines::default();
        assert_eq!(lines.update(&nothing(), at(0)), ["runs/x: preparing"]);
        assert_eq!(lines.update(&nothing(), at(1)), [""; 0]);
        let mut view = outage(RunState::Running);
        let told = lines.update(&view, at(2));
        assert_eq!(told[0], "       Tue 14 Aug 17:00: The patch is released");
        let progress = " 51 %  Thu 16 Aug 14:05, 423 k online (5 % of norm), \
                        12 min left, 4.49 GiB";
        assert_eq!((told.len(), told[5].as_str()), (6, progress));
        assert_eq!(lines.update(&view, at(11)), [""; 0]);
        assert_eq!(lines.update(&view, at(12)), [progress]);
        assert_eq!(lines.update(&view, at(31)), [""; 0]);
        assert_eq!(lines.update(&view, at(32)), [progress]);
        // An event that may still be withdrawn is not printed.
        let mut more = view.events[0].clone();
        more.what = "Something else".into();
        more.sure = false;
        view.events.push(more);
        assert_eq!(lines.update(&view, at(33)), [""; 0]);
        view.events[5].sure = true;
        assert_eq!(
            lines.update(&view, at(34)),
            ["       Tue 14 Aug 17:00: Something else"]
        );
        assert!(told.concat().chars().all(|sign| !sign.is_control()));
    }

    #[test]
    fn the_end_is_printed_once_with_the_command_to_resume() {
        let now = Instant::now();
        let mut view = outage(RunState::Stopped("interrupted".into()));
        view.remark = Some("interrupted; resume with: patchday run x --resume".into());
        let told = StatusLines::default().update(&view, now);
        assert_eq!(
            told[0],
            "runs/outage-2007-2007: interrupted; resume with: patchday run x --resume"
        );
        assert_eq!(told.len(), 2, "{told:?}");
        let told = StatusLines::default().update(&outage(RunState::Killed), now);
        assert!(told[0].contains("killed; its results are in"), "{told:?}");
    }
}
