//! Relays and group-video servers as carriers of calls: how a carrier ends or drops its calls.
//!
//! Units: ticks.

use patchday_core::{ActorId, Context};

use crate::network::{
    context::NetworkModel,
    distributions::UniformSpan,
    draw_ids,
    message::{Kind, Message},
};

/// Removes a call that this actor carried, because the call has ended.
pub(crate) fn end_call<M: NetworkModel>(caller: ActorId, tag: u8, context: &mut Context<'_, M>) {
    context.block_state.carried.remove(context.id, caller, tag);
}

/// Drops all calls that this actor carries. Each caller notices after its own delay.
pub(crate) fn drop_calls<M: NetworkModel>(notice: UniformSpan, context: &mut Context<'_, M>) {
    if context.block_state.carried.count(context.id) == 0 {
        return;
    }
    for (caller, tag) in context.block_state.carried.clear(context.id) {
        let random = context.random();
        let draw = random.draw(caller, context.now, draw_ids::NOTICE, context.id);
        let message = Message::numbered(Kind::CallLost, context.id, tag);
        context.send(caller, notice.span(draw.word(0)), message);
    }
}
