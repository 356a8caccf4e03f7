//! The ids of draws: one for each decision, so that a change in one part of the model does not change
//! the draws of the other parts.
//!
//! The address of a draw also contains an actor, a tick and an index. A trait, which never changes, is
//! a draw for an actor, a purpose and an index.

use patchday_core::Purpose;

/// Region, machine and use for business of a client (a trait).
pub(crate) const TRAITS: Purpose = 1;
/// Whether an always-on machine can be a supernode, and its strength (a trait).
pub(crate) const HOST: Purpose = 2;
/// Sessions of a client, and their lengths (traits); the index is the local day and the number of the
/// session.
pub(crate) const SESSION: Purpose = 3;
pub(crate) const SESSION_LENGTH: Purpose = 20;
/// When and how a PC installs the patch (tick 0).
pub(crate) const PATCH: Purpose = 4;
/// State at the start of the run (tick 0).
pub(crate) const START: Purpose = 5;
/// Which remembered supernode to try.
pub(crate) const PROBE: Purpose = 6;
/// The entries of a host cache; the tick of the address is the number of the list.
pub(crate) const HOST_CACHE: Purpose = 7;
/// Pauses between attempts, and the user's patience.
pub(crate) const RETRY: Purpose = 8;
/// Which login server.
pub(crate) const LOGIN: Purpose = 9;
/// Times of restarts.
pub(crate) const RESTART: Purpose = 10;
/// When a leaf notices the loss of its supernode; the index is the supernode.
pub(crate) const KEEP_ALIVE: Purpose = 11;
/// When a user calls, for how long, and with which media.
pub(crate) const CALL: Purpose = 12;
/// Which user is called.
pub(crate) const CALLEE: Purpose = 26;
/// Promotion.
pub(crate) const PROMOTION: Purpose = 13;
/// The version of a client, and whether a late answer crashes it (a trait).
pub(crate) const VERSION: Purpose = 14;
/// When an online client next sends a request to the offline-message servers.
pub(crate) const CONTACT: Purpose = 15;
/// How long a crashed client is down, and whether it gets a fixed version.
pub(crate) const CRASH: Purpose = 16;
/// Which supernodes a sudden loss takes.
pub(crate) const LOSS: Purpose = 17;
/// Which clients a mass event hits, and when.
pub(crate) const MASS_EVENT: Purpose = 19;
/// When an end of a call notices that the other is gone; the index is the other.
pub(crate) const NOTICE: Purpose = 22;
/// Which relay a caller asks.
pub(crate) const RELAY: Purpose = 23;
/// How many messages a returning user fetches.
pub(crate) const MESSAGES: Purpose = 24;
/// When a client updates itself to a fixed version (a trait).
pub(crate) const UPDATE: Purpose = 25;
/// Calls of the business gateways.
pub(crate) const GATEWAY: Purpose = 21;
/// The time of overload until a supernode fails.
pub(crate) const PATIENCE: Purpose = 27;
/// Which logins a server admits.
pub(crate) const ADMISSION: Purpose = 18;
/// Times of work, choices and faults at a server of a service.
pub(crate) const SERVICE: Purpose = 27;
/// When a client sends an operation.
pub(crate) const OPERATION: Purpose = 28;
/// Which clients the operator lets in (a trait).
pub(crate) const LET_IN: Purpose = 30;
/// The platform of a client, and when it moves there (a trait).
pub(crate) const PLATFORM: Purpose = 33;
/// Which server gets a request of a client or source, and the pause before it is sent again.
pub(crate) const REQUEST: Purpose = 29;
