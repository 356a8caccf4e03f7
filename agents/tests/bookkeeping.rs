//! Bookkeeping: gauges that the model updates incrementally agree with a recount, with the
//! counters, and with the totals that they add up to over time. A run stops at its mail limit.
//!
//! Units: ticks of one second, users, supernodes, messages.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{attempt, cut_down, dense, instant, share, small_network, value};
use patchday_agents::{
    Counters, Phase, Stage,
    scenario::{ServerKind, ServerTrouble, TrafficPeak},
};
use patchday_core::Halt;

const HOUR: u32 = 3_600;

/// The number of supernodes lost so far.
fn lost(totals: &Counters) -> u64 {
    let with_their_hosts = totals.supernodes_restarted + totals.supernodes_crashed;
    with_their_hosts + totals.supernodes_fallen + totals.supernodes_shut_down
}

#[test]
fn gauges_agree_with_a_recount_throughout_an_outage() {
    let mut scenario = cut_down(100_000, 60);
    scenario.trigger.patch_day.release = Some(instant(1.0));
    scenario.trigger.patch_day.share = share(1.0);
    scenario.overlay.supernode.seats = 330;
    scenario.operator.force_supernodes = vec![attempt(50.0, 30.0, 20)];
    let mut simulation = common::simulation(&scenario, 9);
    for minute in 1..=60 * 60 {
        simulation.run_until(minute * 60).unwrap();
        let recount = simulation.recounted_gauges();
        assert_eq!(simulation.gauges(), recount, "minute {minute}");
        assert_eq!(recount.phases.iter().sum::<u64>(), 100_000);
    }
    let totals = simulation.totals();
    // The outage happened; without it the test would show little.
    assert!(totals.cycles_failed > 100_000, "{}", totals.cycles_failed);
}

/// The number of supernodes is the initial one plus those added minus those lost. The flawed
/// list contains in addition those lost within its memory.
#[test]
fn the_core_and_its_list_follow_from_gains_and_losses() {
    let mut scenario = dense(8_000, 48);
    scenario.trigger.patch_day.release = Some(instant(1.0));
    scenario.trigger.patch_day.share = share(1.0);
    scenario.operator.force_supernodes = vec![attempt(34.0, 30.0, 3), attempt(40.0, 60.0, 60)];
    scenario.operator.force_supernodes[0].sturdy = false;
    scenario.operator.force_supernodes[0].requests = 0.05;
    let memory = 6 * 60;
    scenario.overlay.promotion.flaw_memory = "6h".parse().unwrap();
    let mut run = common::simulation(&scenario, 9);
    run.run_until(60).unwrap();
    let first = value(&mut run, "supernodes") as u64;
    let start = *run.totals();
    let (mut losses, mut most) = (vec![0, lost(&start)], 0);
    for minute in 2..=48 * 60 {
        run.run_until(minute * 60).unwrap();
        let [live, listed, forced] = ["supernodes", "supernodes_listed", "supernodes_forced"]
            .map(|column| value(&mut run, column) as u64);
        let totals = run.totals();
        losses.push(lost(totals));
        let gained = first + totals.promotions - start.promotions + forced;
        let lost_since = lost(totals) - lost(&start);
        assert_eq!(live, gained - lost_since, "minute {minute}");
        if let Some(before) = minute.checked_sub(memory) {
            let recently = lost(totals) - losses[before as usize];
            assert_eq!(listed - live, recently, "minute {minute}");
            most = recently.max(most);
        }
    }
    let totals = run.totals();
    assert!(most > 20 && first > 30, "{most} of {first}");
    assert!(totals.supernodes_fallen > 3 && totals.promotions > 0);
}

/// The sum of calls under way over all ticks is the total length of all calls.
#[test]
fn call_seconds_are_the_sum_of_calls_under_way() {
    let mut scenario = small_network(6);
    scenario.client.calls.busy_share = share(0.2);
    scenario.client.calls.relayed_share = share(0.5);
    scenario.trigger.supernode_loss = vec![patchday_agents::scenario::SupernodeLoss {
        at: instant(3.0),
        share: share(1.0),
    }];
    let mut run = common::simulation(&scenario, 12);
    let mut talking = 0;
    for tick in 1..=6 * HOUR {
        run.run_until(tick).unwrap();
        if tick < 6 * HOUR {
            talking += run.gauges().talking.iter().sum::<u64>();
        }
    }
    let audit = run.link_audit();
    let under_way = audit.call_legs.iter();
    let under_way = under_way.filter(|line| line.caller && line.stage == Stage::Talking);
    // The last completed tick is the one before `now`.
    let so_far = under_way.map(|line| u64::from(audit.now - 1 - line.answered));
    let totals = run.totals();
    assert_eq!(talking, totals.call_seconds + so_far.sum::<u64>());
    assert!(totals.calls > 500 && totals.calls_dropped > 0);
}

/// The number of requests to the offline-message servers is the time that users are online
/// divided by the contact interval. A given share of them are messages, and every message is
/// either stored or refused.
#[test]
fn the_number_of_offline_messages_follows_from_the_time_online() {
    let mut scenario = small_network(6);
    let servers = &mut scenario.servers.offline_messages;
    servers.on = true;
    servers.rate = "100/s".parse().unwrap();
    servers.contact_every = "1m".parse().unwrap();
    servers.store_share = share(0.3);
    let (from, until) = (2 * HOUR, 3 * HOUR);
    scenario.trigger.traffic_peak = vec![TrafficPeak {
        at: instant(2.0),
        lasts: "1h".parse().unwrap(),
        factor: 2.5,
    }];
    scenario.trigger.server = vec![ServerTrouble {
        server: ServerKind::OfflineMessages,
        at: instant(4.0),
        lasts: "1h".parse().unwrap(),
        factor: 0.02,
    }];
    let mut run = common::simulation(&scenario, 2);
    let mut requests = 0;
    for tick in 1..6 * HOUR {
        run.run_until(tick).unwrap();
        let online = run.gauges().phases[Phase::Online as usize];
        // A peak that begins in one tick takes effect in the next one.
        let peak = (from + 1..=until).contains(&tick);
        requests += online * if peak { 2_500 } else { 1_000 };
    }
    run.run_until(6 * HOUR).unwrap();
    // One request a minute for each user, of which three in ten leave a message.
    let messages = requests / (60 * 1_000) * 300 / 1_000;
    let totals = run.totals();
    assert_eq!(totals.messages_stored + totals.messages_refused, messages);
    assert!(totals.messages_refused > 1_000 && totals.messages_stored > 10_000);
    assert!(totals.messages_delivered > 0);
}

#[test]
fn a_run_halts_at_its_mail_limit_with_a_consistent_state() {
    let scenario = cut_down(20_000, 24);
    let mut calm = common::simulation(&scenario, 1);
    calm.run_until(3_600).unwrap();
    let limit = calm.in_flight() / 2;
    let mut simulation = patchday_agents::Simulation::new(&scenario, 1, 1, 1, limit).unwrap();
    let halt = simulation.run_until(scenario.ticks()).unwrap_err();
    let Halt::MailLimit {
        tick, in_flight, ..
    } = halt;
    assert!(in_flight > limit);
    // The state is complete up to the tick of the halt.
    assert_eq!(simulation.now(), tick + 1);
    assert_eq!(simulation.gauges(), simulation.recounted_gauges());
    assert_eq!(simulation.link_audit().messages.len() as u64, in_flight);
}

#[test]
fn the_regions_of_a_row_add_up_to_all_users_online() {
    let scenario = cut_down(50_000, 30);
    let mut simulation = common::simulation(&scenario, 2);
    let columns = patchday_agents::metrics::columns::region_columns(&scenario);
    let first = patchday_agents::metrics::columns::COLUMNS.len();
    for hour in 1..=30 {
        simulation.run_until(hour * 3600).unwrap();
        let row = simulation.sample();
        assert_eq!(row.len(), first + columns.len());
        let online: f64 = row[first..].iter().map(|cell| cell.value()).sum();
        assert_eq!(online, row[0].value(), "hour {hour}");
        assert!(row[first..].iter().all(|cell| cell.value() > 0.0));
    }
}
