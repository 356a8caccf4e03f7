//! What the model noted, in words: what came from outside, and what the operator did.
//!
//! A note says that something began; of what lasts, the end is known from the scenario and is
//! told, too, once the run has come there. What is said of servers whose trouble is over depends
//! on what the operator did before, so notes are taken one after another. Times are ticks.

use patchday_agents::{
    Note,
    scenario::{
        Action, ActionKind, Scenario, ServerKind,
        quantity::{Instant, Rate, Span},
    },
};
use patchday_core::Tick;

use crate::host::format::{short, wait};

/// A note in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Noted {
    pub(crate) tick: Tick,
    /// Whether it is of the operator.
    pub(crate) deed: bool,
    pub(crate) what: String,
}

/// Notes, one after another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// The servers that the operator keeps off.
    off: Vec<ServerKind>,
    /// What is not given out yet, also what is still to come.
    told: Vec<Noted>,
}

impl Notes {
    /// Takes the next note.
    pub(crate) fn take(&mut self, scenario: &Scenario, tick: Tick, note: Note) {
        let deed = matches!(
            note,
            Note::Incident | Note::Forced(_) | Note::Restarted | Note::Action(_)
        );
        let what = self.words(scenario, note);
        self.told.push(Noted { tick, deed, what });
        if let Some((end, what)) = end(scenario, note) {
            self.told.push(Noted {
                tick: end,
                deed: false,
                what: what.into(),
            });
        }
    }

    /// What has happened up to a tick and was not given out before, in order of time.
    pub(crate) fn until(&mut self, now: i64) -> Vec<Noted> {
        let come = |noted: &Noted| i64::from(noted.tick) <= now;
        let all = std::mem::take(&mut self.told).into_iter();
        let (mut given, still): (Vec<_>, Vec<_>) = all.partition(come);
        self.told = still;
        given.sort_by_key(|noted| noted.tick);
        given
    }

    fn words(&mut self, scenario: &Scenario, note: Note) -> String {
        let (trigger, operator) = (&scenario.trigger, &scenario.operator);
        match note {
            Note::Released => "The patch is released".into(),
            Note::Incident => "The operator sees that there is an incident".into(),
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
                        "The {} go at {:.0} % of their rate",
                        trouble.server.plural(),
                        factor * 100.0
                    ),
                })
            }
            Note::TroubleOver(number) => {
                let trouble = trigger.server.get(usize::from(number));
                trouble.map_or_else(String::new, |trouble| {
                    let name = trouble.server.plural();
                    match self.off.contains(&trouble.server) {
                        true => format!(
                            "The {name} could go at their full rate, but the operator keeps them \
                             switched off"
                        ),
                        false => format!("The {name} are as before"),
                    }
                })
            }
            Note::Late => "Answers of the offline-message servers are late".into(),
            Note::InTime => "Answers of the offline-message servers are in time".into(),
            Note::SignOut(number) => {
                let one = trigger.sign_out.get(usize::from(number));
                let share = one.map_or(0.0, |one| one.share.get() * 100.0);
                let place = among(one.map(|one| &one.regions[..]));
                format!("{share:.0} % of all clients{place} lose their session")
            }
            Note::PowerCut(number) => {
                let one = trigger.power_cut.get(usize::from(number));
                let place = among(one.map(|one| &one.regions[..]));
                format!("The power goes{place}{}", lasting(one.map(|one| one.lasts)))
            }
            Note::RegionCut(number) => {
                let one = trigger.region_cut.get(usize::from(number));
                let place = among(one.map(|one| &one.regions[..]));
                let lasting = lasting(one.map(|one| one.lasts));
                format!("Clients{place} are cut off{lasting}")
            }
            Note::ConfigurationPush(number) => {
                let one = trigger.configuration_push.get(usize::from(number));
                let place = among(one.map(|one| &one.regions[..]));
                format!("A configuration that does harm is pushed{place}")
            }
            Note::Over(number) => over(scenario, number.into()),
            Note::Flood(number) => {
                let one = trigger.login_flood.get(usize::from(number));
                let rate = one.map_or(0.0, |one| one.rate.per_second());
                let lasting = lasting(one.map(|one| one.lasts));
                format!(
                    "A flood of {} log-ins a second begins,{lasting}",
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

    /// An entry of the playbook that is carried out.
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
                format!(
                    "The operator brings the log-in servers to {factor} times their rate ({name})"
                )
            }
            ActionKind::LoginAdmission => {
                let share = factor * 100.0;
                format!("The operator lets {share:.0} % of all log-ins in ({name})")
            }
            ActionKind::ShipFix => {
                format!("The operator publishes a fixed version of the client ({name})")
            }
            ActionKind::Retune => format!(
                "The operator gives the allocation of supernodes parameters with which it works \
                 ({name})"
            ),
        }
    }

    fn switch(&mut self, kind: ServerKind, on: bool, name: &str) -> String {
        self.off.retain(|off| *off != kind);
        let how = match on {
            true => "on again",
            false => {
                self.off.push(kind);
                "off"
            }
        };
        format!("The operator switches the {} {how} ({name})", kind.plural())
    }
}

/// The operator adds machines.
fn adds(count: u64, kind: &str, rate: Rate, name: &str) -> String {
    let rate = short(rate.per_second() * 3_600.0);
    match count {
        0 => format!("The operator has no {kind}s to add ({name})"),
        1 => format!("The operator adds 1 {kind} ({name})"),
        _ => format!("The operator begins to add up to {count} {kind}s, {rate} an hour ({name})"),
    }
}

/// The regions something happens in.
fn among(regions: Option<&[String]>) -> String {
    match regions {
        None | Some([]) => String::new(),
        Some(some) => format!(" in {}", some.join(", ")),
    }
}

/// How long something lasts.
fn lasting(span: Option<Span>) -> String {
    span.map_or_else(String::new, |span| {
        format!(" for {}", wait(f64::from(span.seconds())))
    })
}

/// That a strike is over: they are numbered over all kinds, in this order.
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
            format!("Clients{place} are no longer cut off")
        }
        // Nothing else lasts.
        (None, None) => "What was cut off is back".into(),
    }
}

/// When what a note began is over, and that it is, where the model does not note it itself.
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
            Some((tick(one.at, one.lasts)?, "The flood of log-ins is over"))
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
