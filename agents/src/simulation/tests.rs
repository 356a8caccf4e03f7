//! Effects that overlap, against a plain reference: at every tick, what holds is the product or the sum
//! of the effects in force, computed by hand.
//!
//! Effects begin before, in and after the run, touch and overlap. Units: ticks.

use patchday_core::Chance;
use proptest::prelude::*;

use crate::{
    event::section::{LoginFlood, RegionCut, ServerTrouble, TrafficPeak},
    operator::section::{Action, ActionKind, Gauge},
    scenario::{
        quantity::{instant::Instant, rate::Rate, share::Share, span::Span},
        root::Scenario,
    },
    server::kind::ServerKind,
    simulation::Simulation,
};

/// The length of the run.
const END: i64 = 1_500;
/// The interval of the operator's checks.
const WATCH: i64 = 60;
/// The capacity of the login servers, per second.
const CAPACITY: f64 = 40.0;

/// An effect: when it begins, how long it lasts, and two numbers that select its kind and its size.
#[derive(Clone, Copy, Debug)]
struct Drawn {
    at: i64,
    lasts: i64,
    kind: usize,
    size: usize,
}

impl Drawn {
    fn in_force(self, first: i64, now: i64) -> bool {
        let in_run = self.at + self.lasts > 0;
        in_run && (self.at.max(first)..self.at + self.lasts).contains(&now)
    }

    fn factor(self) -> f64 {
        [0.0, 0.001, 0.1, 0.5, 0.9, 1.5, 2.0, 100.0][self.size]
    }

    fn rate(self) -> f64 {
        [0.0, 0.001, 0.3, 7.0, 39.0, 55.5, 1_000.0, 1_000_000.0][self.size]
    }
}

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    // Multiples of a minute make effects touch.
    let at = prop_oneof![
        -600..2_000_i64,
        (-10..30_i64).prop_map(|minute| minute * 60)
    ];
    let lasts = prop_oneof![1..900_i64, (1..15_i64).prop_map(|minute| minute * 60)];
    let one = (at, lasts, 0..7_usize, 0..8_usize);
    let one = one.prop_map(|(at, lasts, kind, size)| Drawn {
        at,
        lasts,
        kind,
        size,
    });
    proptest::collection::vec(one, 0..6)
}

#[derive(Clone, Debug)]
struct Effects {
    troubles: Vec<Drawn>,
    floods: Vec<Drawn>,
    peaks: Vec<Drawn>,
    cuts: Vec<Drawn>,
    deeds: Vec<Drawn>,
}

fn effects() -> impl Strategy<Value = Effects> {
    let all = (drawn(), drawn(), drawn(), drawn(), drawn());
    all.prop_map(|(troubles, floods, peaks, cuts, deeds)| Effects {
        troubles,
        floods,
        peaks,
        cuts,
        deeds,
    })
}

fn scenario(effects: &Effects) -> Scenario {
    let mut scenario = Scenario::default().scaled(1_000.0 / 220e6);
    let start = scenario.run.start.seconds();
    let instant = |at: i64| Instant::from_seconds(start + at).unwrap();
    let span = |lasts: i64| Span::from_seconds(lasts as u32);
    scenario.run.end = instant(END);
    scenario.overlay.enabled = false;
    scenario.population.region.truncate(2);
    for region in &mut scenario.population.region {
        region.share = Share::new(0.5).unwrap();
    }
    scenario.servers.login.servers = 3;
    scenario.servers.login.rate = Rate::from_per_second(CAPACITY).unwrap();
    scenario.servers.offline_messages.on = true;
    scenario.servers.group_video.on = true;
    scenario.servers.gateway.on = true;
    let trigger = &mut scenario.trigger;
    let troubles = effects.troubles.iter().map(|one| ServerTrouble {
        server: ServerKind::ALL[one.kind],
        at: instant(one.at),
        lasts: span(one.lasts),
        factor: one.factor(),
    });
    trigger.server = troubles.collect();
    let floods = effects.floods.iter().map(|one| LoginFlood {
        at: instant(one.at),
        lasts: span(one.lasts),
        rate: Rate::from_per_second(one.rate()).unwrap(),
    });
    trigger.login_flood = floods.collect();
    let peaks = effects.peaks.iter().map(|one| TrafficPeak {
        at: instant(one.at),
        lasts: span(one.lasts),
        factor: one.factor(),
    });
    trigger.traffic_peak = peaks.collect();
    let names: Vec<String> = scenario
        .population
        .region
        .iter()
        .map(|region| region.name.clone())
        .collect();
    let cuts = effects.cuts.iter().map(|one| RegionCut {
        at: instant(one.at),
        lasts: span(one.lasts),
        regions: match one.kind {
            0 | 1 => vec![names[one.kind].clone()],
            _ => Vec::new(),
        },
    });
    scenario.trigger.region_cut = cuts.collect();
    scenario.operator.watch_every = span(WATCH);
    let deeds = effects.deeds.iter().map(|one| Action {
        name: "deed".into(),
        deed: ActionKind::LoginRate,
        when: Gauge::Always,
        level: 0.5,
        not_before: Some(instant(one.at)),
        lag: Span::from_seconds(0),
        after: Span::from_seconds(0),
        factor: one.factor(),
        count: 0,
        rate: Rate::ZERO,
        seats: 1,
        requests: 1.0,
        sturdy: true,
    });
    scenario.operator.action = deeds.collect();
    scenario
}

/// Checks a value in millionths against a product.
fn same(value: u64, product: f64) -> bool {
    let expected = if product > 0.0 {
        (product * 1e6).max(1.0)
    } else {
        0.0
    };
    (value == 0) == (expected == 0.0) && (value as f64 - expected).abs() <= 0.6 + expected * 1e-6
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_holds_at_a_tick_is_the_product_or_the_sum_of_all_in_force(effects in effects()) {
        let scenario = scenario(&effects);
        let mut run = Simulation::new(&scenario, 1, 1, 1, u64::MAX).unwrap();
        // Attackers' logins so far and the part of the next one, in billionths.
        let (mut attacks, mut rest) = (0, 500_000_000_u128);
        for now in 0..END {
            run.run_until(now as u32 + 1).unwrap();
            let world = run.engine.world();
            // Troubles of a kind, and for the login servers the deeds so far: each is carried out at the
            // first check that is not before its instant.
            let deeds = effects.deeds.iter().filter(|one| {
                let rounds = one.at.max(1).unsigned_abs().div_ceil(WATCH as u64);
                (rounds as i64) * WATCH <= now
            });
            let deeds: f64 = deeds.map(|one| one.factor()).product();
            for kind in ServerKind::ALL {
                let troubles = effects.troubles.iter();
                let own = troubles.filter(|one| ServerKind::ALL[one.kind] == *kind);
                let mut speed: f64 = own
                    .filter(|one| one.in_force(0, now))
                    .map(|one| one.factor())
                    .product();
                if *kind == ServerKind::Login {
                    speed *= deeds;
                    let limit = CAPACITY * speed;
                    let flood: f64 = effects
                        .floods
                        .iter()
                        .filter(|one| one.in_force(0, now))
                        .map(|one| one.rate())
                        .sum();
                    let off = (flood - limit).abs() > 1e-3;
                    let all = world.flooded == Chance::ALWAYS;
                    prop_assert!(!off || all == (flood < limit), "{now}: {flood} of {limit}");
                }
                prop_assert!(same(world.speed(*kind), speed), "{now}, {kind}: {speed}");
            }
            let traffic: f64 = effects
                .peaks
                .iter()
                .filter(|one| one.in_force(0, now))
                .map(|one| one.factor())
                .product();
            prop_assert!(same(world.traffic, traffic), "{now}: traffic {traffic}");
            for region in 0..2 {
                let cuts = effects.cuts.iter().filter(|one| one.in_force(4, now));
                let cuts = cuts.filter(|one| one.kind > 1 || one.kind == region).count();
                prop_assert_eq!(world.cut[region] as usize, cuts, "{}: cuts", now);
            }
            let flood: u128 = effects
                .floods
                .iter()
                .filter(|one| one.in_force(0, now))
                .map(|one| (one.rate() * 1e9).round() as u128)
                .sum();
            rest += flood;
            attacks += rest / 1_000_000_000;
            rest = if flood == 0 { 500_000_000 } else { rest % 1_000_000_000 };
            prop_assert_eq!(u128::from(run.totals().login_attacks), attacks, "{}", now);
        }
    }
}

/// The order in which effects are listed does not matter.
#[test]
fn the_order_of_the_list_does_not_matter() {
    let one = |at, lasts, size| Drawn {
        at,
        lasts,
        kind: 0,
        size,
    };
    let mut effects = Effects {
        troubles: vec![one(100, 600, 2), one(300, 200, 3), one(500, 400, 1)],
        floods: vec![one(200, 300, 3), one(400, 300, 5)],
        peaks: vec![one(200, 300, 0), one(500, 300, 6)],
        cuts: Vec::new(),
        deeds: Vec::new(),
    };
    let digest = |effects: &Effects| {
        let mut run = Simulation::new(&scenario(effects), 1, 1, 1, u64::MAX).unwrap();
        run.run_until(END as u32).unwrap();
        run.digest()
    };
    let forward = digest(&effects);
    effects.troubles.reverse();
    effects.floods.reverse();
    effects.peaks.reverse();
    assert_eq!(digest(&effects), forward);
}
