//! Rules: the constants of the model's parts, made from a scenario once.
//!
//! Here floats of the scenario become integers; from here on nothing decides with a
//! float. Units: ticks, thousandths of a request a tick.

use patchday_core::{Chance, Span, Tick};

use crate::{
    network::distributions::{Exponential, LogNormal},
    operator::section::Deed,
    overlay::{section::Overload, supernode_load::Strength},
    population::activity::Activity,
    scenario::{quantity::rate::Rate, root::Scenario},
    server::{
        line_group::{Poisson, Size},
        queue::Service,
    },
};

/// The offline-message servers, and how clients have to do with them.
#[derive(Debug)]
pub(crate) struct OfflineMessages {
    pub(crate) on: bool,
    pub(crate) service: Service,
    /// A wait above this is late.
    pub(crate) late: Span,
    /// Until a client has to do with them.
    pub(crate) contacts: Exponential,
    /// The mean of that.
    pub(crate) contact_every: Span,
    /// Of a thousand requests, those that leave a message.
    pub(crate) stores: u64,
    /// Users who come and go.
    pub(crate) regulars: u64,
}

/// The business gateways, or the control panel: a station of so many lines.
#[derive(Debug)]
pub(crate) struct Gateways {
    pub(crate) size: Size,
    /// Calls of a tick, an entry an hour of the run; none if there is no such station.
    calls: Vec<Poisson>,
    pub(crate) lengths: Exponential,
}

impl Gateways {
    /// The gateways of company switchboards (Connect).
    pub(crate) fn connect(scenario: &Scenario, activity: &Activity) -> Self {
        let gateway = &scenario.servers.gateway;
        let rate = gateway.on.then_some(gateway.calls);
        let size = Size::new(gateway.lines, gateway.places);
        Self::new(scenario, activity, size, rate, gateway.length_mean)
    }

    /// The control panel (Manager).
    pub(crate) fn manager(scenario: &Scenario, activity: &Activity) -> Self {
        let manager = &scenario.servers.manager;
        let rate = manager.on.then_some(manager.requests);
        let size = Size::new(manager.lines, manager.places);
        Self::new(scenario, activity, size, rate, manager.length_mean)
    }

    /// `rate` is that at the peak of an ordinary weekday; none for no station.
    fn new(
        scenario: &Scenario,
        activity: &Activity,
        size: Size,
        rate: Option<Rate>,
        length: crate::scenario::quantity::span::Span,
    ) -> Self {
        let peak = scenario.population.users as f64 * scenario.population.online_share.get();
        let hours = rate.map_or(0, |_| scenario.ticks().div_ceil(HOUR));
        let rate = rate.map_or(0.0, Rate::per_second);
        let calls = (0..hours).map(|hour| {
            let share = activity.norm(hour * HOUR + HOUR / 2) / peak.max(1.0);
            Poisson::new(rate * share)
        });
        Self {
            size,
            calls: calls.collect(),
            lengths: Exponential::new(length.seconds().into(), 86_400),
        }
    }

    /// Whether there are any.
    pub(crate) fn on(&self) -> bool {
        !self.calls.is_empty()
    }

    /// The calls of a tick.
    pub(crate) fn calls_at(&self, now: Tick) -> Option<&Poisson> {
        self.calls.get((now / HOUR) as usize)
    }
}

const HOUR: Tick = 3_600;

/// What supernodes can do.
#[derive(Debug)]
pub(crate) struct SupernodeLimits {
    pub(crate) seats: u16,
    pub(crate) rates: LogNormal,
    pub(crate) burst: Span,
    pub(crate) endurance: Span,
    pub(crate) overload: Overload,
}

/// Machines that the operator adds together.
#[derive(Debug)]
pub(crate) struct MachineLimits {
    /// The number after the last of them.
    pub(crate) end: u32,
    pub(crate) strength: Strength,
}

/// How supernodes are replaced.
#[derive(Debug)]
pub(crate) struct PromotionRules {
    /// Supernodes wanted.
    pub(crate) target: u64,
    pub(crate) every: Span,
    pub(crate) asks: u8,
    /// Leaves from which on a supernode is loaded.
    pub(crate) loaded: usize,
    pub(crate) uptime: Span,
    pub(crate) memory: Span,
}

impl SupernodeLimits {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let supernode = &scenario.overlay.supernode;
        Self {
            seats: supernode.seats,
            rates: LogNormal::new(supernode.requests, supernode.requests_spread),
            burst: supernode.burst.seconds(),
            endurance: supernode.endurance.seconds(),
            overload: supernode.overload,
        }
    }
}

impl PromotionRules {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let overlay = &scenario.overlay;
        let promotion = &overlay.promotion;
        let seats = f64::from(overlay.supernode.seats);
        Self {
            target: overlay.core.supernodes,
            every: promotion.every.seconds(),
            asks: promotion.asks,
            loaded: (seats * promotion.loaded_at).ceil() as usize,
            uptime: promotion.uptime.seconds(),
            memory: promotion.flaw_memory.seconds(),
        }
    }
}

impl OfflineMessages {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let servers = &scenario.servers.offline_messages;
        let contact_every = servers.contact_every.seconds();
        Self {
            on: servers.on,
            service: Service::new(servers.rate.per_second(), servers.queue.seconds()),
            late: servers.late.seconds(),
            contacts: Exponential::new(contact_every.into(), 30 * 86_400),
            contact_every,
            stores: (servers.store_share.get() * 1000.0).round() as u64,
            regulars: {
                let population = &scenario.population;
                (population.users as f64 * population.regular_share.get()).round() as u64
            },
        }
    }
}

/// Machines that are added by force; those of the playbook have the numbers after.
pub(crate) fn forced_machines(scenario: &Scenario) -> u32 {
    let attempts = scenario.operator.force_supernodes.iter();
    attempts.map(|attempt| attempt.count as u32).sum()
}

/// Limits of the operator's machines, an entry an attempt or an action.
pub(crate) fn machine_limits(scenario: &Scenario) -> Vec<MachineLimits> {
    let rate = |requests: f64| (requests * 1000.0).round() as u32;
    let operator = &scenario.operator;
    let forced = operator.force_supernodes.iter().map(|attempt| {
        let strength = Strength {
            rate: rate(attempt.requests),
            seats: attempt.seats,
            sturdy: attempt.sturdy,
            mega: false,
        };
        (attempt.count, strength)
    });
    let added = operator.action.iter().map(|action| {
        let strength = Strength {
            rate: rate(action.requests),
            seats: action.seats,
            sturdy: action.sturdy,
            mega: action.deed == Deed::AddMegaSupernodes,
        };
        (action.count, strength)
    });
    let mut end = 0;
    let limits = forced.chain(added).map(|(count, strength)| {
        end += count as u32;
        MachineLimits { end, strength }
    });
    limits.collect()
}

/// A user goes through at most so many accounts for one whose user is about.
const MOST_CONTACTS: u32 = 4_096;
/// And through so many times as many as it takes on average in the quietest hour: all of
/// them are in vain about once in ten thousand times.
const PATIENCE: f64 = 9.0;

/// How users call each other.
#[derive(Debug)]
pub(crate) struct Calls {
    /// Until an online user calls somebody; none if nobody ever does.
    pub(crate) pause: Option<Exponential>,
    pub(crate) voice: Exponential,
    pub(crate) video: Exponential,
    pub(crate) video_share: Chance,
    /// Among those with video.
    pub(crate) group_share: Chance,
    pub(crate) relayed_share: Chance,
    /// Accounts that a user goes through, in groups of four.
    pub(crate) contacts: u32,
    /// How soon one end notices that the other, or the relay, is gone.
    pub(crate) notice: (Span, Span),
}

impl Calls {
    pub(crate) fn new(scenario: &Scenario, activity: &Activity) -> Self {
        let calls = &scenario.client.calls;
        let length = |mean: crate::scenario::quantity::span::Span| {
            let mean = f64::from(mean.seconds());
            (mean, Exponential::new(mean, 86_400))
        };
        let (voice_mean, voice) = length(calls.length_mean);
        let (video_mean, video) = length(calls.video_length_mean);
        let with_video = calls.video_share.get();
        let group = match scenario.servers.group_video.on {
            true => calls.group_share.get(),
            false => 0.0,
        };
        // An idle user (1 - b of those online) begins a call every `pause`, and reaches an
        // idle one with chance 1 - b; then two ends are busy, or one for a group call:
        // b = (1 - b) (2 (1 - b) pairs + groups) / pause.
        let groups = with_video * group * video_mean;
        let pairs = voice_mean * (1.0 - with_video) + video_mean * with_video - groups;
        let busy = calls.busy_share.get();
        let pause = (1.0 - busy) * (2.0 * (1.0 - busy) * pairs + groups) / busy;
        let hours = (0..=scenario.ticks() / 3_600).map(|hour| activity.norm(hour * 3_600));
        let fewest = hours.fold(f64::INFINITY, f64::min).max(1.0);
        let contacts = PATIENCE * scenario.population.users as f64 / fewest;
        let relayed = match scenario.overlay.enabled {
            true => calls.relayed_share.get(),
            false => 0.0,
        };
        Self {
            pause: (busy > 0.0).then(|| Exponential::new(pause, 30 * 86_400)),
            voice,
            video,
            video_share: Chance::new(with_video),
            group_share: Chance::new(group),
            relayed_share: Chance::new(relayed),
            contacts: (contacts.min(f64::from(MOST_CONTACTS)) as u32)
                .div_ceil(4)
                .max(16),
            notice: (calls.notice_min.seconds(), calls.notice_max.seconds()),
        }
    }
}
