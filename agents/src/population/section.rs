//! Parameters of the population: users, their sessions, regions, and versions of the client.
//!
//! Declarations only. Units: each key names its own.

use crate::{
    scenario::quantity::{share::Share, span::Span, utc_offset::UtcOffset},
    section,
};

section! {
    /// A part of the world with one local time.
    pub struct Region {
        /// Its name.
        name: String, required, source "given";
        /// Share of all users who live there; the shares of all regions add up to 1.
        share: Share, required, source "fact 5.18";
        /// Local time minus UTC: a text such as "+1h", "-5h 30m" or "+05:30", or a number of minutes.
        /// All offsets in use are multiples of 15 minutes; other numbers are refused.
        utc_offset: UtcOffset, required, in "-12h"..="+14h", source "geography";
    }
}

section! {
    /// When sessions start and how long they last. Sessions of a user that overlap are one longer
    /// session.
    pub struct Sessions {
        /// Weight of each hour of the local day for the start of a session. Fitted, together with
        /// the shares of the regions, to the daily curve with three points (60 / 80 / 100 %).
        hourly: [f64; 24] = [
            0.2, 0.1, 0.1, 0.2, 1.2, 4.0, 6.0, 6.2, 7.0, 6.5, 5.2, 4.0,
            3.2, 3.7, 4.6, 5.7, 7.0, 7.8, 7.4, 6.6, 6.0, 4.6, 1.8, 0.4
        ], in 0..=1000, source "assumed, fitted to facts 5.9, 5.10";
        /// Share of sessions that are long: a working day, or a whole evening.
        long_share: Share = 0.65, source "assumed, fact 6.1 (bimodal)";
        /// Minimum length of a long session.
        long_min: Span = "7h", in "1m"..="16h", source "fact 6.1";
        /// Maximum length of a long session.
        long_max: Span = "10h", in "1m"..="16h", source "fact 6.1";
        /// Minimum length of a short session.
        short_min: Span = "1h", in "1m"..="16h", source "fact 6.1";
        /// Maximum length of a short session.
        short_max: Span = "2h", in "1m"..="16h", source "fact 6.1";
    }
}

section! {
    /// A version of the client.
    pub struct Version {
        /// Its name.
        name: String, required, source "given";
        /// Share of all clients that have it; the shares of all versions add up to 1.
        share: Share, required, source "given";
        /// Share of the machines that are always on, which include the supernodes, that have it;
        /// the same as `share` if not set.
        host_share: Option<Share>, optional, source "given";
        /// Share of its clients that crash when an answer of the offline-message servers is late.
        crash_share: Share = 0.0, source "given";
    }
}

section! {
    /// The users: accounts, regular users, and their machines.
    pub struct Population {
        /// Registered accounts; each is one actor.
        users: u64 = 220_000_000, in 1_000..=4_000_000_000, unit "users", source "fact 5.1";
        /// Share of all accounts that are online at the peak of an ordinary weekday. It determines the
        /// number of sessions of a user, which can be several a day, and cannot be below the share of
        /// the machines that are always on.
        online_share: Share = 0.03864, source "fact 5.4 (8.5 M of 220 M)";
        /// Share of accounts that are used regularly; the others are never online in a run.
        regular_share: Share = 0.227, source "fact 5.2 (50 M of 220 M)";
        /// Share of regular users whose machine is never switched off.
        always_on_share: Share = 0.01, source "fact 6.1 (more than 1 % never off in a week)";
        /// Share of always-on machines that are eligible as supernodes: public address, enough
        /// capacity.
        eligible_share: Share = 0.35, source "assumed, facts 1.12, 6.19 (a very small percentage)";
        /// Mean time between two restarts of an always-on machine that no event causes.
        always_on_uptime: Span = "12d", in "1h"..="20d", source "assumed, fact 6.15";
        /// Minimum time that a machine needs to restart.
        restart_min: Span = "3m", in "1ms"..="1d", source "assumed";
        /// Maximum time that a machine needs to restart.
        restart_max: Span = "8m", in "1ms"..="1d", source "assumed";
        /// Share of all users who use the network for business. Without an overlay: 0 by default.
        business_share: Share = 0.3, source "fact 5.23 (30 % in 2007, 35 % in 2008)";
        /// Share of the clients of versions that crash which already have a fixed version.
        fixed_share: Share = 0.0, source "given";
        /// When sessions start and how long they last.
        sessions: Sessions, section;
        /// The regions.
        region: Vec<Region>, tables = world();
        /// The versions of the client; if there are none, all clients are alike and none crashes.
        version: Vec<Version>, tables;
    }
}

impl Population {
    /// Returns the number of regular users.
    pub fn regulars(&self) -> u64 {
        (self.users as f64 * self.regular_share.get()).round() as u64
    }
}

/// Returns the regions of 2007: fact 5.18 for the three parts of the world, fact 5.25 for Europe; the
/// shares by local time are assumed. The offsets are those of August.
fn world() -> Vec<Region> {
    [
        ("western-europe", 0.10, 60.0),
        ("central-europe", 0.32, 120.0),
        ("eastern-europe", 0.15, 180.0),
        ("south-america", 0.05, -180.0),
        ("america-east", 0.13, -240.0),
        ("america-central", 0.05, -300.0),
        ("america-pacific", 0.04, -420.0),
        ("south-asia", 0.03, 330.0),
        ("china", 0.09, 480.0),
        ("japan", 0.03, 540.0),
        ("oceania", 0.01, 600.0),
    ]
    .into_iter()
    .map(|(name, share, utc_offset)| Region {
        name: name.to_owned(),
        share: Share::new(share).unwrap_or_default(),
        utc_offset: UtcOffset::from_minutes(utc_offset).unwrap_or_default(),
    })
    .collect()
}
