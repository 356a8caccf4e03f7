//! The events of a run as text. While the run is active they are read from its heartbeat and from
//! the turning points of its series, afterwards from its timeline.

use std::path::Path;

use patchday_agents::scenario::quantity::TickLength;
use patchday_core::Tick;

use crate::{
    host::{
        format::{moment_at, moment_of},
        limited_read,
    },
    results::narrative::timeline::{self, Event},
    store::layout::EVENTS,
};

use crate::watch::status::{
    heartbeat::Heartbeat, run_view::RunEvent, turning_points::TurningPoint,
};

/// The events so far of a run whose tick 0 is at `start`, in ticks since 1970, oldest first; turning points only up to
/// the tick `until`.
pub(crate) fn so_far(
    heartbeat: Option<&Heartbeat>,
    turning_points: Vec<TurningPoint>,
    until: Tick,
    (start, length): (i64, TickLength),
) -> Vec<RunEvent> {
    let notes = heartbeat.iter().flat_map(|heartbeat| &heartbeat.notes);
    let mut all: Vec<_> = notes
        .map(|(tick, what)| (*tick, what.clone(), true))
        .collect();
    let turning_points = turning_points.into_iter();
    let turning_points = turning_points.filter(|turn| turn.tick <= until);
    all.extend(turning_points.map(|turn| (turn.tick, turn.what.to_owned(), turn.sure)));
    all.sort_by_key(|(tick, _, _)| *tick);
    all.into_iter()
        .map(|(tick, what, sure)| RunEvent {
            when: moment_at(start + i64::from(tick), length),
            what,
            sure,
        })
        .collect()
}

/// The events in the timeline of a finished run, without their figures, which do not fit on a
/// screen. `None` if the timeline cannot be read.
pub(crate) fn from_timeline(run: &Path) -> Option<Vec<RunEvent>> {
    let bytes = limited_read::whole(&run.join(EVENTS), limited_read::TIMELINE).ok()?;
    let events = timeline::parse(&bytes).ok()?.into_iter();
    let event = |event: Event| RunEvent {
        when: moment_of(&event.time),
        what: event.what,
        sure: true,
    };
    Some(events.map(event).collect())
}

#[cfg(test)]
mod tests {
    use patchday_agents::{Note, scenario::Scenario};

    use std::fs;

    use super::*;
    use crate::watch::status::turning_points::TurningPoints;
    use crate::{
        results::{
            narrative::timeline::{events, file},
            samples::{Samples, tests::hourly},
        },
        scenario::load::load,
        watch::status::heartbeat::tests::sample,
    };

    fn said(all: &[RunEvent]) -> Vec<(&str, &str)> {
        all.iter()
            .map(|one| (one.when.as_str(), one.what.as_str()))
            .collect()
    }

    #[test]
    fn notes_and_turning_points_are_in_order_of_time() {
        let mut turning_points = TurningPoints::default();
        for (hour, online) in [(56, 1_000), (57, 400), (60, 300)] {
            turning_points.add(hour * 3_600, online, 1_000);
        }
        let all = so_far(
            Some(&sample()),
            turning_points.all(3_600),
            Tick::MAX,
            (sample().start, TickLength::SECOND),
        );
        assert_eq!(
            said(&all),
            [
                ("Tue 14 Aug 17:00", "The patch is released"),
                (
                    "Thu 16 Aug 09:00",
                    "More than a tenth of all users are missing"
                ),
                (
                    "Thu 16 Aug 09:00",
                    "More than half of all users are missing"
                ),
                ("Thu 16 Aug 10:00", "The operator detects the incident"),
            ]
        );
        let until = so_far(
            Some(&sample()),
            turning_points.all(3_600),
            57 * 3_600 - 1,
            (sample().start, TickLength::SECOND),
        );
        assert_eq!(said(&until), [said(&all)[0], said(&all)[3]]);
        assert_eq!(
            so_far(None, Vec::new(), Tick::MAX, (0, TickLength::SECOND)),
            []
        );
    }

    #[test]
    fn the_timeline_is_parsed() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(from_timeline(root.path()), None);
        let text = "[run]\ntitle = \"x\"\nstart = \"2007-08-14T00:00:00Z\"\n\
                    end = \"2007-08-15T00:00:00Z\"\n";
        let scenario = load::<Scenario>("x", text, &[]).unwrap().scenario;
        let mut samples: Samples = hourly(&[1_000, 900, 300, 200, 100, 950, 1_000]);
        samples.notes = vec![(3_660, Note::Released), (9_000, Note::Restarted)];
        let table = file(&events(&scenario, &samples)).unwrap();
        fs::write(root.path().join(EVENTS), table).unwrap();
        let all = from_timeline(root.path()).unwrap();
        let said = said(&all);
        assert_eq!(said[0], ("Tue 14 Aug 01:01", "The patch is released"));
        let restarted = ("Tue 14 Aug 02:30", "The operator restarts the overlay");
        assert!(said.contains(&restarted), "{said:?}");
        assert!(said.len() >= 5, "{said:?}");
    }
}
