//! Words that have a meaning in the inputs of a target, for its dictionary.

use patchday_agents::scenario::Scenario;

use crate::{
    fuzzing::seeds::records::{answers, ledgers, manifests},
    scenario::schema::keys as all_keys,
};

/// Keys and names of choices.
pub(crate) fn keys() -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for row in all_keys::<Scenario>() {
        words.extend(row.key.split('.').map(String::from));
        words.push(row.key.replace('N', "0"));
        let choices = row.form.strip_prefix("one of ").into_iter();
        words.extend(
            choices
                .flat_map(|names| names.split(", "))
                .map(String::from),
        );
        words.push(row.default);
    }
    words.retain(|word| word.len() <= 40);
    words.extend(units());
    words.extend(["[[", "]]", " = ", "[]", "{}", "\"\"\"", "nan", "-inf"].map(String::from));
    sorted(words)
}

pub(crate) fn steps() -> Vec<String> {
    let words = "title scenario scale step command args run sweep tip compare map [[step]]";
    words.split(' ').map(String::from).collect()
}

pub(crate) fn units() -> Vec<String> {
    let words = "1s 2h 1d 1w 5/s 3/h .. ..= 1e300 5e-324 0.0 -0.0 1_000 , ' \" [ ] inf 9999999999";
    words.split(' ').map(String::from).collect()
}

pub(crate) fn figures() -> Vec<String> {
    let mut words: Vec<String> = crate::results::figures::names().collect();
    words.extend(["never", "baseline", "==", "!=", "<=", ">=", "*", "null"].map(String::from));
    sorted(words)
}

pub(crate) fn cells() -> Vec<String> {
    let words = "outside operator users 18446744073709551615 4294967295 0.001 -1 \"\" \r\n , time";
    words.split(' ').map(String::from).collect()
}

pub(crate) fn members() -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for text in [manifests(), ledgers(), answers()].concat() {
        let text = String::from_utf8_lossy(&text).into_owned();
        words.extend(
            text.split('"')
                .skip(1)
                .step_by(2)
                .map(|word| format!("\"{word}\"")),
        );
    }
    words.extend(["null", "1e308", "-1", "18446744073709551615", "5e-324"].map(String::from));
    words.retain(|word| word.len() <= 40);
    sorted(words)
}

fn sorted(mut words: Vec<String>) -> Vec<String> {
    words.sort();
    words.dedup();
    words.retain(|word| !word.is_empty());
    words
}
