//! The full-screen display of a run on a terminal.

pub(crate) mod draw_run;
pub(crate) mod figures;
pub(crate) mod keys;
pub(crate) mod plot;
pub(crate) mod row_layout;
pub(crate) mod row_writer;
pub(crate) mod run_screen;
pub(crate) mod terminal;
