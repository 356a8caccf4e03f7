//! The bands of the kept columns in the report of a sweep: for each column a chart over time, with the
//! median of each point and the spread of its replicates.

use std::{collections::BTreeMap, fs::File, path::Path};

use patchday_agents::{
    metrics::own_figure::SeriesColumn,
    scenario::{Scenario, quantity::TickLength},
};

use crate::{
    experiment::{
        error::ExperimentError,
        sweep::{bands::PointBand, page_data::assignment},
    },
    host::error::Failure,
    report::{
        chart::{
            curves::{ChartBand, ChartLine},
            time_frame::TimeFrame,
            time_series::{ChartStyle, TimeSeries},
        },
        html::{page::Section, viewport::Viewport},
    },
    store::layout::BANDS,
};

/// The most columns and points that are drawn: more bands over each other cannot be told apart.
const MOST_COLUMNS: usize = 6;
const STYLES: [(&str, &str); 4] = [("l0", "b0"), ("l1", "b1"), ("l2", "b2"), ("l3", "b3")];

/// A chart: the bands of a column at the points that are drawn.
struct BandChart<'a> {
    id: String,
    title: String,
    unit: &'static str,
    tick: TickLength,
    start: i64,
    /// The name of each point with its band.
    bands: Vec<(String, &'a PointBand)>,
}

/// Reads the bands of a batch; empty if it has none.
///
/// # Errors
/// Returns an error with the path if the table is damaged.
pub(crate) fn read(directory: &Path) -> Result<Vec<PointBand>, Failure> {
    let path = directory.join(BANDS);
    let Ok(file) = File::open(&path) else {
        return Ok(Vec::new());
    };
    Ok(PointBand::read(file).map_err(|fault| ExperimentError::Corrupt { path, fault })?)
}

/// The section; `None` without bands, and if points have ticks of different lengths, so that no time is
/// common to all. `points` are the values of the factors of each point.
pub(crate) fn section(
    bands: &[PointBand],
    factors: &[String],
    points: &BTreeMap<usize, &[String]>,
    scenario: Option<&Scenario>,
) -> Option<Section> {
    if factors.iter().any(|key| key.starts_with("run.tick")) {
        return None;
    }
    let mut columns: Vec<&str> = Vec::new();
    for band in bands.iter().filter(|band| !band.ticks.is_empty()) {
        if !columns.contains(&band.column.as_str()) {
            columns.push(&band.column);
        }
    }
    let runs = bands.iter().map(|band| band.runs).max()?;
    let drawn = drawn(bands);
    let mut text = format!(
        "The median over the replicates of a point ({runs} runs), with the range of their middle half \
         (dark) and of their middle nine tenths (light), at each time. No run need follow a median. \
         Values are those of series.csv; all points are in bands.csv."
    );
    if drawn.len() < points.len() {
        text.push_str(&format!(
            " {} of {} points are drawn, evenly chosen in their order.",
            drawn.len(),
            points.len()
        ));
    }
    let mut section = Section::new("bands", "Over time").paragraph(&text);
    for (number, column) in columns.iter().take(MOST_COLUMNS).enumerate() {
        let of_column = bands.iter().filter(|band| band.column == **column);
        let known = scenario.and_then(|scenario| SeriesColumn::parse(column, scenario).ok());
        let chart = BandChart {
            id: format!("bands-{number}"),
            title: format!("{column} over time"),
            unit: known.map_or("", SeriesColumn::unit),
            tick: scenario.map_or(TickLength::SECOND, Scenario::tick),
            start: scenario.map_or(0, |scenario| scenario.tick().since_1970(scenario.run.start)),
            bands: of_column
                .filter(|band| drawn.contains(&band.point))
                .map(|band| (point_name(band.point, factors, points), band))
                .collect(),
        };
        let caption = known.map_or_else(
            || format!("{column}."),
            |known| match known {
                SeriesColumn::Metric(id) => format!("{column}: {}", id.column().doc),
                SeriesColumn::Region(_) => format!("{column}: Users logged in, in the region."),
                SeriesColumn::Fleet(_, fleet) => format!("{column}: {}", fleet.doc()),
            },
        );
        section = section.picture(|viewport| chart.draw(viewport), caption);
    }
    Some(section)
}

/// The points that are drawn: all, or the first, the last and some evenly between them.
fn drawn(bands: &[PointBand]) -> Vec<usize> {
    let mut points: Vec<usize> = bands.iter().map(|band| band.point).collect();
    points.sort_unstable();
    points.dedup();
    let most = STYLES.len();
    if points.len() <= most {
        return points;
    }
    let place = |number: usize| points[number * (points.len() - 1) / (most - 1)];
    (0..most).map(place).collect()
}

/// A point by the values of its factors.
fn point_name(point: usize, factors: &[String], points: &BTreeMap<usize, &[String]>) -> String {
    let values = points.get(&point).copied().unwrap_or_default();
    let pairs = factors.iter().zip(values);
    let pairs: Vec<String> = pairs.map(|(key, value)| assignment(key, value)).collect();
    match pairs.is_empty() {
        true => "the scenario as it is".to_owned(),
        false => pairs.join(", "),
    }
}

impl BandChart<'_> {
    fn draw(&self, viewport: Viewport) -> String {
        let Some((_, longest)) = self.bands.iter().max_by_key(|(_, band)| band.ticks.len()) else {
            return String::new();
        };
        let time = |tick: &u64| self.start + i64::try_from(*tick).unwrap_or(0);
        let times: Vec<i64> = longest.ticks.iter().map(time).collect();
        let frame = TimeFrame {
            tick: self.tick,
            times: &times,
            start: self.start,
            outages: Vec::new(),
            marks: Vec::new(),
        };
        let quantiles = |band: &PointBand, place: usize| -> Vec<f64> {
            let rows = band.quantiles.iter();
            rows.map(|quantiles| quantiles[place]).collect()
        };
        // The wide bands are behind the narrow ones of all points.
        let area = |band: &PointBand, class, (low, high)| ChartBand {
            class,
            low: quantiles(band, low),
            high: quantiles(band, high),
        };
        let mut areas = Vec::new();
        for edges in [(0, 4), (1, 3)] {
            let drawn = self.bands.iter().zip(STYLES);
            areas.extend(drawn.map(|((_, band), (_, class))| area(band, class, edges)));
        }
        let lines = self.bands.iter().zip(STYLES);
        let lines = lines.map(|((name, band), (class, _))| ChartLine {
            name,
            class,
            values: quantiles(band, 2),
        });
        let chart = TimeSeries {
            id: &self.id,
            title: &self.title,
            unit: self.unit,
            style: ChartStyle::Lines,
            height: 260.0,
            lines: lines.collect(),
            dots: Vec::new(),
            dot_names: Vec::new(),
            numbered: false,
            follows_pointer: true,
            description: None,
        };
        chart.draw_over(&areas, &frame, viewport)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bands(points: usize) -> Vec<PointBand> {
        let band = |point: usize| PointBand {
            point,
            column: "login_queue".into(),
            runs: 20,
            ticks: vec![60, 120, 180],
            quantiles: vec![[0.0, 1.0, 2.0, 3.0, 4.0]; 3],
        };
        (0..points).map(band).collect()
    }

    #[test]
    fn each_point_has_a_median_and_two_bands() {
        let bands = bands(2);
        let values: Vec<Vec<String>> = (0..2).map(|point| vec![point.to_string()]).collect();
        let points = values.iter().map(Vec::as_slice).enumerate().collect();
        let factors = ["servers.login.rate [1/s]".to_owned()];
        assert!(section(&bands, &factors, &points, Some(&Scenario::default())).is_some());
        assert!(section(&[], &factors, &points, None).is_none());
        let chart = BandChart {
            id: "x".into(),
            title: "x".into(),
            unit: "logins",
            tick: TickLength::SECOND,
            start: 0,
            bands: vec![
                (point_name(0, &factors, &points), &bands[0]),
                (point_name(1, &factors, &points), &bands[1]),
            ],
        };
        for viewport in Viewport::BOTH {
            let svg = chart.draw(viewport);
            assert_eq!(svg.matches("<path class=\"b0\"").count(), 2, "{svg}");
            assert_eq!(svg.matches("<path class=\"b1\"").count(), 2, "{svg}");
            assert!(svg.contains("servers.login.rate = 1/s"), "{svg}");
            assert!(!svg.contains("NaN"));
        }
    }

    #[test]
    fn of_many_points_the_first_the_last_and_some_between_are_drawn() {
        assert_eq!(drawn(&bands(3)), [0, 1, 2]);
        assert_eq!(drawn(&bands(10)), [0, 3, 6, 9]);
    }
}
