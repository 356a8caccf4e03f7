//! The laws of conservation, as equalities between what actors hold, what mail is under
//! way between them, and what was counted. Each names what breaks it; none allows for a
//! remainder. Units: clients, leaves, calls, requests, envelopes.

use std::collections::BTreeMap;

use patchday_agents::{
    AuditedLineGroup, CallLeg, Counters, Kind, LineGroup, LinkAudit, Peer, Stage,
};
use patchday_core::ActorId;

use super::pending_tasks;

/// A client and a supernode, and what is between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seat {
    /// Entries of the client among the supernode's leaves.
    listed: u32,
    /// Whether the client takes itself for a leaf.
    held: u32,
    /// Letters that give a seat, give one back, tell of the loss of one; the first leaves of
    /// the run on their way.
    given: u32,
    given_back: u32,
    lost: u32,
    adopted: u32,
}

/// Everything there is to know at a sample, in the order in which the laws need it.
pub(crate) struct Books<'a> {
    survey: &'a LinkAudit,
    kinds: BTreeMap<u8, u64>,
    faults: Vec<String>,
}

/// What contradicts the laws in `survey`, a sentence each; `totals` is what was counted.
pub(crate) fn violations(survey: &LinkAudit, totals: &Counters, overlay: bool) -> Vec<String> {
    let mut kinds = BTreeMap::new();
    for (_, _, letter) in &survey.mail {
        *kinds.entry(letter.kind as u8).or_default() += 1;
    }
    let mut books = Books {
        survey,
        kinds,
        faults: Vec::new(),
    };
    books.flows(totals, overlay);
    books.seats();
    books.calls();
    books.faults.extend(pending_tasks::violations(survey));
    books.stations(totals);
    books.faults
}

impl Books<'_> {
    fn mail(&self, kinds: &[Kind]) -> u64 {
        let counts = kinds.iter().map(|kind| self.kinds.get(&(*kind as u8)));
        counts.map(|count| count.copied().unwrap_or(0)).sum()
    }

    fn equal(&mut self, law: &str, left: u64, right: u64) {
        if left != right {
            self.faults.push(format!("{law}: {left} is not {right}"));
        }
    }

    /// What came in is what went out and what is still inside.
    fn flows(&mut self, totals: &Counters, overlay: bool) {
        let t = totals;
        let begun = |line: &&CallLeg| line.caller && line.stage != Stage::Talking;
        let setting_up = self.survey.lines.iter().filter(begun).count() as u64;
        let talking = |line: &&CallLeg| line.caller && line.stage == Stage::Talking;
        let talking = self.survey.lines.iter().filter(talking).count() as u64;
        self.equal(
            "calls wanted = missed + failed + engaged + answered + being set up",
            t.calls_wanted,
            t.calls_missed + t.calls_failed + t.calls_engaged + t.calls + setting_up,
        );
        self.equal(
            "calls answered = ended + dropped + under way",
            t.calls,
            t.calls_ended + t.calls_dropped + talking,
        );
        let stacked = self
            .survey
            .stacks
            .iter()
            .filter(|(_, one)| !one.gone)
            .count() as u64;
        self.equal(
            "log-ins arrived = turned away + let in",
            t.login_arrivals,
            t.login_rejected + t.login_admitted,
        );
        // A client without a line to the servers tells itself that no answer came.
        let late = self.unanswered();
        self.equal(
            "log-ins let in = served + too late + waiting",
            t.login_admitted,
            t.login_served + t.login_late + self.mail(&[Kind::LoginDone]) + late + stacked,
        );
        let outcomes = t.accepted + t.refused + t.timed_out;
        if overlay {
            let under_way = [Kind::Probe, Kind::Accept, Kind::Refuse, Kind::Silence];
            self.equal(
                "probes = seats + refusals + silences + under way",
                t.attempts,
                outcomes + self.mail(&under_way),
            );
            self.equal(
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
            self.equal(
                "log-ins tried = let in + turned away + not answered + under way",
                t.attempts,
                outcomes + self.mail(&under_way) + stacked,
            );
        }
    }

    /// Log-ins that a server took and will not answer in time.
    fn unanswered(&self) -> u64 {
        let late = |letter: &patchday_agents::Message| {
            letter.kind == Kind::LoginLate && letter.payload == 0
        };
        let mail = self.survey.mail.iter();
        mail.filter(|(_, _, letter)| late(letter)).count() as u64
    }

    /// A leaf and its supernode know of each other, or will.
    fn seats(&mut self) {
        let mut seats: BTreeMap<(ActorId, ActorId, u8), Seat> = BTreeMap::new();
        for role in &self.survey.supernodes {
            for (leaf, number) in &role.leaves {
                seats.entry((*leaf, role.host, *number)).or_default().listed += 1;
            }
        }
        for party in &self.survey.peers {
            if let Some((supernode, number)) = party.seat {
                seats.entry((party.id, supernode, number)).or_default().held += 1;
            }
        }
        for (_, to, letter) in &self.survey.mail {
            let word = letter.payload;
            let number = Peer::seat_number(letter.serial);
            let to_leaf = (*to, word, number);
            let to_supernode = (word, *to, number);
            match letter.kind {
                Kind::Accept => seats.entry(to_leaf).or_default().given += 1,
                Kind::LinkLost => seats.entry(to_leaf).or_default().lost += 1,
                Kind::Leave => seats.entry(to_supernode).or_default().given_back += 1,
                Kind::Adopt => seats.entry(to_supernode).or_default().adopted += 1,
                _ => {}
            }
        }
        for (pair, seat) in seats {
            // Every entry has a leaf that holds it, or one that has given it back.
            if seat.listed > seat.held + seat.given + seat.given_back {
                self.faults
                    .push(format!("a leaf that is none, {pair:?}: {seat:?}"));
            }
            // Every leaf is listed, or will learn that it is not.
            if seat.held + seat.given > seat.listed + seat.adopted + seat.lost {
                self.faults
                    .push(format!("a leaf that nobody knows, {pair:?}: {seat:?}"));
            }
        }
        let serving = self.survey.peers.iter().filter(|party| party.serves);
        let serving: Vec<ActorId> = serving.map(|party| party.id).collect();
        let hosts: Vec<ActorId> = self
            .survey
            .supernodes
            .iter()
            .map(|role| role.host)
            .collect();
        if serving != hosts {
            self.faults
                .push("who serves is not who has a cluster".to_owned());
        }
    }

    /// Both ends of a call know of each other, and what carries it of both, or will.
    fn calls(&mut self) {
        let survey = self.survey;
        let mut told: BTreeMap<(ActorId, ActorId, u8), Vec<Kind>> = BTreeMap::new();
        let mut ends: BTreeMap<(ActorId, u32), u32> = BTreeMap::new();
        for (_, to, letter) in &survey.mail {
            match letter.kind {
                Kind::CallEnd => *ends.entry((*to, letter.payload)).or_default() += 1,
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
                    let key = (*to, letter.payload, letter.serial);
                    told.entry(key).or_default().push(letter.kind);
                }
                _ => {}
            }
        }
        let tells = |to, by, tag, kinds: &[Kind]| {
            let letters = told.get(&(to, by, tag));
            letters.is_some_and(|letters| letters.iter().any(|kind| kinds.contains(kind)))
        };
        const OVER: &[Kind] = &[Kind::HangUp, Kind::CallLost];
        let lines: BTreeMap<ActorId, &CallLeg> = survey
            .lines
            .iter()
            .map(|line| (line.client, line))
            .collect();
        let other_end = |line: &CallLeg| {
            let end = lines.get(&line.other).copied();
            end.filter(|end| end.other == line.client && end.tag() == line.tag())
        };
        let mut faults = Vec::new();
        for line in &survey.lines {
            let (me, other, carrier, tag) = (line.client, line.other, line.carrier, line.tag());
            let mut must = |law: &str, holds: bool| {
                if !holds {
                    faults.push(format!("{law}: {line:?}"));
                }
            };
            let over = tells(me, other, tag, OVER) || tells(me, carrier, tag, OVER);
            if !line.caller {
                let answering = tells(other, me, tag, &[Kind::Answer]);
                let both = other_end(line).is_some_and(|end| end.caller);
                must("an end without a caller", both || answering || over);
                continue;
            }
            let carried = carrier != ActorId::MAX;
            match line.stage {
                Stage::Carrying => {
                    let asked = tells(carrier, me, tag, &[Kind::Carry]);
                    let answer = tells(me, carrier, tag, &[Kind::Carries, Kind::CarriesNot]);
                    must("a call that waits for nothing", asked || answer || over);
                }
                Stage::Ringing => {
                    let answer = [Kind::Answer, Kind::Engaged, Kind::Unreached];
                    let rings = tells(other, me, tag, &[Kind::Ring]);
                    let answers = tells(me, other, tag, &answer);
                    must("a call that waits for nothing", rings || answers || over);
                }
                Stage::Talking => {
                    let both = other == ActorId::MAX || other_end(line).is_some();
                    must("a caller without another end", both || over);
                    let end = ends.get(&(me, line.begun)).copied();
                    must("a call with one end ahead", end == Some(1));
                }
            }
            if carried && line.stage != Stage::Carrying {
                let load = survey
                    .loads
                    .iter()
                    .any(|load| (load.carrier, load.caller, load.tag) == (carrier, me, tag));
                must("a call that nobody carries", load || over);
            }
        }
        for load in &survey.loads {
            let line = lines.get(&load.caller);
            let line = line.is_some_and(|line| {
                (line.caller, line.carrier, line.tag()) == (true, load.carrier, load.tag)
            });
            let let_go = tells(load.carrier, load.caller, load.tag, &[Kind::LetGo]);
            let offered = tells(load.caller, load.carrier, load.tag, &[Kind::Carries]);
            if !(line || let_go || offered) {
                faults.push(format!("a load without a call: {load:?}"));
            }
        }
        self.faults.append(&mut faults);
    }

    /// Lines of switchboards: as many are busy as have an end ahead, and none is idle while
    /// a call waits.
    fn stations(&mut self, totals: &Counters) {
        let ends = |station: ActorId| {
            let mail = self.survey.mail.iter();
            let own =
                mail.filter(|(_, to, letter)| *to == station && letter.kind == Kind::LineFree);
            own.count() as u64
        };
        let [gateway, manager] = [0, 1].map(|place| self.survey.line_groups[place]);
        for board in [gateway, manager] {
            let LineGroup { busy, waiting, .. } = board.station;
            self.equal("busy lines with an end ahead", ends(board.id), busy.into());
            if waiting > 0 && busy < board.lines {
                self.faults
                    .push(format!("a line idle while a call waits: {board:?}"));
            }
        }
        let begun = |board: AuditedLineGroup| {
            u64::from(board.station.begun) + u64::from(board.station.waiting)
        };
        self.equal(
            "business calls = lost + begun + waiting",
            totals.gateway_calls,
            totals.gateway_calls_failed + begun(gateway),
        );
        self.equal(
            "requests of administrators = lost + begun + waiting",
            totals.manager_requests,
            totals.manager_requests_failed + begun(manager),
        );
    }
}
