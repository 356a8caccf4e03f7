//! Group video: calls of several users over servers of its own (fact 3.14).
//!
//! One actor stands for all of these servers: so many calls at a time, and no more. A
//! call is followed at the user who opens it; the others are not. When the servers
//! are switched off, or stand still, their calls are dropped. Units: calls.

use patchday_core::LOOKAHEAD;

use crate::{
    network::{
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    server::{line_group::Size, section::ServerKind},
};

impl Network {
    /// The group-video servers take a message.
    pub(crate) fn group_video(&self, world: &World, message: Message, context: &mut Context<'_>) {
        let Message {
            payload,
            kind,
            serial,
        } = message;
        match kind {
            Kind::Carry => {
                let left = world.slowness[ServerKind::GroupVideo as usize];
                let places = Size::new(self.group_calls.into(), 0).left(left).lines;
                let taken = context.block_state.carried.count(context.id);
                let free = world.group_video_on && taken < places as usize;
                let kind = match free {
                    true => Kind::Carries,
                    false => Kind::CarriesNot,
                };
                if free {
                    context.block_state.carried.add(context.id, payload, serial);
                }
                let answer = Message::numbered(kind, context.id, serial);
                context.send(payload, LOOKAHEAD, answer);
            }
            Kind::LetGo => {
                self.released(payload, serial, context);
            }
            Kind::SwitchOff => {
                self.drop_loads(context);
            }
            _ => unreachable!(
                "{kind:?} reached the group-video servers at tick {}",
                context.now
            ),
        }
    }
}
