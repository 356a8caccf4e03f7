//! The operator and its playbook.

pub(crate) mod check;
pub(crate) mod playbook;
pub(crate) mod section;
