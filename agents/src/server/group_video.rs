//! Group video: calls of several users, carried by servers of their own (fact 3.14).
//!
//! One actor represents all of these servers, which carry a limited number of calls. Only the user who
//! starts a group call is modelled. If the servers are switched off or stopped, their calls are
//! dropped. Units: calls.

use patchday_core::{Context, LOOKAHEAD};

use crate::{
    call::carrier::{drop_calls, end_call},
    client::state::State,
    network::{
        context::NetworkModel,
        distributions::UniformSpan,
        message::{Kind, Message},
        world::World,
    },
    section,
    server::{
        interface::{ClientFigures, Server},
        kind::ServerKind,
        queueing::line_group::{LineGroup, Size},
    },
};

section! {
    /// The group-video servers.
    pub struct GroupVideoServers {
        /// Whether there are group-video servers.
        on: bool = false, source "fact 3.14 (2010)";
        /// Maximum number of calls in progress.
        calls: u64 = 10_000, in 1..=10_000_000, unit "calls", source "assumed (some twice the calls at peak)";
    }
}

impl GroupVideoServers {
    /// Scales the capacity to a network `share` times as large.
    pub(crate) fn scale(&mut self, share: f64) {
        self.calls = ((self.calls as f64 * share).round() as u64).max(1);
    }
}

/// The compiled parameters of the group-video servers.
#[derive(Debug)]
pub(crate) struct GroupVideoParams {
    /// Maximum number of calls in progress.
    size: Size,
    /// The time until a caller notices that its call was dropped.
    notice: UniformSpan,
}

impl Server for GroupVideoParams {
    type Section = GroupVideoServers;

    const IDLE: State = State::LineGroup(LineGroup::IDLE);

    fn new(section: &GroupVideoServers, clients: &ClientFigures<'_>) -> Self {
        Self {
            size: Size::new(section.calls, 0),
            notice: clients.notice,
        }
    }

    fn receive<M: NetworkModel>(
        &self,
        world: &World,
        message: Message,
        context: &mut Context<'_, M>,
    ) {
        let Message {
            payload,
            kind,
            serial,
        } = message;
        match kind {
            Kind::Carry => {
                let speed = world.speed(ServerKind::GroupVideo);
                let limit = self.size.at_speed(speed).lines;
                let taken = context.block_state.carried.count(context.id);
                let free = world.group_video_on && taken < limit as usize;
                if free {
                    context.block_state.carried.add(context.id, payload, serial);
                }
                let kind = if free {
                    Kind::Carries
                } else {
                    Kind::CarriesNot
                };
                let answer = Message::numbered(kind, context.id, serial);
                context.send(payload, LOOKAHEAD, answer);
            }
            Kind::LetGo => end_call(payload, serial, context),
            Kind::SwitchOff => drop_calls(self.notice, context),
            _ => unreachable!(
                "{kind:?} reached the group-video servers at tick {}",
                context.now
            ),
        }
    }
}
