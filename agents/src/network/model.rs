//! The network: the model as the engine sees it.
//!
//! Here are the constants that follow from a scenario, the start of the run,
//! and the way of each message to the room that handles it. The rooms: `session`
//! (coming, going, restarting), `seeking`, `sign_in`, `call` for clients,
//! `supernode` for the role, `server` for servers.

use patchday_core::{ActorId, Chance, InitContext, Span, Tick};

use crate::{
    call::call_leg::Media,
    client::{
        patch::PatchDay,
        section::Client,
        state::{NEVER, Peer, Phase},
    },
    event::{
        mass_event::MassEvent,
        schedule::{Entry, schedule},
    },
    network::{
        address_map::AddressMap,
        counters::Counters,
        distributions::{Exponential, between},
        draw_ids,
        limits::{
            Calls, Gateways, MachineLimits, OfflineMessages, PromotionRules, SupernodeLimits,
            forced_machines, machine_limits,
        },
        message::{Kind, Message},
        world::World,
    },
    operator::{
        memory::{Memory, Progress},
        rule::Rule,
    },
    overlay::directory::Directory,
    population::{activity::Activity, traits::Population, versions::Versions},
    scenario::root::Scenario,
    server::{
        queue::{Queue, Service},
        section::{Order, ServerKind},
    },
};

/// The tick at which the supernodes of the start enlist.
const ENLIST_AT: Tick = 1;
/// The tick at which the clients that were online at the start join them.
const RESUME_AT: Tick = 3;

/// What an actor of the network has at hand.
pub(crate) type Context<'a> = patchday_core::Context<'a, Network>;

/// The network of a scenario. Nothing in it changes during a run.
#[derive(Debug)]
pub struct Network {
    pub(crate) addresses: AddressMap,
    /// Whether there is an overlay.
    pub(crate) overlay: bool,
    pub(crate) mass_events: Vec<MassEvent>,
    /// Load shedding of the log-in servers begins at this wait, if it does.
    pub(crate) shed_from: Option<Span>,
    pub(crate) wasted_work: bool,
    /// Whether the newest log-in is served first.
    pub(crate) lifo: bool,
    pub(crate) retry_after: Span,
    pub(crate) population: Population,
    pub(crate) activity: Activity,
    pub(crate) patch_day: PatchDay,
    pub(crate) schedule: Vec<(Tick, Entry)>,
    pub(crate) client: Client,
    pub(crate) impatient: Chance,
    pub(crate) restart_span: (Span, Span),
    pub(crate) power_cycle: Exponential,
    pub(crate) calls: Calls,
    /// Calls that a relay carries at a time, and relays that a caller asks.
    pub(crate) relay_calls: usize,
    pub(crate) relay_asks: u8,
    /// Calls that the group-video servers carry at a time.
    pub(crate) group_calls: u32,
    pub(crate) supernode: SupernodeLimits,
    pub(crate) machines: Vec<MachineLimits>,
    pub(crate) promotion: PromotionRules,
    pub(crate) login: Service,
    pub(crate) presence: Service,
    pub(crate) chat: Service,
    pub(crate) offline_messages: OfflineMessages,
    pub(crate) gateways: Gateways,
    pub(crate) manager: Gateways,
    pub(crate) business_share: f64,
    pub(crate) versions: Versions,
    /// Chance that a user who starts a crashed client again installs a fixed one.
    pub(crate) fixes: Chance,
    /// Chance that a client updates itself to a fixed version, and how long that takes.
    pub(crate) updates: (Chance, Exponential),
    pub(crate) rules: Vec<Rule>,
    pub(crate) watch_every: Tick,
    pub(crate) losses: Vec<Chance>,
    /// Chance that an eligible machine is a supernode at the start.
    enlisted: Chance,
    pub(crate) retune: bool,
    pub(crate) restart_within: Span,
}

impl Network {
    /// The network of a scenario and the world it starts in.
    pub fn new(scenario: &Scenario) -> (Self, World) {
        let addresses = AddressMap::new(scenario);
        let population = &scenario.population;
        let overlay = &scenario.overlay;
        let promotion = &overlay.promotion;
        let servers = &scenario.servers;
        let uptime = f64::from(population.always_on_uptime.seconds());
        let target = overlay.core.supernodes;
        // A calm network loses 1/uptime of its core a tick; those lost lately are
        // still counted if the algorithm is flawed, so fewer are in service.
        let memory = promotion.flaw_memory.seconds();
        let lingering = if promotion.flaw {
            f64::from(memory) / uptime
        } else {
            0.0
        };
        let live = target as f64 / (1.0 + lingering);
        let gone = (target as f64 - live).round() as u64;
        let eligible = population.users as f64 * Population::eligible_share(scenario);
        let activity = Activity::new(scenario);
        let network = Self {
            addresses,
            overlay: overlay.enabled,
            mass_events: MassEvent::all(scenario),
            shed_from: servers.login.shed_from.map(|from| from.seconds()),
            wasted_work: servers.login.wasted_work,
            lifo: servers.login.order == Order::Lifo,
            retry_after: servers.login.retry_after.seconds(),
            population: Population::new(scenario),
            patch_day: PatchDay::new(scenario),
            schedule: schedule(scenario, &activity),
            gateways: Gateways::connect(scenario, &activity),
            manager: Gateways::manager(scenario, &activity),
            calls: Calls::new(scenario, &activity),
            business_share: population.business_share.get(),
            activity,
            client: scenario.client.clone(),
            impatient: Chance::new(scenario.client.impatience.restart_share.get()),
            restart_span: (
                population.restart_min.seconds(),
                population.restart_max.seconds(),
            ),
            power_cycle: Exponential::new(uptime, 90 * 86_400),
            relay_calls: overlay.relay.calls.into(),
            relay_asks: overlay.relay.asks,
            group_calls: u32::try_from(servers.group_video.calls).unwrap_or(u32::MAX),
            supernode: SupernodeLimits::new(scenario),
            machines: machine_limits(scenario),
            promotion: PromotionRules::new(scenario),
            login: Service::new(
                servers.login.rate.per_second() / f64::from(servers.login.servers),
                servers.login.queue.seconds(),
            ),
            presence: Service::new(servers.presence.rate.per_second(), Span::MAX),
            chat: Service::new(servers.chat.rate.per_second(), Span::MAX),
            offline_messages: OfflineMessages::new(scenario),
            versions: Versions::new(scenario),
            fixes: Chance::new(scenario.client.crash.fix_share.get()),
            updates: (
                Chance::new(scenario.client.crash.update_share.get()),
                Exponential::new(
                    scenario.client.crash.update_mean.seconds().into(),
                    60 * 86_400,
                ),
            ),
            rules: Rule::all(scenario, forced_machines(scenario)),
            watch_every: scenario.operator.watch_every.seconds(),
            losses: {
                let losses = scenario.trigger.supernode_loss.iter();
                losses.map(|loss| Chance::new(loss.share.get())).collect()
            },
            enlisted: match overlay.enabled {
                true => Chance::new(live / eligible),
                false => Chance::NEVER,
            },
            retune: scenario.operator.restart_overlay.retune,
            restart_within: scenario.operator.restart_overlay.within.seconds(),
        };
        let leaving = (0..gone)
            .map(|index| (index * u64::from(memory) / gone.max(1)) as Tick)
            .collect();
        let world = World {
            directory: Directory::new(leaving),
            released: None,
            flaw: promotion.flaw,
            scheduled: 0,
            incident: None,
            forced: 0,
            slowness: [1000; ServerKind::ALL.len()],
            admission: Chance::new(servers.login.admission.get()),
            flooded: Chance::ALWAYS,
            offline_messages_on: true,
            late: false,
            routine_rest: 0,
            cut: vec![0; population.region.len()],
            cut_regions: 0,
            traffic: 1000,
            fix_out: None,
            group_video_on: true,
            messages_rest: 0,
            relays: Vec::new(),
            talking: [0; Media::COUNT],
            memory: Memory::default(),
            progress: vec![Progress::default(); scenario.operator.action.len()],
            notes: Vec::new(),
            phases: [0; Phase::COUNT],
            leaves: 0,
            business: 0,
            regions: vec![0; population.region.len()],
            gateway_busy: 0,
            wanting: 0,
            totals: Counters::default(),
            queues: vec![Queue::default(); addresses.servers() as usize],
        };
        (network, world)
    }

    /// How many actors there are.
    pub fn actors(&self) -> u32 {
        self.addresses.actors()
    }

    /// A client at the start of the run.
    pub(crate) fn create_client(&self, id: ActorId, init: &mut InitContext<'_, Self>) -> Peer {
        let mut peer = Peer::off();
        let random = init.random();
        let traits = self.population.traits(random, id);
        if !traits.regular {
            return peer;
        }
        if traits.always_on {
            let draw = init.draw(draw_ids::START, 0);
            peer.up_before_start(self.power_cycle.span(draw.word(0)));
            peer.session_end = NEVER;
            init.send(
                self.power_cycle.span(draw.word(1)),
                Message::new(Kind::PowerCycle, 0),
            );
            if traits.eligible && draw.hits(2, self.enlisted) {
                init.send(ENLIST_AT, Message::new(Kind::Enlist, 0));
            } else {
                init.send(RESUME_AT, Message::new(Kind::Resume, 0));
            }
            return peer;
        }
        if let Some(session) = self.activity.session_at(random, id, &traits, 0) {
            peer.session_end = session.end.max(i64::from(RESUME_AT) + 1) as Tick;
            init.send(RESUME_AT, Message::new(Kind::Resume, 0));
            init.send(
                peer.session_end,
                Message::new(Kind::SessionEnd, peer.session_end),
            );
        } else if let Some(session) = self.activity.next_session(random, id, &traits, 0) {
            init.send((session.start as Tick).max(1), Message::new(Kind::Wake, 0));
        }
        peer
    }

    pub(crate) fn restart_time(&self, context: &Context<'_>, index: u32) -> Span {
        let word = context.draw(draw_ids::RESTART, index).word(0);
        between(word, self.restart_span.0, self.restart_span.1)
    }
}
