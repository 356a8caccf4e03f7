//! Who the clients are: traits, daily activity and its norm, versions of the client.

pub(crate) mod activity;
pub(crate) mod check;
pub(crate) mod holidays;
pub(crate) mod in_progress;
pub(crate) mod online_norm;
pub(crate) mod ordinary_day;
pub(crate) mod section;
pub(crate) mod session_profile;
pub(crate) mod traits;
pub(crate) mod versions;
