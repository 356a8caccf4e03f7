//! The columns of the series: every metric is declared here, once.
//!
//! A declaration holds the id, the name in `series.csv`, the unit, whether and how the summary
//! aggregates the metric over the run, a sentence of explanation and how the value is
//! computed. Gauges are as of the last barrier; counts (units with `/sample`) are those since
//! the row before. The order of declaration is the order of the columns.

use crate::{
    call::call_leg::Media,
    client::state::Phase,
    metrics::{cell::Cell, region_name::plain, sample_context::SampleContext},
    scenario::root::Scenario,
    service::columns::{FleetColumn, cells},
};

/// The declaration of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its id.
    pub id: ColumnId,
    /// Its name in the series.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Its meaning, in a sentence.
    pub doc: &'static str,
    /// How the summary aggregates it over the run; `None` if it is not in the summary.
    pub aggregate: Option<Aggregate>,
}

/// How the summary aggregates a column over the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// The sum over all samples, under the name of the column.
    Sum,
    /// The maximum and when it was reached, under the name of the column and `_max`.
    Max,
}

type Reading = fn(&SampleContext<'_>) -> Cell;

macro_rules! metrics {
    ($($id:ident $name:ident [$unit:literal $(, $aggregate:ident)?] $doc:literal = $reading:expr;)*) => {
        /// The id of a column that every series has; its number is the column's place.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ColumnId {
            $(#[doc = $doc] $id,)*
        }

        /// The columns of the series, in order, after `time` and `tick`, which the
        /// writer of the series adds.
        ///
        /// | Column | Unit | Meaning |
        /// | --- | --- | --- |
        $(#[doc = concat!("| `", stringify!($name), "` | ", $unit, " | ", $doc, " |")])*
        pub const COLUMNS: &[Column] = &[$(Column {
            id: ColumnId::$id,
            name: stringify!($name),
            unit: $unit,
            doc: $doc,
            aggregate: metrics!(@aggregate $($aggregate)?),
        },)*];

        const READINGS: &[Reading] = &[$($reading,)*];
    };
    (@aggregate) => { None };
    (@aggregate sum) => { Some(Aggregate::Sum) };
    (@aggregate max) => { Some(Aggregate::Max) };
}

metrics! {
    Online online ["users"]
        "Users logged in."
        = |m| Cell::Count(m.world.online());
    Norm norm ["users"]
        "Users expected online at this minute without a fault, from the scenario's daily activity."
        = |m| Cell::Count(m.network.activity.norm(m.now).round() as u64);
    Wanting wanting ["users"]
        "Users who want to be online."
        = |m| Cell::Count(m.world.wanting.max(0) as u64);
    Seeking seeking ["users"]
        "Clients looking for a supernode."
        = |m| Cell::Count(m.world.phase(Phase::Seeking));
    Waiting waiting ["users"]
        "Clients waiting after a failed cycle of attempts."
        = |m| Cell::Count(m.world.phase(Phase::Waiting));
    SigningIn signing_in ["users"]
        "Clients with a seat at a supernode that are logging in."
        = |m| Cell::Count(m.world.phase(Phase::SigningIn));
    Restarting restarting ["users"]
        "Users whose PC or client is restarting."
        = |m| Cell::Count(m.world.phase(Phase::Booting));
    Supernodes supernodes ["supernodes"]
        "Supernodes in service, machines of the operator included."
        = |m| Cell::Count(m.world.directory.live().len() as u64);
    SupernodesListed supernodes_listed ["supernodes"]
        "Supernodes listed by the allocation algorithm; with the flaw, recently vanished ones included."
        = |m| Cell::Count(m.world.listed(m.now));
    SupernodesForced supernodes_forced ["supernodes"]
        "Machines the operator has put into service so far, those that failed included."
        = |m| Cell::Count(m.world.forced.into());
    MegaSupernodes mega_supernodes ["supernodes"]
        "Mega-supernodes in service."
        = |m| Cell::Count(m.clusters.mega);
    LeavesPerSupernodeMean leaves_per_supernode_mean ["leaves"]
        "Leaves of a supernode, mean over all supernodes."
        = |m| Cell::Thousandths((m.clusters.leaves * 1000).checked_div(m.clusters.count).unwrap_or(0));
    LeavesPerSupernodeMax leaves_per_supernode_max ["leaves"]
        "Leaves of the supernode with most leaves."
        = |m| Cell::Count(m.clusters.largest);
    Attempts attempts ["1/sample", sum]
        "Probes sent to supernodes; without an overlay, logins attempted."
        = |m| Cell::Count(m.count.attempts);
    Accepted accepted ["1/sample", sum]
        "Attempts that got a seat at a supernode; without an overlay, logins accepted."
        = |m| Cell::Count(m.count.accepted);
    Refused refused ["1/sample", sum]
        "Attempts that were refused."
        = |m| Cell::Count(m.count.refused);
    TimedOut timed_out ["1/sample", sum]
        "Attempts that got no answer in time."
        = |m| Cell::Count(m.count.timed_out);
    Requests requests ["1/sample"]
        "Probes that reached a supernode in service."
        = |m| Cell::Count(m.count.requests);
    TrafficPerSupernode traffic_per_supernode ["1/sample"]
        "Probes and periodic refreshes of leaves, mean over all supernodes."
        = |m| Cell::Thousandths(m.traffic().checked_div(m.clusters.count).unwrap_or(0));
    RequestsLost requests_lost ["1/sample"]
        "Probes that reached a supernode and were lost because it was overloaded."
        = |m| Cell::Count(m.count.requests_lost);
    CyclesFailed cycles_failed ["1/sample"]
        "Cycles of probes that ended without a seat."
        = |m| Cell::Count(m.count.cycles_failed);
    ClientRestarts client_restarts ["1/sample"]
        "Users who restarted or reinstalled the client."
        = |m| Cell::Count(m.count.client_restarts);
    PatchRestarts patch_restarts ["1/sample"]
        "PCs restarted by the patch while in use."
        = |m| Cell::Count(m.count.patch_restarts);
    LinksLost links_lost ["1/sample"]
        "Clients that noticed the loss of their supernode."
        = |m| Cell::Count(m.count.links_lost);
    SupernodesRestarted supernodes_restarted ["1/sample"]
        "Supernodes lost to restarts of their hosts."
        = |m| Cell::Count(m.count.supernodes_restarted);
    SupernodesFallen supernodes_fallen ["1/sample"]
        "Supernodes that failed under load."
        = |m| Cell::Count(m.count.supernodes_fallen);
    SupernodesShutDown supernodes_shut_down ["1/sample", sum]
        "Supernodes that gave up the role to protect their hosts."
        = |m| Cell::Count(m.count.supernodes_shut_down);
    SupernodesCrashed supernodes_crashed ["1/sample", sum]
        "Supernodes whose client crashed."
        = |m| Cell::Count(m.count.supernodes_crashed);
    Crashes crashes ["1/sample", sum]
        "Clients that crashed."
        = |m| Cell::Count(m.count.crashes);
    Promotions promotions ["1/sample", sum]
        "Leaves promoted to supernode."
        = |m| Cell::Count(m.count.promotions);
    GivenUp given_up ["1/sample", sum]
        "Users who gave up until their next session."
        = |m| Cell::Count(m.count.given_up);
    LoginAttacks login_attacks ["1/sample"]
        "Logins sent by an attacker."
        = |m| Cell::Count(m.count.login_attacks);
    Sessions sessions ["1/sample"]
        "Sessions begun."
        = |m| Cell::Count(m.count.sessions);
    LoginArrivals login_arrivals ["1/sample", sum]
        "Requests that reached the login servers."
        = |m| Cell::Count(m.count.login_arrivals);
    LoginServed login_served ["1/sample", sum]
        "Logins served before the client's timeout."
        = |m| Cell::Count(m.count.login_served);
    LoginRejected login_rejected ["1/sample", sum]
        "Logins rejected."
        = |m| Cell::Count(m.count.login_rejected);
    LoginQueue login_queue ["logins"]
        "Logins that wait at all login servers, also those of clients that no longer wait."
        = |m| Cell::Count(m.login_backlog());
    LoginWaitS login_wait_s ["s", max]
        "Waiting time at the login server with the longest queue, at the speed of now; if the servers are stopped, at their usual speed."
        = |m| Cell::Thousandths(m.login_wait());
    PresenceDelayS presence_delay_s ["s", max]
        "Delay until the contacts of a user who logs in see it, at the speed of now; if the servers are stopped, at their usual speed."
        = |m| Cell::Thousandths(m.presence_delay());
    PresenceBacklog presence_backlog ["logins"]
        "Logins that contacts have not been notified of yet."
        = |m| Cell::Count(m.presence_backlog());
    ChatDelayS chat_delay_s ["s", max]
        "Delay until the chats of a user who logs in are up to date, at the speed of now; if the servers are stopped, at their usual speed."
        = |m| Cell::Thousandths(m.chat_delay());
    OfflineMessagesQueue offline_messages_queue ["requests"]
        "Requests queued at the offline-message servers."
        = |m| Cell::Count(m.offline_backlog());
    OfflineMessagesWaitS offline_messages_wait_s ["s", max]
        "Waiting time at the offline-message servers, at the speed of now; if they are stopped, at their usual speed."
        = |m| Cell::Thousandths(m.offline_wait());
    MessagesHeld messages_held ["messages"]
        "Messages stored for users who are offline; 0 at the start."
        = |m| Cell::Count(m.world.messages_held());
    MessagesStored messages_stored ["1/sample", sum]
        "Messages accepted for users who are offline."
        = |m| Cell::Count(m.count.messages_stored);
    MessagesRefused messages_refused ["1/sample", sum]
        "Messages for users who are offline that were refused."
        = |m| Cell::Count(m.count.messages_refused);
    MessagesDelivered messages_delivered ["1/sample", sum]
        "Stored messages fetched by their recipients."
        = |m| Cell::Count(m.count.messages_delivered);
    BusinessOnline business_online ["users"]
        "Business users logged in."
        = |m| Cell::Count(m.world.business.max(0) as u64);
    BusinessNorm business_norm ["users"]
        "Business users expected online without a fault."
        = |m| Cell::Count(m.network.business_norm(m.now));
    GatewayCalls gateway_calls ["1/sample", sum]
        "Calls that reached the business gateways."
        = |m| Cell::Count(m.count.gateway_calls);
    GatewayCallsFailed gateway_calls_failed ["1/sample", sum]
        "Calls that reached the business gateways and found no free line."
        = |m| Cell::Count(m.count.gateway_calls_failed);
    GatewayCallsActive gateway_calls_active ["calls"]
        "Calls in progress at the business gateways."
        = |m| Cell::Count(m.world.gateway_busy.max(0) as u64);
    ManagerRequests manager_requests ["1/sample", sum]
        "Requests to the business control panel."
        = |m| Cell::Count(m.count.manager_requests);
    ManagerRequestsFailed manager_requests_failed ["1/sample", sum]
        "Requests to the business control panel that were refused."
        = |m| Cell::Count(m.count.manager_requests_failed);
    CallsActive calls_active ["calls"]
        "Voice and video calls in progress between two users."
        = |m| Cell::Count(m.world.talking(Media::Voice) + m.world.talking(Media::Video));
    VideoActive video_active ["calls"]
        "Video calls in progress between two users."
        = |m| Cell::Count(m.world.talking(Media::Video));
    GroupVideoActive group_video_active ["calls"]
        "Group video calls in progress."
        = |m| Cell::Count(m.world.talking(Media::GroupVideo));
    CallsWanted calls_wanted ["1/sample", sum]
        "Calls that users wanted to make."
        = |m| Cell::Count(m.count.calls_wanted);
    Calls calls ["1/sample", sum]
        "Calls answered."
        = |m| Cell::Count(m.count.calls);
    CallsEngaged calls_engaged ["1/sample", sum]
        "Calls whose callee was in another call."
        = |m| Cell::Count(m.count.calls_engaged);
    CallsMissed calls_missed ["1/sample", sum]
        "Calls not attempted because the user was not logged in."
        = |m| Cell::Count(m.count.calls_missed);
    CallsFailed calls_failed ["1/sample", sum]
        "Calls that could not be set up."
        = |m| Cell::Count(m.count.calls_failed);
    CallsDropped calls_dropped ["1/sample", sum]
        "Calls dropped by the network."
        = |m| Cell::Count(m.count.calls_dropped);
    CallSeconds call_seconds ["s/sample", sum]
        "Talking time of calls that ended."
        = |m| Cell::Count(m.count.call_seconds);
    CallSecondsLost call_seconds_lost ["s/sample", sum]
        "Talking time lost to calls not attempted, failed or dropped."
        = |m| Cell::Count(m.count.call_seconds_lost);
    BusinessCallsLost business_calls_lost ["1/sample", sum]
        "Calls of business users not attempted, failed or dropped."
        = |m| Cell::Count(m.count.business_calls_lost);
    Events events ["1/sample", sum]
        "Messages handled by the engine."
        = |m| Cell::Count(m.events);
}

impl ColumnId {
    /// The id of the column with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        COLUMNS
            .iter()
            .find(|column| column.name == name)
            .map(|column| column.id)
    }

    /// The column's place in a row, from 0, `time` and `tick` not counted.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The declaration of the column.
    pub fn column(self) -> &'static Column {
        &COLUMNS[self.index()]
    }

    /// The name of the column.
    pub fn name(self) -> &'static str {
        self.column().name
    }

    /// The value of this column in a row of the series; `None` if the row is too short.
    pub fn cell(self, row: &[Cell]) -> Option<Cell> {
        row.get(self.index()).copied()
    }
}

/// The row of a sample: a cell for each of [`COLUMNS`], then of [`scenario_columns`].
pub(crate) fn row(context: &SampleContext<'_>) -> Vec<Cell> {
    let regions = context.world.regions.iter();
    let readings = READINGS.iter().map(|reading| reading(context));
    readings
        .chain(regions.map(|online| Cell::Count((*online).max(0) as u64)))
        .chain(cells(
            context.network,
            context.world,
            &context.fleet,
            context.elapsed,
        ))
        .collect()
}

/// The columns after [`COLUMNS`]: those of the regions, then those of services, operations and sources.
pub fn scenario_columns(scenario: &Scenario) -> Vec<String> {
    let fleet = FleetColumn::all(scenario).into_iter();
    let regions = region_columns(scenario).into_iter();
    regions
        .chain(fleet.map(|column| column.name(scenario)))
        .collect()
}

/// The columns of the regions: users online in each region of a scenario, named after the
/// region in lower case, such as `online_in_western_europe`. If two names would be equal, the
/// index of the region is appended.
pub fn region_columns(scenario: &Scenario) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for (place, region) in scenario.population.region.iter().enumerate() {
        let mut name = format!("{REGION}{}", plain(&region.name));
        while columns.contains(&name) {
            name = format!("{name}_{place}");
        }
        columns.push(name);
    }
    columns
}

/// The prefix of all names of [`region_columns`].
pub const REGION: &str = "online_in_";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_places_and_are_spelled_like_their_names() {
        for (place, column) in COLUMNS.iter().enumerate() {
            assert_eq!(column.id.index(), place);
            assert_eq!(ColumnId::from_name(column.name), Some(column.id));
            let id = format!("{:?}", column.id);
            assert_eq!(id.to_lowercase(), column.name.replace('_', ""));
        }
        assert_eq!(ColumnId::from_name("nothing"), None);
    }

    #[test]
    fn only_counts_are_summed() {
        for column in COLUMNS {
            let is_count = column.unit.ends_with("/sample");
            match column.aggregate {
                Some(Aggregate::Sum) => assert!(is_count, "{}", column.name),
                Some(Aggregate::Max) => assert!(!is_count, "{}", column.name),
                None => {}
            }
        }
    }
}
