//! The clients at the start of a run: off, online, or supernodes, as in a network without an outage.
//!
//! Supernodes enter the directory first. The other clients that are online take their seats when the
//! directory lists the supernodes. Of the other always-on machines the share that is down in a calm
//! network starts in the middle of a restart. Units: ticks.

use patchday_core::{ActorId, InitContext, LOOKAHEAD, Tick};

use crate::{
    client::state::{NEVER, Peer, Phase, RESUME_AT},
    network::{
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    scenario::quantity::run_clock::delay,
};

/// The tick at which the supernodes of the start enter the directory.
const ENLIST_AT: Tick = 1;

impl Network {
    /// Creates a client.
    pub(crate) fn create_client(&self, id: ActorId, init: &mut InitContext<'_, Self>) -> Peer {
        let mut peer = Peer::off();
        let random = init.random();
        let traits = self.population.traits(random, id);
        if !traits.regular {
            return peer;
        }
        if traits.always_on {
            let draw = init.draw(draw_ids::START, 0);
            let (uptime, unit) = (self.restart.uptime, self.restart.uptime_unit);
            peer.up_before_start(uptime.uncut(draw.word(0)), unit);
            peer.session_end = NEVER;
            init.send(uptime.span(draw.word(1)), Message::new(Kind::PowerCycle, 0));
            if traits.eligible && draw.hits(2, self.enlisted) {
                init.send(ENLIST_AT, Message::new(Kind::Enlist, 0));
            } else {
                init.send(RESUME_AT, Message::new(Kind::Resume, 0));
            }
            return peer;
        }
        let after_resume = RESUME_AT + 1;
        if let Some(session) = self
            .activity
            .session_at(random, id, &traits, 0, after_resume)
        {
            peer.session_end = session.end_tick();
            init.send(RESUME_AT, Message::new(Kind::Resume, 0));
            init.send(
                delay(peer.session_end),
                Message::new(Kind::SessionEnd, peer.session_end),
            );
        } else if let Some(session) = self.activity.next_session(random, id, &traits, 0) {
            let wake = Message::new(Kind::Wake, session.end_tick());
            init.send(delay(session.start_tick()), wake);
        }
        peer
    }

    /// Logs in a client that is online at the start of the run, unless its machine is down.
    pub(crate) fn resume(&self, world: &World, mut peer: Peer, context: &mut Context<'_>) {
        self.plan_call(peer.session_end, context);
        if !self.overlay {
            self.fill_bucket(&mut peer, context);
        }
        if peer.session_end == NEVER {
            if self.overlay {
                self.offer_relaying(context);
            }
            let draw = context.draw(draw_ids::START, 2);
            if draw.hits(0, self.restart.down_at_start) {
                // The machine was restarting when the run started.
                let down = self
                    .restart
                    .time_left([1, 2, 3].map(|index| draw.word(index)));
                return self.go_down(world, peer, down, context);
            }
        }
        if !self.overlay {
            self.enter(peer, Phase::Online, context);
            self.start_operations(peer, context);
            return self.plan_patch(world, peer, context);
        }
        let live = world.directory.live();
        let draw = context.draw(draw_ids::START, 1);
        let Some(supernode) = live.get(draw.below(0, live.len() as u32) as usize) else {
            return self.seek(world, peer, context);
        };
        peer.link = *supernode;
        context.send(*supernode, LOOKAHEAD, Message::new(Kind::Adopt, context.id));
        self.enter(peer, Phase::Online, context);
        self.plan_patch(world, peer, context);
    }
}
