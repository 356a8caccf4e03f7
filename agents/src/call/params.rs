//! Calls between users: the section of the scenario, and its compiled parameters.
//!
//! Units: ticks.

use patchday_core::Chance;

use crate::{
    network::distributions::{ExponentialSpans, UniformSpan},
    scenario::quantity::{run_clock::TickLength, share::Share, span::Span},
    section,
};

/// Minimum and maximum number of accounts that a user tries to find a user who is online.
const FEWEST_CONTACTS: u32 = 64;
const MOST_CONTACTS: u32 = 4_096;
/// A user tries this multiple of the mean number of accounts needed in the quietest hour. On average
/// one search in ten thousand finds no user.
const PATIENCE: f64 = 9.0;

section! {
    /// Calls between users.
    pub struct Calls {
        /// Share of online users who are in a call at any time; a call has two users. Without an overlay:
        /// 0 by default, unless the scenario has a section `client.calls`.
        busy_share: Share = 0.04, source "fact 5.6 (180,000 conversations with 9 M online)";
        /// Mean length of a call.
        length_mean: Span = "9m", in "1ms"..="1d", source "assumed, fact 6.33 (median 2.9, p75 12 min)";
        /// Share of calls with video.
        video_share: Share = 0.06, source "fact 6.34 (2007)";
        /// Mean length of a call with video.
        video_length_mean: Span = "12m", in "1ms"..="1d", source "assumed, fact 6.33 (median 4.9, p75 16 min)";
        /// Share of calls with video that are group calls, if group video is enabled.
        group_share: Share = 0.02, source "assumed";
        /// Share of calls whose ends cannot reach each other without a relay; 0 without an overlay.
        relayed_share: Share = 0.1, source "assumed, facts 6.31, 6.35";
        /// Minimum time until one end of a call notices that the other end, or the relay, is gone.
        notice_min: Span = "5s", in "1ms"..="4m", source "assumed";
        /// Maximum time until it notices.
        notice_max: Span = "20s", in "1ms"..="4m", source "assumed";
    }
}

/// The compiled parameters of calls.
#[derive(Debug)]
pub(crate) struct CallParams {
    /// The time until an online user starts a call; `None` if there are no calls.
    pub(crate) pause: Option<ExponentialSpans>,
    pub(crate) voice: ExponentialSpans,
    pub(crate) video: ExponentialSpans,
    pub(crate) video_share: Chance,
    /// The probability that a call with video is a group call.
    pub(crate) group_share: Chance,
    pub(crate) relayed_share: Chance,
    /// The number of accounts that a user tries.
    pub(crate) contacts: u32,
    /// The time until one end notices that the other end, or the carrier, is gone.
    pub(crate) notice: UniformSpan,
}

/// The properties of the network from which the parameters of calls are compiled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallFigures {
    /// Number of accounts that can be called.
    pub(crate) callable: u32,
    /// Minimum over the hours of the run of the expected number of users online.
    pub(crate) fewest_online: f64,
    /// Whether there are group-video servers, and whether there are relays.
    pub(crate) group_video: bool,
    pub(crate) relays: bool,
}

impl CallParams {
    pub(crate) fn new(calls: &Calls, figures: CallFigures, tick: TickLength) -> Self {
        let with_video = calls.video_share.get();
        let group = if figures.group_video {
            calls.group_share.get()
        } else {
            0.0
        };
        let relayed = if figures.relays {
            calls.relayed_share.get()
        } else {
            0.0
        };
        let voice_mean = tick.mean(calls.length_mean);
        let video_mean = tick.mean(calls.video_length_mean);
        // In the steady state, the share b of online users are busy. An idle user starts a call every
        // `pause`, and reaches an idle user with probability 1 - b. Then two ends are busy, or one for
        // a group call: b = (1 - b) (2 (1 - b) pairs + groups) / pause.
        let groups = with_video * group * video_mean;
        let pairs = voice_mean * (1.0 - with_video) + video_mean * with_video - groups;
        let busy = calls.busy_share.get();
        let pause = (1.0 - busy) * (2.0 * (1.0 - busy) * pairs + groups) / busy;
        let contacts = PATIENCE * f64::from(figures.callable) / figures.fewest_online.max(1.0);
        Self {
            pause: (busy > 0.0).then(|| ExponentialSpans::new(pause)),
            voice: ExponentialSpans::new(voice_mean),
            video: ExponentialSpans::new(video_mean),
            video_share: Chance::new(with_video),
            group_share: Chance::new(group),
            relayed_share: Chance::new(relayed),
            contacts: (contacts as u32).clamp(FEWEST_CONTACTS, MOST_CONTACTS),
            notice: UniformSpan::new(tick.delay(calls.notice_min), tick.delay(calls.notice_max)),
        }
    }
}
