//! How servers hold requests: a queue in closed form, a stack of logins, a group of lines; and the
//! clock of their work.

pub(crate) mod line_group;
pub(crate) mod login_stack;
pub(crate) mod queue;
pub(crate) mod service_clock;
