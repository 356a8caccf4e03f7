//! A run in plain lines, for where there is no screen: how far it is at intervals that grow, and
//! what happens when it happens. No control characters.

use std::time::{Duration, Instant};

use crate::host::format::{memory, moment, short, wait};

use crate::watch::status::run_view::{RunState, RunView};

/// The second line comes after this; each further one after twice the time.
const FIRST: Duration = Duration::from_secs(10);
/// No two lines are further apart.
const LAST: Duration = Duration::from_secs(600);

/// What was told so far.
#[derive(Debug)]
pub(crate) struct StatusLines {
    pause: Duration,
    next: Option<Instant>,
    state: Option<RunState>,
    /// How much of what happened.
    told: Vec<(String, String)>,
}

impl Default for StatusLines {
    fn default() -> Self {
        Self {
            pause: FIRST,
            next: None,
            state: None,
            told: Vec::new(),
        }
    }
}

impl StatusLines {
    /// What is to be told now.
    pub(crate) fn of(&mut self, view: &RunView, now: Instant) -> Vec<String> {
        let mut lines = Vec::new();
        let kind = |state: &RunState| std::mem::discriminant(state);
        let changed = self.state.as_ref().map(kind) != Some(kind(&view.state));
        if changed && !matches!(view.state, RunState::UnderWay) {
            let name = match &view.state {
                RunState::Stopped(why) => why.clone(),
                other => other.name(),
            };
            lines.push(format!("{}: {name}{}", view.run, remark(view)));
        }
        // A run that is over is not told from its beginning to who comes afterwards.
        if self.state.is_some() || !view.state.is_over() {
            lines.extend(self.events(view));
        }
        let due = self.next.is_none_or(|next| now >= next);
        if due && !matches!(view.state, RunState::Preparing) || changed && view.state.is_over() {
            lines.push(progress(view));
            self.next = Some(now + self.pause);
            self.pause = (self.pause * 2).min(LAST);
        }
        self.state = Some(view.state.clone());
        lines
    }

    fn events(&mut self, view: &RunView) -> Vec<String> {
        // The timeline of a run that is over has its own words for the same.
        if view.state.is_over() {
            return Vec::new();
        }
        let mut lines = Vec::new();
        for one in view.events.iter().filter(|one| one.sure) {
            let key = (one.when.clone(), one.what.clone());
            if !self.told.contains(&key) {
                lines.push(format!("       {}: {}", one.when, one.what));
                self.told.push(key);
            }
        }
        lines
    }
}

fn remark(view: &RunView) -> String {
    match (&view.state, &view.remark) {
        // It begins with the same words.
        (RunState::Stopped(why), Some(remark)) => {
            remark.strip_prefix(why.as_str()).unwrap_or("").to_owned()
        }
        (_, Some(remark)) => format!("; {remark}"),
        (_, None) => String::new(),
    }
}

/// How far it is.
fn progress(view: &RunView) -> String {
    let mut text = format!(
        "{:3.0} %  {}",
        (view.done() * 100.0).floor(),
        moment(view.time())
    );
    if let (Some(last), Some(share)) = (view.seen.last, view.share()) {
        let users = short(last.online as f64);
        text.push_str(&format!(
            ", {users} online ({:.0} % of the norm)",
            share * 100.0
        ));
    }
    if let Some(cost) = view.cost {
        if cost.events_per_s > 0.0 {
            text.push_str(&format!(", {} events/s", short(cost.events_per_s.round())));
        }
        if let Some(left) = cost.left_s {
            text.push_str(&format!(", {} left", wait(left)));
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
    fn lines_come_at_growing_intervals_and_news_at_once() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut lines = StatusLines::default();
        assert_eq!(lines.of(&nothing(), at(0)), ["runs/x: being prepared"]);
        assert_eq!(lines.of(&nothing(), at(1)), [""; 0]);
        let mut view = outage(RunState::UnderWay);
        let told = lines.of(&view, at(2));
        assert_eq!(told[0], "       Tue 14 Aug 17:00: The patch is released");
        let progress = " 51 %  Thu 16 Aug 14:05, 423 k online (5 % of the norm), \
                        4.20 M events/s, 12 min left, 4.49 GiB";
        assert_eq!((told.len(), told[5].as_str()), (6, progress));
        assert_eq!(lines.of(&view, at(11)), [""; 0]);
        assert_eq!(lines.of(&view, at(12)), [progress]);
        assert_eq!(lines.of(&view, at(31)), [""; 0]);
        assert_eq!(lines.of(&view, at(32)), [progress]);
        // What may be taken back is not told yet.
        let mut more = view.events[0].clone();
        more.what = "Something else".into();
        more.sure = false;
        view.events.push(more);
        assert_eq!(lines.of(&view, at(33)), [""; 0]);
        view.events[5].sure = true;
        assert_eq!(
            lines.of(&view, at(34)),
            ["       Tue 14 Aug 17:00: Something else"]
        );
        assert!(told.concat().chars().all(|sign| !sign.is_control()));
    }

    #[test]
    fn the_end_is_told_once_with_what_to_do() {
        let now = Instant::now();
        let mut view = outage(RunState::Stopped("interrupted".into()));
        view.remark = Some("interrupted; to go on: patchday run x --resume".into());
        let told = StatusLines::default().of(&view, now);
        assert_eq!(
            told[0],
            "runs/outage-2007-2007: interrupted; to go on: patchday run x --resume"
        );
        assert_eq!(told.len(), 2, "{told:?}");
        let told = StatusLines::default().of(&outage(RunState::Killed), now);
        assert!(told[0].contains("killed; its results are in"), "{told:?}");
    }
}
