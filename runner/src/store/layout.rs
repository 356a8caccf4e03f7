//! The layout of a directory with results: the names of the files in it.
//!
//! They are part of what users rely on; a new version keeps them.

/// The files that a run writes.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The scenario as it ran.
pub(crate) const CONFIG: &str = "config.toml";
/// A row per sample.
pub(crate) const SERIES: &str = "series.csv";
/// The outage in figures.
pub(crate) const SUMMARY: &str = "summary.json";
/// Model beside observation.
pub(crate) const OBSERVED: &str = "observed.csv";
/// The outage as a status page would tell it.
pub(crate) const TIMELINE: &str = "timeline.md";
/// The same for programs.
pub(crate) const EVENTS: &str = "timeline.csv";
/// The picture.
pub(crate) const PLOT: &str = "online.svg";
/// What a run says of itself while it is under way; no result, and gone at its end.
pub(crate) const LIVE: &str = ".live.json";
/// Where that is written before it has its name.
pub(crate) const LIVE_ASIDE: &str = ".live.json.partial";
/// Everything to look at, on one page.
pub(crate) const REPORT: &str = "report.html";

/// All that a run leaves.
pub(crate) const FILES: [&str; 9] = [
    MANIFEST, CONFIG, SERIES, SUMMARY, OBSERVED, TIMELINE, EVENTS, PLOT, REPORT,
];
/// The tables of a run in another format, where somebody asked for it. They go when the run
/// goes on or is replaced: then they are of a series that is no more.
pub(crate) const EXPORTS: [&str; 3] = ["series.parquet", "observed.parquet", "timeline.parquet"];

/// The table of a batch.
pub(crate) const TABLE: &str = "runs.csv";
