//! Sources: processes that send requests at a given rate, whatever becomes of them.
//!
//! A source is one actor. It has no state for a request: the attempt is in its serial number. Units:
//! ticks.

use patchday_core::{LOOKAHEAD, MAX_DELAY};

use crate::{
    client::state::State,
    network::{
        draw_ids,
        message::{Kind, Message},
        model::{Context, Network},
        world::World,
    },
    service::{
        balancing::choose,
        sender::params::{Arrivals, PART, SourceParams},
        server::{request::Serial, server_state::SourceState},
    },
};

/// The index of the draw of the number of requests of a tick; those of requests are smaller.
const ARRIVALS: u32 = u32::MAX;

impl Network {
    /// Handles a message at a source.
    pub(crate) fn receive_at_source(
        &self,
        world: &World,
        mut state: SourceState,
        message: Message,
        context: &mut Context<'_>,
    ) {
        let number = self.addresses.source_number(context.id).unwrap_or(0);
        let source = &self.fleet.sources[number as usize];
        let sender = self.fleet.sender_of_source(number);
        let serial = Serial::of(message.serial);
        match message.kind {
            Kind::SourceTick => {
                if context.now >= source.period.until {
                    return;
                }
                let requests = new_requests(source, &mut state, context);
                for _ in 0..requests {
                    self.send_of_source(world, source, &mut state, serial, context);
                }
                context.block_state.services.sender(sender).sent += u64::from(requests);
                let next = Message::new(Kind::SourceTick, 0);
                context.send(context.id, LOOKAHEAD, next);
            }
            Kind::RequestRetry => {
                self.send_of_source(world, source, &mut state, serial, context);
                let counts = context.block_state.services.sender(sender);
                counts.sent += 1;
                counts.retries += 1;
            }
            Kind::RequestOk => context.block_state.services.sender(sender).ok += 1,
            Kind::RequestLate => context.block_state.services.sender(sender).late += 1,
            Kind::RequestFailed | Kind::RequestSilent => {
                let counts = context.block_state.services.sender(sender);
                if message.kind == Kind::RequestFailed {
                    counts.failed += 1;
                } else {
                    counts.timed_out += 1;
                }
                if serial.attempt >= source.retries {
                    counts.given_up += 1;
                } else if source.pause == 0 {
                    counts.sent += 1;
                    counts.retries += 1;
                    self.send_of_source(world, source, &mut state, serial.again(), context);
                } else {
                    let again = serial.again().byte();
                    let retry = Message::numbered(Kind::RequestRetry, 0, again);
                    context.send(context.id, source.pause.min(MAX_DELAY), retry);
                }
            }
            _ => unreachable!(
                "{:?} reached source {number} at tick {}",
                message.kind, context.now
            ),
        }
        *context.state = State::Source(state);
    }

    fn send_of_source(
        &self,
        world: &World,
        source: &SourceParams,
        state: &mut SourceState,
        serial: Serial,
        context: &mut Context<'_>,
    ) {
        state.draws = state.draws.wrapping_add(1) & (u32::MAX >> 1);
        let draw = context.draw(draw_ids::REQUEST, state.draws);
        let round = Some(&mut state.round);
        let (service, region) = (source.service, source.region);
        let chosen = choose(&self.fleet, service, region, &world.fleet, draw, round);
        let Some(server) = chosen else {
            // No server gets requests: the connection fails at once.
            let sender = self.addresses.source_number(context.id).unwrap_or(0);
            let sender = self.fleet.sender_of_source(sender);
            context.block_state.services.sender(sender).unsent += 1;
            let failed = Message::numbered(Kind::RequestFailed, 0, serial.byte());
            return context.send(context.id, LOOKAHEAD, failed);
        };
        let request = Message::numbered(Kind::Request, context.id, serial.byte());
        let to = self.addresses.service_server(server);
        context.send(to, LOOKAHEAD, request);
    }
}

/// Returns how many new requests a source sends in this tick.
fn new_requests(source: &SourceParams, state: &mut SourceState, context: &Context<'_>) -> u32 {
    let share = source.share(context.now);
    match &source.arrivals {
        Arrivals::Poisson(counts) => {
            let most = counts.count(context.draw(draw_ids::REQUEST, ARRIVALS).word(0));
            if share == PART {
                return most;
            }
            // Each request of the process at the greatest rate is kept with this probability.
            let kept = (0..most).filter(|_| {
                state.draws = state.draws.wrapping_add(1) & (u32::MAX >> 1);
                let word = context.draw(draw_ids::REQUEST, state.draws).word(0);
                u64::from(word) < share
            });
            kept.count() as u32
        }
        Arrivals::Constant(rate) => {
            let rate = (u128::from(*rate) * u128::from(share) / u128::from(PART)) as u64;
            let due = u64::from(state.rest) + rate;
            state.rest = due as u32;
            (due >> 32) as u32
        }
    }
}
