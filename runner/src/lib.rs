//! The runner: from a scenario to a run directory. It has no behaviour of the
//! model; it reads, runs, writes and compares.
//!
//! | Room | What is in it |
//! | --- | --- |
//! | [`cli`], [`exit`] | what people type; how the program ends |
//! | [`scenario`], `preparation` | from TOML and options to a scenario that may run |
//! | [`run`], `resume`, `course`, `recorder`, `model` | a run from end to end; its loop; what writes its series; the model as the loop sees it |
//! | `checkpoint`, `parts`, `frame` | a run that can go on, in a file of checked parts |
//! | `layout`, `run_directory`, `tenancy`, `growing`, `series`, `manifest` | what files there are, and how they are written, whole or not at all |
//! | `samples`, `outage`, `summary`, `in_words`, `observed`, `results`, `timeline`, `noted`, `stretches`, `conclusion` | the outage in figures, beside what is known, and in words |
//! | `plot`, [`report`], [`mod@export`] | the picture; the page with everything to look at; tables for other programs |
//! | [`live`] | a run as it goes on, for whoever watches it |
//! | `progress`, `pace`, `interrupt`, `memory_watch`, `machine`, `figures`, `visible` | who waits, who or what stops it, what there is, how numbers are said, and texts from files |
//! | `again`, `unfinished`, `seal`, `whereabouts`, `reading` | commands that go on; what is not at its end; whether a text is as it was written, a file where it was made, and not too large |
//! | [`plan`], `pilot`, `footprint`, [`mod@bench`], `measurement`, `turns`, `random_updates` | what it will cost; what the machine can do |
//! | [`sweep`], [`merge`], [`mod@tip`], [`compare`], `pairs`, [`map`], `classes`, `kicks`, `branches`, [`experiment`] | many runs of one scenario, and what they say together |
//! | `granularity` | what a scale makes so small that it acts differently |
//! | [`study`] | questions in a file, asked one after another |
//! | [`fork`], `trunk`, `expect` | one past and several futures; what a run must fulfil |
//! | [`diff`], [`check`], [`verify`], `difference` | is the scenario right; does the run repeat |

pub mod commands;
pub mod experiment;
pub mod export;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
pub mod host;
pub(crate) mod report;
pub(crate) mod results;
pub mod run;
pub mod scenario;
pub(crate) mod store;
pub(crate) mod watch;
