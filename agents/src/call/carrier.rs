//! What carries calls: the calls that a relay, or the group-video servers, carry end or are dropped.
//!
//! Units: ticks.

use patchday_core::{ActorId, Context};

use crate::network::{
    context::NetworkModel,
    distributions::UniformSpan,
    draw_ids,
    message::{Kind, Message},
};

/// Ends a call that this actor carried.
pub(crate) fn end_call<M: NetworkModel>(caller: ActorId, tag: u8, context: &mut Context<'_, M>) {
    context.block_state.carried.remove(context.id, caller, tag);
}

/// Drops all calls that this actor carries. Each caller notices after its own time.
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
