//! The network: the compiled parameters of every kind of actor, created once from a scenario.
//!
//! Floats of the scenario become integers here; no decision during a run uses a float. The folder of
//! each kind compiles its own section. The behaviour of clients, supernodes, calls and the operator
//! extends [`Network`] in files above this one, and `network::dispatch` calls it.

use patchday_core::{Chance, Tick};

use crate::{
    call::params::{CallFigures, CallParams},
    client::{
        params::{ClientParams, CrashParams, RestartParams},
        patch::PatchParams,
        platform::membership::Platforms,
        retry::policy::RetryParams,
    },
    event::params::EventParams,
    network::{address_map::AddressMap, world::World},
    operator::params::OperatorParams,
    overlay::{
        directory::Directory,
        params::{CoreStart, RelayParams, SupernodeParams},
        promotion::PromotionParams,
    },
    population::{activity::Activity, traits::TraitTables, versions::Versions},
    scenario::{quantity::run_clock::TickLength, root::Scenario},
    server::{interface::ClientFigures, table::ServerParams},
    service::{expected_events::ExpectedEvents, params::FleetParams},
};

/// The engine's context of an actor of the network that handles a message.
pub(crate) type Context<'a> = patchday_core::Context<'a, Network>;

/// The network of a scenario. It does not change during a run.
#[derive(Debug)]
pub struct Network {
    /// The length of a tick.
    pub(crate) tick: TickLength,
    pub(crate) addresses: AddressMap,
    pub(crate) population: TraitTables,
    pub(crate) activity: Activity,
    pub(crate) versions: Versions,
    /// The share of users who use their client for business.
    pub(crate) business_share: f64,
    pub(crate) client: ClientParams,
    /// The retry policy of the clients of no platform, and of platforms without one.
    pub(crate) retry: RetryParams,
    pub(crate) platforms: Platforms,
    pub(crate) crash: CrashParams,
    pub(crate) restart: RestartParams,
    pub(crate) patch: PatchParams,
    pub(crate) call: CallParams,
    /// Whether there is an overlay.
    pub(crate) overlay: bool,
    pub(crate) supernode: SupernodeParams,
    pub(crate) promotion: PromotionParams,
    pub(crate) relay: RelayParams,
    /// The probability that an eligible machine is a supernode at the start of the run.
    pub(crate) enlisted: Chance,
    pub(crate) servers: ServerParams,
    /// The services, and what sends requests to them.
    pub(crate) fleet: FleetParams,
    pub(crate) event: EventParams,
    pub(crate) operator: OperatorParams,
    pub(crate) expected: ExpectedEvents,
}

impl Network {
    /// Compiles a scenario, and creates the world at its start.
    pub fn new(scenario: &Scenario) -> (Self, World) {
        let Scenario {
            population,
            client,
            overlay,
            servers,
            ..
        } = scenario;
        let activity = Activity::new(scenario);
        let users = population.users as f64;
        let tick = scenario.tick();
        let eligible = users * TraitTables::eligible_share(scenario);
        let core = CoreStart::new(overlay, eligible, population.always_on_uptime, tick);
        let supernode = SupernodeParams::new(&overlay.supernode, tick);
        let addresses = addresses_of(scenario);
        let fleet = FleetParams::new(scenario);
        let figures = call_figures(scenario, &addresses, &activity);
        let call = CallParams::new(&client.calls, figures, tick);
        let clients = ClientFigures {
            tick,
            ticks: scenario.ticks(),
            norm: &|tick| activity.norm(tick),
            peak: users * population.online_share.get(),
            regulars: population.regulars(),
            login_timeout: tick.delay(client.login_timeout),
            notice: call.notice,
        };
        let network = Self {
            tick,
            addresses,
            population: TraitTables::new(scenario),
            versions: Versions::new(scenario),
            business_share: population.business_share.get(),
            client: ClientParams::new(client, tick),
            retry: RetryParams::new(&client.retry, tick),
            platforms: Platforms::new(client, scenario.run.clock()),
            crash: CrashParams::new(&client.crash, tick),
            restart: RestartParams::new(population, tick),
            patch: PatchParams::new(&scenario.trigger.patch_day, tick),
            overlay: overlay.enabled,
            promotion: PromotionParams::new(
                &overlay.promotion,
                overlay.core.supernodes,
                supernode.seats,
                supernode.limits.burst,
                tick,
            ),
            supernode,
            relay: RelayParams::new(&overlay.relay),
            enlisted: core.enlisted,
            servers: ServerParams::new(servers, &clients),
            event: EventParams::new(scenario, &activity, &fleet),
            fleet,
            operator: OperatorParams::new(scenario),
            expected: ExpectedEvents::new(scenario, activity.sign_ins),
            call,
            activity,
        };
        let world = World {
            flaw: overlay.promotion.flaw,
            admission: Chance::new(servers.login.admission.get()),
            fleet: network.fleet.initial_state(),
            ..World::new(
                Directory::new(core.leaving),
                population.region.len(),
                scenario.operator.action.len(),
                ServerParams::queues(&network.addresses),
            )
        };
        (network, world)
    }

    /// Returns the number of actors.
    pub fn actors(&self) -> u32 {
        self.addresses.actors()
    }

    /// Returns the expected number of business users online at a tick.
    pub(crate) fn business_norm(&self, now: Tick) -> u64 {
        (self.activity.norm(now) * self.business_share).round() as u64
    }

    /// Returns the number of queues that the world stores.
    pub(crate) fn queues(&self) -> usize {
        ServerParams::queues(&self.addresses)
    }
}

/// Returns the addresses of a scenario.
pub(crate) fn addresses_of(scenario: &Scenario) -> AddressMap {
    let population = &scenario.population;
    AddressMap::new(
        population.users,
        population.regulars(),
        scenario.servers.login.servers,
        scenario.operator.machines(),
    )
    .with_services(
        scenario.service.iter().map(|one| one.servers).sum(),
        scenario.source.len() as u32,
    )
}

fn call_figures(scenario: &Scenario, addresses: &AddressMap, activity: &Activity) -> CallFigures {
    let length = scenario.tick().hour();
    let hours = (0..=scenario.ticks() / length).map(|hour| activity.norm(hour * length));
    CallFigures {
        callable: addresses.callable(),
        fewest_online: hours.fold(f64::INFINITY, f64::min),
        group_video: scenario.servers.group_video.on,
        relays: scenario.overlay.enabled,
    }
}
