//! The answer to `patchday map`: the member `answer` of `answer.json`, and its text.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    experiment::map::{
        figures::MapFigure,
        grid::{Axes, GridPoint, MapPoint},
        regime::{Regime, count, legend},
    },
    results::outage::OUTAGE_LEVEL,
};

/// The result of one sweep up and down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct HysteresisLoop {
    /// The value of the second key.
    pub(crate) y: String,
    /// The values of the first key.
    pub(crate) x: Vec<String>,
    /// Users online as a share of the norm at the end of each dwell time on the way up.
    pub(crate) up: Vec<f64>,
    /// The same on the way down, in the order of `x`.
    pub(crate) down: Vec<f64>,
    /// The mean absolute difference of the two.
    pub(crate) hysteresis: f64,
}

/// The state of the network at a value of a sweep up and down, from both ways and from the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NetworkState {
    /// At least 90 % of the norm are online, whatever the past.
    Up,
    /// Fewer, whatever the past.
    Down,
    /// The runs differ: which of the two it is depends on the past.
    Bistable,
}

impl NetworkState {
    /// The state at the end of a dwell time with this share of the norm online. The level is that of
    /// an outage, as in the map.
    fn of_share(share: f64) -> Self {
        if share * 100.0 < OUTAGE_LEVEL as f64 {
            Self::Down
        } else {
            Self::Up
        }
    }

    /// The state at the end of the runs of a point of the map; `None` if they failed.
    fn of_regime(regime: Regime) -> Option<Self> {
        match regime {
            Regime::Stable | Regime::Vulnerable => Some(Self::Up),
            Regime::Metastable => Some(Self::Bistable),
            Regime::AlwaysDown => Some(Self::Down),
            Regime::Failed => None,
        }
    }

    fn and(self, other: Self) -> Self {
        if self == other { self } else { Self::Bistable }
    }

    /// Its name in texts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Bistable => "bistable",
        }
    }
}

/// The answer to `patchday map`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MapAnswer {
    /// The first key.
    pub(crate) x: String,
    /// The second key.
    pub(crate) y: String,
    /// The number of points of each regime.
    #[serde(default)]
    pub(crate) counts: BTreeMap<Regime, usize>,
    pub(crate) points: Vec<MapPoint>,
    /// Steps of the finest grid along each axis.
    pub(crate) steps: u32,
    /// Steps of the finest grid between two points of the coarse grid.
    pub(crate) coarse: u32,
    /// Figures that the points have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) figures: Vec<MapFigure>,
    /// Sweeps of the first key up and down; empty unless they were asked for.
    pub(crate) branches: Vec<HysteresisLoop>,
    /// Why the map is not complete; null if it is.
    #[serde(default)]
    pub(crate) remark: Option<String>,
}

impl MapAnswer {
    /// The regime of the point of the map nearest to a value of a sweep up and down.
    pub(crate) fn regime_at(&self, branch: usize, value: usize) -> Option<Regime> {
        let on_grid = |place: usize, count: usize| {
            place as f64 / count.saturating_sub(1).max(1) as f64 * f64::from(self.steps)
        };
        let values = self.branches.get(branch)?.x.len();
        let (column, row) = (on_grid(value, values), on_grid(branch, self.branches.len()));
        let distance = |point: &MapPoint| {
            (f64::from(point.place.column) - column).hypot(f64::from(point.place.row) - row)
        };
        let nearest = self.points.iter();
        let nearest = nearest.min_by(|one, other| distance(one).total_cmp(&distance(other)));
        nearest.map(|point| point.regime)
    }

    /// The state at each value of a sweep up and down. Where the two ways and the map differ, it is
    /// bistable.
    pub(crate) fn states(&self, branch: usize) -> Vec<NetworkState> {
        let Some(one) = self.branches.get(branch) else {
            return Vec::new();
        };
        let ways = one.up.iter().zip(&one.down).enumerate();
        ways.map(|(value, (up, down))| {
            let ways = NetworkState::of_share(*up).and(NetworkState::of_share(*down));
            let regime = self.regime_at(branch, value);
            let mapped = regime.and_then(NetworkState::of_regime);
            mapped.map_or(ways, |mapped| ways.and(mapped))
        })
        .collect()
    }

    /// The answer as text: the map, and a table for each sweep up and down.
    pub(crate) fn text(&self, axes: &Axes) -> String {
        let known = self.points.iter().map(|point| (point.place, point.regime));
        let mut text = map_text(axes, &known.collect());
        let coarse = (0..=self.steps).step_by(self.coarse.max(1) as usize);
        let coarse: Vec<u32> = coarse.collect();
        for figure in &self.figures {
            text.push_str(&figure.table_text(&self.points, &coarse, (&self.x, &self.y)));
        }
        for (branch, one) in self.branches.iter().enumerate() {
            let states = self.states(branch);
            text.push_str(&format!(
                "\n{} = {}: users online as a share of the norm, {} up and down; mean distance {:.3}\n",
                self.y, one.y, self.x, one.hysteresis
            ));
            for (((x, up), down), state) in one.x.iter().zip(&one.up).zip(&one.down).zip(states) {
                let state = state.name();
                text.push_str(&format!("{x:>12}  {up:>6.3}  {down:>6.3}  {state}\n"));
            }
        }
        if let Some(remark) = &self.remark {
            text.push_str(&format!("{remark}\n"));
        }
        text
    }
}

/// The most rows and columns that are printed if they include some without a point.
const MOST_LINES: usize = 48;

/// The rows or columns to print, and whether they are evenly spaced: with the spacing of the used
/// ones if that gives few enough lines, and otherwise only the used ones.
fn lines(used: impl Iterator<Item = u32>, steps: u32) -> (Vec<u32>, bool) {
    let used: BTreeSet<u32> = used.collect();
    let gcd = |mut one: u32, mut other: u32| {
        while other > 0 {
            (one, other) = (other, one % other);
        }
        one
    };
    let step = used.iter().copied().fold(steps, gcd).max(1);
    let even: Vec<u32> = (0..=steps).step_by(step as usize).collect();
    if even.len() <= MOST_LINES || even.len() == used.len() {
        (even, true)
    } else {
        (used.into_iter().collect(), false)
    }
}

/// The map as characters, one for each point.
fn map_text(axes: &Axes, known: &BTreeMap<GridPoint, Regime>) -> String {
    let (columns, even_columns) = lines(known.keys().map(|point| point.column), axes.steps);
    let (rows, even_rows) = lines(known.keys().map(|point| point.row), axes.steps);
    let label = |row: u32| axes.y_value(row);
    let width = rows.iter().map(|row| label(*row).len()).max().unwrap_or(0);
    let mut text = format!("{} (up) against {} (right)\n", axes.y.key, axes.x.key);
    if !(even_columns && even_rows) {
        text.push_str("rows and columns without a point are left out, so their spacing varies\n");
    }
    for row in rows.iter().rev() {
        let cells: Vec<String> = columns
            .iter()
            .map(|column| {
                let point = GridPoint {
                    column: *column,
                    row: *row,
                };
                let regime = known.get(&point);
                regime.map_or(' ', |regime| regime.letter()).to_string()
            })
            .collect();
        let line = format!("{:>width$}  {}", label(*row), cells.join(" "));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let (low, high) = (axes.x_value(0), axes.x_value(axes.steps));
    let broad = (2 * columns.len()).saturating_sub(1);
    let space = broad.saturating_sub(low.len() + high.len()).max(1);
    text.push_str(&format!(
        "{:width$}  {low}{}{high}\n",
        "",
        " ".repeat(space)
    ));
    text.push_str(&legend(&count(known.values().copied())));
    text.push('\n');
    if known.len() < columns.len() * rows.len() {
        text.push_str("blank: not run, because the corners around it have the same regime\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        experiment::{design::factors::Factor, map::grid::KeyRange},
        results::figures::Figures,
    };

    fn axes() -> Axes {
        let range = |text: &str| {
            let factor = Factor::parse(text).unwrap();
            KeyRange {
                key: factor.key.clone(),
                range: factor.range().unwrap().clone(),
            }
        };
        Axes {
            x: range("a=0.0..1.0"),
            y: range("b=0.0..1.0"),
            steps: 16,
            coarse: 4,
        }
    }

    #[test]
    fn most_points_lie_along_the_border() {
        let axes = axes();
        // A border at x + y = 0.9.
        let classify = |point: GridPoint| {
            if point.column + point.row < 14 {
                (point, Regime::Stable)
            } else {
                (point, Regime::Metastable)
            }
        };
        let mut known: BTreeMap<GridPoint, Regime> =
            axes.coarse_points().into_iter().map(classify).collect();
        assert_eq!(known.len(), 25);
        let mut step = 4;
        while step > 1 {
            let more = axes.refined(&known, step);
            assert!(!more.is_empty());
            known.extend(more.into_iter().map(classify));
            step /= 2;
        }
        // All points next to the border are known, and far fewer than all points.
        for column in 0..14 {
            let is_known = |row| known.contains_key(&GridPoint { column, row });
            assert!(is_known(13 - column) || is_known(14 - column));
        }
        assert!(known.len() < 17 * 17 * 6 / 10, "{}", known.len());
        let shown = map_text(&axes, &known);
        assert!(shown.contains("M metastable"), "{shown}");
        // Every step has a line, with or without points.
        assert_eq!(shown.lines().count(), 1 + 17 + 3, "{shown}");
    }

    #[test]
    fn sweeps_and_map_agree_or_the_value_is_bistable() {
        let point = |column: u32, regime: Regime| MapPoint {
            x: column.to_string(),
            y: "1".into(),
            regime,
            place: GridPoint { column, row: 0 },
            figures: Figures::new(),
        };
        let answer = MapAnswer {
            x: "a".into(),
            y: "b".into(),
            counts: BTreeMap::new(),
            points: vec![
                point(0, Regime::AlwaysDown),
                point(4, Regime::Metastable),
                point(8, Regime::Stable),
                point(12, Regime::Vulnerable),
                point(16, Regime::Stable),
            ],
            steps: 16,
            coarse: 4,
            figures: Vec::new(),
            branches: vec![HysteresisLoop {
                y: "1".into(),
                x: ["0", "4", "8", "12", "16"].map(String::from).into(),
                up: vec![0.1, 0.1, 0.1, 0.95, 1.0],
                down: vec![0.1, 0.1, 0.2, 0.2, 0.9],
                hysteresis: 0.1,
            }],
            remark: None,
        };
        let states: Vec<&str> = answer
            .states(0)
            .into_iter()
            .map(NetworkState::name)
            .collect();
        // The sweep is down both ways where the map has a bistable or a stable point.
        assert_eq!(states, ["down", "bistable", "bistable", "bistable", "up"]);
    }

    #[test]
    fn rows_are_evenly_spaced_or_said_not_to_be() {
        assert_eq!(
            lines([0, 8, 12, 16].into_iter(), 16),
            (vec![0, 4, 8, 12, 16], true)
        );
        assert_eq!(
            lines([0, 400, 401].into_iter(), 800),
            (vec![0, 400, 401], false)
        );
    }
}
