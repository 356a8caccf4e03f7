//! Deeds of the operator: what is in force at a tick.
//!
//! Controls are computed from the whole list whenever a deed begins or ends. Units: ticks.

use patchday_core::{Chance, Span as Ticks, Tick};

use crate::{
    event::effects::Period,
    scenario::{quantity::span::Span, root::Scenario},
    service::{
        cells::{ServerSet, ServiceCell, named_regions},
        control::{section::DeedKind, service_control::WHOLE_REQUEST},
        section::ServiceSection,
    },
};

/// A deed of the operator, with its repetitions that lie in the run.
#[derive(Debug)]
pub(crate) struct DeedParams {
    /// The index of its entry in the list of the scenario.
    pub(crate) index: u16,
    pub(crate) kind: DeedKind,
    pub(crate) service: usize,
    pub(crate) periods: Vec<Period>,
    /// Whether its end is an event.
    pub(crate) ends: bool,
    /// The servers that it concerns; of `restart` only those that are restarted.
    pub(crate) servers: ServerSet,
    /// The requests that are admitted in a tick, in units of [`WHOLE_REQUEST`].
    pub(crate) limit: u64,
    pub(crate) count: u32,
    pub(crate) timeout: Ticks,
    pub(crate) share: Chance,
    /// For each region, whether the deed concerns it.
    pub(crate) regions: Vec<bool>,
}

impl DeedParams {
    /// Returns the deeds of a scenario.
    pub(crate) fn all(scenario: &Scenario, cells: &[ServiceCell]) -> Vec<Self> {
        let tick = scenario.tick();
        let deeds = scenario.operator.service.iter().enumerate();
        let compiled = deeds.filter_map(|(index, deed)| {
            let service = ServiceSection::index_of(&scenario.service, &deed.service)?;
            let regions = named_regions(scenario, &deed.regions);
            let restarted = deed.count.filter(|_| deed.deed == DeedKind::Restart);
            // A deed without an end.
            let lasts = deed.lasts.unwrap_or(Span::from_seconds(u32::MAX));
            let mut at = deed.at;
            let mut periods = Vec::new();
            for _ in 0..deed.times {
                periods.extend(Period::in_run(scenario, at, lasts));
                at = at.after(deed.every);
            }
            Some(Self {
                index: index as u16,
                kind: deed.deed,
                service,
                periods,
                ends: deed.lasts.is_some() && deed.deed != DeedKind::Clear,
                servers: ServiceCell::servers_in(cells, service, &regions, restarted),
                limit: deed.rate.map_or(0, |rate| {
                    (tick.per_tick(rate) * WHOLE_REQUEST as f64).round() as u64
                }),
                count: deed.count.unwrap_or(1),
                timeout: deed.timeout.map_or(0, |timeout| tick.wait(timeout)),
                share: Chance::new(deed.share.get()),
                regions,
            })
        });
        compiled.collect()
    }

    /// Returns the tick at which the repetition in force began, if one is.
    fn since(&self, now: Tick) -> Option<Tick> {
        let periods = self.periods.iter().filter(|period| period.covers(now));
        periods.map(|period| period.from).max()
    }

    /// Returns whether it has taken this server down.
    pub(crate) fn restarts(&self, server: u32, now: Tick) -> bool {
        self.kind == DeedKind::Restart && self.servers.contains(server) && self.since(now).is_some()
    }
}

/// Returns the deed of a kind in force at a service that began last, of those that fulfil a condition.
pub(crate) fn in_force(
    deeds: &[DeedParams],
    service: usize,
    kind: DeedKind,
    now: Tick,
    meant: impl Fn(&DeedParams) -> bool,
) -> Option<&DeedParams> {
    let of_kind = deeds
        .iter()
        .filter(|deed| deed.service == service && deed.kind == kind);
    let begun = of_kind.filter_map(|deed| Some((deed.since(now)?, deed.index, deed)));
    let last = begun
        .filter(|(.., deed)| meant(deed))
        .max_by_key(|(since, index, _)| (*since, *index));
    last.map(|(.., deed)| deed)
}
