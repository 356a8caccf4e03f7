//! The operator: its parameters, its memory and its playbook.

pub(crate) mod check;
pub(crate) mod memory;
pub(crate) mod params;
pub(crate) mod playbook;
pub(crate) mod rule;
pub(crate) mod section;
