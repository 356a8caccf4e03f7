//! What is told of stretches, short and long, few and many.

use proptest::prelude::*;

use crate::results::narrative::dips::*;
use crate::{
    host::format::instant,
    results::{samples::tests::every, summary::Summary},
};

const MINUTES: i64 = 5;

/// What is told of samples every five minutes: the number of the sample, and what.
fn said(online: &[u64]) -> Vec<(i64, String)> {
    let samples = every(60 * MINUTES, online);
    let number = |time: i64| (time - samples.start) / (60 * MINUTES);
    told(&samples)
        .into_iter()
        .map(|(time, what)| (number(time), what))
        .collect()
}

fn line(at: i64, what: &str) -> (i64, String) {
    (at, what.to_owned())
}

/// So many samples.
fn long(value: u64) -> Vec<u64> {
    vec![value; 13]
}

#[test]
fn a_collapse_after_the_outage_is_told_and_the_worst_moment_is_there() {
    let online = [long(1_000), long(80), long(980), vec![900, 74, 500, 1_000]].concat();
    assert_eq!(
        said(&online),
        [
            line(
                14,
                "The outage begins: more than a tenth of all users is missing"
            ),
            line(14, "More than half of all users are missing"),
            line(14, "The worst moment of this stretch"),
            line(
                27,
                "Half of all users are back; dips of up to an hour, which follow, do not count"
            ),
            line(27, "The outage is over: nine tenths of all users are back"),
            line(41, "A dip below 90 % for 10 min, to 7 % of the norm"),
            line(41, "The worst moment"),
        ]
    );
}

#[test]
fn half_is_back_where_the_summary_says_so() {
    // The restart of the overlay in August 2007: a short dip below half within the outage.
    let online = [
        long(1_000),
        long(300),
        long(600),
        vec![150, 400],
        vec![840; 3],
        long(1_000),
    ]
    .concat();
    let told = said(&online);
    assert!(
        told.contains(&line(
            27,
            "Half of all users are back; dips of up to an hour, which follow, do not count"
        )),
        "{told:?}"
    );
    assert!(
        told.contains(&line(
            40,
            "A dip below half for 10 min, to 15 % of the norm"
        )),
        "{told:?}"
    );
    let samples = every(60 * MINUTES, &online);
    let summary = Summary::new("x", &samples, &[]);
    assert_eq!(
        summary.hours_to_50_percent,
        Some(rounded(13.0 * 5.0 / 60.0))
    );
    let simple = said(&[long(1_000), long(300), long(1_000)].concat());
    assert!(
        simple.contains(&line(27, "Half of all users are back for good")),
        "{simple:?}"
    );
    assert!(
        !said(&[long(1_000), long(600), long(1_000)].concat())
            .iter()
            .any(|(_, what)| what.contains("alf"))
    );
}

fn rounded(hours: f64) -> f64 {
    crate::host::format::rounded(hours, 4)
}

#[test]
fn a_failed_recovery_is_told_as_one() {
    let online = [
        long(1_000),
        long(300),
        vec![950],
        long(200),
        long(800),
        long(950),
    ]
    .concat();
    let told = said(&online);
    let what: Vec<&str> = told.iter().map(|(_, what)| what.as_str()).collect();
    assert_eq!(
        what,
        [
            "The outage begins: more than a tenth of all users is missing",
            "More than half of all users are missing",
            "The worst moment of this stretch",
            "Half of all users are back, for now",
            "Nine tenths of all users are back, for now",
            "More than a tenth of all users is missing again",
            "More than half of all users are missing again",
            "The worst moment",
            "Half of all users are back for good",
            "The outage is over: nine tenths of all users are back",
        ]
    );
}

#[test]
fn what_is_short_is_told_in_a_line_and_what_is_shorter_if_it_is_the_worst() {
    let samples = every(60, &[1_000, 850, 1_000, 1_000, 10, 1_000]);
    let what: Vec<String> = told(&samples).into_iter().map(|(_, what)| what).collect();
    assert_eq!(
        what,
        [
            "A dip below 90 % for 60 s, to 1 % of the norm",
            "The worst moment"
        ]
    );
    assert_eq!(told(&every(60, &[1_000, 900])), []);
}

#[test]
fn many_dips_are_some_dozens_of_lines() {
    for unit in [
        vec![800, 1_000],
        vec![400, 600],
        [long(300), long(600)].concat(),
        [long(300), long(1_000)].concat(),
    ] {
        let told = said(&unit.repeat(500));
        assert!(told.len() <= 50, "{}: {told:?}", told.len());
        let besides = told
            .iter()
            .filter(|(_, what)| what.contains("more such dips"));
        assert!((1..=3).contains(&besides.count()), "{told:?}");
    }
    let told = said(&[800, 1_000, 700, 1_000].repeat(10));
    let besides = told
        .iter()
        .find(|(_, what)| what.contains("more such dips"));
    assert_eq!(
        besides.unwrap().1,
        "The last of 14 more such dips that are not told, of up to 5 min and to 70 % of the norm"
    );
}

proptest! {
    #[test]
    fn the_worst_moment_and_the_outage_are_those_of_the_summary(online in prop::collection::vec(0_u64..1_100, 0..80)) {
        let samples = every(600, &online);
        let (told, summary) = (told(&samples), Summary::new("x", &samples, &[]));
        let at = |words: &str| told.iter().find(|(_, what)| what.starts_with(words)).map(|(time, _)| instant(*time));
        let exactly = |words: &str| told.iter().find(|(_, what)| what == words).map(|(time, _)| instant(*time));
        let worst = summary.online_share_min.filter(|least| least.value < 0.9);
        prop_assert_eq!(exactly("The worst moment"), worst.map(|least| least.time));
        let outage = summary.outage;
        prop_assert_eq!(at("The outage begins"), outage.as_ref().map(|outage| outage.start.clone()));
        prop_assert_eq!(at("The outage is over"), outage.and_then(|outage| outage.end));
        prop_assert!(told.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }
}
