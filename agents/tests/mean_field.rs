//! The mean field: equations without actors, which the actors come near as they become
//! more. A fleet without an overlay signs in at one server; its power goes, and it comes
//! back as a herd.
//!
//! In parts of the population at a second t: b are starting, s signing in, w waiting after
//! they were turned away, o online, u = s + w + o are up. With the mean uptime U (of
//! exponential length), the time D that a start takes, the longest pause P, the rate c (a
//! second, a part of the population) and the longest wait Q of the server, a delay
//! differential equation:
//!
//! ```text
//! b' = u/U - boot               boot(t)    = u(t-D)/U + those who come back from the cut
//! s' = boot + retry - refused - done - s/U
//! w' = refused - retry - w/U    refused(t) = turned away(t-1) e^(-2/U)
//! o' = done - o/U               retry(t)   = 1/P times the integral, for x from 0 to P,
//!                                            of refused(t-x) e^(-x/U)
//! let in(t) + turned away(t) = boot(t-1) + retry(t-1)      (a second of travel each way)
//! v' = let in/c - 1, from 0 to Q         (v: the wait at the server, in seconds)
//! done(t + v(t)) = let in(t) e^(-(1+v)/U)
//! ```
//!
//! The cut moves all of u to b at once; what the struck had sent still takes the server's
//! time, and nobody waits for it. They come back evenly within W.
//!
//! What is simplified: amounts are continuous, so a log-in is no whole job and the wait
//! Q no whole number of jobs; both vanish with the population. Nothing else is left out of
//! this scenario, where the fleet is always on, nobody is impatient and no answer is late.
//! Pauses do not depend on how often one has failed: among log-ins of one tick a full
//! server takes those of lower ids, and with pauses that grow the same users would be lucky
//! again and again; here luck does not matter for the numbers in each phase.
//!
//! The actors live in ticks of a second, so the equation is solved in steps of a second
//! too, in which every delay is what the actors have; that smaller steps change little is
//! a test of its own. Units: seconds, parts of the population.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{
    fluid::{Ahead, Server, even_pauses, mean_and_error, power},
    instant, share, simulation, village,
};
use patchday_agents::{
    Phase,
    quantity::Rate,
    scenario::{Jitter, PowerCut, Scenario},
};

/// The power goes at this second; the run ends.
const CUT: usize = 1_800;
const END: usize = 5_400;
/// W, D, P, U, c, Q.
const BACK_WITHIN: usize = 600;
const DOWN: usize = 300;
const PAUSE: usize = 300;
const UPTIME: f64 = 3_600.0;
const RATE: f64 = 1e-3;
const QUEUE: f64 = 20.0;

/// What is compared: starting, signing in, waiting, online; and log-ins tried so far, a user.
const FIGURES: usize = 5;
/// Compared are these seconds, from when the fleet has forgotten how the run began.
const FROM: usize = 1_200;
const EVERY: usize = 60;
/// As near must the largest population come: 1.2 % of itself at the worst of all moments,
/// a third of that in the mean.
const NEAR: f64 = 0.012;

/// The actors.
fn fleet(users: u64) -> Scenario {
    let mut scenario = village(2);
    scenario.overlay.enabled = false;
    let seconds = |seconds: usize| format!("{seconds}s").parse().unwrap();
    let population = &mut scenario.population;
    population.users = users;
    population.always_on_share = share(1.0);
    population.always_on_uptime = seconds(UPTIME as usize);
    (population.restart_min, population.restart_max) = (seconds(DOWN), seconds(DOWN));
    let client = &mut scenario.client;
    client.impatience.restart_share = share(0.0);
    client.login_timeout = seconds(3_600);
    client.retry.exponential.base = seconds(PAUSE);
    client.retry.exponential.cap = seconds(PAUSE);
    client.retry.exponential.jitter = Jitter::Full;
    let login = &mut scenario.servers.login;
    login.servers = 1;
    login.rate = Rate::from_per_second(RATE * users as f64).unwrap();
    login.queue = seconds(QUEUE as usize);
    scenario.trigger.power_cut = vec![PowerCut {
        at: instant(CUT as f64 / 3_600.0),
        lasts: seconds(1),
        back_within: seconds(BACK_WITHIN),
        regions: Vec::new(),
    }];
    scenario
}

/// The solution at every second, in steps of `1 / steps` seconds, for a server of this
/// rate.
fn solution(steps: usize, rate: f64) -> Vec<[f64; FIGURES]> {
    let end = END * steps;
    let restart = 1.0 / (UPTIME * steps as f64);
    let stay = |steps: usize| (1.0 - restart).powi(steps as i32);
    let pauses = even_pauses(PAUSE * steps);
    let [mut boots, mut arrivals, mut ghosts] = [0; 3].map(|_| Ahead::new(end));
    let [mut busy, mut retries, mut done] = [0; 3].map(|_| Ahead::new(end));
    let mut server = Server {
        rate,
        longest: QUEUE,
        backlog: 0.0,
    };
    let [
        mut starting,
        mut signing_in,
        mut waiting,
        mut online,
        mut tried,
    ] = [0.0, 0.0, 0.0, 1.0, 0.0];
    let mut rows = Vec::new();
    for t in 0..end {
        if t % steps == 0 {
            rows.push([starting, signing_in, waiting, online, tried]);
        }
        // The strike is told of at the cut, and hits a tick later.
        if t == (CUT + 1) * steps {
            for void in [&mut retries, &mut busy, &mut done] {
                void.take(t);
            }
            ghosts = arrivals.take(t);
            let up = signing_in + waiting + online;
            (signing_in, waiting, online) = (0.0, 0.0, 0.0);
            starting += up;
            let within = BACK_WITHIN * steps;
            for wait in 0..=within {
                boots.put(t + steps + wait, up / (within as f64 + 1.0));
            }
        }
        let up = signing_in + waiting + online;
        for phase in [&mut signing_in, &mut waiting, &mut online] {
            *phase *= 1.0 - restart;
        }
        boots.put(t + DOWN * steps, restart * up);
        let [boot, retry, refused, served] =
            [&boots, &retries, &busy, &done].map(|ahead| ahead.due(t));
        starting += restart * up - boot;
        signing_in += boot + retry - refused - served;
        waiting += refused - retry;
        online += served;
        arrivals.put(t + steps, boot + retry);
        if refused > 0.0 {
            for (wait, part) in pauses.iter().enumerate() {
                retries.put(t + wait + 1, refused * part * stay(wait + 1));
            }
        }
        let (lively, struck) = (arrivals.due(t), ghosts.due(t));
        tried += lively + struck;
        let (finished, rejected) = server.take(lively + struck, steps as f64);
        let heard = match lively + struck {
            0.0 => 0.0,
            all => lively / all,
        };
        for (wait, amount) in finished {
            done.put(t + wait, amount * heard * stay(wait + steps));
        }
        busy.put(t + steps, rejected * heard * stay(2 * steps));
    }
    rows
}

/// How far a run is from a solution: the greatest distance of all figures and moments, and
/// the root of the mean square.
fn distance(users: u64, seed: u64, solution: &[[f64; FIGURES]]) -> (f64, f64) {
    let mut run = simulation(&fleet(users), seed);
    let (mut greatest, mut squares, mut count) = (0.0_f64, 0.0, 0.0);
    for second in (FROM..END).step_by(EVERY) {
        run.run_until(second as u32).unwrap();
        let phases = run.gauges().phases;
        let [starting, signing_in, waiting, online] = [
            Phase::Booting,
            Phase::SigningIn,
            Phase::Waiting,
            Phase::Online,
        ]
        .map(|phase| phases[phase as usize]);
        let tried = run.totals().login_arrivals;
        let found = [starting, signing_in, waiting, online, tried];
        assert_eq!(found[..4].iter().sum::<u64>(), users, "nobody else there");
        for (found, expected) in found.iter().zip(&solution[second]) {
            let apart = *found as f64 / users as f64 - expected;
            greatest = greatest.max(apart.abs());
            squares += apart * apart;
            count += 1.0;
        }
    }
    (greatest, f64::sqrt(squares / count))
}

fn greatest(one: &[[f64; FIGURES]], other: &[[f64; FIGURES]]) -> f64 {
    let pairs = one.iter().flatten().zip(other.iter().flatten());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// The equation by itself: nothing is lost, the calm is what it must be, and the solution
/// in steps of a tick is a solution.
#[test]
fn the_equation_is_solved() {
    let solutions = [1, 2, 4, 8].map(|steps| solution(steps, RATE));
    for row in solutions.iter().flatten() {
        assert!((row[..4].iter().sum::<f64>() - 1.0).abs() < 1e-9, "{row:?}");
        assert!(row.iter().all(|part| *part >= -1e-9), "{row:?}");
    }
    // In the calm U of every U + D seconds are spent up, and two seconds signing in.
    let calm = solutions[0][CUT];
    assert!((calm[0] - 300.0 / 3_900.0).abs() < 1e-6, "{calm:?}");
    assert!((calm[1] - 2.0 / 3_900.0).abs() < 1e-6, "{calm:?}");
    // The herd is one: the server turns most away for a while.
    let worst = solutions[0].iter().map(|row| row[2]).fold(0.0, f64::max);
    assert!(worst > 0.3, "{worst}");
    let [one, two, four] = [0, 1, 2].map(|finer| greatest(&solutions[finer], &solutions[3]));
    println!("steps of 1, 1/2, 1/4 s from those of 1/8 s: {one:.5} {two:.5} {four:.5}");
    // Delays are rounded up to whole steps, which costs as much as a step is long: from the
    // eighth, h is off by h - 1/8, so these as 7 to 3 to 1. All that a step of a second
    // adds is 8/7 of the first.
    assert!((two / one - 3.0 / 7.0).abs() < 0.04, "{one} {two}");
    assert!((four / two - 1.0 / 3.0).abs() < 0.04, "{two} {four}");
    assert!(one < 0.003, "{one}");
}

#[test]
fn the_actors_come_near_the_mean_field_as_they_become_more() {
    let limit = solution(1, RATE);
    let (mut greatest, mut squares) = (Vec::new(), Vec::new());
    for (users, seeds) in [(1_000, 32), (4_000, 32), (16_000, 24), (64_000, 16)] {
        let distances = (0..seeds).map(|seed| distance(users, seed, &limit));
        let (sups, roots): (Vec<f64>, Vec<f64>) = distances.unzip();
        let [sup, root] = [&sups, &roots].map(|figures| mean_and_error(figures));
        println!(
            "{users} users: greatest {:.5} +- {:.5}, root of the mean square {:.5} +- {:.5}",
            sup.0, sup.1, root.0, root.1
        );
        greatest.push((users as f64, sup.0, sup.1));
        squares.push((users as f64, root.0, root.1));
    }
    for (name, points) in [("greatest", &greatest), ("root", &squares)] {
        let (slope, error) = power(points);
        println!("{name}: power {slope:.3} +- {error:.3}");
        // Chance goes as N^-1/2. Further off than four errors is once in 16,000 sets of
        // seeds; and the seeds are enough to tell that from N^-1/3.
        assert!((slope + 0.5).abs() < 4.0 * error, "{name}: {slope}");
        assert!(slope < -1.0 / 3.0 && error < 0.05, "{name}: {slope}");
    }
    let (sup, root) = (greatest[3].1, squares[3].1);
    assert!(sup < NEAR && root < NEAR / 3.0, "{sup} {root}");
    // A server that is 2 % faster is another equation, and seen to be one.
    let (wrong, _) = distance(64_000, 0, &solution(1, 1.02 * RATE));
    println!("from the field of a server 2 % faster: {wrong:.5}");
    assert!(wrong > 3.0 * NEAR, "{wrong}");
}
