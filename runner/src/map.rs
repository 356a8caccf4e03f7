//! `patchday map`: two keys, and what becomes of the network at each pair of their values.
//!
//! At every point the scenario runs twice with one seed: as it is (*kicked*), and without
//! its triggers. Down is a run whose last hours, after everything from outside is over, are
//! below half of the norm. Then a point is
//!
//! * *stable*: the kick never brings it below half;
//! * *vulnerable*: it does, and the network comes back by itself;
//! * *metastable*: it stays down, though without the kick it would be up;
//! * *always down*: it is down without any kick.
//!
//! The map begins with a coarse grid; cells whose corners differ are halved, so most runs lie
//! along the borders. With `--branches` the first key is swept up and down in one continuing run
//! at each value of the second: where the two ways differ, the state depends on where the
//! network comes from (hysteresis).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    branches,
    cli::MapOptions,
    exit::{Exit, Failure, print, say},
    experiment::{
        answer::Question,
        crew::Crew,
        factor::{Factor, Range},
        job::{self, Job},
        metrics::{Figures, Outcome},
        place,
    },
    interrupt::Interrupt,
    manifest::json,
    preparation::prepare,
    scenario::value_at,
};

/// What takes every kick out of a scenario.
const UNKICKED: [&str; 10] = [
    "trigger.patch_day.share=0.0",
    "trigger.server=[]",
    "trigger.supernode_loss=[]",
    "trigger.sign_out=[]",
    "trigger.power_cut=[]",
    "trigger.region_cut=[]",
    "trigger.configuration_push=[]",
    "trigger.login_flood=[]",
    "trigger.traffic_peak=[]",
    "run.title=without its triggers",
];

/// What becomes of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Class {
    Stable,
    Vulnerable,
    Metastable,
    AlwaysDown,
    Failed,
}

impl Class {
    /// Of a kicked and an unkicked run.
    fn of(kicked: &Figures, unkicked: &Figures) -> Self {
        let hours = |figures: &Figures, name: &str| figures.get(name).copied().flatten();
        let down =
            |figures: &Figures| hours(figures, "online_share_end").is_some_and(|share| share < 0.5);
        let fell =
            hours(kicked, "longest_hours_below_50_percent").is_some_and(|hours| hours > 0.25);
        match (down(unkicked), down(kicked), fell) {
            (true, ..) => Self::AlwaysDown,
            (false, true, _) => Self::Metastable,
            (false, false, true) => Self::Vulnerable,
            (false, false, false) => Self::Stable,
        }
    }

    /// Its sign in a map.
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Stable => '.',
            Self::Vulnerable => 'v',
            Self::Metastable => 'M',
            Self::AlwaysDown => '#',
            Self::Failed => '?',
        }
    }
}

/// A point of the finest grid.
type Place = (u32, u32);

/// The axes, and how fine the finest grid is.
struct Axes {
    x: (String, Range),
    y: (String, Range),
    /// Steps of the finest grid along each axis.
    steps: u32,
    /// Of these, the steps between two points of the coarse grid.
    coarse: u32,
}

impl Axes {
    fn values(&self, (column, row): Place) -> (String, String) {
        let at = |range: &Range, place: u32| {
            range.text(range.at(f64::from(place) / f64::from(self.steps)))
        };
        (at(&self.x.1, column), at(&self.y.1, row))
    }

    /// The points of the coarse grid.
    fn grid(&self) -> Vec<Place> {
        let line = || (0..=self.steps).step_by(self.coarse as usize);
        line()
            .flat_map(|row| line().map(move |column| (column, row)))
            .collect()
    }

    /// The points that are missing where cells of so many steps have corners of different
    /// classes.
    fn refined(&self, known: &BTreeMap<Place, Class>, step: u32) -> Vec<Place> {
        let half = step / 2;
        let mut wanted = Vec::new();
        for row in (0..self.steps).step_by(step as usize) {
            for column in (0..self.steps).step_by(step as usize) {
                let corners = [(0, 0), (step, 0), (0, step), (step, step)];
                let classes: Vec<_> = corners
                    .iter()
                    .filter_map(|(dx, dy)| known.get(&(column + dx, row + dy)))
                    .collect();
                if classes.len() == 4 && classes.windows(2).any(|pair| pair[0] != pair[1]) {
                    let middles = [
                        (half, 0),
                        (0, half),
                        (half, half),
                        (step, half),
                        (half, step),
                    ];
                    wanted.extend(middles.map(|(dx, dy)| (column + dx, row + dy)));
                }
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|place| !known.contains_key(place));
        wanted
    }
}

#[derive(Debug, Serialize)]
struct Point {
    x: String,
    y: String,
    class: Class,
    /// Column and row on the finest grid.
    place: Place,
}

/// `patchday map`.
///
/// # Errors
/// What is wrong with the axes or the scenario, or what stopped the runs.
pub fn map(options: &MapOptions) -> Result<Exit, Failure> {
    let prepared = prepare(&options.scenario)?;
    let axis = |text: &str| -> Result<(String, Range), Failure> {
        let mut factor = Factor::parse(text)?;
        factor.fit(value_at(&prepared.scenario, &factor.key).as_ref());
        Ok((factor.key.clone(), factor.range()?.clone()))
    };
    let coarse = 1 << options.depth;
    let axes = Axes {
        x: axis(&options.x)?,
        y: axis(&options.y)?,
        steps: (options.grid - 1) * coarse,
        coarse,
    };
    let mut words = vec![options.x.clone(), options.y.clone()];
    words.extend([options.grid, options.depth, u32::from(options.branches)].map(|n| n.to_string()));
    words.push(options.dwell.to_string());
    let out = options.out.as_deref();
    let kept = place::Place::of(Question::Map, &prepared, &words, out, options.force)?;
    let crew = Crew::of(options.machine, &prepared, usize::MAX)?;
    let interrupt = Interrupt::of_signals();
    let mut known = BTreeMap::new();
    let mut wanted = axes.grid();
    let mut step = coarse;
    while !wanted.is_empty() {
        say(&format!("{} points, two runs each", wanted.len()));
        classify(options, &axes, &wanted, crew, &interrupt, &mut known)?;
        if step < 2 {
            break;
        }
        wanted = axes.refined(&known, step);
        step /= 2;
    }
    let ways = match options.branches {
        true => branches::all(options, &prepared, (&axes.x, &axes.y), &interrupt)?,
        false => Vec::new(),
    };
    let points: Vec<Point> = known
        .iter()
        .map(|(place, class)| {
            let (x, y) = axes.values(*place);
            Point {
                x,
                y,
                class: *class,
                place: *place,
            }
        })
        .collect();
    let answer = serde_json::json!({
        "x": axes.x.0,
        "y": axes.y.0,
        "points": points,
        "steps": axes.steps,
        "coarse": axes.coarse,
        "branches": ways,
    });
    let is_failed = |class: &&Class| **class == Class::Failed;
    let failed = known.values().filter(is_failed).count();
    kept.keep(&answer, 2 * points.len(), failed)?;
    if options.json {
        print(&json(&answer)?)?;
    } else {
        print(&text(&axes, &known))?;
        print(&branches::text(&ways, &axes.x.0, &axes.y.0))?;
    }
    Ok(match failed {
        0 => Exit::Fine,
        _ => Exit::Failed,
    })
}

/// Runs points, kicked and not, and notes their classes.
fn classify(
    options: &MapOptions,
    axes: &Axes,
    places: &[Place],
    crew: Crew,
    interrupt: &Interrupt,
    known: &mut BTreeMap<Place, Class>,
) -> Result<(), Failure> {
    let seed = prepare(&options.scenario)?.scenario.run.seed;
    let mut jobs = Vec::new();
    for place in places {
        let (x, y) = axes.values(*place);
        let point = [format!("{}={x}", axes.x.0), format!("{}={y}", axes.y.0)];
        for kicked in [true, false] {
            // Without the kick, an axis that is a trigger is none.
            let stays = |one: &&String| kicked || !one.starts_with("trigger.");
            let mut set: Vec<String> = point.iter().filter(stays).cloned().collect();
            if !kicked {
                set.extend(UNKICKED.map(String::from));
            }
            jobs.push(Job {
                index: jobs.len(),
                replicate: 0,
                seed,
                set,
                spoiled: false,
            });
        }
    }
    for job in &jobs {
        job::prepared(&options.scenario, job)?;
    }
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    crew.work(&options.scenario, &jobs, interrupt, |job, outcome, _| {
        if let Outcome::Failed(why) = outcome {
            say(&format!("a run failed ({}): {why}", job.set.join("; ")));
        }
        outcomes.insert(job.index, outcome.clone());
        Ok(())
    })?;
    if interrupt.is_set() {
        return Err(Failure::Interrupted(": nothing is kept of a map".into()));
    }
    for (number, place) in places.iter().enumerate() {
        let pair = (outcomes.get(&(2 * number)), outcomes.get(&(2 * number + 1)));
        let class = match pair {
            (
                Some(Outcome::Done {
                    figures: kicked, ..
                }),
                Some(Outcome::Done {
                    figures: unkicked, ..
                }),
            ) => Class::of(kicked, unkicked),
            _ => Class::Failed,
        };
        known.insert(*place, class);
    }
    Ok(())
}

fn text(axes: &Axes, known: &BTreeMap<Place, Class>) -> String {
    let mut columns: Vec<u32> = known.keys().map(|(column, _)| *column).collect();
    columns.sort_unstable();
    columns.dedup();
    let mut rows: Vec<u32> = known.keys().map(|(_, row)| *row).collect();
    rows.sort_unstable();
    rows.dedup();
    let label = |row: u32| axes.values((0, row)).1;
    let width = rows.iter().map(|row| label(*row).len()).max().unwrap_or(0);
    let mut text = format!("{} (up) against {} (right)\n", axes.y.0, axes.x.0);
    for row in rows.iter().rev() {
        let cells: String = columns
            .iter()
            .map(|column| {
                known
                    .get(&(*column, *row))
                    .map_or(' ', |class| class.letter())
            })
            .collect();
        text.push_str(format!("{:>width$}  {cells}", label(*row)).trim_end());
        text.push('\n');
    }
    let (low, high) = (axes.values((0, 0)).0, axes.values((axes.steps, 0)).0);
    let space = columns.len().saturating_sub(low.len() + high.len()).max(1);
    text.push_str(&format!(
        "{:width$}  {low}{}{high}\n",
        "",
        " ".repeat(space)
    ));
    text.push_str(". stable  v vulnerable  M metastable  # always down");
    if known.values().any(|class| *class == Class::Failed) {
        text.push_str("  ? failed");
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes() -> Axes {
        let range = |text: &str| {
            let factor = Factor::parse(text).unwrap();
            (factor.key.clone(), factor.range().unwrap().clone())
        };
        Axes {
            x: range("a=0.0..1.0"),
            y: range("b=0.0..1.0"),
            steps: 16,
            coarse: 4,
        }
    }

    #[test]
    fn classes_come_from_a_kicked_and_an_unkicked_run() {
        let run = |end: f64, below: f64| {
            Figures::from([
                ("online_share_end".to_owned(), Some(end)),
                ("longest_hours_below_50_percent".to_owned(), Some(below)),
            ])
        };
        let calm = run(1.0, 0.0);
        assert_eq!(Class::of(&calm, &calm), Class::Stable);
        assert_eq!(Class::of(&run(0.99, 2.0), &calm), Class::Vulnerable);
        assert_eq!(Class::of(&run(0.1, 9.0), &calm), Class::Metastable);
        assert_eq!(Class::of(&run(0.1, 9.0), &run(0.2, 9.0)), Class::AlwaysDown);
    }

    #[test]
    fn most_points_lie_along_the_border() {
        let axes = axes();
        // A border at x + y = 0.9.
        let class = |(column, row): Place| match column + row < 14 {
            true => Class::Stable,
            false => Class::Metastable,
        };
        let mut known: BTreeMap<Place, Class> = axes
            .grid()
            .into_iter()
            .map(|place| (place, class(place)))
            .collect();
        assert_eq!(known.len(), 25);
        let mut step = 4;
        while step > 1 {
            let more = axes.refined(&known, step);
            assert!(!more.is_empty());
            known.extend(more.into_iter().map(|place| (place, class(place))));
            step /= 2;
        }
        // All points next to the border are known, and far fewer than all.
        for column in 0..14 {
            assert!(
                known.contains_key(&(column, 13 - column))
                    || known.contains_key(&(column, 14 - column))
            );
        }
        assert!(known.len() < 17 * 17 * 6 / 10, "{}", known.len());
        assert!(text(&axes, &known).contains("M metastable"));
    }
}
