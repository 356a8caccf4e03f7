//! The names of the files in a run directory. Users rely on them, so they never change.

/// What ran, how it ended, what it cost, and its hashes.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The scenario as it ran.
pub(crate) const CONFIG: &str = "config.toml";
/// A row per sample.
pub(crate) const SERIES: &str = "series.csv";
/// The outage in figures.
pub(crate) const SUMMARY: &str = "summary.json";
/// Observations beside the values of the model.
pub(crate) const OBSERVED: &str = "observed.csv";
/// The events of the outage as text.
pub(crate) const TIMELINE: &str = "timeline.md";
/// Services over time, and the operations and sources that send requests to them; only of a scenario
/// with services.
pub(crate) const SERVICES: &str = "services.csv";
pub(crate) const OPERATIONS: &str = "operations.csv";
/// The events of the outage as a table.
pub(crate) const EVENTS: &str = "timeline.csv";
/// The users online as a picture.
pub(crate) const PLOT: &str = "online.svg";
/// The heartbeat of a run; removed when the run ends.
pub(crate) const LIVE: &str = ".live.json";
/// The heartbeat while it is written.
pub(crate) const LIVE_ASIDE: &str = ".live.json.partial";
/// The report, one HTML page.
pub(crate) const REPORT: &str = "report.html";

/// All files of a run.
pub(crate) const FILES: [&str; 11] = [
    MANIFEST, CONFIG, SERIES, SUMMARY, OBSERVED, SERVICES, OPERATIONS, TIMELINE, EVENTS, PLOT,
    REPORT,
];
/// The tables of a run in another format, if requested. They are removed when the run is resumed
/// or replaced, because they are then out of date.
pub(crate) const EXPORTS: [&str; 5] = [
    "series.parquet",
    "observed.parquet",
    "timeline.parquet",
    "services.parquet",
    "operations.parquet",
];

/// The table of a batch.
pub(crate) const TABLE: &str = "runs.csv";
/// What the table of a batch was made from.
pub(crate) const SWEEP: &str = "sweep.json";
/// The figures of each point of a batch, over its replicates.
pub(crate) const POINTS: &str = "points.csv";
/// Quantiles of kept columns over the replicates of each point.
pub(crate) const BANDS: &str = "bands.csv";
