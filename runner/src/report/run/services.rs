//! The state of each service at every sample of a run: normal, degraded or failing.
//!
//! Each service has one [`Measure`] with two limits, which the page shows. Counts are summed over the
//! ten samples up to each, so that the states of small fleets do not alternate by chance. No call is
//! active when a run begins; so video counts as normal during the first hour.

use patchday_agents::{
    metrics::columns::ColumnId,
    scenario::{Feature, FleetColumn, ServiceMetric},
};

use crate::report::{chart::time_frame::TimeFrame, run::run_data::RunData};

/// Samples over which counts are summed.
const WINDOW: usize = 10;
/// The fewest active calls, on average, for which a share is meaningful.
const ENOUGH: f64 = 20.0;

/// Seconds from the start of a run until enough calls are active.
const FIRST_CALLS: i64 = 3_600;

/// The state of a service at a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ServiceState {
    Normal,
    Degraded,
    Failing,
}

/// The measure of a service and its limits, as text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measure {
    pub(crate) what: &'static str,
    pub(crate) degraded: &'static str,
    pub(crate) failing: &'static str,
}

const ONLINE: Measure = Measure {
    what: "users online as a share of the norm",
    degraded: "below 0.9",
    failing: "below 0.5",
};
const DELAY: Measure = Measure {
    what: "delay",
    degraded: "above 1 min",
    failing: "above 10 min",
};
pub(crate) const LOST: Measure = Measure {
    what: "lost share of what users wanted",
    degraded: "above 0.05",
    failing: "above 0.5",
};
const ACTIVE: Measure = Measure {
    what: "active calls, compared with the same share of users before the outage",
    degraded: "below 0.9; a lower limit for few calls, whose number varies by chance",
    failing: "below 0.5",
};
const STORED: Measure = Measure {
    what: "wait, or share of messages rejected",
    degraded: "above 1 min, or 0.05",
    failing: "above 10 min, or 0.5",
};

/// A service with its state at every sample.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) measure: Measure,
    pub(crate) states: Vec<ServiceState>,
}

/// The state by two limits that a measure must not exceed.
fn above(measure: f64, degraded: f64, failing: f64) -> ServiceState {
    match measure {
        _ if measure > failing => ServiceState::Failing,
        _ if measure > degraded => ServiceState::Degraded,
        _ => ServiceState::Normal,
    }
}

/// Sums over the window of samples that ends at each sample.
fn windows(values: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut sums = Vec::with_capacity(values.len());
    for (place, value) in values.iter().enumerate() {
        sum += value;
        if place >= WINDOW {
            sum -= values[place - WINDOW];
        }
        sums.push(sum);
    }
    sums
}

/// A service measured by the lost share of its requests, both counted by sums of columns; `None` if
/// it is not used.
fn lossy(
    name: &'static str,
    run: &RunData,
    wanted: &[ColumnId],
    lost: &[ColumnId],
) -> Option<Service> {
    let sums = |columns: &[ColumnId]| -> Vec<f64> {
        let mut sums = vec![0.0; run.times.len()];
        for column in columns {
            for (sum, value) in sums.iter_mut().zip(windows(&run.column(*column))) {
                *sum += value;
            }
        }
        sums
    };
    let (wanted, lost) = (sums(wanted), sums(lost));
    if wanted.iter().all(|count| *count == 0.0) {
        return None;
    }
    let states = wanted
        .iter()
        .zip(&lost)
        .map(|(wanted, lost)| match *wanted {
            0.0 => ServiceState::Normal,
            wanted => above(lost / wanted, 0.05, 0.5),
        });
    Some(Service {
        name: name.to_owned(),
        measure: LOST,
        states: states.collect(),
    })
}

/// A service measured by its delay.
fn late(name: &'static str, run: &RunData, delay: ColumnId) -> Service {
    let delays = run.column(delay);
    let states = delays.iter().map(|delay| above(*delay, 60.0, 600.0));
    Service {
        name: name.to_owned(),
        measure: DELAY,
        states: states.collect(),
    }
}

/// A service measured by its active calls per user online in the norm; `None` if there were too few
/// before the outage.
fn active_calls(
    name: &'static str,
    run: &RunData,
    frame: &TimeFrame<'_>,
    calls: ColumnId,
) -> Option<Service> {
    let (calls, norm) = (run.column(calls), run.column(ColumnId::Norm));
    let before = match frame.outages.first() {
        Some(outage) => frame.times.partition_point(|time| *time < outage.start),
        None => frame.times.len(),
    };
    let sum = |values: &[f64]| values[..before].iter().sum::<f64>();
    let usual = sum(&calls) / sum(&norm);
    if !usual.is_finite() || sum(&calls) / before.max(1) as f64 <= ENOUGH {
        return None;
    }
    let (calls, norm) = (windows(&calls), windows(&norm));
    let states = frame
        .times
        .iter()
        .zip(calls.iter().zip(&norm))
        .map(|(time, (calls, norm))| {
            if *time < frame.start + FIRST_CALLS * i64::from(frame.tick.per_second()) {
                return ServiceState::Normal;
            }
            // The number of active calls varies by about its square root.
            let wanted = usual * norm;
            let noise = 3.0 / (wanted / WINDOW as f64).max(1.0).sqrt();
            above(1.0 - calls / wanted.max(1.0), 0.1 + noise.min(0.3), 0.5)
        });
    Some(Service {
        name: name.to_owned(),
        measure: ACTIVE,
        states: states.collect(),
    })
}

/// All services of a run.
pub(crate) fn all(run: &RunData, frame: &TimeFrame<'_>) -> Vec<Service> {
    let sign_in = || {
        let (online, norm) = (run.column(ColumnId::Online), run.column(ColumnId::Norm));
        let missing = |(online, norm): (&f64, &f64)| match *norm {
            0.0 => ServiceState::Normal,
            norm => above(1.0 - online / norm, 0.1, 0.5),
        };
        Service {
            name: "login".to_owned(),
            measure: ONLINE,
            states: online.iter().zip(&norm).map(missing).collect(),
        }
    };
    let offline = || {
        let all = [ColumnId::MessagesStored, ColumnId::MessagesRefused];
        let refused = lossy("offline messages", run, &all, &all[1..])?;
        let waits = late("", run, ColumnId::OfflineMessagesWaitS);
        let worse = waits.states.iter().zip(&refused.states);
        Some(Service {
            states: worse.map(|(wait, refusal)| *wait.max(refusal)).collect(),
            measure: STORED,
            ..refused
        })
    };
    let has = |feature, name, delay| {
        let is_there = run.scenario.has(feature);
        is_there.then(|| late(name, run, delay))
    };
    let lost_calls = [
        ColumnId::CallsMissed,
        ColumnId::CallsFailed,
        ColumnId::CallsDropped,
    ];
    [
        Some(sign_in()),
        has(Feature::Presence, "presence", ColumnId::PresenceDelayS),
        has(Feature::Chat, "chat", ColumnId::ChatDelayS),
        lossy("calls", run, &[ColumnId::CallsWanted], &lost_calls),
        active_calls("video", run, frame, ColumnId::VideoActive),
        active_calls("group video", run, frame, ColumnId::GroupVideoActive),
        offline(),
        lossy(
            "gateways",
            run,
            &[ColumnId::GatewayCalls],
            &[ColumnId::GatewayCallsFailed],
        ),
        lossy(
            "control panel",
            run,
            &[ColumnId::ManagerRequests],
            &[ColumnId::ManagerRequestsFailed],
        ),
    ]
    .into_iter()
    .flatten()
    .chain(of_fleet(run))
    .collect()
}

const UNANSWERED: Measure = Measure {
    what: "share of the requests that were not answered in time",
    degraded: "above 0.05",
    failing: "above 0.5",
};

/// The services that the scenario declares, each followed by its regions.
fn of_fleet(run: &RunData) -> Vec<Service> {
    let mut services: Vec<Service> = Vec::new();
    for column in FleetColumn::all(&run.scenario) {
        let (FleetColumn::Service(_, ServiceMetric::Arrivals)
        | FleetColumn::Region(_, ServiceMetric::Arrivals)) = column
        else {
            continue;
        };
        let of = |metric| windows(&run.fleet_column(column.of_same_owner(metric)));
        let (arrivals, ok) = (of(ServiceMetric::Arrivals), of(ServiceMetric::Ok));
        let state = |(arrivals, ok): (&f64, &f64)| match *arrivals {
            0.0 => ServiceState::Normal,
            arrivals => above(1.0 - ok / arrivals, 0.05, 0.5),
        };
        services.push(Service {
            name: column.owner(&run.scenario).replace('.', " in "),
            measure: UNANSWERED,
            states: arrivals.iter().zip(&ok).map(state).collect(),
        });
    }
    services
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_sums_of_the_last_samples() {
        let sums = windows(&[1.0; 12]);
        assert_eq!((sums[0], sums[9], sums[11]), (1.0, 10.0, 10.0));
    }
}
