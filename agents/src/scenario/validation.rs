//! The checks of a whole scenario.
//!
//! Each folder of the model checks its own section in a file `check.rs`. This file calls them all and adds
//! the checks of the run; those of figures of one's own are in `metrics`. Units: days, ticks.

use patchday_core::{MAX_DELAY, Tick};

use crate::{
    client::check::check_client,
    event::check::check_triggers,
    metrics::own_figure::check_figures,
    operator::check::check_operator,
    population::check::check_population,
    scenario::{
        dependent_defaults,
        effect::without_effect,
        observed::check_observed,
        parameter::{
            check::{Check, Given, Remark, Resolution},
            form::Form,
            section::Section,
            value::Value,
        },
        quantity::{instant::Instant, run_clock::TickLength, span::Span},
        root::{MAX_DAYS, Run, Scenario},
    },
    server::check::check_servers,
    service::graph::check::check_services,
};

impl Check for Scenario {
    fn resolve(&mut self, given: &dyn Fn(&str) -> Given) -> Resolution {
        dependent_defaults::resolve(self, given)
    }

    fn check(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if let Some(remark) = check_tick(&self.run) {
            // Everything else counts in ticks.
            return vec![remark];
        }
        remarks.extend(check_length(&self.run));
        remarks.extend(check_spans(self));
        let (sample, after) = (self.run.sample, self.run.outage_after);
        if sample > Span::from_minutes(1) && sample > after {
            remarks.push(Remark::warning(
                "run.sample",
                format!(
                    "is longer than run.outage_after ({after}): outages are found in the samples, so \
                     one between two of them is missed, and begin and end of others are up to \
                     {sample} late"
                ),
            ));
        }
        remarks.extend(check_population(self));
        remarks.extend(check_client(self));
        remarks.extend(check_servers(self));
        remarks.extend(check_services(self));
        remarks.extend(check_triggers(self));
        remarks.extend(check_operator(self));
        remarks.extend(check_observed(&self.observed));
        remarks.extend(check_figures(self));
        remarks
    }

    fn without_effect(&self) -> Vec<(String, String)> {
        let all = without_effect(self).into_iter();
        all.map(|one| (one.path, one.reason)).collect()
    }
}

/// Names of keys that are means of random times, which are not rounded to ticks.
const MEANS: [&str; 5] = [
    "time",
    "length_mean",
    "video_length_mean",
    "update_mean",
    "always_on_uptime",
];

/// Returns an error if the length of a tick does not divide a second, or if the run does not start at a
/// whole number of ticks: times are shown as ticks since 1970.
fn check_tick(run: &Run) -> Option<Remark> {
    if run.tick.is_some_and(|span| TickLength::new(span).is_none()) {
        let all = TickLength::ALL.map(|length| length.span().to_string());
        let message = format!("does not divide a second; allowed are {}", all.join(", "));
        return Some(Remark::error("run.tick", message));
    }
    let tick = run.clock().tick;
    let exact = tick.since_1970(run.start) * i64::from(tick.millis());
    let message = format!(
        "is not a whole number of ticks of {} (run.tick)",
        tick.span()
    );
    (exact != run.start.millis()).then(|| Remark::error("run.start", message))
}

/// Returns an error if a run ends before it starts or is too long.
fn check_length(run: &Run) -> Option<Remark> {
    let clock = run.clock();
    let (ticks, tick) = (clock.ticks_until(run.end), clock.tick);
    let remark = |message: String| Some(Remark::error("run.end", message));
    if ticks <= 0 {
        remark("is not after run.start".to_owned())
    } else if ticks > MAX_DAYS * i64::from(tick.day()) {
        remark(format!("is more than {MAX_DAYS} days after run.start"))
    } else if ticks > MAX_DELAY.into() {
        let shortest = TickLength::ALL
            .into_iter()
            .find(|longer| longer.between(run.start, run.end) <= MAX_DELAY.into());
        let shortest = shortest.unwrap_or_default().span();
        remark(format!(
            "is {ticks} ticks of {} after run.start, and a run has at most {MAX_DELAY}: with this tick it \
             lasts at most {}; this run needs run.tick = \"{shortest}\" or more",
            tick.span(),
            tick.span_of(MAX_DELAY)
        ))
    } else {
        None
    }
}

/// Returns an error for each span that does not fit into the ticks of a run, and a warning for each
/// time that is rounded up to a whole number of ticks. The defaults need neither.
fn check_spans(scenario: &Scenario) -> Vec<Remark> {
    let mut remarks = Vec::new();
    visit_times(scenario, "", &mut |path, form, text| {
        // The length of a tick is no number of ticks, what was observed changes no run, and means are
        // not rounded.
        let name = path.rsplit('.').next().unwrap_or(path);
        if path != "run.tick" && !path.starts_with("observed.") && !MEANS.contains(&name) {
            remarks.extend(check_time(scenario, path, form, text));
        }
    });
    remarks
}

fn check_time(scenario: &Scenario, path: &str, form: &Form, text: &str) -> Option<Remark> {
    let clock = scenario.run.clock();
    let tick = clock.tick;
    let length = tick.span();
    let rounded = |span: Span| {
        let up = tick.span_of(tick.ticks(span));
        let message = format!(
            "is not a whole number of ticks of {length} (run.tick): it is rounded up to {up}"
        );
        (!tick.divides(span)).then(|| Remark::warning(path, message))
    };
    if let (Form::Span | Form::Moment, Ok(span)) = (form, text.parse::<Span>()) {
        let longest = tick.span_of(Tick::MAX - 1);
        if span > longest && tick < TickLength::SECOND {
            let message = format!(
                "does not fit: with ticks of {length} (run.tick) a time is at most {longest}"
            );
            return Some(Remark::error(path, message));
        }
        return rounded(span);
    }
    let instant: Instant = text.parse().ok()?;
    let exact = clock.millis_at_ticks(clock.ticks_until(instant));
    let message = format!(
        "is not a whole number of ticks of {length} (run.tick) after run.start: it is rounded up to the next one"
    );
    (exact != instant.millis()).then(|| Remark::warning(path, message))
}

/// Calls `visit` with the path, form and text of each key that is a span, a moment or an instant.
fn visit_times(section: &dyn Section, path: &str, visit: &mut dyn FnMut(&str, &Form, &str)) {
    for key in section.descriptors() {
        let here = match path {
            "" => key.name.to_owned(),
            path => format!("{path}.{}", key.name),
        };
        match key.form {
            Form::Span | Form::Moment | Form::Instant => {
                if let Some(Value::Text(text)) = section.get(key.name) {
                    visit(&here, &key.form, &text);
                }
            }
            Form::Section { .. } | Form::Tables { .. } => {
                let is_list = matches!(key.form, Form::Tables { .. });
                for (place, inner) in section.sections(key.name).into_iter().enumerate() {
                    if is_list {
                        visit_times(inner, &format!("{here}.{place}"), visit);
                    } else {
                        visit_times(inner, &here, visit);
                    }
                }
            }
            Form::Switch
            | Form::Count { .. }
            | Form::Number
            | Form::Share
            | Form::Rate
            | Form::Day
            | Form::UtcOffset
            | Form::Choice(_)
            | Form::Text
            | Form::List { .. } => {}
        }
    }
}
