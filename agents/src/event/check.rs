//! Checks of the triggers that need the whole scenario: regions and the length of the run.

use crate::scenario::{
    parameter::check::{Remark, max_below_min},
    root::Scenario,
};

/// Returns a remark for each contradiction or doubtful value.
pub(crate) fn check_triggers(scenario: &Scenario) -> Vec<Remark> {
    let patch = &scenario.trigger.patch_day;
    let mut remarks = Vec::new();
    remarks.extend(max_below_min(
        ("trigger.patch_day.check_in_min", patch.check_in_min),
        ("trigger.patch_day.check_in_max", patch.check_in_max),
    ));
    if patch
        .release
        .is_some_and(|instant| !scenario.run.covers(instant))
    {
        remarks.push(Remark::warning(
            "trigger.patch_day.release",
            "is outside the run: the patch is not released",
        ));
    }
    let trigger = &scenario.trigger;
    let named = [
        (
            "sign_out",
            trigger
                .sign_out
                .iter()
                .map(|one| &one.regions)
                .collect::<Vec<_>>(),
        ),
        (
            "power_cut",
            trigger.power_cut.iter().map(|one| &one.regions).collect(),
        ),
        (
            "region_cut",
            trigger.region_cut.iter().map(|one| &one.regions).collect(),
        ),
        (
            "configuration_push",
            trigger
                .configuration_push
                .iter()
                .map(|one| &one.regions)
                .collect(),
        ),
    ];
    let regions = &scenario.population.region;
    let known: Vec<&str> = regions.iter().map(|region| region.name.as_str()).collect();
    for (kind, lists) in named {
        for (index, names) in lists.into_iter().enumerate() {
            let unknown = names.iter().find(|name| !known.contains(&name.as_str()));
            if let Some(name) = unknown {
                remarks.push(Remark::error(
                    format!("trigger.{kind}.{index}.regions"),
                    format!(
                        "has the unknown region `{name}`; the regions are {}",
                        known.join(", ")
                    ),
                ));
            }
        }
    }
    for (index, push) in trigger.configuration_push.iter().enumerate() {
        let path = |key| format!("trigger.configuration_push.{index}.{key}");
        remarks.extend(max_below_min(
            (&path("repair_min"), push.repair_min),
            (&path("repair_max"), push.repair_max),
        ));
    }
    remarks
}
