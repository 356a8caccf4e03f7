//! Tests of the entries for dips: short and long, few and many.

use proptest::prelude::*;

use crate::results::narrative::dips::*;
use crate::{
    host::format::instant,
    results::{samples::tests::every, summary::Summary},
};

const MINUTES: i64 = 5;

/// The entries for samples every five minutes: the index of the sample, and the text.
fn texts(online: &[u64]) -> Vec<(i64, String)> {
    let samples = every(60 * MINUTES, online);
    let number = |time: i64| (time - samples.start) / (60 * MINUTES);
    entries(&samples)
        .into_iter()
        .map(|(time, what)| (number(time), what))
        .collect()
}

fn line(at: i64, what: &str) -> (i64, String) {
    (at, what.to_owned())
}

/// Samples of a dip or pause longer than an hour.
fn long(value: u64) -> Vec<u64> {
    vec![value; 13]
}

#[test]
fn a_short_dip_after_the_outage_can_have_the_lowest_point() {
    let online = [long(1_000), long(80), long(980), vec![900, 74, 500, 1_000]].concat();
    assert_eq!(
        texts(&online),
        [
            line(
                14,
                "The outage begins: more than a tenth of all users are missing"
            ),
            line(14, "More than half of all users are missing"),
            line(14, "The lowest point of this dip"),
            line(
                27,
                "Half of all users are back; the dips of up to 1 h that follow do not count"
            ),
            line(27, "The outage is over: nine tenths of all users are back"),
            line(41, "A dip below 90 % of the norm for 10 min, down to 7 %"),
            line(41, "The lowest point of the run"),
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
    let told = texts(&online);
    assert!(
        told.contains(&line(
            27,
            "Half of all users are back; the dips of up to 1 h that follow do not count"
        )),
        "{told:?}"
    );
    assert!(
        told.contains(&line(
            40,
            "A dip below 50 % of the norm for 10 min, down to 15 %"
        )),
        "{told:?}"
    );
    let samples = every(60 * MINUTES, &online);
    let summary = Summary::new("x", &samples, &[]);
    assert_eq!(
        summary.hours_to_50_percent,
        Some(rounded(13.0 * 5.0 / 60.0))
    );
    let simple = texts(&[long(1_000), long(300), long(1_000)].concat());
    assert!(
        simple.contains(&line(27, "Half of all users are back for good")),
        "{simple:?}"
    );
    assert!(
        !texts(&[long(1_000), long(600), long(1_000)].concat())
            .iter()
            .any(|(_, what)| what.contains("alf"))
    );
}

fn rounded(hours: f64) -> f64 {
    crate::host::format::rounded(hours, 4)
}

#[test]
fn a_failed_recovery_is_two_dips_of_one_outage() {
    let online = [
        long(1_000),
        long(300),
        vec![950],
        long(200),
        long(800),
        long(950),
    ]
    .concat();
    let told = texts(&online);
    let what: Vec<&str> = told.iter().map(|(_, what)| what.as_str()).collect();
    assert_eq!(
        what,
        [
            "The outage begins: more than a tenth of all users are missing",
            "More than half of all users are missing",
            "The lowest point of this dip",
            "Half of all users are back, for now",
            "Nine tenths of all users are back, for now",
            "More than a tenth of all users are missing again",
            "More than half of all users are missing again",
            "The lowest point of the run",
            "Half of all users are back for good",
            "The outage is over: nine tenths of all users are back",
        ]
    );
}

#[test]
fn a_dip_under_five_minutes_has_an_entry_only_if_it_has_the_lowest_point() {
    let samples = every(60, &[1_000, 850, 1_000, 1_000, 10, 1_000]);
    let what: Vec<String> = entries(&samples)
        .into_iter()
        .map(|(_, what)| what)
        .collect();
    assert_eq!(
        what,
        [
            "A dip below 90 % of the norm for 60 s, down to 1 %",
            "The lowest point of the run"
        ]
    );
    assert_eq!(entries(&every(60, &[1_000, 900])), []);
}

#[test]
fn many_dips_have_at_most_some_dozens_of_entries() {
    for unit in [
        vec![800, 1_000],
        vec![400, 600],
        [long(300), long(600)].concat(),
        [long(300), long(1_000)].concat(),
    ] {
        let told = texts(&unit.repeat(500));
        assert!(told.len() <= 50, "{}: {told:?}", told.len());
        let unlisted = told
            .iter()
            .filter(|(_, what)| what.contains("further dips"));
        assert!((1..=3).contains(&unlisted.count()), "{told:?}");
    }
    let told = texts(&[800, 1_000, 700, 1_000].repeat(10));
    let unlisted = told.iter().find(|(_, what)| what.contains("further dips"));
    assert_eq!(
        unlisted.unwrap().1,
        "The last of 14 further dips below 90 % of the norm that are not listed; the longest of \
         them lasts 5 min, the deepest goes down to 70 %"
    );
}

proptest! {
    #[test]
    fn lowest_point_and_outage_are_those_of_the_summary(online in prop::collection::vec(0_u64..1_100, 0..80)) {
        let samples = every(600, &online);
        let (told, summary) = (entries(&samples), Summary::new("x", &samples, &[]));
        let at = |words: &str| told.iter().find(|(_, what)| what.starts_with(words)).map(|(time, _)| instant(*time));
        let exactly = |words: &str| told.iter().find(|(_, what)| what == words).map(|(time, _)| instant(*time));
        let lowest = summary.online_share_min.filter(|least| least.value < 0.9);
        prop_assert_eq!(exactly("The lowest point of the run"), lowest.map(|least| least.time));
        let outage = summary.outage;
        prop_assert_eq!(at("The outage begins"), outage.as_ref().map(|outage| outage.start.clone()));
        prop_assert_eq!(at("The outage is over"), outage.and_then(|outage| outage.end));
        prop_assert!(told.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }
}
