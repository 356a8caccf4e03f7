//! Pending tasks of each client: the messages under way that will change its state next (a
//! wake-up, the end of its session, an answer, the end of a pause).
//!
//! Invariant: every client has exactly one pending task for each thing that it waits for.
//! Without one it would never change its state again; with two it would act twice. Neither
//! error shows in any sum, so the tasks are counted client by client. Units: messages.

use std::collections::BTreeMap;

use patchday_agents::{AuditedPeer, Kind, LinkAudit, Phase};
use patchday_core::ActorId;

/// A request of a client.
#[derive(Clone, Copy)]
struct Request {
    client: ActorId,
    /// The number that the client gave it.
    serial: u8,
}

/// The number of pending tasks of one client, by kind.
#[derive(Clone, Copy, Debug, Default)]
struct Tasks {
    wakes: u32,
    boots: u32,
    power_cycles: u32,
    /// Ends of the current session only.
    session_ends: u32,
    /// Of the current request only, like all that follow.
    retries: u32,
    answers: u32,
    log_ins: u32,
}

/// A number of pending tasks and the number that the state of the client requires.
struct Count {
    violation: &'static str,
    found: u32,
    required: u32,
}

/// Returns one sentence for each client that has too few or too many pending tasks, and for
/// each supernode without exactly one pending housekeeping message.
pub(crate) fn violations(audit: &LinkAudit) -> Vec<String> {
    let mut violations = Vec::new();
    let mut tasks = vec![Tasks::default(); audit.peers.len()];
    let mut housekeeping: BTreeMap<ActorId, Vec<u32>> = BTreeMap::new();
    let clients = audit.peers.iter().take_while(|peer| !peer.machine);
    let clients = clients.count() as ActorId;
    let index = |id: ActorId| (id < clients).then_some(id as usize);
    let current = |request: Request| {
        index(request.client).filter(|index| audit.peers[*index].serial == request.serial)
    };
    for (_, to, message) in &audit.messages {
        let payload = message.payload;
        let receiver = index(*to);
        let request = |client| Request {
            client,
            serial: message.serial,
        };
        let mut add = |client: Option<usize>, count: fn(&mut Tasks) -> &mut u32| {
            if let Some(client) = client {
                *count(&mut tasks[client]) += 1;
            }
        };
        match message.kind {
            Kind::Resume | Kind::Enlist | Kind::Wake => add(receiver, |t| &mut t.wakes),
            Kind::Booted => add(receiver, |t| &mut t.boots),
            Kind::PowerCycle => add(receiver, |t| &mut t.power_cycles),
            Kind::SessionEnd => {
                let current = |index: &usize| audit.peers[*index].session_end == Some(payload);
                add(receiver.filter(current), |t| &mut t.session_ends);
            }
            Kind::Retry => add(current(request(*to)), |t| &mut t.retries),
            Kind::Probe => add(current(request(payload)), |t| &mut t.answers),
            Kind::Accept | Kind::Refuse | Kind::Silence | Kind::CycleOver => {
                add(current(request(*to)), |t| &mut t.answers);
            }
            Kind::Login => add(current(request(payload)), |t| &mut t.log_ins),
            Kind::LoginDone | Kind::LoginBusy | Kind::LoginLate | Kind::LoginRetry => {
                add(current(request(*to)), |t| &mut t.log_ins);
            }
            Kind::Housekeeping => housekeeping.entry(*to).or_default().push(payload),
            _ => {}
        }
    }
    let waiting = audit.waiting_clients.iter().chain(&audit.arriving_logins);
    for (_, waiting) in waiting.filter(|(server, _)| audit.login_servers.contains(server)) {
        let request = Request {
            client: waiting.client,
            serial: waiting.serial,
        };
        if let Some(client) = current(request) {
            tasks[client].log_ins += 1;
        }
    }
    for (peer, tasks) in audit.peers.iter().zip(tasks) {
        for violation in violations_of(peer, &tasks) {
            violations.push(format!("{violation}: {peer:?}, {tasks:?}"));
        }
    }
    for role in audit.supernodes.iter().filter(|role| role.host < clients) {
        let own = housekeeping.get(&role.host).into_iter().flatten();
        let own = own.filter(|since| **since == role.since).count();
        if own != 1 {
            violations.push(format!(
                "a supernode with {own} pending housekeeping messages: {role:?}"
            ));
        }
    }
    violations
}

/// Returns which tasks one client has too few or too many of.
fn violations_of(peer: &AuditedPeer, tasks: &Tasks) -> Vec<&'static str> {
    if peer.machine {
        return Vec::new();
    }
    let off = peer.phase == Phase::Off;
    let count = |violation, found, required| Count {
        violation,
        found,
        required: u32::from(required),
    };
    let mut counts = vec![
        count(
            "a client that is off without exactly one wake-up",
            tasks.wakes,
            off && peer.regular,
        ),
        // After the client has gone off, the end of its last session may still be pending.
        count(
            "a session without exactly one end",
            tasks.session_ends.min(u32::from(!off)),
            !off && !peer.always_on,
        ),
        count(
            "an always-on machine without exactly one restart",
            tasks.power_cycles,
            peer.always_on,
        ),
        count(
            "a machine that is down without exactly one boot",
            tasks.boots,
            peer.down,
        ),
    ];
    // Tasks of an earlier phase may still be pending; the client ignores them.
    match peer.phase {
        Phase::Off | Phase::Booting | Phase::Online => {}
        Phase::Waiting => {
            counts.push(count(
                "a pause without exactly one end",
                tasks.retries,
                true,
            ));
        }
        Phase::Seeking => {
            counts.push(count(
                "a probe without exactly one answer",
                tasks.answers,
                true,
            ));
        }
        Phase::SigningIn => {
            counts.push(count(
                "a login without exactly one answer",
                tasks.log_ins,
                true,
            ));
        }
    }
    let wrong = counts.into_iter().filter(|one| one.found != one.required);
    wrong.map(|one| one.violation).collect()
}
