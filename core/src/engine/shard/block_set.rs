//! A set of blocks as a bitmap, visited in ascending order. Units: blocks.

/// A set of the blocks of a shard, by their index in the shard.
#[derive(Clone, Debug)]
pub(crate) struct BlockSet {
    words: Vec<u64>,
}

impl BlockSet {
    /// Creates an empty set for the indices below `blocks`.
    pub(crate) fn new(blocks: usize) -> Self {
        Self {
            words: vec![0; blocks.div_ceil(64)],
        }
    }

    /// Adds a block.
    #[inline]
    pub(crate) fn insert(&mut self, block: usize) {
        self.words[block >> 6] |= 1 << (block & 63);
    }

    /// Returns the number of blocks.
    pub(crate) fn len(&self) -> usize {
        let bits = self.words.iter().map(|word| word.count_ones());
        bits.sum::<u32>() as usize
    }

    /// Passes every block to `visit`, ascending.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(usize)) {
        for (index, word) in self.words.iter().enumerate() {
            each_bit(*word, |bit| visit(index << 6 | bit));
        }
    }

    /// Passes every block to `visit`, ascending, and empties the set.
    pub(crate) fn drain(&mut self, mut visit: impl FnMut(usize)) {
        for (index, word) in self.words.iter_mut().enumerate() {
            each_bit(std::mem::take(word), |bit| visit(index << 6 | bit));
        }
    }
}

#[inline]
fn each_bit(mut word: u64, mut visit: impl FnMut(usize)) {
    while word != 0 {
        visit(word.trailing_zeros() as usize);
        word &= word - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_visited_once_and_ascending() {
        let mut set = BlockSet::new(130);
        for block in [129, 0, 64, 63, 0, 7] {
            set.insert(block);
        }
        let mut seen = Vec::new();
        set.for_each(|block| seen.push(block));
        assert_eq!(seen, [0, 7, 63, 64, 129]);
        let mut drained = Vec::new();
        set.drain(|block| drained.push(block));
        assert_eq!(drained, seen);
        set.drain(|block| drained.push(block));
        assert_eq!(drained.len(), seen.len());
    }
}
