//! The place of an engine with one thread, which does all the work.

use crate::{
    engine::{
        shard::Shard,
        tick_loop::progress::{Fixed, Frame, Workplace},
    },
    model::Model,
};

/// The place of the only thread.
pub(super) struct Alone<'a, M: Model> {
    pub(super) fixed: &'a Fixed<'a, M>,
    pub(super) frame: &'a mut Frame<M>,
    pub(super) shards: &'a mut [Shard<M>],
}

impl<M: Model> Workplace<M> for Alone<'_, M> {
    const IS_SHARED: bool = false;

    fn frame(&mut self) -> &mut Frame<M> {
        self.frame
    }

    fn work(&mut self, _: bool) -> bool {
        for shard in &self.frame.active {
            let shard = &mut self.shards[usize::from(*shard)];
            self.fixed.execute(shard, self.frame);
        }
        true
    }

    fn visit(&mut self, shard: usize, look: impl FnOnce(&mut Shard<M>)) {
        look(&mut self.shards[shard]);
    }
}
