//! One run on several processes, its ranks: the link between them, the messages they exchange, and the channels that stand for processes in tests.

pub mod channels;
pub(crate) mod fault;
pub mod link;
pub(crate) mod remote;
pub(crate) mod rounds;
pub mod wire;
