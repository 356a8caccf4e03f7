//! Sessions: their start and end, restarts of the PC, and the restart for the patch.
//!
//! Invariants: a client that is off has exactly one [`Kind::Wake`] in flight, unless its user has no
//! further session; a client in a session has exactly one [`Kind::SessionEnd`] in flight; a machine
//! that is down has exactly one [`Kind::Booted`] in flight, and stays down until then even if a session
//! ends and the next one starts. A restart of the PC interrupts the session, but the user still wants
//! to be online: the client starts with the PC and logs in again. Units: ticks.

use patchday_core::{ActorId, LOOKAHEAD, Span, Tick};

use crate::{
    call::{carrier::drop_calls, setup::Ending},
    client::state::{DOWN, NO_ACTOR, Peer, Phase, State},
    network::{
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    scenario::quantity::run_clock::delay,
};

impl Network {
    /// Changes the phase of a client: counts the changes of the gauges and stores the state.
    pub(crate) fn enter(&self, mut peer: Peer, phase: Phase, context: &mut Context<'_>) {
        if self.addresses.is_client(context.id) {
            let wanting = |phase: Phase| i64::from(phase != Phase::Off);
            context.tally.phases[peer.phase as usize] -= 1;
            context.tally.phases[phase as usize] += 1;
            context.tally.wanting += wanting(phase) - wanting(peer.phase);
            let change = i64::from(phase.online()) - i64::from(peer.phase.online());
            if change != 0 {
                let (random, id) = (context.random(), context.id);
                let (region, business) = self.population.region_and_business(random, id);
                context.tally.online_in(region, change);
                if business {
                    context.tally.business += change;
                }
            }
        }
        peer.phase = phase;
        *context.state = State::Peer(peer);
    }

    /// Returns whether an actor is a supernode.
    pub(crate) fn serves(&self, peer: &Peer, id: ActorId) -> bool {
        self.overlay && peer.link == id
    }

    /// Starts a session that ends at `end`.
    pub(crate) fn wake(&self, world: &World, mut peer: Peer, end: Tick, context: &mut Context<'_>) {
        debug_assert_eq!(peer.phase, Phase::Off);
        peer.session_end = end;
        peer.attempt = 0;
        if !self.overlay {
            self.fill_bucket(&mut peer, context);
        }
        context.block_state.request_budgets.fill(context.id);
        context.tally.counters.sessions += 1;
        let end = Message::new(Kind::SessionEnd, peer.session_end);
        context.send(context.id, delay(peer.session_end - context.now), end);
        self.plan_call(peer.session_end, context);
        if peer.probe & DOWN == 0 {
            peer.up_at(context.now, self.restart.uptime_unit);
            if self.begins_working_day(&peer, context) {
                self.open_office(world, peer, context);
            } else {
                self.seek(world, peer, context);
            }
        } else {
            peer.probe &= !DOWN;
            self.enter(peer, Phase::Booting, context);
        }
        self.plan_patch(world, peer, context);
    }

    /// Ends a session, unless the message belongs to another session.
    pub(crate) fn session_end(
        &self,
        world: &World,
        mut peer: Peer,
        end: Tick,
        context: &mut Context<'_>,
    ) {
        if peer.phase == Phase::Off || peer.session_end != end {
            return;
        }
        self.detach(world, &mut peer, context);
        if self.serves(&peer, context.id) {
            // The machine of an office, at the end of the working day.
            self.withdraw(context);
            peer.link = NO_ACTOR;
        }
        self.leave_call(&mut peer, Ending::HungUp, context);
        match peer.phase {
            Phase::Booting => peer.probe |= DOWN,
            _ => peer.probe &= !DOWN,
        }
        self.enter(peer, Phase::Off, context);
        let traits = self.population.traits(context.random(), context.id);
        // A user who gives up earlier also stays off until the end of the sessions that overlap.
        if let Some(next) = self
            .activity
            .next_session(context.random(), context.id, &traits, end)
        {
            let wake = Message::new(Kind::Wake, next.end_tick());
            context.send(context.id, delay(next.start_tick() - context.now), wake);
        }
    }

    /// Gives the seat back, if the client has one, and stores the number of the newest list.
    pub(crate) fn detach(&self, world: &World, peer: &mut Peer, context: &mut Context<'_>) {
        if self.overlay && peer.phase.attached() && peer.link != context.id {
            let leave = Message::numbered(Kind::Leave, context.id, peer.seat());
            context.send(peer.link, LOOKAHEAD, leave);
        }
        self.remember(world, peer);
    }

    /// Stores the number of the newest list in a client that was online until now.
    pub(crate) fn remember(&self, world: &World, peer: &mut Peer) {
        if self.overlay && peer.phase.online() {
            peer.list = world.directory.newest();
        }
    }

    /// Schedules the restart for the patch, if the patch is released and restarts this PC during the
    /// session.
    pub(crate) fn plan_patch(&self, world: &World, peer: Peer, context: &mut Context<'_>) {
        let Some(released) = world.released else {
            return;
        };
        let traits = self.population.traits(context.random(), context.id);
        let restart = self.patch.restart(
            context.random(),
            &self.activity,
            context.id,
            &traits,
            released,
        );
        if let Some(restart) =
            restart.filter(|tick| *tick > context.now && *tick < peer.session_end)
        {
            context.send(
                context.id,
                delay(restart - context.now),
                Message::new(Kind::PatchRestart, peer.session_end),
            );
        }
    }

    /// Handles the restart for the patch, if the session is still the same.
    pub(crate) fn patch_restart(
        &self,
        world: &World,
        peer: Peer,
        end: Tick,
        context: &mut Context<'_>,
    ) {
        if peer.phase.reachable() && peer.session_end == end {
            context.tally.counters.patch_restarts += 1;
            self.restart(world, peer, context);
        }
    }

    /// Handles a restart of an always-on PC that no event causes.
    pub(crate) fn power_cycle(&self, world: &World, peer: Peer, context: &mut Context<'_>) {
        let next = self
            .restart
            .uptime
            .span(context.draw(draw_ids::RESTART, 1).word(0));
        context.send(context.id, next, Message::new(Kind::PowerCycle, 0));
        if peer.phase.reachable() {
            self.restart(world, peer, context);
        }
    }

    /// Takes the PC down; it is up again after the time of a restart.
    pub(crate) fn restart(&self, world: &World, mut peer: Peer, context: &mut Context<'_>) {
        if self.serves(&peer, context.id) {
            context.tally.counters.supernodes_restarted += 1;
            self.retire(context);
        } else {
            self.detach(world, &mut peer, context);
        }
        let down = self.restart_time(context, 0);
        self.go_down(world, peer, down, context);
    }

    /// Takes the machine, or the client on it, down for `down` ticks; its uptime starts from 0.
    pub(crate) fn go_down(
        &self,
        world: &World,
        mut peer: Peer,
        down: Span,
        context: &mut Context<'_>,
    ) {
        self.remember(world, &mut peer);
        self.leave_call(&mut peer, Ending::Lost, context);
        drop_calls(self.call.notice, context);
        if self.serves(&peer, context.id) {
            peer.link = NO_ACTOR;
        }
        peer.attempt = 0;
        self.come_up_after(down, &mut peer, context);
        self.enter(peer, Phase::Booting, context);
    }

    /// Schedules that the PC is up again after `down` ticks.
    fn come_up_after(&self, down: Span, peer: &mut Peer, context: &mut Context<'_>) {
        let up = context.now.saturating_add(down);
        peer.up_at(up, self.restart.uptime_unit);
        context.send(context.id, delay(down), Message::new(Kind::Booted, 0));
    }

    /// Handles the time at which the PC is up again; the client starts with it. If the power of its
    /// region is out, because power cuts overlap or a restart ends during one, it stays down.
    pub(crate) fn booted(&self, world: &World, mut peer: Peer, context: &mut Context<'_>) {
        if let Some(down) = self.still_without_power(world, context) {
            self.come_up_after(down, &mut peer, context);
            *context.state = State::Peer(peer);
            return;
        }
        if peer.phase == Phase::Booting {
            // If the session ends in this same tick, its end then stops the client that starts here.
            self.seek(world, peer, context);
        } else {
            peer.probe &= !DOWN;
            *context.state = State::Peer(peer);
        }
    }

    /// Draws the duration of a restart of the machine.
    pub(crate) fn restart_time(&self, context: &Context<'_>, index: u32) -> Span {
        let word = context.draw(draw_ids::RESTART, index).word(0);
        self.restart.down.span(word)
    }
}
