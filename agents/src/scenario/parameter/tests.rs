//! Tests of a section with all features.

use crate::scenario::parameter::{
    declaration_faults::faults, descriptor::one_line, form::Descriptor, section::Section,
    value::Value,
};
use crate::scenario::quantity::{
    instant::{Day, Instant},
    rate::Rate,
    share::Share,
    span::Span,
};
use crate::{choice, section};

choice! {
    /// How a pause is spread.
    enum Jitter {
        /// Not at all.
        None = "none",
        /// Evenly from zero to the full pause.
        Full = "full",
    }
}

section! {
    /// One part of the world.
    struct Region {
        /// What it is called.
        name: String, required, source "given";
        /// Its part of all users.
        share: Share = 0.5, source "assumed";
        /// Days off.
        holiday: Vec<Day>, optional, source "assumed";
    }
}

section! {
    /// A burst of load.
    struct Burst {
        /// When it begins.
        at: Instant, required, source "given";
    }
}

section! {
    /// The root, with a key of each kind,
    /// described over two lines.
    struct Everything {
        /// Whether the allocation algorithm
        /// has the flaw of 2007.
        flaw: bool = true, source "facts 1.5, 1.9";
        /// How long.
        memory: Span = "26h", in "1m"..="7d", source "assumed, fact 1.11";
        /// How many.
        leaves: u32 = 400, in 1..=2000, unit "leaves", source "fact 3.2";
        /// Many more.
        users: u64 = 220_000_000, min 1, unit "users", source "fact 2.1";
        /// How often.
        rate: Rate = "10000/m", source "assumed";
        /// How steep.
        slope: f64 = -0.5, in -1.0..=1.0, source "assumed";
        /// How spread.
        jitter: Jitter = "full", source "assumed";
        /// How spread, too.
        other: Jitter = Jitter::None, source "assumed";
        /// How long at most.
        until: Option<Instant>, optional, source "assumed";
        /// How many, if so.
        limit: Option<u32>, optional, min 1, source "assumed";
        /// How much in each quarter.
        weights: [f64; 4] = [1.0, 2.5, 3.0, 4.0], in 0..=9, source "assumed";
        /// Pauses.
        pauses: Vec<Span> = ["1s", "2s"], min "1s", source "assumed";
        /// Where.
        region: Vec<Region>, tables = vec![
            Region { name: "europe".into(), ..Region::default() },
        ];
        /// What else.
        burst: Vec<Burst>, tables;
        /// Nested.
        inner: Region, section;
        /// Perhaps.
        shock: Option<Burst>, optional section;
    }
}

#[test]
fn the_declaration_is_valid() {
    assert_eq!(faults::<Everything>(), [""; 0]);
}

fn key(name: &str) -> &'static Descriptor {
    Everything::describe()
        .iter()
        .find(|key| key.name == name)
        .unwrap()
}

fn error_for(name: &str, value: impl Into<Value>) -> String {
    let mut section = Everything::default();
    let error = section.set(name, &value.into()).unwrap_err();
    assert_eq!(
        section,
        Everything::default(),
        "{name}: changed in spite of the error"
    );
    error.to_string()
}

#[test]
fn defaults_have_their_types() {
    let section = Everything::default();
    assert!(section.flaw);
    assert_eq!(section.memory, Span::from_hours(26));
    assert_eq!(section.rate, "10000/m".parse().unwrap());
    assert_eq!(
        (section.jitter, section.other),
        (Jitter::Full, Jitter::None)
    );
    assert_eq!((section.until, section.limit), (None, None));
    assert_eq!(section.weights, [1.0, 2.5, 3.0, 4.0]);
    assert_eq!(section.region[0].name, "europe");
    assert!(section.burst.is_empty() && section.shock.is_none());
}

#[test]
fn descriptors_match_the_declaration() {
    assert_eq!(
        one_line(Everything::about()),
        "The root, with a key of each kind, described over two lines."
    );
    assert_eq!(
        key("flaw").text(),
        "Whether the allocation algorithm has the flaw of 2007."
    );
    assert_eq!(key("flaw").source, "facts 1.5, 1.9");
    assert_eq!(key("memory").range_text().as_deref(), Some("from 1m to 7d"));
    assert_eq!(
        key("leaves").range_text().as_deref(),
        Some("from 1 to 2000 leaves")
    );
    assert_eq!(
        key("users").range_text().as_deref(),
        Some("at least 1 users")
    );
    assert_eq!(key("jitter").range_text(), None);
    assert_eq!(key("memory").default_value(), Some("1d 2h".into()));
    assert_eq!(key("slope").default_value(), Some((-0.5).into()));
    assert_eq!(key("until").default_value(), None);
    assert!(Region::describe()[0].is_required() && key("shock").is_section());
}

#[test]
fn keys_are_set_and_shown() {
    let mut section = Everything::default();
    for (name, value) in [
        ("flaw", Value::from(false)),
        ("memory", "7d".into()),
        ("leaves", 2000.into()),
        ("rate", "500/s".into()),
        ("slope", 0.25.into()),
        ("jitter", "none".into()),
        ("until", "2007-08-20T00:00:00Z".into()),
        ("limit", 7.into()),
        ("weights", [0.0, 9.0, 1.0, 2.0].into()),
        ("pauses", ["1s", "1m"].into()),
    ] {
        assert_eq!(section.set(name, &value), Ok(()), "{name}");
        assert_eq!(section.get(name), Some(value), "{name}");
    }
    assert_eq!(section.limit, Some(7));
    section.set("slope", &Value::Integer(1)).unwrap();
    assert_eq!(section.slope, 1.0);
}

#[test]
fn errors_list_the_allowed_values() {
    assert_eq!(
        error_for("jitter", "ful"),
        "`ful`: expected one of none, full"
    );
    assert_eq!(error_for("memory", "8d"), "`8d`: expected from 1m to 7d");
    assert_eq!(
        error_for("memory", 90),
        r#"`90`: expected a duration in whole milliseconds, such as "90s", "2h 30m" or "250ms""#
    );
    assert_eq!(
        error_for("leaves", 0),
        "`0`: expected from 1 to 2000 leaves"
    );
    assert_eq!(
        error_for("leaves", -1),
        "`-1`: expected a whole number from 0 to 4294967295"
    );
    assert_eq!(
        error_for("slope", f64::NAN),
        "`nan`: expected a number, such as 1.5"
    );
    assert_eq!(error_for("flaw", "yes"), "`yes`: expected true or false");
    assert_eq!(
        error_for("weights", [1.0]),
        "`[1.0]`: expected a list of 4, each a number, such as 1.5"
    );
    assert_eq!(
        error_for("weights", [1.0, 2.0, 3.0, 10.0]),
        "`[1.0, 2.0, 3.0, 10.0]`: expected from 0 to 9"
    );
    assert_eq!(
        error_for("pauses", ["0s"]),
        "`[\"0s\"]`: expected at least 1s"
    );
    assert_eq!(error_for("region", 1), "`1`: expected a list of tables");
    assert!(error_for("nothing", 1).starts_with("`nothing`: expected one of the keys flaw, "));
    assert_eq!(error_for("jitter", "x\ny").lines().count(), 1);
    assert!(error_for("jitter", "x".repeat(1_000).as_str()).len() < 100);
}

#[test]
fn sections_are_added_and_removed() {
    let mut section = Everything::default();
    section.clear_sections("region");
    assert!(section.sections("region").is_empty());
    let region = section.add_section("region").unwrap();
    region.set("name", &"asia".into()).unwrap();
    assert_eq!(section.region[0].name, "asia");
    section
        .section_mut("inner", 0)
        .unwrap()
        .set("share", &1.into())
        .unwrap();
    assert_eq!(section.inner.share, Share::ALL);
    section.add_section("shock").unwrap();
    section.add_section("shock").unwrap();
    assert_eq!(section.sections("shock").len(), 1);
    section.clear_sections("shock");
    assert!(section.shock.is_none() && section.add_section("inner").is_none());
}

#[test]
fn unquoted_texts_are_read_by_form() {
    let bare = |name: &str, text: &str| key(name).form.read_bare(text);
    assert_eq!(bare("flaw", "false"), Some(false.into()));
    assert_eq!(bare("users", "1_000"), Some(1_000.into()));
    assert_eq!(bare("slope", "1e-3"), Some(1e-3.into()));
    assert_eq!(bare("pauses", "[1s, 2m]"), Some(["1s", "2m"].into()));
    assert_eq!(bare("pauses", ""), Some(Value::List(Vec::new())));
    assert_eq!(bare("memory", "5"), Some("5".into()));
    assert_eq!((bare("flaw", "1"), bare("users", "many")), (None, None));
}
