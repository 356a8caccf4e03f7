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
//! | `trail`, `outage`, `summary`, `in_words`, `observed`, `results`, `timeline`, `noted`, `stretches`, `conclusion` | the outage in figures, beside what is known, and in words |
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

mod again;
pub mod bench;

mod branches;
pub mod check;
mod checkpoint;
mod classes;
pub mod cli;
pub mod compare;
mod conclusion;
mod course;
pub mod diff;
mod difference;
pub mod exit;
mod expect;
pub mod experiment;
pub mod export;
mod figures;
mod footprint;
pub mod fork;
mod frame;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod granularity;
mod growing;
mod in_words;
mod interrupt;
mod kicks;
mod layout;
pub mod live;
mod machine;
mod manifest;
pub mod map;
mod measurement;
mod memory_watch;
pub mod merge;
mod model;
mod noted;
mod observed;
mod outage;
mod pace;
mod pairs;
mod parts;
mod pilot;
pub mod plan;
mod plot;
mod preparation;
mod progress;
mod random_updates;
mod reading;
mod recorder;
pub mod report;
mod results;
mod resume;
pub mod run;
mod run_directory;
pub mod scenario;
mod seal;
mod series;
mod stretches;

pub mod study;
mod summary;
pub mod sweep;
mod tenancy;
mod timeline;
pub mod tip;
mod trail;
mod trunk;
mod turns;
mod unfinished;
pub mod verify;
mod visible;
mod whereabouts;
