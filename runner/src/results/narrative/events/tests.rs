//! Tests of the texts for notes.

use crate::results::narrative::events::*;
use crate::scenario::load::load;

/// The events of notes, in a scenario of one day with these keys.
fn events(keys: &str, notes: &[(Tick, Note)]) -> Vec<(Tick, String)> {
    let head = "[run]\ntitle = \"x\"\nstart = \"2007-08-14T00:00:00Z\"\n\
                end = \"2007-08-15T00:00:00Z\"\n";
    let loaded = load::<Scenario>("x", &format!("{head}{keys}"), &[]);
    let scenario = loaded.unwrap().scenario;
    let mut all = Notes::default();
    for (tick, note) in notes {
        all.take(&scenario, *tick, *note);
    }
    let events = all.until(86_400).into_iter();
    events.map(|noted| (noted.tick, noted.what)).collect()
}

fn words(keys: &str, notes: &[Note]) -> Vec<String> {
    let notes: Vec<_> = notes.iter().map(|note| (7, *note)).collect();
    events(keys, &notes)
        .into_iter()
        .map(|(_, what)| what)
        .collect()
}

const SERVERS: &str = "[[trigger.server]]\nserver = \"offline-messages\"\n\
    at = \"2007-08-14T01:00:00Z\"\nlasts = \"2h\"\nfactor = 0.4\n\
    [[operator.action]]\nname = \"off\"\ndeed = \"offline-messages-off\"\n\
    [[operator.action]]\nname = \"on\"\ndeed = \"offline-messages-on\"\n";

#[test]
fn servers_that_the_operator_keeps_off_stay_off_after_their_fault() {
    let (trouble, over) = (Note::Trouble(0), Note::TroubleOver(0));
    assert_eq!(
        words(SERVERS, &[trouble, over]),
        [
            "The offline-message servers run at 40 % of their rate",
            "The fault of the offline-message servers is over",
        ]
    );
    let off = words(SERVERS, &[Note::Action(0), over, Note::Action(1)]);
    assert_eq!(
        off[0],
        "The operator switches the offline-message servers off (off)"
    );
    assert!(
        off[1].ends_with("but the operator keeps them switched off"),
        "{off:?}"
    );
    assert_eq!(
        off[2],
        "The operator switches the offline-message servers on again (on)"
    );
    let on = words(SERVERS, &[Note::Action(0), Note::Action(1), over]);
    assert_eq!(on[2], "The fault of the offline-message servers is over");
}

#[test]
fn a_flood_and_a_peak_end_when_the_run_reaches_their_end() {
    let keys = "[[trigger.login_flood]]\nat = \"2007-08-14T01:00:00Z\"\nlasts = \"1h\"\n\
                rate = \"25/s\"\n[[trigger.traffic_peak]]\nat = \"2007-08-14T23:30:00Z\"\n\
                lasts = \"1h\"\nfactor = 3.0\n";
    let all = events(keys, &[(3_600, Note::Flood(0)), (84_600, Note::Peak(0))]);
    let all: Vec<_> = all
        .iter()
        .map(|(tick, what)| (*tick, what.as_str()))
        .collect();
    assert_eq!(
        all,
        [
            (
                3_600,
                "A flood of 25 logins a second begins and lasts for 1 h"
            ),
            (7_200, "The flood of logins is over"),
            (84_600, "Users send 3 times as many messages for 1 h"),
        ]
    );
    let mut notes = Notes::default();
    let text = format!(
        "[run]\ntitle = \"x\"\nstart = \"2007-08-14T00:00:00Z\"\nend = \"2007-08-15T00:00:00Z\"\n{keys}"
    );
    let scenario = load::<Scenario>("x", &text, &[]).unwrap().scenario;
    notes.take(&scenario, 3_600, Note::Flood(0));
    let counts = [3_599, 3_600, 7_199, 7_200, 86_400].map(|now| notes.until(now).len());
    assert_eq!(counts, [0, 1, 0, 1, 0]);
}

#[test]
fn the_end_of_a_mass_event_names_its_kind_and_regions() {
    let at = "at = \"2007-08-14T01:00:00Z\"\n";
    let keys = format!(
        "[[trigger.sign_out]]\n{at}share = 0.5\n\
         [[trigger.power_cut]]\n{at}lasts = \"1h\"\n\
         [[trigger.region_cut]]\n{at}lasts = \"30m\"\nregions = [\"oceania\"]\n"
    );
    let region = Scenario::default().population.region[0].name.clone();
    let keys = keys.replace("oceania", &region);
    let over = words(&keys, &[Note::Over(1), Note::RegionCut(0), Note::Over(2)]);
    assert_eq!(over[0], "The power is back in all regions");
    assert_eq!(
        over[1],
        format!("Clients in {region} are cut off from the network for 30 min")
    );
    assert_eq!(
        over[2],
        format!("Clients in {region} are no longer cut off from the network")
    );
}

#[test]
fn one_machine_is_singular() {
    let rate = Rate::from_per_second(2.0 / 3_600.0).unwrap();
    assert_eq!(
        adds(1, "supernode", rate, "x"),
        "The operator adds 1 supernode (x)"
    );
    assert_eq!(
        adds(12, "supernode", rate, "x"),
        "The operator begins to add up to 12 supernodes, 2 an hour (x)"
    );
    assert_eq!(
        adds(0, "supernode", rate, "x"),
        "The operator has no supernodes to add (x)"
    );
}

/// Troubles and an action at the log-in servers: two overlap, the operator doubles the rate in the
/// second, a third touches the first.
#[test]
fn the_end_of_one_of_several_effects_says_what_goes_on() {
    let trouble = |from: u32, lasts: u32, factor: f64| {
        format!(
            "[[trigger.server]]\nserver = \"login\"\nat = \"2007-08-14T0{from}:00:00Z\"\n\
             lasts = \"{lasts}h\"\nfactor = {factor}\n"
        )
    };
    let keys = trouble(1, 4, 0.1) + &trouble(2, 2, 0.0) + &trouble(5, 1, 0.5);
    let keys = keys
        + "[[operator.action]]\nname = \"more\"\ndeed = \"login-rate\"\nfactor = 2.0\n\
           [[trigger.login_flood]]\nat = \"2007-08-14T01:00:00Z\"\nlasts = \"2h\"\nrate = \"20/s\"\n\
           [[trigger.login_flood]]\nat = \"2007-08-14T02:00:00Z\"\nlasts = \"2h\"\nrate = \"0.001/s\"\n";
    let hour = 3_600;
    let notes = [
        (hour, Note::Trouble(0)),
        (2 * hour, Note::Trouble(1)),
        (3 * hour, Note::Action(0)),
        (4 * hour, Note::TroubleOver(1)),
        (5 * hour, Note::TroubleOver(0)),
        (5 * hour, Note::Trouble(2)),
        (6 * hour, Note::TroubleOver(2)),
    ];
    let all = events(&keys, &notes);
    let texts: Vec<&str> = all.iter().map(|(_, what)| what.as_str()).collect();
    assert_eq!(
        texts,
        [
            "The login servers run at 10 % of their rate",
            "The login servers have another fault: they now do not answer",
            "The operator multiplies the rate of the login servers by 2 (more); they do not answer",
            "One fault of the login servers is over; because of another one they run at 20 % of their \
             usual rate",
            "The fault of the login servers is over; they run at 2 times their usual rate",
            "The login servers run at 100 % of their usual rate",
            "The fault of the login servers is over; they run at 2 times their usual rate",
        ]
    );
    let floods = events(&keys, &[(hour, Note::Flood(0)), (2 * hour, Note::Flood(1))]);
    let texts: Vec<&str> = floods.iter().map(|(_, what)| what.as_str()).collect();
    assert_eq!(
        texts,
        [
            "A flood of 20 logins a second begins and lasts for 2 h",
            "Another flood of 0.001 logins a second begins and lasts for 2 h; together 20 a second",
            "A flood of logins is over; 0.001 logins a second of others go on",
            "The flood of logins is over",
        ]
    );
}

#[test]
fn power_that_is_still_out_is_not_back() {
    let cut = |from: u32, lasts: u32| {
        format!("[[trigger.power_cut]]\nat = \"2007-08-14T0{from}:00:00Z\"\nlasts = \"{lasts}h\"\n")
    };
    let keys = cut(1, 2) + &cut(2, 3);
    let over = events(
        &keys,
        &[(3 * 3_600, Note::Over(0)), (5 * 3_600, Note::Over(1))],
    );
    assert_eq!(
        over[0].1,
        "A power cut is over in all regions, but another one lasts"
    );
    assert_eq!(over[1].1, "The power is back in all regions");
}
