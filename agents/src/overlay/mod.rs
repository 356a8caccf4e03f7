//! The overlay: supernodes, their load, the directory, promotion and relays.

pub(crate) mod directory;
pub(crate) mod load_buckets;
pub(crate) mod office;
pub(crate) mod params;
pub(crate) mod promotion;
pub(crate) mod relays;
pub(crate) mod section;
pub(crate) mod supernode;
pub(crate) mod supernode_load;
