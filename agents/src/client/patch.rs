//! The update service: an ordinary patch day, spread over several days.
//!
//! The tick at which a PC restarts for the patch is a function of the id of its client: the first
//! check-in after the release, the download, and then the installation: by hand at any time, or at the
//! scheduled hour of the night if the PC is on. A PC that is off at that hour installs the patch at
//! shutdown, which has no effect. The restarts do not depend on supernodes; they affect supernodes most
//! because those are on at night. Units: ticks.

use patchday_core::{Chance, Random, Span, Tick};

use crate::{
    event::section::PatchDay,
    network::{distributions::between, draw_ids},
    population::{activity::Activity, traits::Traits},
};

const DAY: i64 = 86_400;

/// The compiled parameters of the patch day.
#[derive(Clone, Debug)]
pub(crate) struct PatchParams {
    share: Chance,
    check_in: (Span, Span),
    download_max: Span,
    by_hand: Chance,
    scheduled: i64,
    install_max: Span,
}

impl PatchParams {
    pub(crate) fn new(patch: &PatchDay) -> Self {
        Self {
            share: Chance::new(patch.share.get()),
            check_in: (patch.check_in_min.seconds(), patch.check_in_max.seconds()),
            download_max: patch.download_max.seconds(),
            by_hand: Chance::new(patch.by_hand_share.get()),
            scheduled: i64::from(patch.scheduled.seconds()),
            install_max: patch.install_max.seconds(),
        }
    }

    /// Returns the tick at which the PC of client `id` restarts for a patch released at `released`, if
    /// it is on at that tick; `None` if it does not install the patch.
    pub(crate) fn restart(
        &self,
        random: Random,
        activity: &Activity,
        id: u32,
        traits: &Traits,
        released: Tick,
    ) -> Option<Tick> {
        let draw = random.draw(id, 0, draw_ids::PATCH, 0);
        if !draw.hits(0, self.share) {
            return None;
        }
        let interval = between(draw.word(1), self.check_in.0, self.check_in.1);
        let ready =
            released + draw.below(2, interval) + between(draw.word(3), 0, self.download_max);
        let how = random.draw(id, 0, draw_ids::PATCH, 1);
        if how.hits(0, self.by_hand) {
            return Some(ready + how.below(1, DAY as u32));
        }
        let local = activity.local(traits.region, ready.into());
        let until = (self.scheduled - local.rem_euclid(DAY)).rem_euclid(DAY);
        Some(ready + until as Span + between(how.word(1), 0, self.install_max))
    }
}
