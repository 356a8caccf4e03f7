//! Messages: what actors of the network say to each other, and to themselves.
//!
//! Six bytes: a word (usually an actor's id), a kind, and a small argument that
//! makes late answers harmless. Silence is mail too: when a probe gets no
//! answer, the actor that does not answer lets the sender know after the time
//! the sender would have waited. So each probe of a supernode has exactly one
//! outcome, costs two envelopes, and needs no timer.

use serde::{Deserialize, Serialize};

/// The word of a [`Kind::LoginLate`] about a log-in that reached no server.
pub(crate) const UNHEARD: u32 = 1;

/// What a message says. The word is given in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Kind {
    /// To oneself: this client was online when the run began (0).
    Resume,
    /// To oneself: this machine was a supernode when the run began (0).
    Enlist,
    /// A leaf of the start of the run joins its supernode (client).
    Adopt,
    /// To oneself: a session starts (0).
    Wake,
    /// To oneself: the session ends (the tick at which it does).
    SessionEnd,
    /// To oneself: try again (0).
    Retry,
    /// Client to supernode: may I join? (client)
    Probe,
    /// Supernode to client: yes (supernode).
    Accept,
    /// Supernode to client: no, but here are others (supernode).
    Refuse,
    /// No answer came (the silent one).
    Silence,
    /// To oneself: no answer came to the last probes of a cycle (0).
    CycleOver,
    /// Client to supernode: I am off (client), as all messages about its seat with the
    /// number of the seat.
    Leave,
    /// A client notices that its supernode is gone (supernode).
    LinkLost,
    /// Client to log-in server (client).
    Login,
    /// Log-in server to client: you are in (0).
    LoginDone,
    /// Log-in server to client: too busy (how long it wants to be left alone).
    LoginBusy,
    /// The log-in server took longer than the client waited (0), or never heard of it
    /// (`UNHEARD`).
    LoginLate,
    /// To oneself: try to log in again (0).
    LoginRetry,
    /// Client to presence and chat servers: I am here (client).
    SignedIn,
    /// Client to offline-message servers: what was left for me? (client); the number
    /// says whether a late answer would hurt it.
    Fetch,
    /// To the offline-message servers: a batch of routine requests (how many).
    Routine,
    /// To the offline-message servers: messages for users who are away (how many).
    Store,
    /// Offline-message servers to client: an answer that took too long (0).
    LateAnswer,
    /// Broadcast: answers of the offline-message servers are late from now on (0).
    LateFromNow,
    /// To oneself: a contact with the offline-message servers (0).
    Contact,
    /// Broadcast: a mass_event happens (its number).
    MassEvent,
    /// To oneself: the mass_event hits now (its number).
    Hit,
    /// To oneself, a log-in server that serves the newest first: go on (0).
    Work,
    /// To a log-in server: log-ins of an attacker (how many).
    Flood,
    /// To oneself, a business gateway: the calls of this tick (0).
    Round,
    /// To oneself, a business gateway: a call is over (0).
    LineFree,
    /// To every supernode: some of you vanish (the number of the loss).
    Loss,
    /// To oneself: the user wants to call somebody (the end of the session).
    CallStart,
    /// Caller to callee: a call (caller), as all messages about it with its tag.
    Ring,
    /// Callee to caller: yes (callee).
    Answer,
    /// Callee to caller: in another call (callee).
    Engaged,
    /// Nobody is there to take the call (callee).
    Unreached,
    /// To oneself: the call has lasted as long as its users wanted (when it began).
    CallEnd,
    /// To the other end: the call is over (the sender).
    HangUp,
    /// To the caller: the other end, or what carries the call, is gone (the sender).
    CallLost,
    /// Caller to a relay or the group-video servers: carry this call (caller).
    Carry,
    /// Their answer: yes (the sender).
    Carries,
    /// Their answer: no (the sender).
    CarriesNot,
    /// Caller to what carries the call: it is over (caller).
    LetGo,
    /// To the group-video servers: carry no more (0).
    SwitchOff,
    /// Broadcast: the patch is released (tick).
    Release,
    /// To oneself: the patch restarts the PC (the end of the session it is in).
    PatchRestart,
    /// To oneself: the PC restarts for reasons of its own (0).
    PowerCycle,
    /// To oneself: the PC is up again (0).
    Booted,
    /// To oneself, a supernode: are others needed? (tick of its promotion)
    Housekeeping,
    /// Supernode to leaf: become one too (supernode); the number says how many more
    /// leaves may be asked.
    Promote,
    /// Leaf to supernode: I am not fit (leaf), with the same number.
    Decline,
    /// Operator to a machine of its own: serve as a supernode (0).
    Activate,
    /// Operator to supernode: drop your leaves and start anew (longest delay).
    Reset,
}

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(C, packed(2))]
pub struct Message {
    /// Usually an actor's id.
    pub payload: u32,
    /// What it says.
    pub kind: Kind,
    /// The sender's serial number at the time, for answers to come back with.
    pub serial: u8,
}

impl Message {
    /// A message without a serial number.
    pub fn new(kind: Kind, payload: u32) -> Self {
        Self {
            payload,
            kind,
            serial: 0,
        }
    }

    /// A message with one.
    pub fn numbered(kind: Kind, payload: u32, serial: u8) -> Self {
        Self {
            payload,
            kind,
            serial,
        }
    }
}
