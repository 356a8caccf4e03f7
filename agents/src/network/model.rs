//! The network: the model as the engine sees it.
//!
//! Here are the constants that follow from a scenario, the start of the run,
//! and the way of each letter to the room that handles it. The rooms: `session`
//! (coming, going, restarting), `seeking`, `sign_in`, `call` for clients,
//! `supernode` for the role, `server` for servers.

use patchday_core::{ActorId, Chance, Context, InitContext, Injection, Model, Span, Tick};

use crate::{
    call::{call_leg::Media, setup::Ending},
    client::{
        patch::PatchDay,
        section::Client,
        state::{NEVER, Peer, Phase, State},
    },
    event::{
        mass_event::MassEvent,
        schedule::{Entry, schedule},
    },
    network::{
        address_map::{ActorKind, AddressMap},
        block_state::BlockState,
        counters::{Counters, TickStats},
        distributions::{Exponential, between},
        draw_ids,
        limits::{
            Calls, Gateways, MachineLimits, OfflineMessages, PromotionRules, SupernodeLimits,
            forced_machines, machine_limits,
        },
        message::{Kind, Message},
        world::World,
    },
    operator::playbook::{Memory, Progress, Rule},
    overlay::directory::Directory,
    population::{activity::Activity, traits::Population, versions::Versions},
    scenario::root::Scenario,
    server::{
        line_group::LineGroup,
        queue::{Queue, Service},
        section::{Order, ServerKind},
    },
};

/// The tick at which the supernodes of the start enlist.
const ENLIST_AT: Tick = 1;
/// The tick at which the clients that were online at the start join them.
const RESUME_AT: Tick = 3;

/// What an actor of the network has at hand.
pub(crate) type Scene<'a> = Context<'a, Network>;

/// The network of a scenario. Nothing in it changes during a run.
#[derive(Debug)]
pub struct Network {
    pub(crate) places: AddressMap,
    /// Whether there is an overlay.
    pub(crate) overlay: bool,
    pub(crate) strikes: Vec<MassEvent>,
    /// Load shedding of the log-in servers begins at this wait, if it does.
    pub(crate) shed_from: Option<Span>,
    pub(crate) wasted_work: bool,
    /// Whether the newest log-in is served first.
    pub(crate) lifo: bool,
    pub(crate) retry_after: Span,
    pub(crate) population: Population,
    pub(crate) rhythm: Activity,
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
        let places = AddressMap::new(scenario);
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
        let rhythm = Activity::new(scenario);
        let network = Self {
            places,
            overlay: overlay.enabled,
            strikes: MassEvent::all(scenario),
            shed_from: servers.login.shed_from.map(|from| from.seconds()),
            wasted_work: servers.login.wasted_work,
            lifo: servers.login.order == Order::Lifo,
            retry_after: servers.login.retry_after.seconds(),
            population: Population::new(scenario),
            patch_day: PatchDay::new(scenario),
            schedule: schedule(scenario, &rhythm),
            gateways: Gateways::connect(scenario, &rhythm),
            manager: Gateways::manager(scenario, &rhythm),
            calls: Calls::new(scenario, &rhythm),
            business_share: population.business_share.get(),
            rhythm,
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
            queues: vec![Queue::default(); places.servers() as usize],
        };
        (network, world)
    }

    /// How many actors there are.
    pub fn actors(&self) -> u32 {
        self.places.actors()
    }

    /// A client at the start of the run.
    fn create_client(&self, id: ActorId, init: &mut InitContext<'_, Self>) -> Peer {
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
        if let Some(session) = self.rhythm.session_at(random, id, &traits, 0) {
            peer.session_end = session.end.max(i64::from(RESUME_AT) + 1) as Tick;
            init.send(RESUME_AT, Message::new(Kind::Resume, 0));
            init.send(
                peer.session_end,
                Message::new(Kind::SessionEnd, peer.session_end),
            );
        } else if let Some(session) = self.rhythm.next_session(random, id, &traits, 0) {
            init.send((session.start as Tick).max(1), Message::new(Kind::Wake, 0));
        }
        peer
    }

    pub(crate) fn restart_time(&self, scene: &Scene<'_>, index: u32) -> Span {
        let word = scene.draw(draw_ids::RESTART, index).word(0);
        between(word, self.restart_span.0, self.restart_span.1)
    }
}

impl Model for Network {
    type State = State;
    type Message = Message;
    type BlockState = BlockState;
    type World = World;
    type Tally = TickStats;

    fn create(&self, _: &World, id: ActorId, init: &mut InitContext<'_, Self>) -> State {
        match self.places.resident(id) {
            ActorKind::Client => State::Peer(self.create_client(id, init)),
            ActorKind::Login
            | ActorKind::Presence
            | ActorKind::Chat
            | ActorKind::OfflineMessages => State::Server(Queue::default()),
            ActorKind::Gateway => {
                if self.gateways.on() {
                    init.send(1, Message::new(Kind::Round, 0));
                }
                State::LineGroup(LineGroup::default())
            }
            ActorKind::Manager => {
                if self.manager.on() {
                    init.send(1, Message::new(Kind::Round, 0));
                }
                State::LineGroup(LineGroup::default())
            }
            ActorKind::GroupVideo => State::LineGroup(LineGroup::default()),
            ActorKind::Machine => State::Peer(Peer::off()),
        }
    }

    fn receive(&self, world: &World, letter: Message, scene: &mut Scene<'_>) {
        let Message { word, kind, serial } = letter;
        let peer = match scene.state {
            State::Peer(peer) => *peer,
            State::Server(queue) => {
                let queue = *queue;
                return self.serve(world, queue, letter, scene);
            }
            State::LineGroup(station) => {
                let station = *station;
                return match self.places.resident(scene.id) {
                    ActorKind::GroupVideo => self.group_video(world, letter, scene),
                    _ => self.gateway(world, station, letter, scene),
                };
            }
        };
        match kind {
            Kind::Resume => self.resume(world, peer, scene),
            Kind::Enlist => self.enlist(world, peer, scene),
            Kind::Adopt => self.adopt(word, scene),
            Kind::Wake => self.wake(world, peer, scene),
            Kind::SessionEnd => self.session_end(world, peer, word, scene),
            Kind::Retry => self.retry(world, peer, serial, scene),
            Kind::Probe => self.probed(world, peer, word, serial, scene),
            Kind::Accept => self.accepted(peer, word, serial, scene),
            Kind::Refuse => self.refused(world, peer, serial, scene),
            Kind::Silence => self.silent(world, peer, serial, scene),
            Kind::CycleOver => self.cycle_over(world, peer, serial, scene),
            Kind::Leave => self.leaf_left(word, serial, scene),
            Kind::LinkLost => self.link_lost(world, peer, word, serial, scene),
            Kind::LoginDone => self.login_done(world, peer, serial, scene),
            Kind::LoginBusy => self.login_refused(world, peer, serial, word, scene),
            Kind::LoginLate => self.login_late(world, peer, serial, word, scene),
            Kind::LoginRetry => self.login_again(peer, serial, scene),
            Kind::CallStart => self.call_start(world, peer, word, scene),
            Kind::Ring => self.ring(world, peer, word, serial, scene),
            Kind::Answer => self.answered(peer, word, serial, scene),
            Kind::Engaged => self.not_answered(peer, word, true, serial, scene),
            Kind::Unreached => self.not_answered(peer, word, false, serial, scene),
            Kind::CallEnd => self.call_end(peer, word, scene),
            Kind::HangUp => self.call_over(peer, word, Ending::HungUp, serial, scene),
            Kind::CallLost => self.call_over(peer, word, Ending::Lost, serial, scene),
            Kind::Carry => self.asked_to_carry(world, peer, word, serial, scene),
            Kind::Carries => self.carried(peer, word, serial, scene),
            Kind::CarriesNot => self.not_carried(world, peer, word, serial, scene),
            Kind::LetGo => self.released(word, serial, scene),
            Kind::Release => self.plan_patch(world, peer, scene),
            Kind::PatchRestart => self.patch_restart(world, peer, word, scene),
            Kind::PowerCycle => self.power_cycle(world, peer, scene),
            Kind::Booted => self.booted(world, peer, scene),
            Kind::Housekeeping => self.housekeeping(world, word, scene),
            Kind::Promote => self.promote(peer, word, serial, scene),
            Kind::Decline => self.ask_leaf(serial, scene),
            Kind::Activate => self.activate(peer, scene),
            Kind::Reset => self.reset(word, scene),
            Kind::LateFromNow => self.late_from_now(world, peer, scene),
            Kind::Contact => self.contact(world, peer, serial, scene),
            Kind::LateAnswer => self.late_answer(world, peer, scene),
            Kind::MassEvent => self.struck(word, scene),
            Kind::Hit => self.hit(world, peer, word, scene),
            Kind::Loss => self.lost(world, peer, word, scene),
            Kind::Login
            | Kind::SignedIn
            | Kind::Fetch
            | Kind::Routine
            | Kind::Store
            | Kind::Flood
            | Kind::SwitchOff
            | Kind::Work
            | Kind::Round
            | Kind::LineFree => {
                unreachable!("{kind:?} reached peer {} at tick {}", scene.id, scene.now)
            }
        }
    }

    fn next_trigger(&self, world: &World, now: Tick) -> Option<Tick> {
        self.schedule
            .get(world.scheduled)
            .map(|(tick, _)| (*tick).max(now))
    }

    fn fire(&self, world: &mut World, now: Tick, injection: &mut Injection<Self>) {
        self.follow_schedule(world, now, injection);
    }

    fn receives_broadcast(&self, id: ActorId, state: &State, _: &Message) -> bool {
        match state {
            State::Peer(peer) => self.places.is_client(id) && peer.phase != Phase::Off,
            State::Server(_) | State::LineGroup(_) => false,
        }
    }

    fn end_tick(&self, world: &mut World, count: &mut TickStats, now: Tick) {
        world.end_tick(count, now, self.promotion.memory);
    }
}
