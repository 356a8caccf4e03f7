//! Parameters: what hits the network from outside.

use crate::{
    scenario::quantity::{instant::Instant, rate::Rate, share::Share, span::Span},
    section,
    server::kind::ServerKind,
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
    /// Clients that lose their sessions at once, and sign in again.
    pub struct SignOut {
        /// When.
        at: Instant, required, source "given";
        /// The share of all clients that are signed in.
        share: Share = 1.0, source "given";
        /// How long it takes until the last of them has noticed.
        within: Span = "10s", in "1s"..="7d", source "given";
        /// The regions it happens in; empty for all.
        regions: Vec<String>, optional, source "given";
    }
}

section! {
    /// A power cut: machines go down together and come up together.
    pub struct PowerCut {
        /// When the power goes.
        at: Instant, required, source "given";
        /// When it returns, counted from then.
        lasts: Span, required, in "1s"..="30d", source "given";
        /// How long it takes until the last machine is up again.
        back_within: Span = "5m", in "1s"..="7d", source "given";
        /// The regions it happens in; empty for all.
        regions: Vec<String>, optional, source "given";
    }
}

section! {
    /// Regions that are cut off from the rest: their clients lose their sessions and cannot sign in.
    pub struct RegionCut {
        /// When.
        at: Instant, required, source "given";
        /// How long it lasts.
        lasts: Span, required, in "1s"..="30d", source "given";
        /// The regions.
        regions: Vec<String>, required, source "given";
    }
}

section! {
    /// A configuration, or an update, with which clients do not start until somebody repairs them.
    pub struct ConfigurationPush {
        /// When it is pushed.
        at: Instant, required, source "given";
        /// The share of all running clients that take it.
        share: Share = 1.0, source "given";
        /// How long it takes until the last of them has taken it.
        within: Span = "30m", in "1s"..="7d", source "given";
        /// The shortest time a repair takes.
        repair_min: Span = "1h", in "1s"..="30d", source "given";
        /// The longest time a repair takes.
        repair_max: Span = "3d", in "1s"..="30d", source "given";
        /// The regions it happens in; empty for all.
        regions: Vec<String>, optional, source "given";
    }
}

section! {
    /// Log-ins of an attacker, who does not wait for an answer.
    pub struct LoginFlood {
        /// When it begins.
        at: Instant, required, source "given";
        /// How long it lasts.
        lasts: Span, required, in "1s"..="1d", source "given";
        /// Log-ins a second, over all servers.
        rate: Rate, required, source "given";
    }
}

section! {
    /// A traffic peak, as on holidays: more is asked of the offline-message servers.
    pub struct TrafficPeak {
        /// When it begins.
        at: Instant, required, source "given";
        /// How long it lasts.
        lasts: Span, required, in "1s"..="60d", source "given";
        /// The requests of an online user, as a multiple of the usual.
        factor: f64, required, in 0..=1000, source "given";
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
        /// Sessions lost at once.
        sign_out: Vec<SignOut>, tables;
        /// Power cuts.
        power_cut: Vec<PowerCut>, tables;
        /// Regions cut off.
        region_cut: Vec<RegionCut>, tables;
        /// Configurations that do harm.
        configuration_push: Vec<ConfigurationPush>, tables;
        /// Floods of log-ins.
        login_flood: Vec<LoginFlood>, tables;
        /// Traffic peaks.
        traffic_peak: Vec<TrafficPeak>, tables;
    }
}
