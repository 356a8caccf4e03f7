//! The keys that vary in a sensitivity analysis: their values, and groups of keys that vary together.
//!
//! A factor is what gets an effect: one key, or a group of keys. Positions of a range are between 0 and 1;
//! values of a list have no order, unless there are two. Values are printed with six digits before a run
//! gets them, so the position that counts is that of the printed value.

use crate::{
    experiment::{
        design::{
            factors::{Factor, Levels},
            range::Range,
            trajectories::GridCoordinate,
        },
        error::ExperimentError,
    },
    host::error::Failure,
};

/// A key, or a group of keys that vary together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeyGroup {
    /// The key, or the name of the group.
    pub(crate) name: String,
    /// The indices of its keys.
    pub(crate) members: Vec<usize>,
}

/// All keys that vary.
#[derive(Clone, Debug)]
pub(crate) struct FactorSpace {
    pub(crate) keys: Vec<Factor>,
    pub(crate) groups: Vec<KeyGroup>,
}

impl FactorSpace {
    /// The space of keys, of which those named in `groups`, `NAME=KEY,KEY` each, vary together.
    ///
    /// # Errors
    /// Returns an error if there is no key, if a list has one value, or if a group is invalid.
    pub(crate) fn new(keys: Vec<Factor>, groups: &[String]) -> Result<Self, Failure> {
        let wrong = |option: &'static str, what: String| ExperimentError::Factors { option, what };
        if keys.is_empty() {
            let what = "no key varies; an example is --vary overlay.supernode.seats=450..900";
            return Err(wrong("--vary", what.into()).into());
        }
        for key in &keys {
            if let Levels::Values(values) = &key.levels
                && values.len() < 2
            {
                let what = format!(
                    "{}={}: a single value does not vary",
                    key.key,
                    values.join(",")
                );
                return Err(wrong("--vary", what).into());
            }
        }
        let mut named: Vec<KeyGroup> = Vec::new();
        for text in groups {
            let bad = |what: &str| wrong("--group", format!("{text}: {what}"));
            let (name, members) = text
                .split_once('=')
                .ok_or_else(|| bad("a name and its keys, such as retries=client.a,client.b"))?;
            let (name, mut indices) = (name.trim(), Vec::new());
            for member in members.split(',').map(str::trim) {
                let found = keys.iter().position(|key| key.key == member);
                let index = found.ok_or_else(|| bad(&format!("`{member}` does not vary")))?;
                let known = named.iter().find(|group| group.members.contains(&index));
                if let Some(known) = known {
                    return Err(bad(&format!("`{member}` is in {} already", known.name)).into());
                }
                if indices.contains(&index) {
                    return Err(bad(&format!("`{member}` is given twice")).into());
                }
                indices.push(index);
            }
            let is_taken = |known: &str| known == name;
            if name.is_empty()
                || keys.iter().any(|key| is_taken(&key.key))
                || named.iter().any(|group| is_taken(&group.name))
            {
                return Err(bad("it needs a name that no key and no other group has").into());
            }
            named.push(KeyGroup {
                name: name.to_owned(),
                members: indices,
            });
        }
        // A group has the place of its first key.
        let mut all: Vec<KeyGroup> = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            match named.iter().find(|group| group.members.contains(&index)) {
                Some(group) if all.contains(group) => {}
                Some(group) => all.push(group.clone()),
                None => all.push(KeyGroup {
                    name: key.key.clone(),
                    members: vec![index],
                }),
            }
        }
        Ok(Self { keys, groups: all })
    }

    /// The coordinates of a trajectory with so many levels of each range.
    pub(crate) fn coordinates(&self, levels: u32) -> Vec<GridCoordinate> {
        let coordinate = |key: &Factor| match &key.levels {
            Levels::Range(_) => GridCoordinate::Grid(levels),
            Levels::Values(values) => GridCoordinate::Choice(values.len() as u32),
        };
        self.keys.iter().map(coordinate).collect()
    }

    /// The indices of the keys of each factor.
    pub(crate) fn members(&self) -> Vec<Vec<usize>> {
        let members = |group: &KeyGroup| group.members.clone();
        self.groups.iter().map(members).collect()
    }

    /// The values of all keys at the levels of a trajectory.
    pub(crate) fn at_levels(&self, point: &[u32], levels: u32) -> Vec<String> {
        let value = |(key, level): (&Factor, &u32)| match &key.levels {
            Levels::Range(range) => at_level(range, *level, levels),
            Levels::Values(values) => values[*level as usize].clone(),
        };
        self.keys.iter().zip(point).map(value).collect()
    }

    /// The values of all keys at a point of the unit cube.
    pub(crate) fn at(&self, point: &[f64]) -> Vec<String> {
        let value = |(key, place): (&Factor, &f64)| match &key.levels {
            Levels::Range(range) => range.text(range.sampled(*place)),
            Levels::Values(values) => {
                let index = (place * values.len() as f64) as usize;
                values[index.min(values.len() - 1)].clone()
            }
        };
        self.keys.iter().zip(point).map(value).collect()
    }

    /// The positions of the values of all keys, between 0 and 1.
    pub(crate) fn positions(&self, values: &[String]) -> Vec<f64> {
        let position = |(key, text): (&Factor, &String)| match &key.levels {
            Levels::Range(range) => range
                .number(text)
                .map_or(0.0, |value| range.position(value)),
            Levels::Values(values) => {
                let index = values.iter().position(|value| value == text).unwrap_or(0);
                index as f64 / (values.len() - 1) as f64
            }
        };
        self.keys.iter().zip(values).map(position).collect()
    }

    /// The assignments of a point with these values.
    pub(crate) fn assignments(&self, values: &[String]) -> Vec<String> {
        let set = |(key, value): (&Factor, &String)| format!("{}={value}", key.key);
        self.keys.iter().zip(values).map(set).collect()
    }

    /// The position of a factor before and after a step between two points of a trajectory. Values
    /// without an order, and groups, change from 0 to the size of the step.
    pub(crate) fn change(&self, group: usize, points: [&[u32]; 2], levels: u32) -> (f64, f64) {
        let step = f64::from(levels / 2) / f64::from(levels - 1);
        let is_range = |member: &usize| matches!(self.keys[*member].levels, Levels::Range(_));
        match self.groups[group].members.as_slice() {
            [only] => {
                let level = points.map(|point| point[*only]);
                match &self.keys[*only].levels {
                    Levels::Range(range) => {
                        let place = level.map(|level| {
                            let text = at_level(range, level, levels);
                            range
                                .number(&text)
                                .map_or(0.0, |value| range.position(value))
                        });
                        (place[0], place[1])
                    }
                    Levels::Values(values) if values.len() == 2 => {
                        (f64::from(level[0]), f64::from(level[1]))
                    }
                    Levels::Values(_) => (0.0, 1.0),
                }
            }
            members if members.iter().any(is_range) => (0.0, step),
            _ => (0.0, 1.0),
        }
    }

    /// Whether the values of a factor have an order, so that its effects have a sign.
    pub(crate) fn is_ordered(&self, group: usize) -> bool {
        match self.groups[group].members.as_slice() {
            [only] => match &self.keys[*only].levels {
                Levels::Range(_) => true,
                Levels::Values(values) => values.len() == 2,
            },
            _ => false,
        }
    }

    /// The levels of a key as they are given: `450..900`, `6h..72h,log`, `full,none`.
    pub(crate) fn levels_text(&self, key: usize) -> String {
        match &self.keys[key].levels {
            Levels::Range(range) => {
                let log = if range.is_logarithmic() { ",log" } else { "" };
                let (low, high) = (range.text(range.low), range.text(range.high));
                format!("{low}..{high}{log}")
            }
            Levels::Values(values) => values.join(","),
        }
    }
}

/// The value of a range at a level.
fn at_level(range: &Range, level: u32, levels: u32) -> String {
    range.text(range.at(f64::from(level) / f64::from(levels - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(keys: &[&str], groups: &[&str]) -> Result<FactorSpace, String> {
        let keys = keys.iter().map(|text| Factor::parse(text).unwrap());
        let groups: Vec<String> = groups.iter().map(|text| (*text).to_owned()).collect();
        FactorSpace::new(keys.collect(), &groups).map_err(|failure| failure.to_string())
    }

    #[test]
    fn groups_have_the_place_of_their_first_key() {
        let found = space(&["a=1..2", "b=1..2", "c=x,y,z"], &["both=a,c"]).unwrap();
        let names: Vec<&str> = found.groups.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["both", "b"]);
        assert_eq!(found.members(), [vec![0, 2], vec![1]]);
        assert!(!found.is_ordered(0) && found.is_ordered(1));
    }

    #[test]
    fn what_cannot_vary_is_refused_with_the_reason() {
        for (keys, groups, part) in [
            (&[][..], &[][..], "no key varies"),
            (&["a=1"], &[], "a single value does not vary"),
            (&["a=1..2"], &["g"], "a name and its keys"),
            (&["a=1..2"], &["g=b"], "`b` does not vary"),
            (&["a=1..2"], &["g=a,a"], "given twice"),
            (&["a=1..2", "b=1..2"], &["g=a", "h=a"], "is in g already"),
            (&["a=1..2", "b=1..2"], &["b=a"], "a name that no key"),
        ] {
            let error = space(keys, groups).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_step_counts_as_what_the_printed_values_differ_by() {
        let found = space(&["a=1..8", "b=10.0..20.0", "c=x,y", "d=x,y,z"], &[]).unwrap();
        assert_eq!(found.at_levels(&[1, 3, 1, 2], 4), ["3", "20.0", "y", "z"]);
        // 1 + 7 / 3 is printed as 3 and 1 + 7 as 8.
        let change = found.change(0, [&[1, 0, 0, 0], &[3, 0, 0, 0]], 4);
        assert!(
            (change.1 - change.0 - 5.0 / 7.0).abs() < 1e-12,
            "{change:?}"
        );
        let change = found.change(1, [&[0, 0, 0, 0], &[0, 2, 0, 0]], 4);
        assert!((change.1 - change.0 - 2.0 / 3.0).abs() < 1e-5, "{change:?}");
        assert_eq!(
            found.change(2, [&[0, 0, 1, 0], &[0, 0, 0, 0]], 4),
            (1.0, 0.0)
        );
        assert_eq!(
            found.change(3, [&[0, 0, 0, 2], &[0, 0, 0, 0]], 4),
            (0.0, 1.0)
        );
        assert!(found.is_ordered(2) && !found.is_ordered(3));
        // Every whole number of a range and every value of a list has an equal part of a sample.
        assert_eq!(found.at(&[0.999, 0.5, 0.2, 0.9]), ["8", "15.0", "x", "z"]);
        // A step of a range with two whole numbers is always a change.
        let two = space(&["a=0..1"], &[]).unwrap();
        for level in [0, 1] {
            assert_eq!(two.change(0, [&[level], &[level + 2]], 4), (0.0, 1.0));
        }
    }

    #[test]
    fn levels_are_printed_as_they_are_given() {
        let found = space(&["a=6h..3d,log", "b=1,2"], &[]).unwrap();
        assert_eq!(found.levels_text(0), "6h..72h,log");
        assert_eq!(found.levels_text(1), "1,2");
    }
}
