//! Sessions and norm against a plain enumeration of every session of a user.

use patchday_core::Random;

use super::*;
use crate::{
    population::traits::TraitTables,
    scenario::quantity::{instant::Instant, share::Share, utc_offset::UtcOffset},
};

/// Tuesday, 14 August 2007, 00:00 UTC.
const TUESDAY: i64 = 1_187_049_600;
const DAY: i64 = 86_400;

fn share(value: f64) -> Share {
    Share::new(value).unwrap()
}

/// A population whose lengths are those of all sessions, and whose users start them at any hour.
fn scenario(online: f64, shortest: &str, longest: &str, offset: f64) -> Scenario {
    let mut scenario = Scenario::default();
    scenario.run.start = Instant::from_seconds(TUESDAY).unwrap();
    scenario.run.end = Instant::from_seconds(TUESDAY + 5 * DAY).unwrap();
    scenario.overlay.enabled = false;
    scenario.calendar.weekdays = [1.0; 7];
    let population = &mut scenario.population;
    population.users = 20_000;
    population.regular_share = Share::ALL;
    population.always_on_share = Share::NONE;
    population.online_share = share(online);
    population.region.truncate(1);
    population.region[0].share = Share::ALL;
    population.region[0].utc_offset = UtcOffset::from_minutes(offset).unwrap();
    let sessions = &mut population.sessions;
    sessions.hourly = std::array::from_fn(|hour| (hour % 3 + 1) as f64);
    sessions.long_share = Share::ALL;
    sessions.long_min = shortest.parse().unwrap();
    sessions.long_max = longest.parse().unwrap();
    scenario
}

/// Scenarios from one session in several days to many that overlap.
fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(0.1, "7h", "10h", 120.0),
        scenario(0.6, "16h", "16h", 0.0),
        scenario(0.9, "5h", "16h", -720.0),
        scenario(0.3, "20m", "3h", 840.0),
        scenario(0.02, "60s", "120s", 330.0),
    ]
}

/// Returns all intervals in which a user wants to be online, in ascending order.
fn intervals(activity: &Activity, random: Random, id: u32) -> Vec<Session> {
    let zone = &activity.zones[0];
    let mut all = Vec::new();
    for (day, number) in (activity.first_day..).zip(&zone.days) {
        for index in 0..=number.whole {
            let draw = random.trait_draw(id, draw_ids::SESSION, session_index(day, index));
            if index < number.whole || draw.hits(0, number.one_more) {
                let hour = i64::from(activity.hour(draw.word(1)));
                let second = i64::from(draw.below(2, 3_600));
                let start = day * DAY - zone.offset - activity.start_unix + hour * 3_600 + second;
                let index = session_index(day, index);
                let length = random.trait_draw(id, draw_ids::SESSION_LENGTH, index);
                let (low, high) = activity.long_span;
                let end = start + i64::from(between(length.word(0), low, high));
                all.push(Session { start, end });
            }
        }
    }
    all.sort_by_key(|session| session.start);
    let mut merged: Vec<Session> = Vec::new();
    for session in all {
        match merged.last_mut() {
            Some(last) if session.start <= last.end => last.end = last.end.max(session.end),
            _ => merged.push(session),
        }
    }
    merged
}

#[test]
fn sessions_are_the_intervals_of_a_plain_enumeration() {
    for scenario in scenarios() {
        let activity = Activity::new(&scenario);
        let (random, tables) = (Random::new(5), TraitTables::new(&scenario));
        for id in 0..60 {
            let traits = tables.traits(random, id);
            let all = intervals(&activity, random, id);
            for tick in (0..5 * 86_400).step_by(7_919) {
                let at = i64::from(tick);
                let here = all.iter().find(|one| one.start <= at && at < one.end);
                let is = activity.is_in_session(random, id, traits.region, tick);
                assert_eq!(is, here.is_some(), "client {id} at {tick}");
                let found = activity.session_at(random, id, &traits, tick, 0);
                assert_eq!(found.map(|one| one.end), here.map(|one| one.end));
                // The search starts at the end of the session that is in progress.
                let from = here.map_or(at, |one| one.end);
                let next = all.iter().find(|one| one.start > from).copied();
                let search = activity.next_session(random, id, &traits, from as Tick);
                assert_eq!(search, next, "client {id} after {from}");
            }
        }
    }
}

#[test]
fn a_session_that_is_extended_to_a_tick_includes_those_that_start_before_it() {
    let scenario = scenario(0.3, "20m", "3h", 0.0);
    let activity = Activity::new(&scenario);
    let (random, tables) = (Random::new(6), TraitTables::new(&scenario));
    for id in 0..2_000 {
        let traits = tables.traits(random, id);
        if let Some(session) = activity.session_at(random, id, &traits, 0, 4_000) {
            let all = intervals(&activity, random, id);
            let last = all.iter().rfind(|one| one.start <= 4_000).unwrap();
            assert_eq!(session.end, last.end.max(4_000));
        }
    }
}

#[test]
fn the_norm_is_the_mean_of_an_enumeration() {
    for scenario in scenarios() {
        let activity = Activity::new(&scenario);
        let random = Random::new(7);
        let users = scenario.population.users;
        let login = i64::from(CalmClient::new(&scenario).login);
        let mut online = vec![0_u32; 60];
        for id in 0..users as u32 {
            for session in intervals(&activity, random, id) {
                // The state before a tick is that after the tick before it.
                let from = (session.start + login + 1).max(0) as u64;
                let to = (session.end + 1).max(0) as u64;
                for hour in from.div_ceil(7_200)..to.div_ceil(7_200).min(60) {
                    online[hour as usize] += 1;
                }
            }
        }
        for (hour, online) in (0..).zip(online) {
            let norm = activity.norm(hour * 7_200);
            let error = (norm * (1.0 - norm / users as f64)).sqrt();
            let off = (f64::from(online) - norm) / error;
            assert!(off.abs() < 4.0, "{online}, norm {norm} at {hour}");
        }
    }
}

#[test]
fn the_peak_of_an_ordinary_weekday_is_the_share_online() {
    for mut scenario in scenarios() {
        scenario.population.always_on_share = share(0.01);
        let activity = Activity::new(&scenario);
        let norms = (0..1_440).map(|minute| activity.norm(2 * 86_400 + minute * 60 + 1));
        let peak = norms.fold(0.0, f64::max) / scenario.population.users as f64;
        let wanted = scenario.population.online_share.get();
        assert!((peak - wanted).abs() < 1e-9, "{peak}, wanted {wanted}");
    }
}

#[test]
fn the_peak_of_logins_is_that_of_an_enumeration() {
    for scenario in scenarios() {
        let activity = Activity::new(&scenario);
        let random = Random::new(8);
        // Logins in each five minutes of the UTC day, over five ordinary days.
        let mut parts = [0_u32; 288];
        for id in 0..scenario.population.users as u32 {
            for session in intervals(&activity, random, id) {
                if (0..5 * DAY).contains(&session.start) {
                    parts[(session.start.rem_euclid(DAY) / 300) as usize] += 1;
                }
            }
        }
        let count = f64::from(parts.into_iter().max().unwrap());
        let busiest = count / 5.0 / 300.0;
        let computed = OrdinaryDay::sign_ins(&scenario);
        // The rate falls a little within five minutes, as fewer users are off.
        let error = 4.0 / count.sqrt();
        assert!(
            (1.0 - error..1.03 + error).contains(&(computed / busiest)),
            "{computed}, counted {busiest}"
        );
    }
}

#[test]
fn a_user_without_a_session_for_weeks_returns() {
    let scenario = scenario(0.002, "7h", "10h", 0.0);
    let activity = Activity::new(&scenario);
    let (random, tables) = (Random::new(9), TraitTables::new(&scenario));
    let late = |id: &u32| {
        let traits = tables.traits(random, *id);
        let next = activity.next_session(random, *id, &traits, 0);
        next.is_some_and(|session| session.start > 50 * DAY)
    };
    assert!((0..2_000).any(|id| late(&id)));
}
