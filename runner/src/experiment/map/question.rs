//! `patchday map`: two keys, and what becomes of the network at each pair of their values.
//!
//! At every point the scenario runs twice with one seed: as it is (*kicked*), and without
//! its triggers. What becomes of the two makes one of four classes (room `classes`).
//!
//! The map begins with a coarse grid; cells whose corners differ are halved, so most runs lie
//! along the borders. With `--branches` the first key is swept up and down in one continuing run
//! at each value of the second: where the two ways differ, the state depends on where the
//! network comes from (hysteresis). That shows users online as a share of the norm; it needs no
//! level below which a network is down, and has none.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    commands::question_options::MapOptions,
    experiment::{
        design::factors::{Factor, Range},
        jobs::{
            executor::Crew,
            job::{self, Job},
        },
        map::{
            hysteresis,
            regime::{counts, legend},
            triggers,
        },
        storage::{answer::Question, answer_dir},
    },
    host::{
        console::{print, say},
        error::{Exit, Failure},
        signals::Interrupt,
    },
    results::figures::Outcome,
    scenario::{
        load::value_at,
        prepare::{load, scaled},
    },
    store::manifest::json,
};

pub(crate) use crate::experiment::map::regime::Class;

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
    let loaded = load(&options.scenario.settings())?;
    let axis = |text: &str| -> Result<(String, Range), Failure> {
        let mut factor = Factor::parse(text)?;
        factor.fit(value_at(&loaded.scenario, &factor.key).as_ref());
        Ok((factor.key.clone(), factor.range()?.clone()))
    };
    let coarse = 1 << options.depth;
    let axes = Axes {
        x: axis(&options.x)?,
        y: axis(&options.y)?,
        steps: (options.grid - 1) * coarse,
        coarse,
    };
    let prepared = scaled(&options.scenario.settings(), loaded)?;
    prepared.warn();
    if let Some(warning) = triggers::warn(&prepared.scenario) {
        say(&warning);
    }
    let mut words = vec![options.x.clone(), options.y.clone()];
    words.extend([options.grid, options.depth, u32::from(options.branches)].map(|n| n.to_string()));
    words.push(options.dwell.to_string());
    let out = options.out.as_deref();
    let kept = answer_dir::Place::of(Question::Map, &prepared, &words, out, options.force)?;
    let crew = Crew::of(options.machine.settings(), &prepared, usize::MAX)?;
    let interrupt = Interrupt::from_signals();
    let mut known = BTreeMap::new();
    let mut wanted = axes.grid();
    let mut step = coarse;
    while !wanted.is_empty() {
        say(&format!("{} points, two runs each", wanted.len()));
        let seed = prepared.scenario.run.seed;
        let told = (crew, &interrupt);
        classify(options, (&axes, seed), &wanted, told, &mut known)?;
        if step < 2 {
            break;
        }
        wanted = axes.refined(&known, step);
        step /= 2;
    }
    let ways = match options.branches {
        true => hysteresis::all(options, &prepared, (&axes.x, &axes.y), &interrupt)?,
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
    let of_class = counts(known.values().copied());
    let answer = serde_json::json!({
        "x": axes.x.0,
        "y": axes.y.0,
        "counts": of_class,
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
        print(&hysteresis::text(&ways, &axes.x.0, &axes.y.0))?;
    }
    Ok(match failed {
        0 => Exit::Fine,
        _ => Exit::Failed,
    })
}

/// Runs points, kicked and not, and notes their classes.
fn classify(
    options: &MapOptions,
    (axes, seed): (&Axes, u64),
    places: &[Place],
    (crew, interrupt): (Crew, &Interrupt),
    known: &mut BTreeMap<Place, Class>,
) -> Result<(), Failure> {
    let mut jobs = Vec::new();
    for place in places {
        let (x, y) = axes.values(*place);
        let point = [format!("{}={x}", axes.x.0), format!("{}={y}", axes.y.0)];
        let kicked = Job {
            index: jobs.len(),
            replicate: 0,
            seed,
            set: point.into(),
            spoiled: false,
        };
        let unkicked = Job {
            index: jobs.len() + 1,
            ..triggers::without(kicked.clone())
        };
        jobs.extend([kicked, unkicked]);
    }
    for job in &jobs {
        job::prepared(&options.scenario.settings(), job)?;
    }
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    crew.work(
        &options.scenario.settings(),
        &jobs,
        interrupt,
        |job, outcome, _| {
            if let Outcome::Failed(why) = outcome {
                say(&format!("a run failed ({}): {why}", job.set.join("; ")));
            }
            outcomes.insert(job.index, outcome.clone());
            Ok(())
        },
    )?;
    if interrupt.is_set() {
        return Err(Failure::interrupted(": nothing is kept of a map".into()));
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

/// The most rows and columns that are printed, those without a point included.
const MOST_LINES: usize = 48;

/// Rows or columns to print: evenly spaced, as far as there is room; and whether they are.
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
    match even.len() <= MOST_LINES || even.len() == used.len() {
        true => (even, true),
        false => (used.into_iter().collect(), false),
    }
}

fn text(axes: &Axes, known: &BTreeMap<Place, Class>) -> String {
    let (columns, even_columns) = lines(known.keys().map(|place| place.0), axes.steps);
    let (rows, even_rows) = lines(known.keys().map(|place| place.1), axes.steps);
    let label = |row: u32| axes.values((0, row)).1;
    let width = rows.iter().map(|row| label(*row).len()).max().unwrap_or(0);
    let mut text = format!("{} (up) against {} (right)\n", axes.y.0, axes.x.0);
    if !(even_columns && even_rows) {
        text.push_str("rows and columns without a point are left out: their distances differ\n");
    }
    for row in rows.iter().rev() {
        let cells: Vec<String> = columns
            .iter()
            .map(|column| {
                let class = known.get(&(*column, *row));
                class.map_or(' ', |class| class.letter()).to_string()
            })
            .collect();
        let line = format!("{:>width$}  {}", label(*row), cells.join(" "));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let (low, high) = (axes.values((0, 0)).0, axes.values((axes.steps, 0)).0);
    let broad = (2 * columns.len()).saturating_sub(1);
    let space = broad.saturating_sub(low.len() + high.len()).max(1);
    text.push_str(&format!(
        "{:width$}  {low}{}{high}\n",
        "",
        " ".repeat(space)
    ));
    text.push_str(&legend(&counts(known.values().copied())));
    text.push('\n');
    if known.len() < columns.len() * rows.len() {
        text.push_str("blank: not looked at, as the corners around it are alike\n");
    }
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
        let shown = text(&axes, &known);
        assert!(shown.contains("M metastable"), "{shown}");
        // One line a step, whether it has points or not, and one for each of 17 values.
        assert_eq!(shown.lines().count(), 1 + 17 + 3, "{shown}");
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
