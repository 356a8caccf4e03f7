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

use crate::host::format::{length, short};
use crate::results::narrative::{
    in_force::{self, When},
    service_faults,
};

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
    /// The factors by which the operator has multiplied the rate of the login servers.
    login_rates: Vec<f64>,
    /// Events that [`Notes::until`] has not returned yet; some are in the future.
    pending: Vec<NotedEvent>,
}

impl Notes {
    /// Takes the next note.
    pub(crate) fn take(&mut self, scenario: &Scenario, tick: Tick, note: Note) {
        let deed = matches!(
            note,
            Note::Incident
                | Note::Forced(_)
                | Note::Restarted
                | Note::Action(_)
                | Note::NotForced(_)
                | Note::NotRestarted
        );
        let what = self.words(scenario, tick, note);
        self.pending.push(NotedEvent { tick, deed, what });
        if let Some((end, what)) = end(scenario, note) {
            self.pending.push(NotedEvent {
                tick: end,
                deed: false,
                what,
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

    fn words(&mut self, scenario: &Scenario, tick: Tick, note: Note) -> String {
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
            Note::NotForced(number) => {
                let attempt = operator.force_supernodes.get(usize::from(number));
                let name = attempt.map_or("", |one| &one.name);
                format!("The operator adds no supernodes, because no incident was noticed ({name})")
            }
            Note::NotRestarted => {
                "The operator does not restart the overlay, because no incident was noticed".into()
            }
            Note::Action(number) => {
                let action = operator.action.get(usize::from(number));
                action.map_or_else(String::new, |action| self.deed(scenario, tick, action))
            }
            Note::Trouble(number) => self.trouble(scenario, tick, number.into()),
            Note::TroubleOver(number) => self.trouble_over(scenario, tick, number.into()),
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
                let place = place(one.map(|one| &one.regions[..]));
                let lasting = lasting(scenario, one.map(|one| (one.at, one.lasts)));
                format!("The power fails{place}{lasting}")
            }
            Note::RegionCut(number) => {
                let one = trigger.region_cut.get(usize::from(number));
                let place = place(one.map(|one| &one.regions[..]));
                let lasting = lasting(scenario, one.map(|one| (one.at, one.lasts)));
                format!("Clients{place} are cut off from the network{lasting}")
            }
            Note::ConfigurationPush(number) => {
                let one = trigger.configuration_push.get(usize::from(number));
                let place = place(one.map(|one| &one.regions[..]));
                format!("A faulty configuration is pushed to clients{place}")
            }
            Note::Over(number) => over(scenario, tick, number.into()),
            Note::Fault(number) => service_faults::begins(scenario, number.into()),
            Note::FaultOver(number) => service_faults::over(scenario, number.into()),
            Note::Deed(number) => service_faults::deed(scenario, number.into()),
            Note::DeedOver(number) => service_faults::deed_over(scenario, number.into()),
            Note::Flood(number) => {
                let one = trigger.login_flood.get(usize::from(number));
                let rate = one.map_or(0.0, |one| one.rate.per_second());
                let lasting = lasting(scenario, one.map(|one| (one.at, one.lasts)));
                let others = in_force::floods(scenario, When::Begins(tick, number.into()));
                let (article, sum) = others.map_or(("A", String::new()), |others| {
                    let sum = in_force::figure(others + rate);
                    ("Another", format!("; together {sum} a second"))
                });
                format!(
                    "{article} flood of {} logins a second begins and lasts{lasting}{sum}",
                    in_force::figure(rate)
                )
            }
            Note::Peak(number) => {
                let one = trigger.traffic_peak.get(usize::from(number));
                let factor = one.map_or(1.0, |one| one.factor);
                let lasting = lasting(scenario, one.map(|one| (one.at, one.lasts)));
                let others = in_force::peaks(scenario, When::Begins(tick, number.into()));
                if others.is_empty() {
                    return format!("Users send {factor} times as many messages{lasting}");
                }
                let all = in_force::figure(factor * others.iter().product::<f64>());
                format!(
                    "Another traffic peak of {factor} begins and lasts{lasting}: users send {all} times as \
                     many messages as usual"
                )
            }
            Note::Loss(number) => {
                let loss = trigger.supernode_loss.get(usize::from(number));
                let share = loss.map_or(0.0, |loss| loss.share.get() * 100.0);
                format!("{share:.0} % of all supernodes vanish")
            }
        }
    }

    /// The start of a trouble, with the others of the same servers and the actions of the operator.
    fn trouble(&self, scenario: &Scenario, tick: Tick, number: usize) -> String {
        let Some(trouble) = scenario.trigger.server.get(number) else {
            return String::new();
        };
        let (kind, name) = (trouble.server, trouble.server.plural());
        let others = in_force::troubles(scenario, kind, When::Begins(tick, number));
        let speed = trouble.factor * others.iter().product::<f64>() * self.login_rate(kind);
        if !others.is_empty() {
            let speed = in_force::at_speed(speed);
            return format!("The {name} have another fault: they now {speed}");
        }
        if speed == 0.0 {
            return format!("The {name} stop answering");
        }
        let usual = if self.login_rate(kind) == 1.0 {
            ""
        } else {
            "usual "
        };
        let speed = in_force::at_speed(speed).replace("usual ", usual);
        format!("The {name} {speed}")
    }

    /// The end of a trouble, with those that go on and the actions of the operator.
    fn trouble_over(&self, scenario: &Scenario, tick: Tick, number: usize) -> String {
        let Some(trouble) = scenario.trigger.server.get(number) else {
            return String::new();
        };
        let (kind, name) = (trouble.server, trouble.server.plural());
        let others = in_force::troubles(scenario, kind, When::Over(tick));
        let speed = others.iter().product::<f64>() * self.login_rate(kind);
        let (which, rest) = if !others.is_empty() {
            let speed = in_force::at_speed(speed);
            ("One", format!("; because of another one they {speed}"))
        } else if speed == 1.0 {
            ("The", String::new())
        } else {
            ("The", format!("; they {}", in_force::at_speed(speed)))
        };
        let kept_off = if self.off.contains(&kind) {
            ", but the operator keeps them switched off"
        } else {
            ""
        };
        format!("{which} fault of the {name} is over{rest}{kept_off}")
    }

    /// The factor of all actions of the operator so far.
    fn login_rate(&self, kind: ServerKind) -> f64 {
        match kind {
            ServerKind::Login => self.login_rates.iter().product(),
            _ => 1.0,
        }
    }

    /// An action of the playbook.
    fn deed(&mut self, scenario: &Scenario, tick: Tick, action: &Action) -> String {
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
                self.login_rates.push(*factor);
                let kind = ServerKind::Login;
                let troubles = in_force::troubles(scenario, kind, When::At(tick));
                let speed = troubles.iter().product::<f64>() * self.login_rate(kind);
                let rest = if speed == *factor {
                    String::new()
                } else {
                    format!("; they {}", in_force::at_speed(speed))
                };
                format!(
                    "The operator multiplies the rate of the login servers by {factor} ({name}){rest}"
                )
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

/// The affected regions, where it matters that an empty list means all.
fn place(regions: Option<&[String]>) -> String {
    match regions {
        Some([]) => " in all regions".into(),
        regions => among(regions),
    }
}

/// The length of an event, from the start of the run on if it began before.
fn lasting(scenario: &Scenario, period: Option<(Instant, Span)>) -> String {
    period.map_or_else(String::new, |(at, lasts)| {
        let left = in_force::left(scenario, at, lasts);
        format!(" for {}", length(left, scenario.tick()))
    })
}

/// The text for the end of a mass event. They are numbered over all kinds: sign-outs, power cuts,
/// region cuts.
fn over(scenario: &Scenario, now: Tick, number: usize) -> String {
    let trigger = &scenario.trigger;
    let power = number.checked_sub(trigger.sign_out.len());
    let region = power.and_then(|number| number.checked_sub(trigger.power_cut.len()));
    let cut = power.and_then(|number| trigger.power_cut.get(number));
    match (
        cut,
        region.and_then(|number| trigger.region_cut.get(number)),
    ) {
        (Some(one), _) => {
            let place = place(Some(&one.regions));
            if in_force::power_still_out(scenario, now, &one.regions) {
                return format!("A power cut is over{place}, but another one lasts");
            }
            format!("The power is back{place}")
        }
        (None, Some(one)) => {
            let place = place(Some(&one.regions));
            if in_force::still_cut_off(scenario, now, &one.regions) {
                return format!("A cut of clients{place} is over, but another one lasts");
            }
            format!("Clients{place} are no longer cut off from the network")
        }
        // No other mass event lasts.
        (None, None) => "The mass event is over".into(),
    }
}

/// The end of the event that a note starts, with its text, if the model does not note the end.
fn end(scenario: &Scenario, note: Note) -> Option<(Tick, String)> {
    let trigger = &scenario.trigger;
    let tick = |at: Instant, lasts: Span| {
        Tick::try_from(in_force::period(scenario, at, lasts).1)
            .ok()
            .filter(|end| *end < scenario.ticks())
    };
    match note {
        Note::Flood(number) => {
            let one = trigger.login_flood.get(usize::from(number))?;
            let end = tick(one.at, one.lasts)?;
            let what = in_force::floods(scenario, When::Over(end)).map_or_else(
                || "The flood of logins is over".into(),
                |rate| {
                    let rate = in_force::figure(rate);
                    format!("A flood of logins is over; {rate} logins a second of others go on")
                },
            );
            Some((end, what))
        }
        Note::Peak(number) => {
            let one = trigger.traffic_peak.get(usize::from(number))?;
            let end = tick(one.at, one.lasts)?;
            let others = in_force::peaks(scenario, When::Over(end));
            if others.is_empty() {
                return Some((end, "Users send as many messages as before".into()));
            }
            let factor = in_force::figure(others.iter().product());
            let what = format!(
                "A traffic peak is over; users send {factor} times as many messages as usual"
            );
            Some((end, what))
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
        | Note::Over(_)
        | Note::Fault(_)
        | Note::FaultOver(_)
        | Note::Deed(_)
        | Note::DeedOver(_)
        | Note::NotForced(_)
        | Note::NotRestarted => None,
    }
}

#[cfg(test)]
mod tests;
