//! scratch mean field
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{
    fluid::{Ahead, Server, even_pauses, slope},
    instant, share, village,
};
use patchday_agents::{
    Phase,
    scenario::{Jitter, PowerCut, Scenario},
};

const CUT: usize = 1_800;
const BACK: usize = 600;
const PAUSE: usize = 300;
const DOWN: usize = 300;
const UPTIME: f64 = 3_600.0;
const RATE: f64 = 1e-3;
const QUEUE: f64 = 20.0;
const END: usize = 5_400;

/// A fleet of `users`.
fn fleet(users: u64) -> Scenario {
    let mut scenario = village(2);
    scenario.overlay.enabled = false;
    let population = &mut scenario.population;
    population.users = users;
    population.always_on_share = share(1.0);
    population.always_on_uptime = "1h".parse().unwrap();
    population.restart_min = "5m".parse().unwrap();
    population.restart_max = "5m".parse().unwrap();
    let client = &mut scenario.client;
    client.impatience.restart_share = share(0.0);
    client.login_timeout = "1h".parse().unwrap();
    client.retry.exponential.base = "5m".parse().unwrap();
    client.retry.exponential.cap = "5m".parse().unwrap();
    client.retry.exponential.jitter = Jitter::Full;
    let login = &mut scenario.servers.login;
    login.servers = 1;
    login.rate = patchday_agents::quantity::Rate::from_per_second(RATE * users as f64).unwrap();
    login.queue = "20s".parse().unwrap();
    scenario.trigger.power_cut = vec![PowerCut {
        at: instant(0.5),
        lasts: "1s".parse().unwrap(),
        back_within: "10m".parse().unwrap(),
        regions: Vec::new(),
    }];
    scenario
}

/// Parts: booting, signing in, waiting, online at each second.
fn solution(steps: usize) -> Vec<[f64; 4]> {
    let h = 1.0 / steps as f64;
    let end = END * steps;
    let travel = steps;
    let stay = |n: usize| (1.0 - h / UPTIME).powi(n as i32);
    let pauses = even_pauses(PAUSE * steps);
    let mut boots = Ahead::new(end);
    let mut arrivals = Ahead::new(end);
    let mut busy = Ahead::new(end);
    let mut retries = Ahead::new(end);
    let mut done = Ahead::new(end);
    let mut server = Server { rate: RATE, longest: QUEUE, backlog: 0.0 };
    let (mut b, mut s, mut w, mut o) = (0.0, 0.0, 0.0, 1.0);
    let mut out = Vec::new();
    // generation: after the cut, what was ahead of the running ones is void
    let mut cut_done = false;
    for t in 0..end {
        if t % steps == 0 {
            out.push([b, s, w, o]);
        }
        if !cut_done && t == (CUT + 1) * steps {
            cut_done = true;
            let up = s + w + o;
            // what is ahead: retries/busy/done of clients are void; server backlog stays
            let void = |ahead: &Ahead| { let _ = ahead; Ahead::new(end) };
            retries = void(&retries);
            busy = void(&busy);
            done = void(&done);
            b += up; s = 0.0; w = 0.0; o = 0.0;
            let window = BACK * steps;
            for k in 0..=window {
                boots.put(t + travel + k, up / (window as f64 + 1.0));
            }
        }
        // restarts
        let up = s + w + o;
        let p = h / UPTIME;
        let boot = boots.due(t);
        let retry = retries.due(t);
        let refused = busy.due(t);
        let served = done.due(t);
        boots.put(t + DOWN * steps, p * up);
        s *= 1.0 - p; w *= 1.0 - p; o *= 1.0 - p;
        b += p * up - boot;
        s += boot + retry - refused - served;
        w += refused - retry;
        o += served;
        arrivals.put(t + travel, boot + retry);
        for (k, part) in pauses.iter().enumerate() {
            if refused == 0.0 { break; }
            retries.put(t + k + 1, refused * part * stay(k + 1));
        }
        let (finished, rejected) = server.take(arrivals.due(t), steps as f64);
        for (k, mass) in finished {
            done.put(t + k, mass * stay(k + travel));
        }
        busy.put(t + travel, rejected * stay(2 * travel));
    }
    out
}

#[test]
fn look() {
    let one = solution(1);
    let four = solution(4);
    let worst = one.iter().zip(&four).flat_map(|(a, b)| (0..4).map(move |k| (a[k] - b[k]).abs())).fold(0.0, f64::max);
    println!("steps 1 vs 4: {worst}");
    for t in (0..END).step_by(300) {
        println!("{t} {:?}", one[t]);
    }
    let mut points = vec![];
    for (users, seeds) in [(1_000u64, 16u64), (4_000, 16), (16_000, 8), (64_000, 8)] {
        let mut ds = vec![]; let mut rms = vec![];
        let mut mean_err = vec![[0.0; 4]; END / 60];
        for seed in 0..seeds {
            let mut run = common::simulation(&fleet(users), seed);
            let (mut d, mut q, mut n) = (0.0f64, 0.0, 0.0);
            for m in 20..END / 60 {
                run.run_until((m * 60) as u32).unwrap();
                let ph = run.gauges().phases;
                let parts = [Phase::Booting, Phase::SigningIn, Phase::Waiting, Phase::Online].map(|p| ph[p as usize] as f64 / users as f64);
                for k in 0..4 {
                    let e = parts[k] - one[m * 60][k];
                    mean_err[m][k] += e / seeds as f64;
                    d = d.max(e.abs());
                    q += e * e; n += 1.0;
                }
            }
            ds.push(d); rms.push((q / n).sqrt());
        }
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let bias = mean_err.iter().flatten().fold(0.0f64, |a, b| a.max(b.abs()));
        println!("{users}: sup {:.5} rms {:.5} bias of the mean {:.5} sup*sqrtN {:.3}", mean(&ds), mean(&rms), bias, mean(&ds) * (users as f64).sqrt());
        points.push((users as f64, mean(&ds), mean(&rms)));
        if users == 64_000 { for m in (20..END/60).step_by(2) { println!("{} {:.5?}", m * 60, mean_err[m]); } }
    }
    println!("slope sup {} rms {}", slope(&points.iter().map(|p| (p.0, p.1)).collect::<Vec<_>>()), slope(&points.iter().map(|p| (p.0, p.2)).collect::<Vec<_>>()));
}


/// Pauses grow: 10 s doubling to 640 s, full jitter; classes by attempt.
fn growing() -> Vec<[f64; 4]> {
    const A: usize = 7;
    let end = END;
    let p = 1.0 / UPTIME;
    let stay = |n: usize| (1.0 - p).powi(n as i32);
    let kernels: Vec<Vec<f64>> = (0..A).map(|k| even_pauses(10 << k)).collect();
    let mut boots = Ahead::new(end);
    let fresh = || (0..A).map(|_| Ahead::new(end)).collect::<Vec<_>>();
    let (mut arrivals, mut busy, mut retries) = (fresh(), fresh(), fresh());
    let mut done = Ahead::new(end);
    let mut server = Server { rate: RATE, longest: QUEUE, backlog: 0.0 };
    let (mut b, mut s, mut w, mut o) = (0.0, 0.0, 0.0, 1.0);
    let mut out = Vec::new();
    for t in 0..end {
        out.push([b, s, w, o]);
        if t == CUT + 1 {
            let up = s + w + o;
            retries = fresh(); busy = fresh(); done = Ahead::new(end);
            b += up; s = 0.0; w = 0.0; o = 0.0;
            for k in 0..=BACK { boots.put(t + 1 + k, up / (BACK as f64 + 1.0)); }
        }
        let up = s + w + o;
        boots.put(t + DOWN, p * up);
        s *= 1.0 - p; w *= 1.0 - p; o *= 1.0 - p;
        let boot = boots.due(t);
        b += p * up - boot;
        s += boot;
        arrivals[0].put(t + 1, boot);
        for k in 0..A {
            let retry = retries[k].due(t);
            s += retry; w -= retry;
            arrivals[k].put(t + 1, retry);
            let refused = busy[k].due(t);
            s -= refused; w += refused;
            // attempt k failed: pause of class k, next attempt class k + 1
            if refused > 0.0 {
                for (j, part) in kernels[k].iter().enumerate() {
                    retries[(k + 1).min(A - 1)].put(t + j + 1, refused * part * stay(j + 1));
                }
            }
        }
        let served = done.due(t);
        s -= served; o += served;
        let all: f64 = (0..A).map(|k| arrivals[k].due(t)).sum();
        let (finished, rejected) = server.take(all, 1.0);
        for (k, mass) in finished { done.put(t + k, mass * stay(k + 1)); }
        if all > 0.0 {
            for k in 0..A {
                let part = arrivals[k].due(t) / all;
                busy[k].put(t + 1, rejected * part * stay(2));
            }
        }
    }
    out
}

#[test]
fn unfair() {
    let one = growing();
    for users in [16_000u64, 64_000] {
        let mut err = vec![[0.0; 4]; END / 60];
        let seeds = 4;
        for seed in 0..seeds {
            let mut sc = fleet(users);
            sc.client.retry.exponential.base = "10s".parse().unwrap();
            sc.client.retry.exponential.cap = "640s".parse().unwrap();
            let mut run = common::simulation(&sc, seed);
            for m in 20..END / 60 {
                run.run_until((m * 60) as u32).unwrap();
                let ph = run.gauges().phases;
                let parts = [Phase::Booting, Phase::SigningIn, Phase::Waiting, Phase::Online].map(|p| ph[p as usize] as f64 / users as f64);
                for k in 0..4 { err[m][k] += (parts[k] - one[m * 60][k]) / seeds as f64; }
            }
        }
        println!("{users}");
        for m in (30..80).step_by(3) { println!("{} {:.4?} solution {:.4?}", m * 60, err[m], one[m * 60]); }
    }
}

#[test]
fn deciles() {
    for (name, base) in [("constant", "5m"), ("growing", "10s")] {
        let users = 64_000u64;
        let mut sc = fleet(users);
        sc.client.retry.exponential.base = base.parse().unwrap();
        if base == "10s" { sc.client.retry.exponential.cap = "640s".parse().unwrap(); }
        let mut run = common::simulation(&sc, 1);
        for t in [1500, 2100, 2400, 2700] {
            run.run_until(t).unwrap();
            let sv = run.survey();
            let mut on = [0u32; 10];
            for p in &sv.parties { if p.phase == Phase::Online { on[(p.id as u64 * 10 / users) as usize] += 1; } }
            println!("decile {name} {t} {:?}", on.map(|x| (x as f64 / users as f64 * 10.0 * 1000.0).round() / 1000.0));
        }
    }
}

#[test]
fn giving_up() {
    for (jitter, give_up) in [(Jitter::Full, 3u8), (Jitter::Full, 5), (Jitter::Full, 8), (Jitter::Equal, 5)] {
        let mut sc = village(8);
        sc.overlay.enabled = false;
        sc.population.users = 40_000;
        sc.population.always_on_share = share(0.0);
        sc.client.impatience.restart_share = share(0.0);
        sc.client.login_timeout = "1h".parse().unwrap();
        let e = &mut sc.client.retry.exponential;
        e.base = "10s".parse().unwrap(); e.cap = "640s".parse().unwrap(); e.jitter = jitter;
        sc.client.retry.give_up = give_up;
        sc.servers.login.servers = 1;
        sc.servers.login.rate = "8/s".parse().unwrap();
        sc.servers.login.queue = "20s".parse().unwrap();
        sc.trigger.sign_out = vec![patchday_agents::scenario::SignOut { at: instant(2.0), share: share(1.0), within: "10m".parse().unwrap(), regions: vec![] }];
        let mut out = vec![];
        for seed in 0..3 {
            let mut run = common::simulation(&sc, seed);
            run.run_until(7200).unwrap();
            let on = common::value(&mut run, "online");
            run.run_until(4 * 3600).unwrap();
            out.push((run.totals().given_up as f64 / on * 1000.0).round() / 1000.0);
            if seed == 0 { let w = common::value(&mut run, "online"); out.push(w / on); }
        }
        println!("givenup {jitter} {give_up}: {out:?}");
    }
}
