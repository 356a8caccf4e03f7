//! Scenarios with many kinds of faults, for tests in which every mechanism must act.
//!
//! Units: instants are in hours after `TUESDAY`.

use patchday_agents::scenario::{
    ActionKind, ConfigurationPush, Gauge, LoginFlood, Overload, PowerCut, RegionCut, Scenario,
    ServerKind, ServerTrouble, SignOut, SupernodeLoss, TrafficPeak, Trigger, Version,
    quantity::Share,
};

use super::{blank_action, dense, instant, share};

/// A server at a fraction of its rate.
pub(crate) fn server_trouble(
    server: ServerKind,
    at: f64,
    lasts: &str,
    factor: f64,
) -> ServerTrouble {
    ServerTrouble {
        server,
        at: instant(at),
        lasts: lasts.parse().unwrap(),
        factor,
    }
}

/// The outage of 2010 in 30 hours: late answers, a version that crashes, supernodes that shut
/// down, a playbook. In addition, the overlay is restarted while clients crash, and every
/// kind of server fails once.
pub(crate) fn like_2010() -> Scenario {
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
    overlay.supernode.patience = "5m".parse().unwrap();
    overlay.supernode.overload = Overload::ShutsDown;
    overlay.promotion.flaw = false;
    overlay.promotion.uptime = "1h".parse().unwrap();
    let client = &mut scenario.client;
    client.calls.relayed_share = share(0.5);
    client.calls.video_share = share(0.3);
    client.calls.group_share = share(0.3);
    // Some clients restart before their peers notice the crash.
    client.crash.restart_max = "3m".parse().unwrap();
    let servers = &mut scenario.servers;
    servers.group_video.on = true;
    servers.gateway.on = true;
    servers.gateway.calls = "0.05/s".parse().unwrap();
    servers.manager.on = true;
    // Requests are long, so that some still wait minutes after the lines have recovered.
    servers.manager.requests = "0.1/s".parse().unwrap();
    servers.manager.length_mean = "10m".parse().unwrap();
    (servers.manager.lines, servers.manager.places) = (80, 20);
    servers.offline_messages.on = true;
    servers.offline_messages.rate = "5/s".parse().unwrap();
    servers.offline_messages.store_share = share(0.5);
    scenario.trigger.server = vec![
        server_trouble(ServerKind::OfflineMessages, 6.0, "4h", 0.1),
        server_trouble(ServerKind::Manager, 7.0, "1h", 0.0),
        server_trouble(ServerKind::Gateway, 8.0, "1h", 0.5),
        server_trouble(ServerKind::Login, 9.0, "10m", 0.0),
        server_trouble(ServerKind::GroupVideo, 10.0, "10m", 0.0),
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
    let mut mega = act(ActionKind::AddMegaSupernodes, Gauge::OnlineBelow, 9.0);
    (mega.count, mega.rate, mega.seats) = (20, "60/h".parse().unwrap(), 300);
    operator.action = vec![
        mega,
        act(ActionKind::OfflineMessagesOff, Gauge::Always, 12.0),
        act(ActionKind::GroupVideoOff, Gauge::Always, 12.0),
        act(ActionKind::ShipFix, Gauge::Always, 9.0),
        act(ActionKind::OfflineMessagesOn, Gauge::Always, 14.0),
        act(ActionKind::GroupVideoOn, Gauge::Always, 14.0),
    ];
    operator.restart_overlay.at = Some(instant(8.0));
    scenario
}

/// Every kind of mass event, each at a time of its own.
pub(crate) fn mass_events(scenario: &Scenario) -> Trigger {
    let region = |index: usize| scenario.population.region[index].name.clone();
    Trigger {
        sign_out: vec![SignOut {
            at: instant(2.0),
            share: share(1.0),
            within: "10s".parse().unwrap(),
            regions: Vec::new(),
        }],
        server: vec![server_trouble(ServerKind::Login, 2.01, "10m", 0.0)],
        region_cut: vec![RegionCut {
            at: instant(6.0),
            lasts: "30m".parse().unwrap(),
            regions: vec![region(1)],
        }],
        // The second cut comes while all other clients log in again.
        power_cut: [(8.0, [1, 2]), (2.004, [3, 4])]
            .map(|(at, regions)| PowerCut {
                at: instant(at),
                lasts: "30m".parse().unwrap(),
                back_within: "5m".parse().unwrap(),
                regions: regions.map(region).to_vec(),
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
