//! The interface of a kind of server: what its file implements, and the properties of the clients from
//! which its parameters are compiled.
//!
//! Units: ticks, clients.

use patchday_core::{Context, InitContext, Span, Tick};

use crate::{
    client::state::State,
    network::{context::NetworkModel, distributions::UniformSpan, message::Message, world::World},
    scenario::quantity::run_clock::TickLength,
};

/// Properties of the clients that the servers serve.
pub(crate) struct ClientFigures<'a> {
    /// The length of a tick.
    pub(crate) tick: TickLength,
    /// The length of the run.
    pub(crate) ticks: Tick,
    /// Expected number of clients online at a tick.
    pub(crate) norm: &'a dyn Fn(Tick) -> f64,
    /// Expected number of clients online at the peak of an ordinary weekday.
    pub(crate) peak: f64,
    /// Number of regular users.
    pub(crate) regulars: u64,
    /// The time for which a client waits for a login server.
    pub(crate) login_timeout: Span,
    /// The time until one end of a call notices that the carrier of the call is gone.
    pub(crate) notice: UniformSpan,
}

/// A kind of server: parameters compiled from its section of the scenario, and its behaviour.
pub(crate) trait Server: Sized {
    /// The section of the scenario.
    type Section;

    /// The initial state of a server, without work.
    const IDLE: State;

    /// Compiles the parameters.
    fn new(section: &Self::Section, clients: &ClientFigures<'_>) -> Self;

    /// Sends the first messages of a server to itself, at the start of the run.
    fn start<M: NetworkModel>(&self, _init: &mut InitContext<'_, M>) {}

    /// Handles a message. This is the only place where the state of the server changes.
    fn receive<M: NetworkModel>(
        &self,
        world: &World,
        message: Message,
        context: &mut Context<'_, M>,
    );
}
