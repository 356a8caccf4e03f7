//! What is ahead of each client: a wake-up, an end, an answer, a pause. A client for which
//! nothing is under way would stay as it is for ever, and one for which something is under
//! way twice would do two things at once; neither shows in any sum. Units: envelopes.

use std::collections::BTreeMap;

use patchday_agents::{AuditedPeer, Kind, LinkAudit, Phase};
use patchday_core::ActorId;

/// Mail of one kind about one request: the client whose it is, and its number.
type Request = (ActorId, u8);

/// A client, and what will bring it on.
#[derive(Clone, Copy, Debug, Default)]
struct Tasks {
    wakes: u32,
    boots: u32,
    power_cycles: u32,
    /// Of the session it is in, or of its last request.
    session_ends: u32,
    retries: u32,
    answers: u32,
    log_ins: u32,
}

/// Nobody waits for nothing: each client has one thing ahead that brings it on. What
/// contradicts that, a sentence each.
pub(crate) fn violations(survey: &LinkAudit) -> Vec<String> {
    let mut faults = Vec::new();
    let mut tasks = vec![Tasks::default(); survey.peers.len()];
    let mut houses: BTreeMap<ActorId, Vec<u32>> = BTreeMap::new();
    let clients = survey.peers.iter().take_while(|party| !party.machine);
    let clients = clients.count() as ActorId;
    let place = |id: ActorId| (id < clients).then_some(id as usize);
    let current =
        |(id, serial): Request| place(id).filter(|place| survey.peers[*place].serial == serial);
    for (_, to, letter) in &survey.mail {
        let (word, serial) = (letter.payload, letter.serial);
        let to_it = place(*to);
        let mut add = |place: Option<usize>, part: fn(&mut Tasks) -> &mut u32| {
            if let Some(place) = place {
                *part(&mut tasks[place]) += 1;
            }
        };
        match letter.kind {
            Kind::Resume | Kind::Enlist | Kind::Wake => add(to_it, |t| &mut t.wakes),
            Kind::Booted => add(to_it, |t| &mut t.boots),
            Kind::PowerCycle => add(to_it, |t| &mut t.power_cycles),
            Kind::SessionEnd => {
                let mine = |place: &usize| survey.peers[*place].session_end == Some(word);
                add(to_it.filter(mine), |t| &mut t.session_ends);
            }
            Kind::Retry => add(current((*to, serial)), |t| &mut t.retries),
            Kind::Probe => add(current((word, serial)), |t| &mut t.answers),
            Kind::Accept | Kind::Refuse | Kind::Silence | Kind::CycleOver => {
                add(current((*to, serial)), |t| &mut t.answers);
            }
            Kind::Login => add(current((word, serial)), |t| &mut t.log_ins),
            Kind::LoginDone | Kind::LoginBusy | Kind::LoginLate | Kind::LoginRetry => {
                add(current((*to, serial)), |t| &mut t.log_ins);
            }
            Kind::Housekeeping => houses.entry(*to).or_default().push(word),
            _ => {}
        }
    }
    for (_, waiting) in survey.stacks.iter().filter(|(_, one)| !one.gone) {
        if let Some(place) = current((waiting.client, waiting.serial)) {
            tasks[place].log_ins += 1;
        }
    }
    for (party, tasks) in survey.peers.iter().zip(tasks) {
        for fault in faults_of(party, &tasks) {
            faults.push(format!("{fault}: {party:?}, {tasks:?}"));
        }
    }
    for role in survey.supernodes.iter().filter(|role| role.host < clients) {
        let own = houses.get(&role.host).into_iter().flatten();
        let own = own.filter(|since| **since == role.since).count();
        if own != 1 {
            faults.push(format!(
                "a supernode that looks after its core {own} times: {role:?}"
            ));
        }
    }
    faults
}

/// What is wrong with the tasks ahead of one client.
fn faults_of(party: &AuditedPeer, tasks: &Tasks) -> Vec<&'static str> {
    if party.machine {
        return Vec::new();
    }
    let off = party.phase == Phase::Off;
    let comes = u32::from(off && party.regular);
    let ends = u32::from(!off && !party.always_on);
    let mut sides = vec![
        ("a client that never comes, or twice", tasks.wakes, comes),
        (
            "a session without one end",
            tasks.session_ends.min(u32::from(!off)),
            ends,
        ),
        (
            "a machine that never restarts",
            tasks.power_cycles,
            u32::from(party.always_on),
        ),
        (
            "a machine that never comes up, or twice",
            tasks.boots,
            u32::from(party.down),
        ),
    ];
    // What was ahead in an earlier phase may still be, and means nothing.
    match party.phase {
        Phase::Off | Phase::Booting | Phase::Online => {}
        Phase::Waiting => sides.push(("a pause without one end", tasks.retries, 1)),
        Phase::Seeking => sides.push(("a probe without one answer", tasks.answers, 1)),
        Phase::SigningIn => sides.push(("a log-in without one answer", tasks.log_ins, 1)),
    }
    let wrong = sides.into_iter().filter(|(_, left, right)| left != right);
    wrong.map(|(fault, ..)| fault).collect()
}
