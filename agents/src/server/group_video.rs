//! Group video: calls of several users over servers of its own (fact 3.14).
//!
//! One actor stands for all of these servers: so many calls at a time, and no more. A
//! call is followed at the user who opens it; the others are not. When the servers
//! are switched off, or stand still, their calls are dropped. Units: calls.

use patchday_core::LOOKAHEAD;

use crate::{
    network::{
        message::{Kind, Message},
        model::{Network, Scene},
        world::World,
    },
    server::{line_group::Size, section::ServerKind},
};

impl Network {
    /// The group-video servers take a letter.
    pub(crate) fn group_video(&self, world: &World, letter: Message, scene: &mut Scene<'_>) {
        let Message { word, kind, serial } = letter;
        match kind {
            Kind::Carry => {
                let left = world.slowness[ServerKind::GroupVideo as usize];
                let places = Size::new(self.group_calls.into(), 0).left(left).lines;
                let taken = scene.block_state.loads.of(scene.id);
                let free = world.group_video_on && taken < places as usize;
                let kind = match free {
                    true => Kind::Carries,
                    false => Kind::CarriesNot,
                };
                if free {
                    scene.block_state.loads.add(scene.id, word, serial);
                }
                let answer = Message::numbered(kind, scene.id, serial);
                scene.send(word, LOOKAHEAD, answer);
            }
            Kind::LetGo => {
                self.released(word, serial, scene);
            }
            Kind::SwitchOff => {
                self.drop_loads(scene);
            }
            _ => unreachable!(
                "{kind:?} reached the group-video servers at tick {}",
                scene.now
            ),
        }
    }
}
