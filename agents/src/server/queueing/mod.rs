//! How servers hold requests: a queue in closed form, a line of clients, a group of lines; and the
//! clock of their work.

pub(crate) mod line_group;
pub(crate) mod queue;
pub(crate) mod rate_change;
pub(crate) mod service_clock;
pub(crate) mod waiting;
pub(crate) mod waiting_line;
