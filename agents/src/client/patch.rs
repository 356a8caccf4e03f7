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
    scenario::quantity::run_clock::TickLength,
};

/// The compiled parameters of the patch day.
#[derive(Clone, Debug)]
pub(crate) struct PatchParams {
    share: Chance,
    check_in: (Span, Span),
    download_max: Span,
    by_hand: Chance,
    scheduled: i64,
    install_max: Span,
    /// The ticks of a day.
    day: Span,
}

impl PatchParams {
    pub(crate) fn new(patch: &PatchDay, tick: TickLength) -> Self {
        Self {
            share: Chance::new(patch.share.get()),
            check_in: (
                tick.ticks(patch.check_in_min),
                tick.ticks(patch.check_in_max),
            ),
            download_max: tick.ticks(patch.download_max),
            by_hand: Chance::new(patch.by_hand_share.get()),
            scheduled: tick.ticks(patch.scheduled).into(),
            install_max: tick.ticks(patch.install_max),
            day: tick.day(),
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
        let checked = i64::from(released) + i64::from(draw.below(2, interval));
        let ready = checked + i64::from(between(draw.word(3), 0, self.download_max));
        let how = random.draw(id, 0, draw_ids::PATCH, 1);
        let restart = if how.hits(0, self.by_hand) {
            ready + i64::from(how.below(1, self.day))
        } else {
            let (local, day) = (activity.local(traits.region, ready), i64::from(self.day));
            let until = (self.scheduled - local.rem_euclid(day)).rem_euclid(day);
            ready + until + i64::from(between(how.word(1), 0, self.install_max))
        };
        // A tick that does not fit is after the run.
        Tick::try_from(restart).ok()
    }
}
