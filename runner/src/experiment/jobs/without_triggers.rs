//! Runs of a scenario without its triggers, and overrides of a job as people read them.

use crate::experiment::jobs::job::Job;

/// Overrides that remove every trigger.
const WITHOUT_TRIGGERS: [&str; 10] = [
    "trigger.patch_day.share=0.0",
    "trigger.server=[]",
    "trigger.supernode_loss=[]",
    "trigger.sign_out=[]",
    "trigger.power_cut=[]",
    "trigger.region_cut=[]",
    "trigger.configuration_push=[]",
    "trigger.login_flood=[]",
    "trigger.traffic_peak=[]",
    "run.title=without its triggers",
];

/// The job without triggers; an override of a trigger, such as an axis, is dropped.
pub(crate) fn without_triggers(mut job: Job) -> Job {
    job.set.retain(|one| !one.starts_with("trigger."));
    job.set.extend(WITHOUT_TRIGGERS.map(String::from));
    job
}

/// The overrides of a job as text. Those that remove every trigger are two words.
pub(crate) fn described(set: &[String]) -> String {
    let own = set
        .len()
        .checked_sub(WITHOUT_TRIGGERS.len())
        .filter(|own| set[*own..].iter().eq(WITHOUT_TRIGGERS.iter()));
    let mut parts: Vec<&str> = set[..own.unwrap_or(set.len())]
        .iter()
        .map(String::as_str)
        .collect();
    if own.is_some() {
        parts.push("without triggers");
    }
    match parts.as_slice() {
        [] => "the scenario as it is".to_owned(),
        parts => parts.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_that_remove_triggers_are_two_words() {
        let job = |set: &[&str]| Job {
            index: 0,
            replicate: 0,
            seed: 1,
            set: set.iter().map(|one| (*one).to_owned()).collect(),
        };
        let axes = ["a.b=1", "trigger.server.0.factor=0.5"];
        assert_eq!(
            described(&job(&axes).set),
            "a.b=1; trigger.server.0.factor=0.5"
        );
        assert_eq!(
            described(&without_triggers(job(&axes)).set),
            "a.b=1; without triggers"
        );
        assert_eq!(
            described(&without_triggers(job(&[])).set),
            "without triggers"
        );
        assert_eq!(described(&[]), "the scenario as it is");
        // A job that removes one trigger itself is shown as it is.
        assert_eq!(
            described(&job(&["trigger.server=[]"]).set),
            "trigger.server=[]"
        );
    }
}
