//! Messages: what actors of the network send to each other and to themselves.
//!
//! A message has six bytes: a payload (usually an actor's id), a kind, and a serial number by which
//! late answers are recognised and ignored. A missing answer is a message, too: an actor that does not
//! answer a probe sends [`Kind::Silence`], delayed by the timeout of the sender. So each probe of a
//! supernode has exactly one outcome and costs two envelopes, without a timer.

use patchday_core::WireMessage;
use serde::{
    Deserialize, Serialize,
    de::{
        IntoDeserializer,
        value::{self, U32Deserializer},
    },
};

/// The payload of a [`Kind::LoginLate`] if the login reached no server.
pub(crate) const UNHEARD: u32 = 1;

/// The kind of a message. The description of each kind ends with its payload in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Kind {
    /// To itself: this client was online at the start of the run (0).
    Resume,
    /// To itself: this machine was a supernode at the start of the run (0).
    Enlist,
    /// Client to supernode, at the start of the run: it is one of its leaves (client).
    Adopt,
    /// To itself: a session starts (the tick at which it ends).
    Wake,
    /// To itself: the session ends (the tick at which it does).
    SessionEnd,
    /// To itself: the pause before the next cycle is over (0).
    Retry,
    /// Client to supernode: a request for a seat (client).
    Probe,
    /// Supernode to client: it has a seat (supernode).
    Accept,
    /// Supernode to client: it gets no seat; other supernodes are named (supernode).
    Refuse,
    /// A probe got no answer (the actor that does not answer).
    Silence,
    /// To itself: the last probes of a cycle got no answer (0).
    CycleOver,
    /// Client to supernode: it gives its seat back (client). The serial number of all messages about a
    /// seat is the number of the seat.
    Leave,
    /// To a client: its supernode is gone (supernode).
    LinkLost,
    /// Client to login server: a login (client).
    Login,
    /// Login server to client: the login is done (0).
    LoginDone,
    /// Login server to client: rejected (the pause that the server asks for, in ticks).
    LoginBusy,
    /// To itself: no answer to the login came in time, because the server is too slow (0) or the login
    /// did not reach it (`UNHEARD`).
    LoginLate,
    /// To itself: the pause before the next login is over (0).
    LoginRetry,
    /// Client to offline-message servers: a request for its messages (client). The serial number is 1
    /// if a late answer would crash the client.
    Fetch,
    /// To the offline-message servers: a batch of routine requests (their number).
    Routine,
    /// To the offline-message servers: a batch of messages for users who are away (their number).
    Store,
    /// Offline-message servers to client: a late answer (0).
    LateAnswer,
    /// Broadcast: answers of the offline-message servers are late from now on (0).
    LateFromNow,
    /// To itself: the time of a request to the offline-message servers (0).
    Contact,
    /// Broadcast: a mass event happens (its number).
    MassEvent,
    /// To itself: a mass event hits this client now (its number).
    Hit,
    /// To itself, a server with a line of clients that wait: the work of one tick (0).
    Work,
    /// To a login server: logins of an attacker (their number).
    Flood,
    /// To itself, a business gateway: the arrival of the calls of this tick (0).
    Round,
    /// To itself, a business gateway: the end of a call (0).
    LineFree,
    /// To every supernode: a loss of supernodes (the number of the loss).
    Loss,
    /// To itself: the user wants to make a call (the end of the session).
    CallStart,
    /// Caller to callee: a call (caller). The serial number of all messages about a call is its
    /// tag.
    Ring,
    /// Callee to caller: the call is answered (callee).
    Answer,
    /// Callee to caller: the callee is in another call (callee).
    Engaged,
    /// To the caller: the callee is not logged in (callee).
    Unreached,
    /// To itself: the call has lasted as long as its users wanted (the tick at which it began).
    CallEnd,
    /// To the other end: the call is over (the sender).
    HangUp,
    /// To the caller: the other end, or the carrier of the call, is gone (the sender).
    CallLost,
    /// Caller to a relay or the group-video servers: a request to carry a call (caller).
    Carry,
    /// Answer to [`Kind::Carry`]: the sender carries the call (the sender).
    Carries,
    /// Answer to [`Kind::Carry`]: the sender does not carry the call (the sender).
    CarriesNot,
    /// Caller to the carrier of the call: the call has ended (caller).
    LetGo,
    /// To the group-video servers: drop all calls (0).
    SwitchOff,
    /// Broadcast: the patch is released (tick).
    Release,
    /// To itself: the patch restarts the PC (the end of the session during which it does).
    PatchRestart,
    /// To itself: the PC restarts without an event (0).
    PowerCycle,
    /// To itself: the PC is up again (0).
    Booted,
    /// To itself, a supernode: the time to check whether more supernodes are needed (the tick at which
    /// the role started).
    Housekeeping,
    /// Supernode to leaf: a request to become a supernode (supernode). The serial number is the number
    /// of further leaves that may be asked.
    Promote,
    /// Leaf to supernode: it is not fit (leaf), with the same serial number.
    Decline,
    /// Operator to one of its machines: the machine becomes a supernode (0).
    Activate,
    /// Operator to supernode: it drops all leaves (the maximum delay until a leaf notices, in ticks).
    Reset,
    /// Client or source to a server of a service: a request (sender). The serial number of all messages
    /// about a request holds the operation and the attempt.
    Request,
    /// Server of a service to another one: a request of a call, of normal priority (the sender's index and the slot of its
    /// request). The serial number of all messages about it holds the call and the attempt.
    Call,
    /// Server to client or source: the request succeeded (0).
    RequestOk,
    /// Server to client or source: the request failed (0).
    RequestFailed,
    /// To a client or source: no answer to its request came in time (0).
    RequestSilent,
    /// To itself, a client or source: the pause before a request is sent again is over (the number of
    /// the login).
    RequestRetry,
    /// To itself, a client: the time of a repeated operation (the number of the login).
    OperationDue,
    /// To itself, a source: the requests of this tick (0).
    SourceTick,
    /// Server to server: the request of a call succeeded (the slot of the request that called).
    CallOk,
    /// Server to server: the request of a call failed, or no answer came in time (the slot).
    CallFailed,
    /// To itself, a server: the pause before a call is sent again is over (the slot).
    CallRetry,
    /// To itself, a server: its own work on a request is done (the slot).
    Worked,
    /// To itself, a server: a sender stops waiting in this tick (0).
    Deadline,
    /// To a server: it goes down (0).
    ServerDown,
    /// To itself, a server whose memory was used up: it is up again (0).
    ServerUp,
    /// Operator to a server: waiting requests are answered with an error (0).
    ClearQueue,
    /// To a server: its cache is empty (0).
    FlushCache,
    /// As `Call`, for a request of high priority.
    CallHigh,
    /// As `Call`, for a request of low priority.
    CallLow,
    /// Server of a service to another one, just before a call: when the sender of the caller's request stops
    /// waiting (the last tick in which an answer of the called server is in time).
    CallDeadline,
    /// Server to client or source: the answer to a request whose sender no longer waits for it (0).
    RequestLate,
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(C, packed(2))]
pub struct Message {
    /// Usually an actor's id.
    pub payload: u32,
    /// The kind.
    pub kind: Kind,
    /// The serial number of the sender's request, or a seat, tag or count, see [`Kind`].
    pub serial: u8,
}

impl Message {
    /// Creates a message with the serial number 0.
    pub fn new(kind: Kind, payload: u32) -> Self {
        Self {
            payload,
            kind,
            serial: 0,
        }
    }

    /// Creates a message with a serial number.
    pub fn numbered(kind: Kind, payload: u32, serial: u8) -> Self {
        Self {
            payload,
            kind,
            serial,
        }
    }
}

impl WireMessage for Message {
    type Bytes = [u8; 6];

    fn to_wire(self) -> [u8; 6] {
        let [a, b, c, d] = self.payload.to_le_bytes();
        [a, b, c, d, self.kind as u8, self.serial]
    }

    fn from_wire([a, b, c, d, kind, serial]: [u8; 6]) -> Option<Self> {
        // A kind is read by its position, so the list of kinds is not repeated here.
        let kind: U32Deserializer<value::Error> = u32::from(kind).into_deserializer();
        Some(Self {
            payload: u32::from_le_bytes([a, b, c, d]),
            kind: Kind::deserialize(kind).ok()?,
            serial,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_message_survives_the_way_to_another_rank() {
        let mut kinds = 0_u8;
        for byte in 0..=u8::MAX {
            let bytes = [1, 2, 3, 255, byte, 9];
            let Some(message) = Message::from_wire(bytes) else {
                continue;
            };
            assert_eq!({ message.payload }, 0xFF03_0201);
            assert_eq!((message.kind as u8, message.serial), (byte, 9));
            assert_eq!(message.to_wire(), bytes);
            kinds += 1;
        }
        // Kinds have consecutive numbers from 0.
        assert!(kinds > 40 && Message::from_wire([0, 0, 0, 0, kinds - 1, 0]).is_some());
        assert!(Message::from_wire([0, 0, 0, 0, kinds, 0]).is_none());
    }
}
