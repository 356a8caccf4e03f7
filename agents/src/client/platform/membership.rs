//! The compiled platforms: which platform a client belongs to, and from when on.
//!
//! Each client has a uniform word that never changes. Each platform has a range of words, in the order
//! of the platforms, as wide as its share; in a roll-out the clients of the range move to the platform
//! in the order of their words. So a client has at most one platform, moves there at one tick and stays.
//! Units: ticks; words in 2^-32.

use patchday_core::{ActorId, Random, Tick};

use crate::{
    client::{
        platform::section::{OTHERS, Platform, ROUNDING},
        retry::policy::RetryParams,
        section::Client,
    },
    network::draw_ids,
    scenario::quantity::run_clock::RunClock,
};

/// The most platforms.
pub(crate) const MOST_PLATFORMS: usize = 16;
/// The bit of the clients of no platform among the groups of clients.
const OTHERS_BIT: u32 = 1 << MOST_PLATFORMS;

/// The platform of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Membership {
    /// The index of the platform.
    platform: usize,
    /// The tick from which on the client belongs to it; negative before the start of the run.
    since: i64,
}

impl Membership {
    fn has_begun(self, now: Tick) -> bool {
        self.since <= i64::from(now)
    }
}

/// Platforms, and the clients of none, as a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientGroups(u32);

impl ClientGroups {
    /// All clients.
    const ALL: Self = Self(u32::MAX);

    /// Creates a set from names; no name stands for all clients.
    pub(crate) fn new(names: &[String], platforms: &[Platform]) -> Self {
        if names.is_empty() {
            return Self::ALL;
        }
        let bit = |name: &String| {
            if name == OTHERS {
                return OTHERS_BIT;
            }
            let index = platforms.iter().position(|one| one.name == *name);
            index.map_or(0, |index| 1 << index)
        };
        Self(names.iter().map(bit).fold(0, |all, one| all | one))
    }

    /// Returns whether a client is in the set at `now`.
    pub(crate) fn contain(self, client: Option<Membership>, now: Tick) -> bool {
        let bit = match client {
            Some(membership) if membership.has_begun(now) => 1 << membership.platform,
            _ => OTHERS_BIT,
        };
        self.0 & bit > 0
    }

    /// Returns whether a client is in the set at `now` or later.
    pub(crate) fn contain_from(self, client: Option<Membership>, now: Tick) -> bool {
        let later = client.map_or(0, |membership| 1 << membership.platform);
        self.contain(client, now) || self.0 & later > 0
    }
}

/// A platform.
#[derive(Debug)]
struct PlatformParams {
    /// The first word of its range, and the number of words.
    first: u64,
    width: u64,
    /// The first tick of its roll-out, and the ticks that the roll-out takes.
    from: i64,
    over: Tick,
    retry: Option<RetryParams>,
}

/// All platforms.
#[derive(Debug)]
pub(crate) struct Platforms {
    platforms: Vec<PlatformParams>,
    /// The tokens of the largest bucket of all policies, that of client.retry included.
    most_tokens: u16,
}

impl Platforms {
    pub(crate) fn new(client: &Client, clock: RunClock) -> Self {
        let (mut share, mut first) = (0.0, 0);
        let platforms = client.platform.iter().map(|section| {
            share += section.share.get();
            let end = if share > 1.0 - ROUNDING { 1.0 } else { share };
            let end = (end * 4_294_967_296.0).round() as u64;
            let (from, over) = section.roll_out(clock);
            let platform = PlatformParams {
                first,
                width: end - first,
                from,
                over,
                retry: section
                    .retry
                    .as_ref()
                    .map(|retry| RetryParams::new(retry, clock.tick)),
            };
            first = end;
            platform
        });
        let retries = client.platform.iter().filter_map(|one| one.retry.as_ref());
        let tokens = retries.chain([&client.retry]).map(|one| one.budget.tokens);
        Self {
            platforms: platforms.collect(),
            most_tokens: tokens.max().unwrap_or(0),
        }
    }

    /// Returns the tokens with which a session starts. A policy takes only as many as its bucket holds,
    /// so a client that moves to another policy has a full bucket, less what it used.
    pub(crate) fn most_tokens(&self) -> u16 {
        self.most_tokens
    }

    /// Returns the platform to which a client belongs at some time.
    #[inline]
    pub(crate) fn membership(&self, random: Random, client: ActorId) -> Option<Membership> {
        if self.platforms.is_empty() {
            return None;
        }
        let word = random.trait_draw(client, draw_ids::PLATFORM, 0).word(0);
        self.of_word(word.into())
    }

    fn of_word(&self, word: u64) -> Option<Membership> {
        let mut ends = self.platforms.iter().map(|one| one.first + one.width);
        let index = ends.position(|end| word < end)?;
        let platform = &self.platforms[index];
        let wait = (word - platform.first) * u64::from(platform.over);
        Some(Membership {
            platform: index,
            since: platform.from + wait.div_ceil(platform.width) as i64,
        })
    }

    /// Returns the retry policy of a client at `now`; `None` for that of client.retry.
    #[inline]
    pub(crate) fn policy(
        &self,
        random: Random,
        client: ActorId,
        now: Tick,
    ) -> Option<&RetryParams> {
        let membership = self.membership(random, client)?;
        let platform = self.platforms.get(membership.platform)?;
        platform
            .retry
            .as_ref()
            .filter(|_| membership.has_begun(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{
        quantity::{instant::Instant, run_clock::TickLength, share::Share},
        root::Scenario,
    };

    fn platform(name: &str, share: f64, from: i64, over: &str) -> Platform {
        Platform {
            name: name.into(),
            share: Share::new(share).unwrap(),
            from: Instant::from_seconds(from),
            over: over.parse().unwrap(),
            ..Platform::default()
        }
    }

    fn compiled(platform: Vec<Platform>) -> Platforms {
        let client = Client {
            platform,
            ..Scenario::default().client
        };
        let clock = RunClock {
            start: Instant::from_seconds(0).unwrap(),
            tick: TickLength::SECOND,
        };
        Platforms::new(&client, clock)
    }

    /// The share of the words whose clients belong to a platform at a tick.
    fn share_of(platforms: &Platforms, index: usize, now: Tick) -> f64 {
        let words = (0..1 << 16).map(|word: u64| word << 16 | 0x8000);
        let members = words.filter(|word| {
            let membership = platforms.of_word(*word);
            membership.is_some_and(|one| one.platform == index && one.has_begun(now))
        });
        members.count() as f64 / 65_536.0
    }

    #[test]
    fn a_roll_out_grows_in_a_straight_line() {
        let platforms = compiled(vec![
            platform("web", 0.25, 0, "0s"),
            platform("app", 0.5, 1_000, "1h"),
        ]);
        for (now, expected) in [
            (0, 0.0),
            (999, 0.0),
            (1_000, 0.0),
            (1_900, 0.125),
            (2_800, 0.25),
            (4_600, 0.5),
            (9_999, 0.5),
        ] {
            let share = share_of(&platforms, 1, now);
            assert!((share - expected).abs() < 1e-4, "{now}: {share}");
            assert!((share_of(&platforms, 0, now) - 0.25).abs() < 1e-9);
        }
    }

    #[test]
    fn shares_that_add_up_to_one_leave_no_client_out() {
        let tenth = || platform("web", 0.1, 0, "0s");
        let platforms = compiled((0..10).map(|_| tenth()).collect());
        for word in [0, 1 << 31, u64::from(u32::MAX)] {
            assert!(platforms.of_word(word).is_some());
        }
        assert_eq!(platforms.of_word(0).map(|one| one.platform), Some(0));
        let none = compiled(vec![platform("web", 0.0, 0, "1h"), tenth()]);
        assert_eq!(none.of_word(0).map(|one| one.platform), Some(1));
        assert_eq!(none.of_word(1 << 31), None);
    }

    #[test]
    fn a_roll_out_can_have_begun_before_the_start() {
        let platforms = compiled(vec![platform("app", 1.0, -1_800, "1h")]);
        assert!((share_of(&platforms, 0, 0) - 0.5).abs() < 1e-4);
        assert!((share_of(&platforms, 0, 900) - 0.75).abs() < 1e-4);
    }

    #[test]
    fn a_set_of_groups_contains_a_client_from_its_move_on() {
        let all = [platform("web", 0.5, 0, "0s"), platform("app", 0.5, 0, "0s")];
        let set = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).into()).collect();
            ClientGroups::new(&names, &all)
        };
        let app = Some(Membership {
            platform: 1,
            since: 50,
        });
        assert!(set(&[]).contain(None, 0) && set(&[]).contain(app, 60));
        let (apps, others) = (set(&["app"]), set(&["others"]));
        assert!(!apps.contain(app, 49) && apps.contain(app, 50));
        assert!(others.contain(app, 49) && !others.contain(app, 50));
        assert!(apps.contain_from(app, 0) && !apps.contain_from(None, 0));
        assert!(others.contain_from(app, 49) && !others.contain_from(app, 50));
        assert!(others.contain_from(None, 99) && !set(&["web"]).contain_from(app, 99));
    }
}
