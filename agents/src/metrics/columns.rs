//! Metrics: the columns of the series, one row a sample.
//!
//! Every value is an integer (a count, or thousandths), so that a row has the
//! same bytes on every machine. Gauges are as of the last barrier; counts are
//! of the sample, that is since the row before.

use std::fmt;

use patchday_core::ActorId;

use crate::{
    call::call_leg::Media,
    client::state::Phase,
    network::{block_state::BlockState, counters::Counters, model::Network, world::World},
    scenario::root::Scenario,
    server::{
        kind::ServerKind,
        queue::{Queue, Service},
    },
};

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A count.
    Count(u64),
    /// A quantity in thousandths of its unit.
    Thousandths(u64),
}

impl Cell {
    /// The value in its unit.
    pub fn value(self) -> f64 {
        match self {
            Self::Count(count) => count as f64,
            Self::Thousandths(count) => count as f64 / 1000.0,
        }
    }
}

impl Cell {
    /// The cell that is printed as `text`; none if none is.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |digits: &str| {
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<u64>().ok()).flatten()
        };
        match text.split_once('.') {
            None => number(text).map(Self::Count),
            Some((whole, part)) if part.len() == 3 => {
                let whole = number(whole)?.checked_mul(1_000)?;
                whole.checked_add(number(part)?).map(Self::Thousandths)
            }
            Some(_) => None,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(formatter, "{count}"),
            Self::Thousandths(count) => write!(formatter, "{}.{:03}", count / 1000, count % 1000),
        }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the series.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What it says.
    pub doc: &'static str,
}

/// What a row is made from.
pub(crate) struct Moment<'a> {
    pub(crate) network: &'a Network,
    pub(crate) world: &'a World,
    /// Counts of the sample.
    pub(crate) count: Counters,
    pub(crate) events: u64,
    pub(crate) now: u32,
    /// Ticks since the row before.
    pub(crate) elapsed: u32,
    pub(crate) clusters: ClusterSizes,
}

/// Sizes of all clusters, from a look at each of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ClusterSizes {
    pub(crate) count: u64,
    pub(crate) leaves: u64,
    pub(crate) largest: u64,
    /// Mega-supernodes among them.
    pub(crate) mega: u64,
}

impl ClusterSizes {
    pub(crate) fn of<'a>(block_states: impl Iterator<Item = &'a BlockState>) -> Self {
        let mut sizes = Self::default();
        for cluster in block_states.flat_map(|block_state| block_state.supernodes.iter()) {
            let leaves = cluster.leaves.len() as u64;
            sizes.count += 1;
            sizes.leaves += leaves;
            sizes.largest = sizes.largest.max(leaves);
            sizes.mega += u64::from(cluster.strength.mega);
        }
        sizes
    }
}

type Reading = fn(&Moment<'_>) -> Cell;

macro_rules! metrics {
    ($($name:ident [$unit:literal] $doc:literal = $reading:expr;)*) => {
        /// The columns of the series, in order, after `time` and `tick`, which the
        /// writer of the series adds.
        ///
        /// | Column | Unit | What it says |
        /// | --- | --- | --- |
        $(#[doc = concat!("| `", stringify!($name), "` | ", $unit, " | ", $doc, " |")])*
        pub const COLUMNS: &[Column] =
            &[$(Column { name: stringify!($name), unit: $unit, doc: $doc },)*];

        const READINGS: &[Reading] = &[$($reading,)*];
    };
}

metrics! {
    online ["users"] "Signed in." = |m| Cell::Count(m.world.online());
    norm ["users"] "Expected online in this minute if nothing is wrong, from the scenario's own activity."
        = |m| Cell::Count(m.network.activity.norm(m.now).round() as u64);
    wanting ["users"] "Whose user wants to be online." = |m| Cell::Count(m.world.wanting.max(0) as u64);
    seeking ["users"] "Trying supernodes." = |m| Cell::Count(m.world.phase(Phase::Seeking));
    waiting ["users"] "Pausing after a cycle of tries that failed." = |m| Cell::Count(m.world.phase(Phase::Waiting));
    signing_in ["users"] "With a seat at a supernode, logging in." = |m| Cell::Count(m.world.phase(Phase::SigningIn));
    restarting ["users"] "PC or client restarting." = |m| Cell::Count(m.world.phase(Phase::Booting));
    supernodes ["supernodes"] "In service, forced ones with them." = |m| Cell::Count(m.world.directory.live().len() as u64);
    supernodes_listed ["supernodes"] "As the allocation algorithm lists them; with the flaw, those that vanished lately with them."
        = |m| Cell::Count(m.world.listed());
    supernodes_forced ["supernodes"] "Machines of the operator put into service so far, those that fell over included." = |m| Cell::Count(m.world.forced.into());
    mega_supernodes ["supernodes"] "Mega-supernodes in service." = |m| Cell::Count(m.clusters.mega);
    leaves_per_supernode_mean ["leaves"] "Mean over all supernodes."
        = |m| Cell::Thousandths((m.clusters.leaves * 1000).checked_div(m.clusters.count).unwrap_or(0));
    leaves_per_supernode_max ["leaves"] "Most at any one supernode." = |m| Cell::Count(m.clusters.largest);
    attempts ["1/sample"] "Probes sent to supernodes; without an overlay, log-ins tried." = |m| Cell::Count(m.count.attempts);
    accepted ["1/sample"] "Of these, those that got a seat, or were let in." = |m| Cell::Count(m.count.accepted);
    refused ["1/sample"] "Those turned away." = |m| Cell::Count(m.count.refused);
    timed_out ["1/sample"] "Those without an answer in time." = |m| Cell::Count(m.count.timed_out);
    requests ["1/sample"] "Probes that reached a supernode in service." = |m| Cell::Count(m.count.requests);
    traffic_per_supernode ["1/sample"] "Probes and the hourly refreshes of its leaves, mean over all supernodes."
        = |m| Cell::Thousandths(m.traffic().checked_div(m.clusters.count).unwrap_or(0));
    requests_lost ["1/sample"] "Of these, lost because of its load." = |m| Cell::Count(m.count.requests_lost);
    cycles_failed ["1/sample"] "Cycles of probes without a seat." = |m| Cell::Count(m.count.cycles_failed);
    client_restarts ["1/sample"] "Users who restarted or reinstalled the client." = |m| Cell::Count(m.count.client_restarts);
    patch_restarts ["1/sample"] "PCs in use restarted by the patch." = |m| Cell::Count(m.count.patch_restarts);
    links_lost ["1/sample"] "Clients that noticed the loss of their supernode." = |m| Cell::Count(m.count.links_lost);
    supernodes_restarted ["1/sample"] "Supernodes lost to restarts of their hosts." = |m| Cell::Count(m.count.supernodes_restarted);
    supernodes_fallen ["1/sample"] "Supernodes that fell over under load." = |m| Cell::Count(m.count.supernodes_fallen);
    supernodes_shut_down ["1/sample"] "Supernodes that gave their role up to protect their hosts." = |m| Cell::Count(m.count.supernodes_shut_down);
    supernodes_crashed ["1/sample"] "Supernodes that crashed." = |m| Cell::Count(m.count.supernodes_crashed);
    crashes ["1/sample"] "Clients that crashed." = |m| Cell::Count(m.count.crashes);
    promotions ["1/sample"] "Leaves promoted to supernode." = |m| Cell::Count(m.count.promotions);
    given_up ["1/sample"] "Users who gave up until their next session." = |m| Cell::Count(m.count.given_up);
    login_attacks ["1/sample"] "Log-ins of an attacker." = |m| Cell::Count(m.count.login_attacks);
    sessions ["1/sample"] "Sessions begun." = |m| Cell::Count(m.count.sessions);
    login_arrivals ["1/sample"] "Requests to the log-in servers." = |m| Cell::Count(m.count.login_arrivals);
    login_served ["1/sample"] "Log-ins served in time." = |m| Cell::Count(m.count.login_served);
    login_rejected ["1/sample"] "Log-ins turned away." = |m| Cell::Count(m.count.login_rejected);
    login_queue ["log-ins"] "Waiting at all log-in servers." = |m| Cell::Count(m.login_backlog());
    login_wait_s ["s"] "Wait at the fullest log-in server." = |m| Cell::Thousandths(m.login_wait());
    presence_delay_s ["s"] "Until the friends of a sign-in see it." = |m| Cell::Thousandths(m.presence_delay());
    presence_backlog ["sign-ins"] "Sign-ins whose friends do not know of them yet." = |m| Cell::Count(m.presence_backlog());
    chat_delay_s ["s"] "Until a sign-in's chats are up to date." = |m| Cell::Thousandths(m.chat_delay());
    offline_messages_queue ["requests"] "Waiting at the offline-message servers." = |m| Cell::Count(m.offline_backlog());
    offline_messages_wait_s ["s"] "Wait at the offline-message servers." = |m| Cell::Thousandths(m.offline_wait());
    messages_held ["messages"] "Kept for users who are away; none at the start." = |m| Cell::Count(m.world.messages_held());
    messages_stored ["1/sample"] "Messages left for users who are away." = |m| Cell::Count(m.count.messages_stored);
    messages_refused ["1/sample"] "Messages that could not be left." = |m| Cell::Count(m.count.messages_refused);
    messages_delivered ["1/sample"] "Messages fetched." = |m| Cell::Count(m.count.messages_delivered);
    business_online ["users"] "Business users signed in." = |m| Cell::Count(m.world.business.max(0) as u64);
    business_norm ["users"] "Business users expected online if nothing is wrong." = |m| Cell::Count((m.network.activity.norm(m.now) * m.network.business_share).round() as u64);
    gateway_calls ["1/sample"] "Calls that reached the business gateways." = |m| Cell::Count(m.count.gateway_calls);
    gateway_calls_failed ["1/sample"] "Of these, those that found no line." = |m| Cell::Count(m.count.gateway_calls_failed);
    gateway_calls_active ["calls"] "Under way at the business gateways." = |m| Cell::Count(m.world.gateway_busy.max(0) as u64);
    manager_requests ["1/sample"] "Requests to the business control panel." = |m| Cell::Count(m.count.manager_requests);
    manager_requests_failed ["1/sample"] "Of these, those turned away." = |m| Cell::Count(m.count.manager_requests_failed);
    calls_active ["calls"] "Under way between two users, voice and video."
        = |m| Cell::Count(m.world.talking(Media::Voice) + m.world.talking(Media::Video));
    video_active ["calls"] "Of these, those with video." = |m| Cell::Count(m.world.talking(Media::Video));
    group_video_active ["calls"] "Group video calls under way." = |m| Cell::Count(m.world.talking(Media::GroupVideo));
    calls_wanted ["1/sample"] "Calls that users wanted to make." = |m| Cell::Count(m.count.calls_wanted);
    calls ["1/sample"] "Of these, those that were answered." = |m| Cell::Count(m.count.calls);
    calls_engaged ["1/sample"] "Those whose callee was in another call." = |m| Cell::Count(m.count.calls_engaged);
    calls_missed ["1/sample"] "Those of users who were not signed in." = |m| Cell::Count(m.count.calls_missed);
    calls_failed ["1/sample"] "Those that could not be set up." = |m| Cell::Count(m.count.calls_failed);
    calls_dropped ["1/sample"] "Calls cut off in mid-conversation." = |m| Cell::Count(m.count.calls_dropped);
    call_seconds ["s/sample"] "How long users talked in calls that ended." = |m| Cell::Count(m.count.call_seconds);
    call_seconds_lost ["s/sample"] "How long they would have talked in calls missed, failed or dropped."
        = |m| Cell::Count(m.count.call_seconds_lost);
    business_calls_lost ["1/sample"] "Calls of business users that were missed, failed or dropped."
        = |m| Cell::Count(m.count.business_calls_lost);
    events ["1/sample"] "Envelopes handled." = |m| Cell::Count(m.events);
}

/// The columns behind [`COLUMNS`]: users online in each region of a scenario, by its
/// name in small letters, such as `online_in_western_europe`. Where two names come to the
/// same, the place of the region is added.
pub fn region_columns(scenario: &Scenario) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for (place, region) in scenario.population.region.iter().enumerate() {
        let plain = |c: char| match c {
            c if c.is_alphanumeric() => c.to_lowercase().to_string(),
            _ => "_".to_owned(),
        };
        let mut name = format!(
            "{REGION}{}",
            region.name.chars().map(plain).collect::<String>()
        );
        while columns.contains(&name) {
            name = format!("{name}_{place}");
        }
        columns.push(name);
    }
    columns
}

/// What the names of [`region_columns`] begin with.
pub const REGION: &str = "online_in_";

impl Moment<'_> {
    /// The row: the columns, and users online by region.
    pub(crate) fn row(&self) -> Vec<Cell> {
        let regions = self.world.regions.iter();
        let readings = READINGS.iter().map(|reading| reading(self));
        readings
            .chain(regions.map(|online| Cell::Count((*online).max(0) as u64)))
            .collect()
    }

    /// Traffic of all supernodes, in thousandths of a request.
    fn traffic(&self) -> u64 {
        let refresh = u64::from(self.network.client.refresh_every);
        let refreshes = self.clusters.leaves * u64::from(self.elapsed) * 1000 / refresh;
        self.count.requests * 1000 + refreshes
    }

    fn login_backlog(&self) -> u64 {
        let login = self.speed(ServerKind::Login, self.network.servers.login.service);
        let logins = self.network.addresses.login_servers() as usize;
        let queues = self.world.queues[..logins].iter();
        queues.map(|queue| queue.backlog(self.now, &login)).sum()
    }

    fn login_wait(&self) -> u64 {
        self.world.login_wait(&self.network.addresses, self.now)
    }

    /// A service as fast as it is now; at its own speed if it stands still.
    fn speed(&self, kind: ServerKind, service: Service) -> Service {
        self.world.at_speed(kind, &service).unwrap_or(service)
    }

    fn queue(&self, server: ActorId) -> &Queue {
        self.world.queue(&self.network.addresses, server)
    }

    fn presence_delay(&self) -> u64 {
        let presence = self.queue(self.network.addresses.server(ServerKind::Presence));
        presence.wait_thousandths(self.now)
    }

    fn presence_backlog(&self) -> u64 {
        let presence = self.queue(self.network.addresses.server(ServerKind::Presence));
        presence.backlog(
            self.now,
            &self.speed(ServerKind::Presence, self.network.servers.presence.service),
        )
    }

    fn offline_backlog(&self) -> u64 {
        let offline = self.queue(self.network.addresses.server(ServerKind::OfflineMessages));
        let service = self.network.servers.offline_messages.service;
        offline.backlog(self.now, &self.speed(ServerKind::OfflineMessages, service))
    }

    fn offline_wait(&self) -> u64 {
        let offline = self.queue(self.network.addresses.server(ServerKind::OfflineMessages));
        offline.wait_thousandths(self.now)
    }

    fn chat_delay(&self) -> u64 {
        let chat = self.queue(self.network.addresses.server(ServerKind::Chat));
        chat.wait_thousandths(self.now)
    }
}
