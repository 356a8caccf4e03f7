//! Random scenarios: every key is drawn from its whole range.
//!
//! The generator visits the descriptors of all sections, so it includes every new key. Values
//! lie within the ranges of their keys; [`consistent`] then changes keys that contradict each
//! other. Invariant: every scenario is valid. Some ranges are narrower here, because large
//! values would cost time without more coverage ([`crate::narrow_ranges::NARROW`]).

use patchday_agents::scenario::{
    ActionKind, Overload, Scenario,
    parameter::{Check, Descriptor, Form, Remark, Section, Severity, Value},
    quantity::{Instant, Rate, RunClock, Share, Span, TickLength},
};

use crate::{
    any_fleet::connect,
    common::{TUESDAY, cut_down, scenarios::like_2010},
    narrow_ranges::NARROW,
    random_choices::RandomChoices,
};

/// Keys that are not drawn: they are set separately, or are not part of the model.
pub(crate) const NOT_DRAWN: &[&str] = &["run", "observed", "figure", "expect", "population.users"];
/// The largest number of entries in a list of sections.
const MAX_ENTRIES: u32 = 3;

/// The state of a draw.
struct Generator<'a> {
    choices: &'a mut RandomChoices,
    /// The probability that a key is drawn instead of left as it is.
    redraw: f64,
    clock: RunClock,
    /// Length of the run in ticks.
    length: u32,
    /// Names of the regions. Regions are drawn before all keys that refer to them.
    regions: Vec<String>,
    /// The number of names given so far.
    named: u32,
}

/// Draws a scenario.
pub(crate) fn any_scenario(choices: &mut RandomChoices) -> Scenario {
    let users = choices.log_uniform(1_000.0, 6_000.0).round() as u64;
    let length = choices.log_uniform(1_800.0, 129_600.0).round() as u32;
    let start = TUESDAY + i64::from(choices.below(14 * 86_400));
    let mut scenario = cut_down(users, 1);
    if choices.chance(0.25) {
        scenario.run.tick = Some(choices.one_of(&TickLength::ALL).span());
    }
    scenario.run.start = Instant::from_seconds(start).unwrap();
    let clock = scenario.run.clock();
    scenario.run.end = moment(clock, length.into());
    // With the default values few accounts are ever used. Three of four cases have denser
    // populations, which cover more.
    if !choices.chance(0.25) {
        let population = &mut scenario.population;
        let regular = choices.uniform(0.2, 1.0);
        let share = |value: f64| Share::new(value).unwrap();
        population.regular_share = share(regular);
        population.online_share = share(regular * choices.uniform(0.1, 0.8));
        population.always_on_share = share(choices.uniform(0.0, 0.5));
        population.eligible_share = share(choices.uniform(0.1, 1.0));
        scenario.overlay.core.supernodes = u64::from(choices.between(2, 40));
        // A run of hours overloads no supernode with the default endurance and patience.
        let supernode = &mut scenario.overlay.supernode;
        supernode.endurance = Span::from_seconds(choices.log_uniform(60.0, 7_200.0) as u32);
        supernode.patience = Span::from_seconds(choices.log_uniform(1.0, 3_600.0) as u32);
        let reactions = [Overload::FallsOver, Overload::ShutsDown, Overload::ServesOn];
        supernode.overload = *choices.one_of(&reactions);
        // No client crashes without a version that crashes and slow answers.
        if choices.chance(0.3) {
            scenario.population.version = like_2010().population.version;
            scenario.servers.offline_messages.on = true;
            let rate = choices.log_uniform(0.001, 1.0);
            scenario.servers.offline_messages.rate = Rate::from_per_second(rate).unwrap();
        }
    }
    // Clients have operations only without an overlay, which the walk seldom switches off.
    if choices.chance(0.2) {
        scenario.overlay.enabled = false;
    }
    let redraw = *choices.one_of(&[0.03, 0.1, 0.3, 0.9]);
    let mut generator = Generator {
        choices,
        redraw,
        clock,
        length,
        regions: Vec::new(),
        named: 0,
    };
    generator.walk("", &mut scenario);
    consistent(scenario)
}

/// Draws a scenario that differs only in sections that a fork may change.
pub(crate) fn another_future(before: &Scenario, choices: &mut RandomChoices) -> Scenario {
    let mut generator = Generator {
        redraw: *choices.one_of(&[0.05, 0.3]),
        choices,
        clock: before.run.clock(),
        length: before.ticks(),
        regions: names(before),
        named: 1_000,
    };
    let mut after = before.clone();
    generator.walk("client.", &mut after.client);
    generator.walk("overlay.", &mut after.overlay);
    generator.walk("operator.", &mut after.operator);
    after.overlay.enabled = before.overlay.enabled;
    after.client.operation.clone_from(&before.client.operation);
    if after.client.platform.len() != before.client.platform.len() {
        // Operations name other platforms then, and they cannot change.
        after.client.platform.clone_from(&before.client.platform);
    }
    consistent(after)
}

fn moment(clock: RunClock, ticks: i64) -> Instant {
    Instant::from_millis(clock.millis_at_ticks(ticks)).unwrap()
}

fn names(scenario: &Scenario) -> Vec<String> {
    let regions = scenario.population.region.iter();
    regions.map(|region| region.name.clone()).collect()
}

impl Generator<'_> {
    fn walk(&mut self, path: &str, section: &mut dyn Section) {
        for key in section.descriptors() {
            let key_path = format!("{path}{}", key.name);
            if NOT_DRAWN.contains(&key_path.as_str()) {
                continue;
            }
            match key.form {
                Form::Section { optional, .. } => {
                    if optional {
                        section.clear_sections(key.name);
                        if self.choices.chance(0.4) {
                            section.add_section(key.name);
                        }
                    }
                    if let Some(inner) = section.section_mut(key.name, 0) {
                        self.walk(&format!("{key_path}."), inner);
                    }
                }
                Form::Tables { .. } => self.walk_entries(&key_path, key.name, section),
                _ => {
                    let now = section.get(key.name);
                    if key.is_required() || self.choices.chance(self.redraw) {
                        let value = self.value(&key_path, key, now.as_ref());
                        if let Err(error) = section.set(key.name, &value) {
                            panic!("{key_path}: {error}");
                        }
                    }
                }
            }
        }
        if path == "population." {
            let regions = section.sections("region").into_iter();
            self.regions = regions
                .filter_map(|region| match region.get("name") {
                    Some(Value::Text(name)) => Some(name),
                    _ => None,
                })
                .collect();
        }
    }

    /// Draws a list of sections, or leaves it as it is.
    fn walk_entries(&mut self, key_path: &str, name: &str, section: &mut dyn Section) {
        let inside = format!("{key_path}.");
        if self.choices.chance(0.5) {
            section.clear_sections(name);
            let min = u32::from(key_path == "population.region");
            for _ in 0..self.choices.between(min, MAX_ENTRIES) {
                if let Some(entry) = section.add_section(name) {
                    self.walk(&inside, entry);
                }
            }
        }
    }

    fn value(&mut self, key_path: &str, key: &Descriptor, now: Option<&Value>) -> Value {
        match key.form {
            Form::List { item, length } => match length {
                Some(length) => Value::List(
                    (0..length)
                        .map(|_| self.single_value(key_path, key, item, None))
                        .collect(),
                ),
                None => self.some_regions(),
            },
            form => self.single_value(key_path, key, &form, now),
        }
    }

    /// Draws a list of regions. An empty list means all regions, which is valid everywhere.
    fn some_regions(&mut self) -> Value {
        let regions = self.regions.clone();
        let chosen = regions.into_iter().filter(|_| self.choices.chance(0.5));
        Value::List(chosen.map(Value::Text).collect())
    }

    /// Draws a single value.
    fn single_value(
        &mut self,
        key_path: &str,
        key: &Descriptor,
        form: &Form,
        now: Option<&Value>,
    ) -> Value {
        match form {
            Form::Switch => self.choices.chance(0.5).into(),
            Form::Choice(choices) => self.choices.one_of(choices).name.into(),
            Form::Text => {
                self.named += 1;
                Value::Text(format!("name {}", self.named))
            }
            // Also shortly before the start and after the end, where events have no effect.
            Form::Instant | Form::Moment => {
                let after = self.choices.uniform(-0.05, 1.05) * f64::from(self.length);
                moment(self.clock, after as i64).into()
            }
            Form::Day => moment(self.clock, self.choices.below(self.length).into())
                .day()
                .into(),
            Form::UtcOffset => {
                let quarters = f64::from(self.choices.below(105)) - 48.0;
                (15.0 * quarters).into()
            }
            Form::Share => match self.choices.below(6) {
                0 => 0.0.into(),
                1 => 1.0.into(),
                _ => self.choices.fraction().into(),
            },
            Form::Span => {
                let size = self.size(key_path, key, form, now);
                let tick = self.clock.tick;
                tick.span_of((size * f64::from(tick.per_second())).round() as u32)
                    .into()
            }
            Form::Rate => Rate::from_per_second(self.size(key_path, key, form, now))
                .unwrap()
                .into(),
            Form::Count { .. } => {
                Value::Integer(self.size(key_path, key, form, now).round() as i64)
            }
            Form::Number => self.size(key_path, key, form, now).into(),
            Form::List { .. } | Form::Section { .. } | Form::Tables { .. } => {
                panic!("{key_path} is not a single value")
            }
        }
    }

    /// Draws a number, span or rate: at a bound, near the present value, or anywhere in the range.
    fn size(&mut self, key_path: &str, key: &Descriptor, form: &Form, now: Option<&Value>) -> f64 {
        let bound = |text| {
            form.read_bare(text)
                .and_then(|value| form.magnitude(&value))
        };
        let mut low = bound(key.range.0).unwrap_or(0.0);
        let mut high = bound(key.range.1).unwrap_or(match form {
            Form::Count { most } => *most as f64,
            _ => 1e6,
        });
        // All times much longer than the run have the same effect.
        if matches!(form, Form::Span) {
            // A time below a tick is rounded up to one.
            let tick = self.clock.tick;
            if low > 0.0 {
                low = low.max(tick.as_seconds(1.0));
            }
            high = high
                .min(tick.as_seconds(2.0 * f64::from(self.length)))
                .max(low);
        }
        if let Some((_, narrow, wide)) = NARROW.iter().find(|(path, ..)| *path == key_path) {
            (low, high) = (*narrow, *wide);
        }
        let now = now.and_then(|value| form.magnitude(value));
        match (self.choices.below(8), now) {
            (0, _) => low,
            (1, _) => high,
            (2..=4, Some(now)) if now > 0.0 => {
                (now * self.choices.log_uniform(0.25, 4.0)).clamp(low, high)
            }
            _ if low < 0.0 => self.choices.uniform(low, high),
            _ => self.choices.log_uniform(low.max(high * 1e-6), high),
        }
    }
}

/// Changes keys that contradict each other, so that the scenario is valid.
fn consistent(mut scenario: Scenario) -> Scenario {
    sort_bounds(&mut scenario);
    normalise_shares(&mut scenario);
    connect(&mut scenario);
    let tick = scenario.tick();
    let client = &mut scenario.client;
    for timeout in [&mut client.probe_timeout, &mut client.login_timeout] {
        *timeout = (*timeout).max(tick.span_of(2));
    }
    client.bootstrap_probes = client.bootstrap_probes.min(client.probes);
    if scenario.overlay.enabled {
        client.retry.budget.tokens = 0;
    }
    if client.calls.busy_share.get() >= 0.5 {
        client.calls.busy_share = Share::new(0.49).unwrap();
    }
    for action in &mut scenario.operator.action {
        if action.deed == ActionKind::LoginAdmission {
            action.factor = action.factor.min(1.0);
        }
    }
    let hours = &mut scenario.population.sessions.hourly;
    if hours.iter().sum::<f64>() <= 0.0 {
        hours[12] = 1.0;
    }
    // Reduces the share online until sessions can provide it.
    let mut errors = errors(&scenario);
    let needs_fewer = |error: &Remark| {
        error.path == "population.online_share" || error.path.starts_with("calendar.")
    };
    while errors.iter().any(needs_fewer) {
        let population = &mut scenario.population;
        let fewer = Share::new(population.online_share.get() * 0.7);
        population.online_share = fewer.unwrap();
        let fewer = Share::new(population.always_on_share.get() * 0.4);
        population.always_on_share = fewer.unwrap();
        if population.regular_share.get() < 0.05 {
            population.regular_share = Share::new(0.05).unwrap();
        }
        errors = self::errors(&scenario);
    }
    assert_eq!(errors, [], "the drawn scenario is not valid");
    scenario
}

fn errors(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = scenario.check();
    remarks.retain(|remark| remark.severity == Severity::Error);
    remarks
}

/// Swaps the two values of a minimum and a maximum that are in the wrong order.
fn sort_bounds(section: &mut dyn Section) {
    for key in section.descriptors() {
        for index in 0..section.sections(key.name).len() {
            if let Some(inner) = section.section_mut(key.name, index) {
                sort_bounds(inner);
            }
        }
        let other = match key.name {
            "base" => "cap".to_owned(),
            name if name.ends_with("_min") => name.replace("_min", "_max"),
            _ => continue,
        };
        let sizes = [key.name, &other].map(|name| {
            let value = section.get(name)?;
            Some((key.form.magnitude(&value)?, value))
        });
        if let [Some((low, small)), Some((high, great))] = sizes
            && low > high
        {
            // A value may be outside the range of the other key; then both get the same value.
            let swapped = section.set(key.name, &great);
            if swapped.is_err() || section.set(&other, &small).is_err() {
                let same = section.set(&other, &section.get(key.name).unwrap_or(great));
                assert_eq!(same, Ok(()), "{}", key.name);
            }
        }
    }
}

/// Scales all shares that must add up to one.
fn normalise_shares(scenario: &mut Scenario) {
    let population = &mut scenario.population;
    normalise(population.region.iter_mut().map(|region| &mut region.share));
    let versions = &mut population.version;
    normalise(versions.iter_mut().map(|version| &mut version.share));
    if versions.iter().any(|version| version.host_share.is_some()) {
        let hosts = versions.iter_mut().map(|version| &mut version.host_share);
        normalise(hosts.map(|share| share.get_or_insert(Share::NONE)));
    }
}

fn normalise<'a>(shares: impl Iterator<Item = &'a mut Share>) {
    let shares: Vec<_> = shares.collect();
    let sum: f64 = shares.iter().map(|share| share.get()).sum();
    let count = shares.len() as f64;
    for share in shares {
        let part = if sum > 0.0 {
            share.get() / sum
        } else {
            1.0 / count
        };
        *share = Share::new(part).unwrap();
    }
}
