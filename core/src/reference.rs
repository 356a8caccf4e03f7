//! The reference interpreter: a specification of the engine with one queue and one thread.
//!
//! Tests compare its digests with those of the engine. Within a tick, the blocks are handled
//! in ascending order; within a block, envelopes are handled in the order of: tick sent, block
//! of the sender, order of handling there. A stable sort by block, of a queue in the order of
//! sending, gives this order. Units: ticks.

use std::{
    collections::BTreeMap,
    hash::{Hash, Hasher},
};

use crate::{
    actor_id::ActorId,
    engine::digest::Digester,
    mail::{
        exchange::{Batch, Exchange},
        layout::Layout,
        outbox::Outbox,
        partition::Partition,
    },
    model::{Context, InitContext, Injection, Model, Route, kinds_of, weights_of},
    random::Random,
    time::Tick,
};

/// Runs `model` with `actors` actors and `seed` until tick `end`, and returns the value that
/// [`Engine::digest`](crate::Engine::digest) must have then.
pub fn digest_at<M: Model>(
    model: &M,
    mut world: M::World,
    actors: u32,
    seed: u64,
    end: Tick,
) -> u64 {
    let random = Random::new(seed);
    let layout = Layout::new(kinds_of(model, actors));
    let partition = Partition::new(layout, &weights_of(model, &layout), 1);
    let exchange = &mut Exchange::new(1);
    let mut queue: BTreeMap<Tick, Vec<(ActorId, M::Message)>> = BTreeMap::new();
    let mut states = BTreeMap::new();
    let mut block_states: Vec<M::BlockState> = partition
        .blocks(0)
        .map(|_| M::BlockState::default())
        .collect();
    let in_order = || (0..layout.blocks()).flat_map(|block| layout.actors_of(block));
    for id in in_order() {
        let mut mail = Vec::new();
        let mut init = InitContext {
            id,
            random,
            mail: &mut mail,
        };
        states.insert(id, model.create(&world, id, &mut init));
        for (due, message) in mail {
            queue.entry(due).or_default().push((id, message));
        }
    }
    let (mut tally, mut handled, mut now) = (M::Tally::default(), 0u64, 0);
    loop {
        let mail = queue.first_key_value().map(|(due, _)| *due);
        let trigger = model.next_trigger(&world, now);
        let Some(tick) = mail
            .into_iter()
            .chain(trigger)
            .min()
            .filter(|tick| *tick < end)
        else {
            break;
        };
        let mut injection = Injection::new();
        if trigger == Some(tick) {
            model.fire(&mut world, tick, &mut injection);
        }
        let mut due = queue.remove(&tick).unwrap_or_default();
        due.append(&mut injection.mail);
        handled += due.len() as u64;
        let broadcasts = injection.broadcasts.iter();
        let broadcasts = broadcasts.flat_map(|m| in_order().map(move |id| (id, *m)));
        let mut all: Vec<_> = broadcasts
            .map(|(id, m)| (id, m, true))
            .chain(due.into_iter().map(|(id, m)| (id, m, false)))
            .collect();
        all.sort_by_key(|(id, _, broadcast)| (layout.block_of(*id), !broadcast));
        let busy = trigger == Some(tick) || all.iter().any(|(_, _, broadcast)| !broadcast);
        let mut outbox = Outbox::new(0, 1);
        for (id, message, broadcast) in all {
            let Some(state) = states.get_mut(&id) else {
                unreachable!("every actor of the layout was created")
            };
            if broadcast && !model.receives_broadcast(id, state, &message) {
                continue;
            }
            let route = Route {
                outbox: &mut outbox,
                partition: &partition,
                exchange,
            };
            let block_state = &mut block_states[layout.block_of(id) as usize];
            let mut context = Context {
                id,
                now: tick,
                state,
                block_state,
                tally: &mut tally,
                random,
                route,
            };
            model.receive(&world, message, &mut context);
        }
        outbox.flush(exchange);
        exchange.swap_lanes();
        exchange.deliver(0, |batch| match batch {
            Batch::Near(mail) => mail.iter().for_each(|envelope| {
                let due = tick + Tick::from(envelope.due_low.wrapping_sub(tick as u16));
                queue
                    .entry(due)
                    .or_default()
                    .push((envelope.to, envelope.message));
            }),
            Batch::Far(mail) => mail.iter().for_each(|far| {
                queue
                    .entry(far.due)
                    .or_default()
                    .push((far.envelope.to, far.envelope.message));
            }),
        });
        if busy {
            model.end_tick(&mut world, &mut tally, tick);
        }
        now = tick + 1;
    }
    let mut digester = Digester::new();
    for (block, block_state) in (0..layout.blocks()).zip(&block_states) {
        let mut part = Digester::new();
        let actors = layout.actors_of(block);
        actors.for_each(|id| states[&id].hash(&mut part));
        block_state.hash(&mut part);
        part.finish().hash(&mut digester);
    }
    let waiting = queue
        .iter()
        .flat_map(|(due, mail)| mail.iter().map(move |(to, m)| (*due, *to, *m)));
    waiting
        .fold(0u64, |sum, mail| {
            sum.wrapping_add(Digester::hash_one(&mail))
        })
        .hash(&mut digester);
    world.hash(&mut digester);
    now.max(end).hash(&mut digester);
    handled.hash(&mut digester);
    digester.finish()
}
