//! Figures of one's own: their columns as typed ids, their windows, units and meanings.
//!
//! A sample stands for the time since the sample before it. Only the part of that time within the
//! window counts. Units: ticks after the start of the run; values in the units of their columns.

use std::borrow::Cow;

use crate::{
    metrics::{
        cell::Cell,
        columns::{COLUMNS, ColumnId, region_columns},
        fleet_figures::fleet_figures,
    },
    scenario::{
        own_figure::{Better, OwnFigure, Statistic},
        parameter::check::Remark,
        quantity::{instant::Instant, moment::Moment, run_clock::TickLength},
        root::Scenario,
    },
    service::columns::FleetColumn,
};

/// A column of the series of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SeriesColumn {
    /// A column that every series has.
    Metric(ColumnId),
    /// Users online in the region with this index.
    Region(usize),
    /// A column of a service, operation or source, and its place among them.
    Fleet(usize, FleetColumn),
}

impl SeriesColumn {
    /// Returns the column with this name in the series of a scenario.
    ///
    /// # Errors
    /// Returns the most similar name, if there is one, if the series has no such column.
    pub fn parse(name: &str, scenario: &Scenario) -> Result<Self, Option<String>> {
        if let Some(id) = ColumnId::from_name(name) {
            return Ok(Self::Metric(id));
        }
        let regions = region_columns(scenario);
        if let Some(place) = regions.iter().position(|region| region == name) {
            return Ok(Self::Region(place));
        }
        let fleet = FleetColumn::all(scenario);
        let fleet_names: Vec<String> = fleet.iter().map(|one| one.name(scenario)).collect();
        if let Some(place) = fleet_names.iter().position(|known| known == name) {
            return Ok(Self::Fleet(regions.len() + place, fleet[place]));
        }
        let names = COLUMNS.iter().map(|column| column.name);
        let names = names.chain(regions.iter().chain(&fleet_names).map(String::as_str));
        let nearest = names
            .map(|known| (edits(known, name), known))
            .filter(|(edits, known)| *edits <= known.len().div_ceil(3))
            .min_by_key(|(edits, _)| *edits);
        Err(nearest.map(|(_, known)| known.to_owned()))
    }

    /// Returns the name of the column in the series of a scenario.
    pub fn name(self, scenario: &Scenario) -> Cow<'static, str> {
        match self {
            Self::Metric(id) => id.name().into(),
            Self::Region(place) => {
                let name = region_columns(scenario).into_iter().nth(place);
                name.unwrap_or_default().into()
            }
            Self::Fleet(_, column) => column.name(scenario).into(),
        }
    }

    /// Returns the unit of the column.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Metric(id) => id.column().unit,
            Self::Region(_) => "users",
            Self::Fleet(_, column) => column.unit(),
        }
    }

    /// Returns the value of the column in a row; `None` if the row is too short.
    pub fn cell(self, row: &[Cell]) -> Option<Cell> {
        match self {
            Self::Metric(id) => id.cell(row),
            Self::Region(place) | Self::Fleet(place, _) => row.get(COLUMNS.len() + place).copied(),
        }
    }

    /// Returns whether the value is proportional to the number of users: it counts something, and is
    /// neither a time nor a property of one supernode.
    pub fn grows_with_scale(self) -> bool {
        match self {
            Self::Metric(
                ColumnId::TrafficPerSupernode
                | ColumnId::LeavesPerSupernodeMean
                | ColumnId::LeavesPerSupernodeMax,
            ) => false,
            Self::Metric(id) => id.column().unit != "s",
            Self::Region(_) => true,
            Self::Fleet(_, column) => column.grows_with_scale(),
        }
    }
}

/// Returns the number of bytes to insert, remove or change that make one name of another; of a name
/// that is longer than any column its length.
fn edits(one: &str, other: &str) -> usize {
    if other.len() > LONGEST_NAME {
        return other.len();
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, byte) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (place, wanted) in other.bytes().enumerate() {
            let change = diagonal + usize::from(byte != wanted);
            diagonal = row[place + 1];
            row[place + 1] = change.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}

/// A figure of one's own with its columns found and its window in ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct CompiledFigure {
    /// Its name.
    pub name: String,
    /// The column.
    pub column: SeriesColumn,
    /// The column by which it is divided.
    pub divided_by: Option<SeriesColumn>,
    /// The length of a tick.
    pub tick: TickLength,
    /// The window: after the first tick, up to the second one.
    pub window: (i64, i64),
    /// What is computed.
    pub statistic: Statistic,
    /// The level, in the unit of the column.
    pub level: f64,
    /// Which values are better.
    pub better: Option<Better>,
    /// Its unit.
    pub unit: String,
    /// Its meaning, in a sentence.
    pub doc: String,
}

impl CompiledFigure {
    /// Returns the figures of a scenario, then those of its services. Those with errors, which no checked scenario has, are left
    /// out.
    pub fn all(scenario: &Scenario) -> Vec<Self> {
        let of_services = fleet_figures(scenario);
        let all = scenario.figure.iter().chain(&of_services);
        all.filter_map(|one| Self::new(one, scenario)).collect()
    }

    fn new(figure: &OwnFigure, scenario: &Scenario) -> Option<Self> {
        let parse = |name: &str| SeriesColumn::parse(name, scenario).ok();
        let column = parse(&figure.column)?;
        let divided_by = match &figure.divided_by {
            Some(name) => Some(parse(name)?),
            None => None,
        };
        let run = &scenario.run;
        let (from, to) = window(figure, scenario);
        let tick = |instant| run.clock().ticks_until(instant);
        Some(Self {
            name: figure.name.clone(),
            column,
            divided_by,
            tick: run.clock().tick,
            window: (tick(from.max(run.start)), tick(to.min(run.end))),
            statistic: figure.statistic,
            level: figure.level.unwrap_or(0.0),
            better: figure.better,
            unit: unit(figure.statistic, column, divided_by),
            doc: doc(figure),
        })
    }

    /// Whether the column counts since the sample before, so that its integral is its sum.
    pub fn is_count(&self) -> bool {
        self.divided_by.is_none() && self.column.unit().ends_with("/sample")
    }
}

/// The window of a figure.
fn window(figure: &OwnFigure, scenario: &Scenario) -> (Instant, Instant) {
    let start = scenario.run.start;
    let instant = |moment: Option<Moment>| moment.map(|moment| moment.instant(start));
    let from = instant(figure.from).unwrap_or(start);
    let to = instant(figure.to).unwrap_or(scenario.run.end);
    (from, to)
}

fn unit(statistic: Statistic, column: SeriesColumn, divided_by: Option<SeriesColumn>) -> String {
    let plain = |unit: &'static str| match unit {
        "1/sample" => "count",
        unit => unit.trim_end_matches("/sample"),
    };
    let of_value = match divided_by {
        None => column.unit().to_owned(),
        Some(other) if other.unit() == column.unit() => "ratio".to_owned(),
        Some(other) => format!("{} per {}", plain(column.unit()), plain(other.unit())),
    };
    match statistic {
        Statistic::Min | Statistic::Max | Statistic::Mean | Statistic::SumRatio => of_value,
        Statistic::TimeBelow | Statistic::TimeAbove => "h".into(),
        Statistic::Integral => match of_value.as_str() {
            "ratio" => "h".into(),
            "users" => "user h".into(),
            unit if unit.ends_with("/sample") => plain(column.unit()).into(),
            unit => format!("{unit} h"),
        },
    }
}

fn doc(figure: &OwnFigure) -> String {
    let values = match &figure.divided_by {
        None => figure.column.clone(),
        Some(other) => format!("{} / {other}", figure.column),
    };
    let level = figure.level.unwrap_or(0.0);
    let what = match figure.statistic {
        Statistic::Min => format!("Minimum of {values}"),
        Statistic::Max => format!("Maximum of {values}"),
        Statistic::Mean => format!("Mean over time of {values}"),
        Statistic::Integral => format!("Integral over time of {values}"),
        Statistic::TimeBelow => format!("Time with {values} below {level}"),
        Statistic::TimeAbove => format!("Time with {values} above {level}"),
        Statistic::SumRatio => format!("Sums over the window: {values}"),
    };
    // A time after the start is not an instant by itself.
    let moment = |moment: Moment| match moment {
        Moment::At(instant) => instant.to_string(),
        Moment::After(span) => format!("{span} after the start"),
    };
    let window = match (figure.from.map(moment), figure.to.map(moment)) {
        (None, None) => String::new(),
        (Some(from), None) => format!(", from {from}"),
        (None, Some(to)) => format!(", until {to}"),
        (Some(from), Some(to)) => format!(", from {from} to {to}"),
    };
    format!("{what}{window}; from the samples.")
}

/// Multiplies the levels that are numbers of users or of what they do by `share`.
pub(crate) fn scale_levels(scenario: &mut Scenario, share: f64) {
    let grows: Vec<bool> = scenario
        .figure
        .iter()
        .map(|figure| {
            let column = SeriesColumn::parse(&figure.column, scenario);
            figure.divided_by.is_none() && column.is_ok_and(SeriesColumn::grows_with_scale)
        })
        .collect();
    for (figure, _) in scenario.figure.iter_mut().zip(grows).filter(|one| one.1) {
        figure.level = figure.level.map(|level| level * share);
    }
}

/// The longest name of a figure.
const LONGEST_NAME: usize = 64;

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(plain)
        && name.len() <= LONGEST_NAME
}

/// Checks the figures of one's own.
pub(crate) fn check_figures(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (index, figure) in scenario.figure.iter().enumerate() {
        let path = |key: &str| format!("figure.{index}.{key}");
        if !is_name(&figure.name) {
            let rule = "is not a name of a figure: up to 64 lower-case letters, digits and \
                        underscores, a letter first";
            remarks.push(Remark::error(path("name"), rule));
        }
        let earlier = &scenario.figure[..index];
        if earlier.iter().any(|other| other.name == figure.name) {
            let taken = "is the name of another figure of the scenario";
            remarks.push(Remark::error(path("name"), taken));
        }
        let divided_by = figure.divided_by.iter().map(|name| ("divided_by", name));
        for (key, name) in std::iter::once(("column", &figure.column)).chain(divided_by) {
            remarks.extend(check_column(path(key), name, scenario));
        }
        if figure.statistic == Statistic::SumRatio && figure.divided_by.is_none() {
            let needed = "needs `divided_by`: sum_ratio is a ratio of two sums";
            remarks.push(Remark::error(path("statistic"), needed));
        }
        let needs_level = matches!(
            figure.statistic,
            Statistic::TimeBelow | Statistic::TimeAbove
        );
        if needs_level && figure.level.is_none() {
            let needed = format!("needs `level`: {} is the time beyond it", figure.statistic);
            remarks.push(Remark::error(path("statistic"), needed));
        } else if !needs_level && figure.level.is_some() {
            let idle = format!("has no effect: {} has no level", figure.statistic);
            remarks.push(Remark::warning(path("level"), idle));
        }
        remarks.extend(check_window(&path, figure, scenario));
    }
    remarks
}

fn check_column(path: String, name: &str, scenario: &Scenario) -> Option<Remark> {
    match SeriesColumn::parse(name, scenario) {
        Ok(_) if scenario.has_figure(name) => None,
        Ok(_) => {
            let idle = "is of a part of the network that the scenario does not have";
            Some(Remark::warning(path, idle))
        }
        Err(nearest) => {
            let hint = nearest.map_or_else(
                || "`patchday schema --series` lists them".to_owned(),
                |name| format!("did you mean `{name}`?"),
            );
            let fault = format!("is not a column of series.csv; {hint}");
            Some(Remark::error(path, fault))
        }
    }
}

fn check_window(
    path: &dyn Fn(&str) -> String,
    figure: &OwnFigure,
    scenario: &Scenario,
) -> Option<Remark> {
    let run = &scenario.run;
    let (from, to) = window(figure, scenario);
    let (start, end) = (run.start, run.end);
    let first = path(if figure.from.is_some() { "from" } else { "to" });
    if start >= end {
        return None;
    }
    if from >= end && figure.from.is_some() {
        // `--until` ends a run early, so this is no mistake in the file.
        let late = format!(
            "is not before run.end ({}): the figure has no value",
            run.end
        );
        Some(Remark::warning(first, late))
    } else if to <= start {
        let early = format!(
            "ends the window before the run, which begins at {}",
            run.start
        );
        Some(Remark::error(path("to"), early))
    } else if from >= to {
        Some(Remark::error(path("to"), "is not after `from`"))
    } else if from < start {
        let early = format!("is before run.start ({}): it counts from there", run.start);
        Some(Remark::warning(first, early))
    } else if to > end {
        let late = format!("is after run.end ({}): it counts up to there", run.end);
        Some(Remark::warning(path("to"), late))
    } else if to < from.after(run.sample) {
        let short = format!("begins a window shorter than run.sample ({})", run.sample);
        Some(Remark::warning(first, short))
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
