//! Snapshots of all error messages for wrong scenarios and options.
//!
//! After an intended change, review the difference and update the snapshots with
//! `INSTA_UPDATE=always cargo test`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::{fs, path::Path};

use common::{done, patchday};

/// Runs the program in a directory; returns the command, its output and its exit code.
fn said(directory: &Path, words: &[&str]) -> String {
    let mut command = patchday(words);
    command.current_dir(directory);
    let ended = done(command);
    format!(
        "$ patchday {}\n{}{}exit code {}\n\n",
        words.join(" "),
        ended.out,
        ended.err,
        ended.code.unwrap()
    )
}

const HEAD: &str = "[run]
title = \"A test\"
start = \"2007-08-14T00:00:00Z\"
end = \"2007-08-15T00:00:00Z\"
";

#[test]
fn invalid_scenarios_have_exact_messages() {
    let root = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for (name, body) in [
        (
            "unknown-key",
            format!("{HEAD}[population]\nonline_shrae = 0.1\n"),
        ),
        (
            "unknown-section",
            format!("{HEAD}[populaton]\nusers = 5000\n"),
        ),
        (
            "wrong-type",
            format!("{HEAD}[overlay.promotion]\nflaw = \"no\"\nevery = 10\n"),
        ),
        (
            "wrong-unit",
            format!(
                "{HEAD}[client]\nprobe_timeout = \"5 parsecs\"\n[servers.login]\nrate = \"10s\"\n"
            ),
        ),
        (
            "out-of-range",
            format!("{HEAD}[population]\nusers = 12\nonline_share = 1.5\n[client]\nprobes = 0\n"),
        ),
        ("missing", "[run]\ntitle = \"A test\"\n".to_owned()),
        ("twice", format!("{HEAD}title = \"again\"\n")),
        ("not-toml", "scenario: yaml\n".to_owned()),
        ("backwards", HEAD.replace("08-15", "08-13")),
        (
            "contradictory",
            format!(
                "{HEAD}[client]\nkeep_alive_min = \"3m\"\nkeep_alive_max = \"1m\"\n\
                 [[observed]]\ntime = \"2007-08-14T12:00:00Z\"\nsource = \"x\"\nconfidence = \"A\"\n\
                 users = 5\nshare = 0.5\n"
            ),
        ),
        (
            "regions",
            format!(
                "{HEAD}[[calendar.holiday]]\nday = \"2007-08-14\"\nfactor = 0.5\nregions = [\"atlantis\"]\n\
                 [[population.region]]\nname = \"here\"\nshare = 0.5\nutc_offset = 0\n"
            ),
        ),
        (
            "overloaded",
            format!("{HEAD}[servers.login]\nrate = \"10/s\"\nqueue = \"60s\"\n"),
        ),
        (
            "outside",
            format!(
                "{HEAD}[trigger.patch_day]\nrelease = \"2007-08-20T00:00:00Z\"\n\
                 [[operator.force_supernodes]]\nname = \"late\"\nat = \"2007-08-21T00:00:00Z\"\ncount = 5\n"
            ),
        ),
    ] {
        let file = format!("{name}.toml");
        fs::write(root.path().join(&file), body).unwrap();
        text += &said(root.path(), &["check", &file]);
    }
    insta::assert_snapshot!(text);
}

#[test]
fn invalid_options_have_exact_messages() {
    let root = tempfile::tempdir().unwrap();
    fs::write(
        root.path().join("x.toml"),
        format!("{HEAD}[population]\nusers = 5000\n"),
    )
    .unwrap();
    fs::create_dir(root.path().join("full")).unwrap();
    fs::write(root.path().join("full/notes.txt"), "mine").unwrap();
    let mut text = String::new();
    for words in [
        &["run"][..],
        &["run", "no.toml"],
        &["run", "full"],
        &["rum", "x.toml"],
        &["run", "x.toml", "--threads", "0"],
        &["run", "x.toml", "--shards", "70000"],
        &["run", "x.toml", "--scale", "-1"],
        &["run", "x.toml", "--scale", "0.000001"],
        &["run", "x.toml", "--seed", "minus one"],
        &["run", "x.toml", "--until", "soon"],
        &["run", "x.toml", "--until", "2007-08-01T00:00:00Z"],
        &["run", "x.toml", "-s", "run.seed"],
        &["run", "x.toml", "-s", "run.sed=1"],
        &["run", "x.toml", "-s", "overlay.promotion.flaw=maybe"],
        &["run", "x.toml", "-s", "overlay.promotion=1"],
        &["run", "x.toml", "-s", "operator.force_supernodes.3.count=1"],
        &["run", "x.toml", "--out", "full"],
        &["run", "x.toml", "--out", "x.toml/run"],
        &["verify", "full"],
        &["verify", "nowhere"],
        &["bench", "--actors", "ten"],
    ] {
        text += &said(root.path(), words);
    }
    insta::assert_snapshot!(text);
}
