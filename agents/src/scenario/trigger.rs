//! Parameters: what hits the network from outside.

use crate::{
    parameter::Remark,
    quantity::{Instant, Share, Span},
    scenario::{Scenario, ServerKind, backwards},
    section,
};

section! {
    /// An ordinary, spread-out patch day.
    pub struct PatchDay {
        /// The instant of release; without it there is none.
        release: Option<Instant>, optional, source "facts 1.1, 1.2 (10:00 Pacific)";
        /// Share of PCs that take the patch by themselves; 0 for no patch day.
        share: Share = 0.8, source "assumed (Windows with automatic updates; facts 7.1, 7.7)";
        /// Shortest time between two check-ins of a PC; the first after the release falls evenly into
        /// one such time.
        check_in_min: Span = "17h", in "1s"..="14d", source "fact 7.4";
        /// Longest time between two check-ins.
        check_in_max: Span = "22h", in "1s"..="14d", source "fact 7.4";
        /// Longest time from check-in until all is downloaded; drawn evenly from zero.
        download_max: Span = "6h", in "0s"..="14d", source "assumed, fact 2.2 (spread out by download)";
        /// Share of patches installed by hand, at any time of the day that follows; the others are
        /// installed at the scheduled hour on a PC that is on, or at shutdown.
        by_hand_share: Share = 0.2, source "fact 7.1";
        /// The scheduled hour: local time after midnight.
        scheduled: Span = "3h", in "0s"..="23h", source "fact 7.5";
        /// Longest time from the scheduled hour to the restart; drawn evenly from zero.
        install_max: Span = "45m", in "0s"..="12h", source "assumed (nine bulletins, fact 1.1)";
    }
}

section! {
    /// Servers that are slow, or gone.
    pub struct ServerTrouble {
        /// Which servers.
        server: ServerKind, required, source "given";
        /// When it begins.
        at: Instant, required, source "given";
        /// How long it lasts.
        lasts: Span, required, in "1s"..="60d", source "given";
        /// What is left of their rate; 0 for nothing, then they do not answer.
        factor: f64 = 0.0, in 0..=1000, source "given";
    }
}

section! {
    /// Supernodes that vanish at once: their hosts restart.
    pub struct SupernodeLoss {
        /// When.
        at: Instant, required, source "given";
        /// The share of all supernodes in service.
        share: Share, required, source "given";
    }
}

section! {
    /// What hits the network from outside.
    pub struct Trigger {
        /// A patch day.
        patch_day: PatchDay, section;
        /// Servers in trouble.
        server: Vec<ServerTrouble>, tables;
        /// Supernodes that vanish.
        supernode_loss: Vec<SupernodeLoss>, tables;
    }
}

/// What the keys of this file must fulfil together.
pub(super) fn check(scenario: &Scenario) -> Vec<Remark> {
    let patch = &scenario.trigger.patch_day;
    let mut remarks = Vec::new();
    remarks.extend(backwards(
        ("trigger.patch_day.check_in_min", patch.check_in_min),
        ("trigger.patch_day.check_in_max", patch.check_in_max),
    ));
    if patch
        .release
        .is_some_and(|instant| !scenario.run.covers(instant))
    {
        remarks.push(Remark::warning(
            "trigger.patch_day.release",
            "is outside the run: there will be no patch day",
        ));
    }
    remarks
}
