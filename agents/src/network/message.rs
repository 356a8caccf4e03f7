//! Messages: what actors of the network send to each other, and to themselves.
//!
//! A message has six bytes: a payload (usually an actor's id), a kind, and a serial number that makes
//! late answers harmless. A missing answer is a message, too: an actor that does not answer a probe
//! sends [`Kind::Silence`] after the time that the sender would have waited. So each probe of a
//! supernode has exactly one outcome, costs two envelopes, and needs no timer.

use serde::{Deserialize, Serialize};

/// The payload of a [`Kind::LoginLate`] about a log-in that reached no server.
pub(crate) const UNHEARD: u32 = 1;

/// What a message says. Its payload is given in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Kind {
    /// To itself: this client was online when the run began (0).
    Resume,
    /// To itself: this machine was a supernode when the run began (0).
    Enlist,
    /// Client to supernode, at the start of the run: I am one of your leaves (client).
    Adopt,
    /// To itself: a session starts (0).
    Wake,
    /// To itself: the session ends (the tick at which it does).
    SessionEnd,
    /// To itself: the pause before the next cycle is over (0).
    Retry,
    /// Client to supernode: may I join? (client)
    Probe,
    /// Supernode to client: yes (supernode).
    Accept,
    /// Supernode to client: no; other supernodes are named (supernode).
    Refuse,
    /// A probe got no answer (the actor that does not answer).
    Silence,
    /// To itself: the last probes of a cycle got no answer (0).
    CycleOver,
    /// Client to supernode: I give my seat back (client). The serial number of all messages
    /// about a seat is the number of the seat.
    Leave,
    /// To a client: its supernode is gone (supernode).
    LinkLost,
    /// Client to log-in server: a log-in (client).
    Login,
    /// Log-in server to client: the log-in is done (0).
    LoginDone,
    /// Log-in server to client: rejected (the pause that the server asks for, in ticks).
    LoginBusy,
    /// The client has waited in vain: the server is too slow (0), or the log-in never reached it
    /// (`UNHEARD`).
    LoginLate,
    /// To itself: the pause before the next log-in is over (0).
    LoginRetry,
    /// Client to presence and chat servers: I signed in (client).
    SignedIn,
    /// Client to offline-message servers: I fetch my messages (client). The serial number is 1 if
    /// a late answer would crash the client.
    Fetch,
    /// To the offline-message servers: a batch of routine requests (their number).
    Routine,
    /// To the offline-message servers: messages for users who are away (their number).
    Store,
    /// Offline-message servers to client: an answer that is late (0).
    LateAnswer,
    /// Broadcast: answers of the offline-message servers are late from now on (0).
    LateFromNow,
    /// To itself: a request to the offline-message servers (0).
    Contact,
    /// Broadcast: a mass event happens (its number).
    MassEvent,
    /// To itself: a mass event hits this client now (its number).
    Hit,
    /// To itself, a log-in server that serves the newest first: work for a tick (0).
    Work,
    /// To a log-in server: log-ins of an attacker (their number).
    Flood,
    /// To itself, a business gateway: take the calls of this tick (0).
    Round,
    /// To itself, a business gateway: a call is over (0).
    LineFree,
    /// To every supernode: some of you vanish (the number of the loss).
    Loss,
    /// To itself: the user wants to make a call (the end of the session).
    CallStart,
    /// Caller to callee: a call (caller). The serial number of all messages about a call is its
    /// tag.
    Ring,
    /// Callee to caller: the call is answered (callee).
    Answer,
    /// Callee to caller: in another call (callee).
    Engaged,
    /// To the caller: the callee is not there (callee).
    Unreached,
    /// To itself: the call has lasted as long as its users wanted (the tick at which it began).
    CallEnd,
    /// To the other end: the call is over (the sender).
    HangUp,
    /// To the caller: the other end, or what carries the call, is gone (the sender).
    CallLost,
    /// Caller to a relay or the group-video servers: carry this call (caller).
    Carry,
    /// Answer to [`Kind::Carry`]: yes (the sender).
    Carries,
    /// Answer to [`Kind::Carry`]: no (the sender).
    CarriesNot,
    /// Caller to what carries the call: the call is over (caller).
    LetGo,
    /// To the group-video servers: drop all calls (0).
    SwitchOff,
    /// Broadcast: the patch is released (tick).
    Release,
    /// To itself: the patch restarts the PC (the end of the session in which it does).
    PatchRestart,
    /// To itself: the PC restarts for reasons of its own (0).
    PowerCycle,
    /// To itself: the PC is up again (0).
    Booted,
    /// To itself, a supernode: are more supernodes needed? (the tick at which the role began)
    Housekeeping,
    /// Supernode to leaf: become a supernode (supernode). The serial number is the number of
    /// further leaves that may be asked.
    Promote,
    /// Leaf to supernode: I am not fit (leaf), with the same serial number.
    Decline,
    /// Operator to one of its machines: become a supernode (0).
    Activate,
    /// Operator to supernode: drop all leaves (the longest delay until a leaf notices, in ticks).
    Reset,
}

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(C, packed(2))]
pub struct Message {
    /// Usually an actor's id.
    pub payload: u32,
    /// What the message says.
    pub kind: Kind,
    /// The serial number of the sender's request, or a seat, tag or count, see [`Kind`].
    pub serial: u8,
}

impl Message {
    /// A message with the serial number 0.
    pub fn new(kind: Kind, payload: u32) -> Self {
        Self {
            payload,
            kind,
            serial: 0,
        }
    }

    /// A message with a serial number.
    pub fn numbered(kind: Kind, payload: u32, serial: u8) -> Self {
        Self {
            payload,
            kind,
            serial,
        }
    }
}
