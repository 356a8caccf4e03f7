//! Texts for the model's notes: external events and actions of the operator.
//!
//! A note marks the start of an event. For events whose end the model does not note, the end is
//! computed from the scenario and reported when the run has reached it. The text about servers
//! that recover depends on earlier actions of the operator, so notes are taken in order. Times are
//! ticks.

use patchday_agents::{
    Note,
    scenario::{
        Action, ActionKind, Scenario, ServerKind,
        quantity::{Instant, Rate, Span},
    },
};
use patchday_core::Tick;

use crate::host::format::{short, wait};

/// An event of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotedEvent {
    pub(crate) tick: Tick,
    /// Whether it is an action of the operator.
    pub(crate) deed: bool,
    pub(crate) what: String,
}

/// Turns notes into events, one note after another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// The servers that the operator has switched off.
    off: Vec<ServerKind>,
    /// Events that [`Notes::until`] has not returned yet; some are in the future.
    pending: Vec<NotedEvent>,
}

impl Notes {
    /// Takes the next note.
    pub(crate) fn take(&mut self, scenario: &Scenario, tick: Tick, note: Note) {
        let deed = matches!(
            note,
            Note::Incident | Note::Forced(_) | Note::Restarted | Note::Action(_)
        );
        let what = self.words(scenario, note);
        self.pending.push(NotedEvent { tick, deed, what });
        if let Some((end, what)) = end(scenario, note) {
            self.pending.push(NotedEvent {
                tick: end,
                deed: false,
                what: what.into(),
            });
        }
    }

    /// The events up to a tick that were not returned before, in order of time.
    pub(crate) fn until(&mut self, now: i64) -> Vec<NotedEvent> {
        let is_past = |event: &NotedEvent| i64::from(event.tick) <= now;
        let all = std::mem::take(&mut self.pending).into_iter();
        let (mut past, future): (Vec<_>, Vec<_>) = all.partition(is_past);
        self.pending = future;
        past.sort_by_key(|event| event.tick);
        past
    }

    fn words(&mut self, scenario: &Scenario, note: Note) -> String {
        let (trigger, operator) = (&scenario.trigger, &scenario.operator);
        match note {
            Note::Released => "The patch is released".into(),
            Note::Incident => "The operator detects the incident".into(),
            Note::Forced(number) => {
                let attempt = operator.force_supernodes.get(usize::from(number));
                attempt.map_or_else(String::new, |one| {
                    adds(one.count, "supernode", one.rate, &one.name)
                })
            }
            Note::Restarted => "The operator restarts the overlay".into(),
            Note::Action(number) => {
                let action = operator.action.get(usize::from(number));
                action.map_or_else(String::new, |action| self.deed(action))
            }
            Note::Trouble(number) => {
                let trouble = trigger.server.get(usize::from(number));
                trouble.map_or_else(String::new, |trouble| match trouble.factor {
                    0.0 => format!("The {} stop answering", trouble.server.plural()),
                    factor => format!(
                        "The {} run at {:.0} % of their rate",
                        trouble.server.plural(),
                        factor * 100.0
                    ),
                })
            }
            Note::TroubleOver(number) => {
                let trouble = trigger.server.get(usize::from(number));
                trouble.map_or_else(String::new, |trouble| {
                    let name = trouble.server.plural();
                    let kept_off = if self.off.contains(&trouble.server) {
                        ", but the operator keeps them switched off"
                    } else {
                        ""
                    };
                    format!("The fault of the {name} is over{kept_off}")
                })
            }
            Note::Late => "Answers of the offline-message servers arrive late".into(),
            Note::InTime => "Answers of the offline-message servers arrive in time again".into(),
            Note::SignOut(number) => {
                let one = trigger.sign_out.get(usize::from(number));
                let share = one.map_or(0.0, |one| one.share.get() * 100.0);
                let place = among(one.map(|one| &one.regions[..]));
                format!("{share:.0} % of all clients{place} lose their session")
            }
            Note::PowerCut(number) => {
                let one = trigger.power_cut.get(usize::from(number));
                let place = among(one.map(|one| &one.regions[..]));
                format!(
                    "The power fails{place}{}",
                    lasting(one.map(|one| one.lasts))
                )
            }
            Note::RegionCut(number) => {
                let one = trigger.region_cut.get(usize::from(number));
                let place = among(one.map(|one| &one.regions[..]));
                let lasting = lasting(one.map(|one| one.lasts));
                format!("Clients{place} are cut off from the network{lasting}")
            }
            Note::ConfigurationPush(number) => {
                let one = trigger.configuration_push.get(usize::from(number));
                let place = among(one.map(|one| &one.regions[..]));
                format!("A faulty configuration is pushed to clients{place}")
            }
            Note::Over(number) => over(scenario, number.into()),
            Note::Flood(number) => {
                let one = trigger.login_flood.get(usize::from(number));
                let rate = one.map_or(0.0, |one| one.rate.per_second());
                let lasting = lasting(one.map(|one| one.lasts));
                format!(
                    "A flood of {} logins a second begins and lasts{lasting}",
                    short(rate)
                )
            }
            Note::Peak(number) => {
                let one = trigger.traffic_peak.get(usize::from(number));
                let factor = one.map_or(1.0, |one| one.factor);
                let lasting = lasting(one.map(|one| one.lasts));
                format!("Users send {factor} times as many messages{lasting}")
            }
            Note::Loss(number) => {
                let loss = trigger.supernode_loss.get(usize::from(number));
                let share = loss.map_or(0.0, |loss| loss.share.get() * 100.0);
                format!("{share:.0} % of all supernodes vanish")
            }
        }
    }

    /// An action of the playbook.
    fn deed(&mut self, action: &Action) -> String {
        let Action { name, factor, .. } = action;
        match action.deed {
            ActionKind::AddSupernodes => adds(action.count, "supernode", action.rate, name),
            ActionKind::AddMegaSupernodes => {
                adds(action.count, "mega-supernode", action.rate, name)
            }
            ActionKind::OfflineMessagesOff => self.switch(ServerKind::OfflineMessages, false, name),
            ActionKind::OfflineMessagesOn => self.switch(ServerKind::OfflineMessages, true, name),
            ActionKind::GroupVideoOff => self.switch(ServerKind::GroupVideo, false, name),
            ActionKind::GroupVideoOn => self.switch(ServerKind::GroupVideo, true, name),
            ActionKind::LoginRate => {
                format!("The operator sets the login servers to {factor} times their rate ({name})")
            }
            ActionKind::LoginAdmission => {
                let share = factor * 100.0;
                format!("The operator admits {share:.0} % of all logins ({name})")
            }
            ActionKind::ShipFix => {
                format!("The operator publishes a fixed version of the client ({name})")
            }
            ActionKind::Retune => {
                format!("The operator corrects the parameters of supernode promotion ({name})")
            }
        }
    }

    fn switch(&mut self, kind: ServerKind, on: bool, name: &str) -> String {
        self.off.retain(|off| *off != kind);
        let how = if on {
            "on again"
        } else {
            self.off.push(kind);
            "off"
        };
        format!("The operator switches the {} {how} ({name})", kind.plural())
    }
}

/// The text for machines that the operator adds.
fn adds(count: u64, kind: &str, rate: Rate, name: &str) -> String {
    let rate = short(rate.per_second() * 3_600.0);
    match count {
        0 => format!("The operator has no {kind}s to add ({name})"),
        1 => format!("The operator adds 1 {kind} ({name})"),
        _ => format!("The operator begins to add up to {count} {kind}s, {rate} an hour ({name})"),
    }
}

/// The affected regions; empty for all.
fn among(regions: Option<&[String]>) -> String {
    match regions {
        None | Some([]) => String::new(),
        Some(some) => format!(" in {}", some.join(", ")),
    }
}

/// The length of an event.
fn lasting(span: Option<Span>) -> String {
    span.map_or_else(String::new, |span| {
        format!(" for {}", wait(f64::from(span.seconds())))
    })
}

/// The text for the end of a mass event. They are numbered over all kinds: sign-outs, power cuts,
/// region cuts.
fn over(scenario: &Scenario, number: usize) -> String {
    let trigger = &scenario.trigger;
    let power = number.checked_sub(trigger.sign_out.len());
    let region = power.and_then(|number| number.checked_sub(trigger.power_cut.len()));
    let cut = power.and_then(|number| trigger.power_cut.get(number));
    match (
        cut,
        region.and_then(|number| trigger.region_cut.get(number)),
    ) {
        (Some(one), _) => format!("The power is back{}", among(Some(&one.regions))),
        (None, Some(one)) => {
            let place = among(Some(&one.regions));
            format!("Clients{place} are no longer cut off from the network")
        }
        // No other mass event lasts.
        (None, None) => "The mass event is over".into(),
    }
}

/// The end of the event that a note starts, with its text, if the model does not note the end.
fn end(scenario: &Scenario, note: Note) -> Option<(Tick, &'static str)> {
    let trigger = &scenario.trigger;
    let tick = |at: Instant, lasts: Span| {
        let end = at.after(lasts).seconds() - scenario.run.start.seconds();
        Tick::try_from(end)
            .ok()
            .filter(|end| *end < scenario.ticks())
    };
    match note {
        Note::Flood(number) => {
            let one = trigger.login_flood.get(usize::from(number))?;
            Some((tick(one.at, one.lasts)?, "The flood of logins is over"))
        }
        Note::Peak(number) => {
            let one = trigger.traffic_peak.get(usize::from(number))?;
            let end = tick(one.at, one.lasts)?;
            Some((end, "Users send as many messages as before"))
        }
        Note::Released
        | Note::Incident
        | Note::Forced(_)
        | Note::Restarted
        | Note::Action(_)
        | Note::Trouble(_)
        | Note::TroubleOver(_)
        | Note::Late
        | Note::InTime
        | Note::Loss(_)
        | Note::SignOut(_)
        | Note::PowerCut(_)
        | Note::RegionCut(_)
        | Note::ConfigurationPush(_)
        | Note::Over(_) => None,
    }
}

#[cfg(test)]
mod tests;
