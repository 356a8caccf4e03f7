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
//! Pauses do not depend on how often one has failed. With pauses that grow, s, w, retry and
//! refused are kept by the number of failures; then the actors do not come near the field
//! to the last, and the last test says why and how far they stay.
//!
//! The actors live in ticks of a second, so the equation is solved in steps of a second
//! too, in which every delay is what the actors have; that smaller steps change little is
//! a test of its own. Units: seconds, parts of the population.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{
    fluid::{Ahead, Server, even_pauses, mean_and_error, power},
    instant, share, simulation, small_network,
};
use patchday_agents::{
    Phase,
    scenario::{Jitter, PowerCut, Scenario, quantity::Rate},
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

/// Pauses that are the same however often one has failed, and pauses that grow.
const SAME: &[usize] = &[PAUSE];
const GROWING: &[usize] = &[10, 20, 40, 80, 160, 320, 640];

/// The actors, with these longest pauses after the first, the second failure and so on.
fn fleet(users: u64, pauses: &[usize]) -> Scenario {
    let mut scenario = small_network(2);
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
    client.retry.exponential.base = seconds(pauses[0]);
    client.retry.exponential.cap = seconds(pauses[pauses.len() - 1]);
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
/// rate and these longest pauses.
fn solution(steps: usize, rate: f64, pauses: &[usize]) -> Vec<[f64; FIGURES]> {
    let end = END * steps;
    let restart = 1.0 / (UPTIME * steps as f64);
    let stay = |steps: usize| (1.0 - restart).powi(steps as i32);
    let pauses: Vec<_> = pauses.iter().map(|one| even_pauses(one * steps)).collect();
    let [mut boots, mut done, mut ghosts] = [0; 3].map(|_| Ahead::new(end));
    // By how often they have failed.
    let each = || pauses.iter().map(|_| Ahead::new(end)).collect::<Vec<_>>();
    let [mut arrivals, mut busy, mut retries] = [0; 3].map(|_| each());
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
            for void in retries.iter_mut().chain(&mut busy).chain([&mut done]) {
                void.take(t);
            }
            for arrivals in &mut arrivals {
                let sent = arrivals.take(t);
                for step in t..(t + steps).min(end) {
                    ghosts.put(step, sent.due(step));
                }
            }
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
        let (boot, served) = (boots.due(t), done.due(t));
        starting += restart * up - boot;
        signing_in += boot - served;
        online += served;
        let (mut first, mut lively) = (boot, 0.0);
        for failures in 0..pauses.len() {
            let (retry, refused) = (retries[failures].due(t), busy[failures].due(t));
            signing_in += retry - refused;
            waiting += refused - retry;
            arrivals[failures].put(t + steps, retry + std::mem::take(&mut first));
            lively += arrivals[failures].due(t);
            let next = (failures + 1).min(pauses.len() - 1);
            if refused > 0.0 {
                for (wait, part) in pauses[failures].iter().enumerate() {
                    retries[next].put(t + wait + 1, refused * part * stay(wait + 1));
                }
            }
        }
        let struck = ghosts.due(t);
        let all = lively + struck;
        tried += all;
        let (finished, rejected) = server.take(all, steps as f64);
        // Of those who arrive together, nobody is preferred.
        let part = |amount: f64| if all > 0.0 { amount / all } else { 0.0 };
        for (wait, amount) in finished {
            done.put(t + wait, amount * part(lively) * stay(wait + steps));
        }
        for (arrivals, busy) in arrivals.iter().zip(&mut busy) {
            busy.put(
                t + steps,
                rejected * part(arrivals.due(t)) * stay(2 * steps),
            );
        }
    }
    rows
}

/// The figures of a run at the seconds that are compared.
fn course(users: u64, pauses: &[usize], seed: u64) -> Vec<[f64; FIGURES]> {
    let mut run = simulation(&fleet(users, pauses), seed);
    let rows = compared().map(|second| {
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
        found.map(|count| count as f64 / users as f64)
    });
    rows.collect()
}

/// The seconds that are compared.
fn compared() -> impl Iterator<Item = usize> {
    (FROM..END).step_by(EVERY)
}

/// How far a course is from a solution: the greatest distance of all figures and moments,
/// and the root of the mean square.
fn distance(course: &[[f64; FIGURES]], solution: &[[f64; FIGURES]]) -> (f64, f64) {
    let expected: Vec<_> = compared().map(|second| solution[second]).collect();
    let pairs = course.iter().flatten().zip(expected.iter().flatten());
    let squares: f64 = pairs.map(|(a, b)| (a - b).powi(2)).sum();
    let count = (course.len() * FIGURES) as f64;
    (greatest(course, &expected), f64::sqrt(squares / count))
}

fn greatest(one: &[[f64; FIGURES]], other: &[[f64; FIGURES]]) -> f64 {
    let pairs = one.iter().flatten().zip(other.iter().flatten());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// The equation by itself: nothing is lost, the calm is what it must be, and the solution
/// in steps of a tick is a solution.
#[test]
fn the_equation_is_solved() {
    let solutions = [1, 2, 4, 8].map(|steps| solution(steps, RATE, SAME));
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
    let limit = solution(1, RATE, SAME);
    let (mut greatest, mut squares) = (Vec::new(), Vec::new());
    for (users, seeds) in [(1_000, 32), (4_000, 32), (16_000, 24), (64_000, 16)] {
        let distances = (0..seeds).map(|seed| distance(&course(users, SAME, seed), &limit));
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
    let (wrong, _) = distance(&course(64_000, SAME, 0), &solution(1, 1.02 * RATE, SAME));
    println!("from the field of a server 2 % faster: {wrong:.5}");
    assert!(wrong > 3.0 * NEAR, "{wrong}");
}

/// With pauses that grow it matters who of those who arrive in one tick is let in, and the
/// actors do not leave that to chance: mail of one tick comes in order of the senders'
/// blocks. So the field is not their limit, and what is between them does not shrink. This
/// says how much it is; if it becomes less, good, and what is said of it must change.
#[test]
fn growing_pauses_leave_what_the_order_within_a_tick_does() {
    let limit = solution(1, RATE, GROWING);
    let seeds = 8;
    for users in [16_000, 64_000] {
        let courses: Vec<_> = (0..seeds)
            .map(|seed| course(users, GROWING, seed))
            .collect();
        let mean = |place: usize, figure: usize| {
            let values = courses.iter().map(|one| one[place][figure]);
            values.sum::<f64>() / seeds as f64
        };
        let phases = compared().enumerate().flat_map(|(place, second)| {
            let row = limit[second];
            (0..4).map(move |figure| (place, figure, row[figure]))
        });
        let worst = phases
            .map(|(place, figure, expected)| (mean(place, figure) - expected).abs())
            .fold(0.0, f64::max);
        let [before, end] = [CUT, END - EVERY].map(|second| {
            let place = compared().position(|one| one == second).unwrap();
            (mean(place, 4), limit[second][4])
        });
        let too_few = 1.0 - (end.0 - before.0) / (end.1 - before.1);
        println!(
            "{users} users: phases {worst:.5} from the field, {too_few:.3} of log-ins too few"
        );
        assert!(worst < 0.006, "{users}: {worst}");
        assert!((0.12..0.22).contains(&too_few), "{users}: {too_few}");
    }
}
