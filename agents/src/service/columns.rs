//! The columns of services, operations and sources in the series: every metric is declared here, once.
//!
//! A column is named after its service, operation or source, such as `gateway.arrivals`. They follow the
//! columns of the regions; a scenario without services has none. Counts are those since the row before.

use std::{borrow::Cow, ops::Range};

use crate::{
    metrics::{cell::Cell, region_name::plain},
    network::{model::Network, world::World},
    scenario::root::Scenario,
    service::{
        graph::senders::request_senders,
        stats::{
            counts::{SenderCounts, ServiceStats},
            fleet_stats::FleetStats,
            latency::LatencyHistogram,
        },
    },
};

/// What a service did since the row before.
struct ServiceSample<'a> {
    stats: &'a ServiceStats,
    /// Places of all servers times the ticks since the row before.
    place_ticks: u64,
    /// Servers that get requests.
    servers: u64,
    ticks_per_second: f64,
}

/// What an operation or source did since the row before.
struct SenderSample<'a> {
    counts: &'a SenderCounts,
    latency: &'a LatencyHistogram,
    ticks_per_second: f64,
}

/// Returns a quantile of latencies in seconds; 0 without latencies.
fn quantile(latency: &LatencyHistogram, thousandths: u64, ticks_per_second: f64) -> Cell {
    let doubled = latency.doubled_quantile(thousandths).unwrap_or(0);
    Cell::Thousandths((doubled as f64 * 500.0 / ticks_per_second).round() as u64)
}

/// Returns whether a metric of this unit is a count, and not a time or a share in thousandths.
fn is_count(unit: &str) -> bool {
    !matches!(unit, "s" | "share")
}

macro_rules! fleet_metrics {
    ($(#[doc = $about:literal])+ $metric:ident of $sample:ident {
        $($id:ident $name:ident [$unit:literal] $doc:literal = $reading:expr;)+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $metric {
            $(#[doc = $doc] $id,)+
        }

        impl $metric {
            /// All metrics, in the order of their columns.
            pub const ALL: &'static [Self] = &[$(Self::$id,)+];

            /// The name after the point in the name of a column.
            pub fn name(self) -> &'static str {
                match self { $(Self::$id => stringify!($name),)+ }
            }

            /// The unit.
            pub fn unit(self) -> &'static str {
                match self { $(Self::$id => $unit,)+ }
            }

            /// Whether it is a count, and not a time or a share in thousandths.
            pub fn is_count(self) -> bool {
                is_count(self.unit())
            }

            /// The meaning, in a sentence.
            pub fn doc(self) -> &'static str {
                match self { $(Self::$id => $doc,)+ }
            }

            fn read(self, sample: &$sample<'_>) -> Cell {
                let reading: fn(&$sample<'_>) -> Cell = match self { $(Self::$id => $reading,)+ };
                reading(sample)
            }
        }
    };
}

fleet_metrics! {
    /// A metric of a service.
    ServiceMetric of ServiceSample {
        Arrivals arrivals ["1/sample"] "Requests that reached a server."
            = |m| Cell::Count(m.stats.counts.arrivals);
        Ok ok ["1/sample"] "Requests answered in time: the goodput."
            = |m| Cell::Count(m.stats.counts.ok);
        Rejected rejected ["1/sample"] "Requests rejected because no place was free, neither at the server nor in its queue."
            = |m| Cell::Count(m.stats.counts.rejected);
        Errors errors ["1/sample"] "Requests answered with an error because of a fault."
            = |m| Cell::Count(m.stats.counts.errors);
        CallFailed call_failed ["1/sample"] "Requests that failed because a call to another service did."
            = |m| Cell::Count(m.stats.counts.call_failed);
        TimedOut timed_out ["1/sample"] "Requests whose sender stopped waiting before they were done."
            = |m| Cell::Count(m.stats.counts.timed_out);
        Lost lost ["1/sample"] "Requests lost because the server was down."
            = |m| Cell::Count(m.stats.counts.lost);
        Late late ["1/sample"] "Requests done after their sender had stopped waiting: work that was wasted."
            = |m| Cell::Count(m.stats.counts.late);
        Calls calls ["1/sample"] "Requests to other services, retries included."
            = |m| Cell::Count(m.stats.counts.calls);
        CallRetries call_retries ["1/sample"] "Retries among the requests to other services."
            = |m| Cell::Count(m.stats.counts.call_retries);
        OverBudget over_budget ["1/sample"] "Retries to other services that were not sent because the budget was used up."
            = |m| Cell::Count(m.stats.counts.over_budget);
        CacheHits cache_hits ["1/sample"] "Requests that a cache answered."
            = |m| Cell::Count(m.stats.counts.cache_hits);
        CacheMisses cache_misses ["1/sample"] "Requests that a cache did not answer."
            = |m| Cell::Count(m.stats.counts.cache_misses);
        Deaths deaths ["1/sample"] "Servers whose memory was used up."
            = |m| Cell::Count(m.stats.counts.deaths);
        Servers servers ["servers"] "Servers that get requests."
            = |m| Cell::Count(m.servers);
        InFlight in_flight ["requests"] "Requests at the servers that have no outcome yet."
            = |m| Cell::Count(m.stats.in_flight);
        Queue queue ["requests"] "Requests that wait for a place."
            = |m| Cell::Count(m.stats.waiting);
        Utilisation utilisation ["share"] "Places taken, as a share of all, mean since the row before."
            = |m| Cell::Thousandths((m.stats.counts.busy * 1000).checked_div(m.place_ticks).unwrap_or(0));
        P50S p50_s ["s"] "Median of the time from arrival to answer; 0 without answers."
            = |m| quantile(&m.stats.latency, 500, m.ticks_per_second);
        P99S p99_s ["s"] "99th percentile of the time from arrival to answer; 0 without answers."
            = |m| quantile(&m.stats.latency, 990, m.ticks_per_second);
    }
}

fleet_metrics! {
    /// A metric of an operation or source.
    SenderMetric of SenderSample {
        Sent sent ["1/sample"] "Requests sent, retries included."
            = |m| Cell::Count(m.counts.sent);
        Retries retries ["1/sample"] "Retries among them."
            = |m| Cell::Count(m.counts.retries);
        Ok ok ["1/sample"] "Requests that succeeded, also late ones if late answers count (accept_late)."
            = |m| Cell::Count(m.counts.ok + m.counts.late);
        Late late ["1/sample"] "Requests among them whose answers came after the time-out; they are also among those without an answer in time."
            = |m| Cell::Count(m.counts.late);
        Failed failed ["1/sample"] "Requests answered with a failure."
            = |m| Cell::Count(m.counts.failed);
        TimedOut timed_out ["1/sample"] "Requests without an answer in time."
            = |m| Cell::Count(m.counts.timed_out);
        GivenUp given_up ["1/sample"] "Requests that failed and were not sent again."
            = |m| Cell::Count(m.counts.given_up);
        OverBudget over_budget ["1/sample"] "Requests among them that were not sent again because the client's retry budget was used up."
            = |m| Cell::Count(m.counts.over_budget);
        Unsent unsent ["1/sample"] "Requests that reached no server: not let in, cut off, or no server was there for them."
            = |m| Cell::Count(m.counts.unsent);
        Done done ["1/sample"] "Requests that succeeded, or failed and were not sent again."
            = |m| Cell::Count(m.counts.ok + m.counts.given_up);
        P50S p50_s ["s"] "Median of the time from sending a request to its answer; 0 without answers."
            = |m| quantile(m.latency, 500, m.ticks_per_second);
        P99S p99_s ["s"] "99th percentile of the time from sending a request to its answer; 0 without answers."
            = |m| quantile(m.latency, 990, m.ticks_per_second);
    }
}

/// A column of a service, operation or source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FleetColumn {
    /// A metric of the service with this index.
    Service(u16, ServiceMetric),
    /// A metric of a service in one of its regions: the cell with this index. The cells are the services
    /// in their order, each with one cell for each of its regions, or one without regions.
    Region(u16, ServiceMetric),
    /// A metric of a sender: the operations of clients are numbered first, then the sources.
    Sender(u16, SenderMetric),
}

impl FleetColumn {
    /// Returns the columns of a scenario, in the order of the series.
    pub fn all(scenario: &Scenario) -> Vec<Self> {
        let services = 0..scenario.service.len() as u16;
        let cells = cells_of(scenario).into_iter().zip(0..);
        let regions = cells.filter(|((_, region), _)| region.is_some());
        let regions = regions.flat_map(|(_, number)| {
            let metrics = ServiceMetric::ALL.iter();
            metrics.map(move |metric| Self::Region(number, *metric))
        });
        let senders = 0..request_senders(scenario).count() as u16;
        let services = services.flat_map(|number| {
            let metrics = ServiceMetric::ALL.iter();
            metrics.map(move |metric| Self::Service(number, *metric))
        });
        let senders = senders.flat_map(|number| {
            let metrics = SenderMetric::ALL.iter();
            metrics.map(move |metric| Self::Sender(number, *metric))
        });
        services.chain(regions).chain(senders).collect()
    }

    /// Returns the name of the service, operation or source; that of a service in a region is such as
    /// `auth.us_east`.
    pub fn owner(self, scenario: &Scenario) -> Cow<'_, str> {
        match self {
            Self::Service(number, _) => {
                let service = scenario.service.get(usize::from(number));
                service.map_or("", |one| &one.name).into()
            }
            Self::Region(number, _) => match cells_of(scenario).get(usize::from(number)) {
                Some((service, Some(region))) => format!("{service}.{}", plain(region)).into(),
                _ => "".into(),
            },
            Self::Sender(number, _) => {
                let mut senders = request_senders(scenario);
                senders.nth(number.into()).map_or("", |one| one.name).into()
            }
        }
    }

    /// Returns the column of another metric of the same service, or of the same service in the same
    /// region; that of an operation or source itself.
    pub fn of_same_owner(self, metric: ServiceMetric) -> Self {
        match self {
            Self::Service(number, _) => Self::Service(number, metric),
            Self::Region(number, _) => Self::Region(number, metric),
            Self::Sender(..) => self,
        }
    }

    /// Returns the name of the metric.
    pub fn metric(self) -> &'static str {
        match self {
            Self::Service(_, metric) | Self::Region(_, metric) => metric.name(),
            Self::Sender(_, metric) => metric.name(),
        }
    }

    /// Returns the name of the column in the series.
    pub fn name(self, scenario: &Scenario) -> String {
        format!("{}.{}", self.owner(scenario), self.metric())
    }

    /// Returns its unit.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Service(_, metric) | Self::Region(_, metric) => metric.unit(),
            Self::Sender(_, metric) => metric.unit(),
        }
    }

    /// Returns its meaning.
    pub fn doc(self) -> &'static str {
        match self {
            Self::Service(_, metric) | Self::Region(_, metric) => metric.doc(),
            Self::Sender(_, metric) => metric.doc(),
        }
    }

    /// Returns whether the value is proportional to the number of users.
    pub fn grows_with_scale(self) -> bool {
        is_count(self.unit())
    }
}

/// Returns the services of a scenario, and for each of them its regions, as far as it has any.
fn cells_of(scenario: &Scenario) -> Vec<(&str, Option<&str>)> {
    let services = scenario.service.iter().flat_map(|service| {
        let name = service.name.as_str();
        let regions = service.region.iter().map(|one| Some(one.name.as_str()));
        let without = service.region.is_empty().then_some(None);
        regions.chain(without).map(move |region| (name, region))
    });
    services.collect()
}

/// Returns the cells of a row: `stats` are those since the row before, `elapsed` the ticks since then.
pub(crate) fn cells(
    network: &Network,
    world: &World,
    stats: &FleetStats,
    elapsed: u32,
) -> Vec<Cell> {
    let fleet = &network.fleet;
    let ticks_per_second = fleet.ticks_per_second;
    let mut row = Vec::new();
    // The figures of a service, whose servers are in some cells.
    let mut add = |cells: Range<usize>, stats: &ServiceStats| {
        let servers = |cell: &usize| u64::from(fleet.cells[*cell].servers);
        let service = &fleet.services[fleet.cells[cells.start].service];
        let places = cells.clone().map(|cell| servers(&cell)).sum::<u64>();
        let members = cells.map(|cell| world.fleet.controls[cell].members.len() as u64);
        let sample = ServiceSample {
            stats,
            place_ticks: places * u64::from(service.concurrency) * u64::from(elapsed),
            servers: members.sum(),
            ticks_per_second,
        };
        row.extend(ServiceMetric::ALL.iter().map(|metric| metric.read(&sample)));
    };
    for (service, stats) in fleet.services.iter().zip(&stats.services) {
        add(service.cells.clone(), stats);
    }
    for (number, stats) in stats.cells.iter().enumerate() {
        if fleet.cells[number].region.is_some() {
            add(number..number + 1, stats);
        }
    }
    for (counts, latency) in stats.senders.iter().zip(&stats.latencies) {
        let sample = SenderSample {
            counts,
            latency,
            ticks_per_second,
        };
        row.extend(SenderMetric::ALL.iter().map(|metric| metric.read(&sample)));
    }
    row
}
