//! Balance equations between the states of the actors, the messages under way between them
//! and the counters.
//!
//! Invariant: every equation holds exactly at every sample. A violation is reported as one
//! sentence with both sides, or with the actors concerned. Units: clients, leaves, calls,
//! requests, messages.

use std::collections::BTreeMap;

use patchday_agents::{
    AuditedLineGroup, CallLeg, Counters, Kind, LineGroup, LinkAudit, Peer, Stage,
};
use patchday_core::ActorId;

use super::pending_tasks;

/// The seat of one client at one supernode: what both of them record of it, and the messages
/// about it under way between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seat {
    /// Entries of the client in the supernode's list of leaves.
    listed: u32,
    /// 1 if the client records the seat as its own.
    held: u32,
    /// Messages that grant the seat.
    granted: u32,
    /// Messages that return it.
    returned: u32,
    /// Messages that report its loss.
    lost: u32,
    /// Messages that place the first leaves of the run.
    adopted: u32,
}

/// The state of a simulation at a sample, and the violations found in it so far.
pub(crate) struct Balances<'a> {
    audit: &'a LinkAudit,
    /// Messages under way, by the number of their kind.
    kinds: BTreeMap<u8, u64>,
    violations: Vec<String>,
}

/// Returns one sentence for each violated equation. `totals` are the counters of the run, and
/// `overlay` says whether clients log in through supernodes.
pub(crate) fn violations(audit: &LinkAudit, totals: &Counters, overlay: bool) -> Vec<String> {
    let mut kinds = BTreeMap::new();
    for (_, _, message) in &audit.messages {
        *kinds.entry(message.kind as u8).or_default() += 1;
    }
    let mut balances = Balances {
        audit,
        kinds,
        violations: Vec::new(),
    };
    balances.flows(totals, overlay);
    balances.seats();
    balances.calls();
    balances.violations.extend(pending_tasks::violations(audit));
    balances.line_groups(totals);
    balances.violations
}

impl Balances<'_> {
    /// The number of messages of these kinds under way.
    fn mail(&self, kinds: &[Kind]) -> u64 {
        let counts = kinds.iter().map(|kind| self.kinds.get(&(*kind as u8)));
        counts.map(|count| count.copied().unwrap_or(0)).sum()
    }

    fn require_equal(&mut self, equation: &str, left: u64, right: u64) {
        if left != right {
            self.violations
                .push(format!("{equation}: {left} != {right}"));
        }
    }

    /// Calls, logins and probes: those that began are those that ended and those under way.
    fn flows(&mut self, totals: &Counters, overlay: bool) {
        let t = totals;
        let setting_up = |leg: &&CallLeg| leg.caller && leg.stage != Stage::Talking;
        let setting_up = self.audit.call_legs.iter().filter(setting_up).count() as u64;
        let talking = |leg: &&CallLeg| leg.caller && leg.stage == Stage::Talking;
        let talking = self.audit.call_legs.iter().filter(talking).count() as u64;
        self.require_equal(
            "calls wanted = missed + failed + engaged + answered + being set up",
            t.calls_wanted,
            t.calls_missed + t.calls_failed + t.calls_engaged + t.calls + setting_up,
        );
        self.require_equal(
            "calls answered = ended + dropped + under way",
            t.calls,
            t.calls_ended + t.calls_dropped + talking,
        );
        let audit = self.audit;
        let at_login = |server: &ActorId| audit.login_servers.contains(server);
        let waiting = audit.waiting_clients.iter();
        let stacked = waiting.filter(|(server, _)| at_login(server)).count() as u64;
        let arriving = audit.arriving_logins.len() as u64;
        self.require_equal(
            "login arrivals = rejected + admitted",
            t.login_arrivals,
            t.login_rejected + t.login_admitted,
        );
        // Only answers from a server: a client that reaches no server sends itself one with
        // another payload.
        let late = self.unanswered();
        self.require_equal(
            "logins admitted = served + too late + waiting",
            t.login_admitted,
            t.login_served + t.login_late + self.mail(&[Kind::LoginDone]) + late + stacked,
        );
        let outcomes = t.accepted + t.refused + t.timed_out;
        if overlay {
            let under_way = [Kind::Probe, Kind::Accept, Kind::Refuse, Kind::Silence];
            self.require_equal(
                "probes = accepted + refused + timed out + under way",
                t.attempts,
                outcomes + self.mail(&under_way),
            );
            self.require_equal(
                "probes that reached a supernode = lost + answered",
                t.requests - t.requests_lost,
                t.accepted + t.refused + self.mail(&[Kind::Accept, Kind::Refuse]),
            );
        } else {
            let under_way = [
                Kind::Login,
                Kind::LoginDone,
                Kind::LoginBusy,
                Kind::LoginLate,
            ];
            self.require_equal(
                "login attempts = accepted + refused + timed out + under way",
                t.attempts,
                outcomes + self.mail(&under_way) + stacked + arriving,
            );
        }
    }

    /// Logins that a server admitted and whose answer will be late.
    fn unanswered(&self) -> u64 {
        let late = |message: &patchday_agents::Message| {
            message.kind == Kind::LoginLate && message.payload == 0
        };
        let mail = self.audit.messages.iter();
        mail.filter(|(_, _, message)| late(message)).count() as u64
    }

    /// A client and its supernode agree on the seat, or a message under way will make them
    /// agree.
    fn seats(&mut self) {
        let mut seats: BTreeMap<(ActorId, ActorId, u8), Seat> = BTreeMap::new();
        for role in &self.audit.supernodes {
            for (leaf, number) in &role.leaves {
                seats.entry((*leaf, role.host, *number)).or_default().listed += 1;
            }
        }
        for peer in &self.audit.peers {
            if let Some((supernode, number)) = peer.seat {
                seats.entry((peer.id, supernode, number)).or_default().held += 1;
            }
        }
        for (_, to, message) in &self.audit.messages {
            let payload = message.payload;
            let number = Peer::seat_number(message.serial);
            let to_leaf = (*to, payload, number);
            let to_supernode = (payload, *to, number);
            match message.kind {
                Kind::Accept => seats.entry(to_leaf).or_default().granted += 1,
                Kind::LinkLost => seats.entry(to_leaf).or_default().lost += 1,
                Kind::Leave => seats.entry(to_supernode).or_default().returned += 1,
                Kind::Adopt => seats.entry(to_supernode).or_default().adopted += 1,
                _ => {}
            }
        }
        for (pair, seat) in seats {
            // Every entry belongs to a client that holds the seat, will hold it, or returned it.
            if seat.listed > seat.held + seat.granted + seat.returned {
                self.violations.push(format!(
                    "a listed leaf that holds no seat, {pair:?}: {seat:?}"
                ));
            }
            // Every seat of a client is listed, will be listed, or is reported as lost.
            if seat.held + seat.granted > seat.listed + seat.adopted + seat.lost {
                self.violations.push(format!(
                    "a seat that its supernode does not list, {pair:?}: {seat:?}"
                ));
            }
        }
        let serving = self.audit.peers.iter().filter(|peer| peer.serves);
        let serving: Vec<ActorId> = serving.map(|peer| peer.id).collect();
        let hosts: Vec<ActorId> = self.audit.supernodes.iter().map(|role| role.host).collect();
        if serving != hosts {
            self.violations
                .push("the clients that serve are not the hosts of supernode roles".to_owned());
        }
    }

    /// The two legs of a call and the load at its carrier agree, or a message under way will
    /// make them agree.
    fn calls(&mut self) {
        let audit = self.audit;
        let mut mail: BTreeMap<(ActorId, ActorId, u8), Vec<Kind>> = BTreeMap::new();
        let mut ends: BTreeMap<(ActorId, u32), u32> = BTreeMap::new();
        for (_, to, message) in &audit.messages {
            match message.kind {
                Kind::CallEnd => *ends.entry((*to, message.payload)).or_default() += 1,
                Kind::Ring
                | Kind::Answer
                | Kind::Engaged
                | Kind::Unreached
                | Kind::HangUp
                | Kind::CallLost
                | Kind::Carry
                | Kind::Carries
                | Kind::CarriesNot
                | Kind::LetGo => {
                    let key = (*to, message.payload, message.serial);
                    mail.entry(key).or_default().push(message.kind);
                }
                _ => {}
            }
        }
        let under_way = |to, from, tag, kinds: &[Kind]| {
            let messages = mail.get(&(to, from, tag));
            messages.is_some_and(|messages| messages.iter().any(|kind| kinds.contains(kind)))
        };
        const OVER: &[Kind] = &[Kind::HangUp, Kind::CallLost];
        let legs: BTreeMap<ActorId, &CallLeg> = audit
            .call_legs
            .iter()
            .map(|leg| (leg.client, leg))
            .collect();
        let other_leg = |leg: &CallLeg| {
            let other = legs.get(&leg.other).copied();
            other.filter(|end| end.other == leg.client && end.tag() == leg.tag())
        };
        let mut violations = Vec::new();
        for leg in &audit.call_legs {
            let (me, other, carrier, tag) = (leg.client, leg.other, leg.carrier, leg.tag());
            let mut require = |rule: &str, holds: bool| {
                if !holds {
                    violations.push(format!("{rule}: {leg:?}"));
                }
            };
            let over = under_way(me, other, tag, OVER) || under_way(me, carrier, tag, OVER);
            if !leg.caller {
                let answering = under_way(other, me, tag, &[Kind::Answer]);
                let both = other_leg(leg).is_some_and(|end| end.caller);
                require("a called leg without a caller", both || answering || over);
                continue;
            }
            let carried = carrier != ActorId::MAX;
            match leg.stage {
                Stage::Carrying => {
                    let asked = under_way(carrier, me, tag, &[Kind::Carry]);
                    let answer = under_way(me, carrier, tag, &[Kind::Carries, Kind::CarriesNot]);
                    require(
                        "a call in set-up without a pending answer",
                        asked || answer || over,
                    );
                }
                Stage::Ringing => {
                    let answer = [Kind::Answer, Kind::Engaged, Kind::Unreached];
                    let rings = under_way(other, me, tag, &[Kind::Ring]);
                    let answers = under_way(me, other, tag, &answer);
                    require(
                        "a call in set-up without a pending answer",
                        rings || answers || over,
                    );
                }
                Stage::Talking => {
                    let both = other == ActorId::MAX || other_leg(leg).is_some();
                    require("a caller without a called leg", both || over);
                    let end = ends.get(&(me, leg.begun)).copied();
                    require("a call without exactly one pending end", end == Some(1));
                }
            }
            if carried && leg.stage != Stage::Carrying {
                let load = audit
                    .carried_calls
                    .iter()
                    .any(|load| (load.carrier, load.caller, load.tag) == (carrier, me, tag));
                require("a relayed call without a load at its carrier", load || over);
            }
        }
        for load in &audit.carried_calls {
            let leg = legs.get(&load.caller);
            let leg = leg.is_some_and(|leg| {
                (leg.caller, leg.carrier, leg.tag()) == (true, load.carrier, load.tag)
            });
            let let_go = under_way(load.carrier, load.caller, load.tag, &[Kind::LetGo]);
            let offered = under_way(load.caller, load.carrier, load.tag, &[Kind::Carries]);
            if !(leg || let_go || offered) {
                violations.push(format!("a load without a call: {load:?}"));
            }
        }
        self.violations.append(&mut violations);
    }

    /// Line groups: each busy line has one pending end, no line is idle while a call waits,
    /// and every call is counted once.
    fn line_groups(&mut self, totals: &Counters) {
        let ends = |server: ActorId| {
            let mail = self.audit.messages.iter();
            let own =
                mail.filter(|(_, to, message)| *to == server && message.kind == Kind::LineFree);
            own.count() as u64
        };
        let [gateway, manager] = [0, 1].map(|index| self.audit.line_groups[index]);
        for board in [gateway, manager] {
            let LineGroup { busy, waiting, .. } = board.state;
            self.require_equal(
                "pending ends of lines = busy lines",
                ends(board.id),
                busy.into(),
            );
            if waiting > 0 && busy < board.lines {
                self.violations
                    .push(format!("an idle line while a call waits: {board:?}"));
            }
        }
        let begun =
            |board: AuditedLineGroup| u64::from(board.state.begun) + u64::from(board.state.waiting);
        self.require_equal(
            "business calls = lost + begun + waiting",
            totals.gateway_calls,
            totals.gateway_calls_failed + begun(gateway),
        );
        self.require_equal(
            "requests of administrators = lost + begun + waiting",
            totals.manager_requests,
            totals.manager_requests_failed + begun(manager),
        );
    }
}
