//! Coverage of the cases: which counters, notes and values of keys have occurred.
//!
//! Full coverage requires that every counter of the model has been above 0, that every kind of
//! note of the timeline has occurred, and that every key has had more than one value.

use std::collections::{BTreeMap, BTreeSet};

use patchday_agents::{
    Note, Simulation,
    scenario::parameter::{Form, Section},
};

use crate::{any_scenario::NOT_DRAWN, plan::Case};

/// The coverage of the cases so far.
#[derive(Default)]
pub(crate) struct Coverage {
    counters: BTreeMap<String, u64>,
    notes: BTreeSet<&'static str>,
    /// Up to two values of each key.
    values: BTreeMap<String, BTreeSet<String>>,
    forks: u64,
    pub(crate) references: u64,
    events: u64,
    ticks: u64,
}

/// The names of all kinds of notes.
const NOTES: [&str; 23] = [
    "Released",
    "Incident",
    "Forced",
    "Restarted",
    "Action",
    "Trouble",
    "TroubleOver",
    "Late",
    "InTime",
    "Loss",
    "SignOut",
    "PowerCut",
    "RegionCut",
    "ConfigurationPush",
    "Over",
    "Flood",
    "Peak",
    "NotForced",
    "NotRestarted",
    "Fault",
    "FaultOver",
    "Deed",
    "DeedOver",
];

/// The name of a note. A new kind of note needs a name in [`NOTES`].
fn name(note: Note) -> &'static str {
    let index = match note {
        Note::Released => 0,
        Note::Incident => 1,
        Note::Forced(_) => 2,
        Note::Restarted => 3,
        Note::Action(_) => 4,
        Note::Trouble(_) => 5,
        Note::TroubleOver(_) => 6,
        Note::Late => 7,
        Note::InTime => 8,
        Note::Loss(_) => 9,
        Note::SignOut(_) => 10,
        Note::PowerCut(_) => 11,
        Note::RegionCut(_) => 12,
        Note::ConfigurationPush(_) => 13,
        Note::Over(_) => 14,
        Note::Flood(_) => 15,
        Note::Peak(_) => 16,
        Note::NotForced(_) => 17,
        Note::NotRestarted => 18,
        Note::Fault(_) => 19,
        Note::FaultOver(_) => 20,
        Note::Deed(_) => 21,
        Note::DeedOver(_) => 22,
    };
    NOTES[index]
}

impl Coverage {
    /// Adds a case that ran to its end.
    pub(crate) fn add(&mut self, case: &Case, simulation: &Simulation) {
        // The debug format has one counter on each line: `    attempts: 12,`.
        for line in format!("{:#?}", simulation.totals()).lines() {
            if let Some((name, count)) = line.trim().trim_end_matches(',').split_once(": ") {
                *self.counters.entry(name.into()).or_default() += count.parse::<u64>().unwrap();
            }
        }
        let notes = simulation.notes().iter();
        self.notes.extend(notes.map(|(_, note)| name(*note)));
        self.walk("", &case.scenario);
        self.forks += u64::from(case.fork.is_some());
        self.events += simulation.handled();
        self.ticks += u64::from(case.end);
    }

    fn walk(&mut self, path: &str, section: &dyn Section) {
        for key in section.descriptors() {
            let key_path = format!("{path}{}", key.name);
            if NOT_DRAWN.contains(&key_path.as_str()) {
                continue;
            }
            if let Form::Section { keys, .. } | Form::Tables { keys, .. } = key.form {
                // The keys of a list that is always empty are missing, too.
                let inner = keys().iter().map(|key| format!("{key_path}.{}", key.name));
                for key_path in inner.filter(|key_path| !NOT_DRAWN.contains(&key_path.as_str())) {
                    self.values.entry(key_path).or_default();
                }
                for inner in section.sections(key.name) {
                    self.walk(&format!("{key_path}."), inner);
                }
                continue;
            }
            let shown = section.get(key.name).map(|value| value.to_string());
            let values = self.values.entry(key_path).or_default();
            if values.len() < 2 {
                values.insert(shown.unwrap_or_default());
            }
        }
    }

    /// The names of everything that has not occurred.
    pub(crate) fn missing(&self) -> Vec<String> {
        let counters = self.counters.iter().filter(|(_, count)| **count == 0);
        let counters = counters.map(|(name, _)| format!("counter {name}"));
        let notes = NOTES.into_iter().filter(|note| !self.notes.contains(note));
        let notes = notes.map(|note| format!("note {note}"));
        let sections: BTreeSet<&str> = self
            .values
            .keys()
            .filter_map(|path| path.rsplit_once('.').map(|(section, _)| section))
            .collect();
        let keys = self
            .values
            .iter()
            .filter(|(path, values)| values.len() < 2 && !sections.contains(path.as_str()));
        let keys = keys.map(|(path, _)| format!("key {path}"));
        let mut missing: Vec<String> = counters.chain(notes).chain(keys).collect();
        for (what, count) in [("forks", self.forks), ("references", self.references)] {
            if count == 0 {
                missing.push(what.into());
            }
        }
        missing
    }
}

impl std::fmt::Display for Coverage {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            forks,
            references,
            events,
            ticks,
            ..
        } = self;
        write!(
            out,
            "{events} messages in {ticks} ticks a run, {forks} forks, {references} references; missing: {:?}",
            self.missing()
        )
    }
}
