//! The files of experiments: answers with their directories, ledgers, and the table of a sweep.

pub(crate) mod answer;
pub(crate) mod answer_dir;
pub(crate) mod answer_page;
pub(crate) mod kept_store;
pub(crate) mod ledger;
pub(crate) mod ledger_lines;
pub(crate) mod plain_factors;
pub(crate) mod run_ledger;
pub(crate) mod run_ledger_lines;
pub(crate) mod study;
pub(crate) mod table;
pub(crate) mod unfinished;
