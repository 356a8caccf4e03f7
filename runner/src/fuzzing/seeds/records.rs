//! Seeds of the files of runs and experiments: ledgers, manifests, series, summaries, answers,
//! tables.

use std::sync::OnceLock;

use crate::{
    experiment::storage::{
        ledger_lines::{Batch, Entry, Shard, batch_line, entry_line},
        run_ledger_lines::{RunKey, run_line},
        table::RunTable,
    },
    fuzzing::seeds::{
        small::{manifest, simulation_at, small},
        texts::texts,
    },
    host::format::instant,
    results::{
        figures::{Figures, Outcome, figures},
        narrative::timeline::{self, By, Event},
        run_record::RunRecord,
        samples::Samples,
        summary::Summary,
    },
    store::series::Series,
};

fn batch() -> Batch {
    Batch {
        batch: "0123456789abcdef".into(),
        shard: Shard::WHOLE,
        runs: 4,
        factors: vec!["a".into(), "b".into()],
        points: vec![vec!["1".into(), "2h".into()], vec!["2".into(), "3h".into()]],
        replicates: 2,
        keep: Vec::new(),
        seed: 9,
        command: "patchday sweep x.toml --vary a=1,2".into(),
        command_words: Default::default(),
        reproduce: Default::default(),
        scale: None,
        title: Some("A little".into()),
        version: None,
    }
}

fn entries() -> Vec<Entry> {
    let figures = |lost: f64| {
        Figures::from([
            ("user_hours_lost".into(), Some(lost)),
            ("hours_to_90_percent".into(), None),
        ])
    };
    let done = |run: usize| {
        let digest = format!("{run:016x}");
        let figures = figures(run as f64 + 0.125);
        Entry::new(run, &Outcome::Done { digest, figures }, 1.5)
    };
    let failed = Entry::new(2, &Outcome::Failed("halted".into()), 0.5);
    vec![done(0), done(1), failed, done(3)]
}

pub(crate) fn ledgers() -> Vec<Vec<u8>> {
    let batch = batch();
    let lines = entries()
        .into_iter()
        .map(|entry| entry_line(&entry, &batch));
    let lines = std::iter::once(batch_line(&batch)).chain(lines);
    let sealed: String = lines.flatten().collect();
    let json = |value: serde_json::Result<String>| value.unwrap_or_default() + "\n";
    let mut plain = json(serde_json::to_string(&batch));
    plain.extend(
        entries()
            .iter()
            .map(|entry| json(serde_json::to_string(entry))),
    );
    texts(&[&sealed, &plain])
}

pub(crate) fn runs() -> Vec<Vec<u8>> {
    let (scenario, samples) = (small(), sampled().1);
    let outcome = Outcome::Done {
        digest: "0123456789abcdef".into(),
        figures: figures(&Summary::new("x", &samples, &[])),
    };
    let done = RunRecord::new(outcome, scenario, &samples);
    let failed = RunRecord::failed("halted".into());
    let key = RunKey::new(scenario);
    let lines = [done, failed].map(|record| run_line(key, &record).unwrap_or_default());
    // The same lines without their checksums.
    let plain = |line: &String| {
        let end = line.rfind(",\"seal\"").unwrap_or(line.len());
        format!("{}}}\n", &line[..end])
    };
    let plain: String = lines.iter().map(plain).collect();
    texts(&[&lines.concat(), &plain])
}

pub(crate) fn manifests() -> Vec<Vec<u8>> {
    let manifest = manifest();
    let plain = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    texts(&[&manifest.to_json().unwrap_or_default(), &plain, "{}"])
}

/// The first line of a series.
pub(crate) fn header() -> &'static [u8] {
    static HEADER: OnceLock<Vec<u8>> = OnceLock::new();
    HEADER.get_or_init(|| {
        let series = Series::new(Vec::new(), small());
        series.map(Series::into_inner).unwrap_or_default()
    })
}

/// A series of the small scenario, and its samples.
fn sampled() -> (Vec<u8>, Samples) {
    let scenario = small();
    let mut samples = Samples::new(scenario);
    let mut series = match Series::new(Vec::new(), scenario) {
        Ok(series) => series,
        Err(error) => panic!("{error}"),
    };
    let mut simulation = simulation_at(1_000, 0);
    for tick in [600, 1_200, 1_800, 2_400, 7_200] {
        assert!(simulation.run_until(tick).is_ok());
        let cells = simulation.sample();
        samples.add(tick, &cells);
        assert!(series.add(tick, &cells).is_ok());
    }
    samples.notes = simulation.notes().to_vec();
    (series.into_inner(), samples)
}

pub(crate) fn series() -> Vec<Vec<u8>> {
    let (whole, _) = sampled();
    let rows = whole.splitn(2, |byte| *byte == b'\n').nth(1);
    vec![rows.unwrap_or_default().to_vec(), whole]
}

fn timeline_of(samples: &Samples) -> Vec<u8> {
    let mut events = timeline::events(small(), samples);
    events.push(Event {
        time: instant(samples.start + 60),
        tick: 60,
        by: By::Operator,
        what: "a \"deed\", or two".into(),
        online: Some(5),
        norm: None,
        online_an_hour_later: Some(6),
        norm_an_hour_later: Some(7),
    });
    timeline::file(&events).unwrap_or_default()
}

pub(crate) fn timelines() -> Vec<Vec<u8>> {
    let (_, samples) = sampled();
    vec![timeline_of(&samples)]
}

pub(crate) fn summaries() -> Vec<Vec<u8>> {
    let (_, samples) = sampled();
    let summary = Summary::new("some people", &samples, &[]);
    let text = serde_json::to_string(&summary).unwrap_or_default();
    texts(&[&text, &format!("{{\"summary\":{text}}}")])
}

pub(crate) fn recordings() -> Vec<Vec<u8>> {
    let (_, samples) = sampled();
    let rows = series().swap_remove(0);
    let parts = [summaries().swap_remove(0), timeline_of(&samples), rows];
    let empty = serde_json::to_vec(&Summary::default()).unwrap_or_default();
    vec![parts.join(&0xFF), [&empty[..], b"\xFF\xFF"].concat()]
}

pub(crate) fn answers() -> Vec<Vec<u8>> {
    let about = r#""title":"t","scenario":"s.toml","command":"patchday","version":"0","git":"0","seed":1,"scale":1.0,"users":1000,"hash":"0","runs":4,"failed":1,"wall_s":1.5"#;
    let interval = r#"{"value":1.5,"low":1.0,"high":null}"#;
    let line = |variant: &str, difference: &str, all: &str| {
        format!(
            r#"{{"variant":"{variant}","figure":"user_hours_lost","mean":{interval},"never":1,"difference":{difference},"pairs":2,"replicates":3,"differences":[{all}]}}"#
        )
    };
    let lines = [
        line("as it is", "null", ""),
        line("other", interval, "1.0,2.0"),
    ]
    .join(",");
    let point = r#"{"x":"1h","y":"2","class":"metastable","place":[0,4]},{"x":"2h","y":"3","class":"stable","place":[2,1]}"#;
    let tip = r#"{"key":"a.b","criterion":"user_hours_lost < 1","tip":0.4,"interval":[0.3,null],"today":0.5,"slope":-12.0,"margin":1.25,"remark":null,"levels":[["0.1",12,12],["0.9",12,0]],"values":[0.1,0.9],"range":[0.0,1.0],"unit":"","runs":24,"failed":0}"#;
    let map = format!(
        r#"{{"x":"a","y":"b","points":[{point}],"steps":8,"coarse":4,"branches":[{{"y":"2","x":["1h","2h"],"up":[0.1,0.9],"down":[0.5,0.8],"hysteresis":0.2}}]}}"#
    );
    let fork = r#"{"run":"r","at":"2007-08-14T00:00:00Z","tick":60,"futures":[]}"#;
    let two = r#"{"run":"r","at":"x","tick":60,"futures":[{"try":"a","directory":"d/1-a","figures":{"f":1.0}}]}"#;
    let screened = r#"{"factor":"a.b","effects":{"count":3,"mean":-1.5,"mean_abs":2.5,"interval":[1.0,4.0],"deviation":2.0},"steps":3,"same_digest":0,"crossed":1,"across":1.0,"beyond":1,"given_edge":2.0,"ordered":true}"#;
    let index = r#"{"value":0.5,"interval":[0.25,0.75]}"#;
    let variance = format!(
        r#"{{"mean":4.0,"deviation":2.0,"rows":8,"left_out":1,"factors":[{{"factor":"a.b","indices":{{"first":{index},"total":{index},"rows":8}},"pairs":8,"same_digest":0}},{{"factor":"chance","indices":null,"pairs":8,"same_digest":8}}],"q2":0.5}}"#
    );
    let sensitivity = |found: &str| {
        let figure = |name: &str| {
            format!(
                r#"{{"figure":"{name}","unit":"h","range":[0.0,40.0],"never":1,"missing":1,{found}}}"#
            )
        };
        let (one, other) = (figure("hours_to_90_percent"), figure("user_hours_lost"));
        format!(
            r#"{{"estimator":"morris","points":3,"asked":4,"replicates":1,"seeds":"common","keys":[{{"key":"a.b","levels":"1..2","today":null,"factor":"g"}}],"factors":1,"edge":"user_hours_lost > 0","beyond_edge":2,"runs":9,"failed":[{{"run":3,"point":"a.b=1","why":"halted"}}],"figures":[{one},{other}],"notes":["n"]}}"#
        )
    };
    let of = |question: &str, answer: &str| {
        format!(r#"{{"question":"{question}",{about},"answer":{answer}}}"#)
    };
    let compare = format!(r#"{{"runs":6,"failed":0,"lines":[{lines}]}}"#);
    let all = [
        of("tip", tip),
        // The range is empty.
        of("tip", &tip.replace("[0.0,1.0]", "[4.0,1.0]")),
        of("compare", &compare),
        of("map", &map),
        of(
            "sensitivity",
            &sensitivity(&format!(
                r#""screening":[{screened}],"chance":{screened},"variance":null"#
            )),
        ),
        of(
            "sensitivity",
            &sensitivity(&format!(
                r#""screening":null,"chance":null,"variance":{variance}"#
            )),
        ),
        of("fork", fork),
        of("fork", two),
    ];
    texts(&all.each_ref().map(String::as_str))
}

pub(crate) fn tables() -> Vec<Vec<u8>> {
    let entries = entries()
        .into_iter()
        .map(|entry| (entry.run, entry))
        .collect();
    let whole = RunTable::from_entries(&batch(), &entries).to_csv();
    let whole = whole.unwrap_or_default();
    let small = "run,point,replicate,seed,a,status,digest,user_hours_lost\n0,0,0,1,1h,done,x,5\n1,1,0,1,2h,done,x,\n";
    vec![whole, small.into()]
}
