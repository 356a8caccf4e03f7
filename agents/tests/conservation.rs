//! Nothing is lost and nothing counted twice, at every sample of networks that really are
//! in trouble: users, seats, calls, requests, messages, mail. The laws themselves, all of
//! them equalities, are in `common/laws.rs`; the gauges are held against a census.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{attempt, blank_action, dense, instant, laws, share, village};
use patchday_agents::{
    Counters,
    metrics::COLUMNS,
    quantity::Share,
    scenario::{
        ConfigurationPush, Deed, Gauge, LoginFlood, Order, Overload, PowerCut, RegionCut, Scenario,
        ServerKind, ServerTrouble, SignOut, SupernodeLoss, TrafficPeak, Trigger, Version,
    },
};

/// What a run under watch came to.
struct Watched {
    totals: Counters,
    /// The least and the last of users online, as shares of the norm.
    least: f64,
    last: f64,
}

/// Run a scenario, and hold every law at every sample.
fn watch(scenario: &Scenario, seed: u64) -> Watched {
    let mut run = common::simulation(scenario, seed);
    let column = |name: &str| COLUMNS.iter().position(|one| one.name == name).unwrap();
    let (online, norm) = (column("online"), column("norm"));
    let (mut least, mut last) = (f64::INFINITY, 0.0);
    let mut sums = vec![0; COLUMNS.len()];
    let step = scenario.run.sample.seconds();
    for sample in 1..=scenario.ticks() / step {
        run.run_until(sample * step).unwrap();
        let row = run.sample();
        for (sum, cell) in sums.iter_mut().zip(&row) {
            *sum += cell.value() as u64;
        }
        last = row[online].value() / row[norm].value();
        least = last.min(least);
        assert_eq!(run.gauges(), run.census(), "sample {sample}");
        let survey = run.survey();
        let faults = laws::broken(&survey, run.totals(), scenario.overlay.enabled);
        let some = &faults[..faults.len().min(8)];
        assert!(faults.is_empty(), "sample {sample}: {some:#?}");
        assert_eq!(survey.mail.len() as u64, run.in_flight(), "sample {sample}");
    }
    // What the rows say is what was counted, once.
    let totals = *run.totals();
    for (name, total) in [
        ("attempts", totals.attempts),
        ("sessions", totals.sessions),
        ("login_arrivals", totals.login_arrivals),
        ("calls_wanted", totals.calls_wanted),
        ("call_seconds", totals.call_seconds),
        ("messages_stored", totals.messages_stored),
        ("crashes", totals.crashes),
        ("events", run.handled()),
    ] {
        assert_eq!(sums[column(name)], total, "{name}");
    }
    Watched {
        totals,
        least,
        last,
    }
}

/// Says if something did not happen that the test is about.
fn happened(what: &[(&str, u64)]) {
    for (name, count) in what {
        assert!(*count > 0, "no {name}: the test does not test it");
    }
}

fn trouble(server: ServerKind, at: f64, lasts: &str, factor: f64) -> ServerTrouble {
    ServerTrouble {
        server,
        at: instant(at),
        lasts: lasts.parse().unwrap(),
        factor,
    }
}

/// August 2007: the patch restarts the core, the flaw keeps it from growing back, one
/// attempt of the operator fails and one does not; then the overlay is restarted.
#[test]
fn the_outage_of_2007_loses_nothing() {
    let mut scenario = dense(8_000, 48);
    scenario.trigger.patch_day.release = Some(instant(1.0));
    scenario.trigger.patch_day.share = Share::ALL;
    scenario.client.calls.relayed_share = share(0.5);
    scenario.client.calls.video_share = share(0.3);
    scenario.servers.group_video.on = true;
    scenario.servers.gateway.on = true;
    let [mut first, second] = [attempt(34.0, 30.0, 3), attempt(40.0, 60.0, 60)];
    (first.sturdy, first.requests) = (false, 0.05);
    scenario.operator.force_supernodes = vec![first, second];
    scenario.operator.restart_overlay.at = Some(instant(44.0));
    let watched = watch(&scenario, 9);
    let t = watched.totals;
    assert!(watched.least < 0.2, "{}", watched.least);
    assert!(watched.last > 0.8, "{}", watched.last);
    happened(&[
        ("restarts by the patch", t.patch_restarts),
        ("supernodes lost to restarts", t.supernodes_restarted),
        ("supernodes fallen", t.supernodes_fallen),
        ("promotions", t.promotions),
        ("requests refused", t.refused),
        ("requests lost", t.requests_lost),
        ("cycles failed", t.cycles_failed),
        ("calls missed", t.calls_missed),
        ("calls failed", t.calls_failed),
        ("calls engaged", t.calls_engaged),
        ("calls dropped", t.calls_dropped),
        ("business calls", t.gateway_calls),
    ]);
}

/// December 2010, in a hurry: late answers, a version that crashes, supernodes that give
/// their role up, a playbook; and what did not happen then, a restart of the overlay while
/// clients crash, and servers of every kind in trouble.
fn like_2010() -> Scenario {
    let mut scenario = dense(8_000, 30);
    scenario.population.version = vec![Version {
        name: "fragile".into(),
        share: Share::ALL,
        host_share: None,
        crash_share: share(0.6),
    }];
    let overlay = &mut scenario.overlay;
    overlay.supernode.requests = 0.05;
    overlay.supernode.endurance = "10m".parse().unwrap();
    overlay.supernode.overload = Overload::ShutsDown;
    overlay.promotion.flaw = false;
    overlay.promotion.uptime = "1h".parse().unwrap();
    let client = &mut scenario.client;
    client.calls.relayed_share = share(0.5);
    client.calls.video_share = share(0.3);
    client.calls.group_share = share(0.3);
    // So soon that some are back before their silence is noticed.
    client.crash.restart_max = "3m".parse().unwrap();
    let servers = &mut scenario.servers;
    servers.group_video.on = true;
    servers.gateway.on = true;
    servers.gateway.calls = "0.05/s".parse().unwrap();
    servers.manager.on = true;
    // So long that some wait for minutes after their lines are back.
    servers.manager.requests = "0.1/s".parse().unwrap();
    servers.manager.length_mean = "10m".parse().unwrap();
    (servers.manager.lines, servers.manager.places) = (80, 20);
    servers.offline_messages.on = true;
    servers.offline_messages.rate = "5/s".parse().unwrap();
    servers.offline_messages.store_share = share(0.5);
    scenario.trigger.server = vec![
        trouble(ServerKind::OfflineMessages, 6.0, "4h", 0.1),
        trouble(ServerKind::Manager, 7.0, "1h", 0.0),
        trouble(ServerKind::Gateway, 8.0, "1h", 0.5),
        trouble(ServerKind::Login, 9.0, "10m", 0.0),
        trouble(ServerKind::GroupVideo, 10.0, "10m", 0.0),
    ];
    scenario.trigger.supernode_loss = vec![SupernodeLoss {
        at: instant(20.0),
        share: share(0.3),
    }];
    scenario.trigger.traffic_peak = vec![TrafficPeak {
        at: instant(3.0),
        lasts: "1h".parse().unwrap(),
        factor: 2.0,
    }];
    let operator = &mut scenario.operator;
    operator.watch_every = "1m".parse().unwrap();
    let act = |deed, when, hour| {
        let mut action = blank_action();
        (action.deed, action.when, action.level) = (deed, when, 0.7);
        action.not_before = Some(instant(hour));
        action
    };
    let mut mega = act(Deed::AddMegaSupernodes, Gauge::OnlineBelow, 9.0);
    (mega.count, mega.rate, mega.seats) = (20, "60/h".parse().unwrap(), 300);
    operator.action = vec![
        mega,
        act(Deed::OfflineMessagesOff, Gauge::Always, 12.0),
        act(Deed::GroupVideoOff, Gauge::Always, 12.0),
        act(Deed::ShipFix, Gauge::Always, 9.0),
        act(Deed::OfflineMessagesOn, Gauge::Always, 14.0),
        act(Deed::GroupVideoOn, Gauge::Always, 14.0),
    ];
    operator.restart_overlay.at = Some(instant(8.0));
    scenario
}

#[test]
fn the_outage_of_2010_loses_nothing() {
    let watched = watch(&like_2010(), 5);
    let t = watched.totals;
    assert!(watched.least < 0.5, "{}", watched.least);
    assert!(watched.last > 0.8, "{}", watched.last);
    happened(&[
        ("crashes", t.crashes),
        ("supernodes crashed", t.supernodes_crashed),
        ("supernodes that gave up", t.supernodes_shut_down),
        ("supernodes lost to restarts", t.supernodes_restarted),
        ("promotions", t.promotions),
        ("log-ins too late", t.login_late),
        ("calls dropped", t.calls_dropped),
        ("business calls", t.gateway_calls),
        ("requests of administrators lost", t.manager_requests_failed),
        ("messages refused", t.messages_refused),
        ("messages delivered", t.messages_delivered),
    ]);
}

/// Everything that hits many at once.
fn strikes(scenario: &Scenario) -> Trigger {
    let region = |place: usize| scenario.population.region[place].name.clone();
    Trigger {
        sign_out: vec![SignOut {
            at: instant(2.0),
            share: share(1.0),
            within: "10s".parse().unwrap(),
            regions: Vec::new(),
        }],
        server: vec![trouble(ServerKind::Login, 2.01, "10m", 0.0)],
        region_cut: vec![RegionCut {
            at: instant(6.0),
            lasts: "30m".parse().unwrap(),
            regions: vec![region(1)],
        }],
        // The second goes when all others are signing in again.
        power_cut: [(8.0, [1, 2]), (2.004, [3, 4])]
            .map(|(at, places)| PowerCut {
                at: instant(at),
                lasts: "30m".parse().unwrap(),
                back_within: "5m".parse().unwrap(),
                regions: places.map(region).to_vec(),
            })
            .to_vec(),
        login_flood: vec![LoginFlood {
            at: instant(10.0),
            lasts: "30m".parse().unwrap(),
            rate: "20/s".parse().unwrap(),
        }],
        configuration_push: vec![ConfigurationPush {
            at: instant(12.0),
            share: share(0.5),
            within: "10m".parse().unwrap(),
            repair_min: "10m".parse().unwrap(),
            repair_max: "2h".parse().unwrap(),
            regions: Vec::new(),
        }],
        ..Trigger::default()
    }
}

#[test]
fn an_overlay_that_is_struck_loses_nothing() {
    let mut scenario = like_2010();
    let slow = scenario.trigger.server[0].clone();
    scenario.trigger = strikes(&scenario);
    scenario.trigger.server.push(slow);
    let watched = watch(&scenario, 5);
    let t = watched.totals;
    assert!(watched.least < 0.1, "{}", watched.least);
    assert!(watched.last > 0.8, "{}", watched.last);
    happened(&[
        ("links lost", t.links_lost),
        ("log-ins turned away", t.login_rejected),
        ("attacks", t.login_attacks),
        ("crashes", t.crashes),
        ("supernodes that gave up", t.supernodes_shut_down),
        ("promotions", t.promotions),
    ]);
}

#[test]
fn a_fleet_without_an_overlay_loses_nothing() {
    for order in [Order::Fifo, Order::Lifo] {
        let mut scenario = village(30);
        scenario.overlay.enabled = false;
        scenario.population.users = 4_000;
        scenario.population.always_on_share = share(0.1);
        scenario.population.region = dense(1_000, 1).population.region;
        scenario.trigger = strikes(&scenario);
        scenario.client.calls.busy_share = share(0.1);
        scenario.client.login_timeout = "15s".parse().unwrap();
        let retry = &mut scenario.client.retry;
        retry.exponential.base = "5s".parse().unwrap();
        retry.exponential.cap = "2m".parse().unwrap();
        retry.budget.tokens = 20;
        retry.give_up = 12;
        let login = &mut scenario.servers.login;
        login.rate = "4/s".parse().unwrap();
        login.queue = "30s".parse().unwrap();
        login.order = order;
        let watched = watch(&scenario, 5);
        let t = watched.totals;
        assert!(watched.least < 0.2, "{order}: {}", watched.least);
        assert!(watched.last > 0.8, "{order}: {}", watched.last);
        happened(&[
            ("log-ins too late", t.login_late),
            ("log-ins turned away", t.login_rejected),
            ("attacks", t.login_attacks),
            ("users who gave up", t.given_up),
            ("calls failed", t.calls_failed),
            ("calls dropped", t.calls_dropped),
        ]);
    }
}
