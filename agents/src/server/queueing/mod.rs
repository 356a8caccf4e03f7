//! How servers hold requests: a queue in closed form, a stack of logins, a group of lines.

pub(crate) mod line_group;
pub(crate) mod login_stack;
pub(crate) mod queue;
