//! Tests of the comparison with observed points.

use patchday_agents::scenario::{
    Confidence, Observed,
    quantity::{Instant, Share},
};

use super::*;
use crate::results::samples::tests::hourly;

fn observation(time: &str, users: Option<u64>, share: Option<f64>) -> Observed {
    Observed {
        time: time.parse::<Instant>().unwrap(),
        what: "users online".into(),
        users,
        share: share.and_then(Share::new),
        daily_peak: false,
        source: "a paper, \"quoted\"".into(),
        confidence: Confidence::B,
        error: None,
        error_users: None,
        within: None,
        alternatives: None,
        hold_out: false,
    }
}

#[test]
fn an_uncertain_time_is_compared_with_the_best_sample_of_its_window() {
    let samples = hourly(&[1_000, 800, 500, 300, 100]);
    let mut point = observation("2007-08-14T02:00:00Z", Some(320), None);
    let model = |point: &Observed| {
        let compared = Comparison::all(std::slice::from_ref(point), &samples);
        let reached = compared[0].reached.unwrap();
        (reached.model, reached.error, reached.whisker())
    };
    let (alone, error, whisker) = model(&point);
    assert_eq!((error, whisker), (None, None));
    point.within = "1h".parse().ok();
    point.error_users = Some(50);
    let (near, error, whisker) = model(&point);
    assert_eq!((error, whisker), (Some(0.05), Some((270.0, 370.0))));
    point.within = "2h".parse().ok();
    assert!(alone > near && model(&point).0 == 300, "{alone} {near}");
    // A window between two samples, and one that reaches beyond the run.
    point.within = "1s".parse().ok();
    assert_eq!(model(&point).0, alone);
    point.within = "1d".parse().ok();
    point.error_users = None;
    point.error = Share::new(0.5);
    assert_eq!(model(&point), (300, Some(0.5), Some((0.0, 820.0))));
}

#[test]
fn users_and_shares_beside_the_closest_sample() {
    let samples = hourly(&[1_000, 500, 100]);
    let points = [
        observation("2007-08-14T02:10:00Z", Some(700), None),
        observation("2007-08-14T03:00:00Z", None, Some(0.3)),
        observation("2007-08-14T09:00:00Z", Some(1), None),
    ];
    let compared = Comparison::all(&points, &samples);
    let distances: Vec<_> = compared.iter().map(Comparison::distance).collect();
    assert_eq!(distances, [Some(0.2), Some(0.2), None]);
    let text = String::from_utf8(file(&compared).unwrap()).unwrap();
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(
        rows[0],
        "time,what,observed,model,difference,source,confidence,norm"
    );
    assert_eq!(
        rows[1],
        "2007-08-14T02:10:00Z,users online,700,500,-0.2,\"a paper, \"\"quoted\"\"\",B,1000"
    );
    assert!(rows[3].contains("users online,,,,"), "{}", rows[3]);
    let text = table(&compared, 1.0);
    assert!(text.ends_with("Not within the run: 1 more.\n\n"), "{text}");
    let text = table(&compared[2..], 0.5);
    assert_eq!(text, "\nobserved points   none of 1 is within the run\n\n");
}

#[test]
fn only_a_changed_run_with_observed_points_is_a_counterfactual() {
    let samples = hourly(&[1_000, 500]);
    let points = [observation("2007-08-14T02:00:00Z", Some(700), None)];
    let compared = Comparison::all(&points, &samples);
    let keys = ["a.b", "c", "d", "e"].map(String::from);
    assert_eq!(counterfactual(&compared, &[]), None);
    assert_eq!(counterfactual(&[], &keys), None);
    let said = counterfactual(&compared, &keys).unwrap();
    assert!(
        said.starts_with("a counterfactual: a.b, c, d and 1 more keys changed"),
        "{said}"
    );
}

#[test]
fn a_daily_peak_needs_the_whole_day() {
    let mut online = vec![500; 24];
    online[11] = 900;
    let mut point = observation("2007-08-14T00:00:00Z", Some(1_000), None);
    point.daily_peak = true;
    let whole = Comparison::all(std::slice::from_ref(&point), &hourly(&online));
    assert_eq!(whole[0].reached.map(|reached| reached.model), Some(900));
    assert_eq!(whole[0].distance(), Some(0.1));
    let short = Comparison::all(&[point], &hourly(&online[..23]));
    assert_eq!(short[0].reached, None);
}
