//! The interface of a kind of server: what its file provides, and what it learns of the clients.

use patchday_core::{Context, InitContext, Span, Tick};

use crate::{
    client::state::State,
    network::{context::NetworkModel, distributions::UniformSpan, message::Message, world::World},
};

/// What servers need to know of the clients they serve.
pub(crate) struct ClientFigures<'a> {
    /// The length of the run.
    pub(crate) ticks: Tick,
    /// Clients expected online at a tick if nothing is wrong.
    pub(crate) norm: &'a dyn Fn(Tick) -> f64,
    /// The same at the peak of an ordinary weekday.
    pub(crate) peak: f64,
    /// Clients that come and go.
    pub(crate) regulars: u64,
    /// How long a client waits for a log-in server.
    pub(crate) login_timeout: Span,
    /// When one end of a call notices that what carries the call is gone.
    pub(crate) notice: UniformSpan,
}

/// A kind of server: parameters compiled from its section of the scenario, and its behaviour.
pub(crate) trait Server: Sized {
    /// The section of the scenario.
    type Section;

    /// The state of an idle server.
    const IDLE: State;

    /// Compiles the parameters.
    fn new(section: &Self::Section, clients: &ClientFigures<'_>) -> Self;

    /// Sends the messages that a server sends to itself before the run.
    fn start<M: NetworkModel>(&self, _init: &mut InitContext<'_, M>) {}

    /// Handles a message; the only place where the state of the server changes.
    fn receive<M: NetworkModel>(
        &self,
        world: &World,
        message: Message,
        context: &mut Context<'_, M>,
    );
}
