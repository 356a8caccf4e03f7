//! Parameters of the triggers: the events that affect the network from outside.
//!
//! Declarations only. Units: each key names its own.

use crate::{
    scenario::quantity::{instant::Instant, rate::Rate, share::Share, span::Span},
    section,
    server::kind::ServerKind,
    service::section::ServiceFault,
};

section! {
    /// An ordinary patch day, on which PCs restart over some days.
    pub struct PatchDay {
        /// The instant of release; if not set, there is no patch day.
        release: Option<Instant>, optional, source "facts 1.1, 1.2 (10:00 Pacific)";
        /// Share of PCs that install the patch automatically; 0 for no patch day.
        share: Share = 0.8, source "assumed (Windows with automatic updates; facts 7.1, 7.7)";
        /// Minimum time between two check-ins of a PC. The first check-in after the release is
        /// uniform over one such interval.
        check_in_min: Span = "17h", in "1ms"..="14d", source "fact 7.4";
        /// Maximum time between two check-ins.
        check_in_max: Span = "22h", in "1ms"..="14d", source "fact 7.4";
        /// Maximum time from the check-in to the end of the download; the time is uniform from zero.
        download_max: Span = "6h", in "0s"..="14d", source "assumed, fact 2.2 (spread out by download)";
        /// Share of patches that are installed by hand, at any time within 24 hours; the others are
        /// installed at the scheduled hour if the PC is on, or else at shutdown.
        by_hand_share: Share = 0.2, source "fact 7.1";
        /// The scheduled hour, as local time after midnight.
        scheduled: Span = "3h", in "0s"..="23h", source "fact 7.5";
        /// Maximum time from the scheduled hour to the restart; the time is uniform from zero.
        install_max: Span = "45m", in "0s"..="12h", source "assumed (nine bulletins, fact 1.1)";
    }
}

section! {
    /// Servers that are slow or do not answer. Troubles of the same servers that last at the same time
    /// multiply, as do the actions `login-rate` of the operator.
    pub struct ServerTrouble {
        /// Which servers.
        server: ServerKind, required, source "given";
        /// When it starts. If that is before the start of the run, it acts from the start on.
        at: Instant, required, source "given";
        /// How long it lasts.
        lasts: Span, required, in "1ms"..="60d", source "given";
        /// The rate or the lines of the servers during this time, as a multiple of those they would have
        /// without this trouble; with 0 they do not answer. Calls in progress continue if a part of the
        /// lines is left.
        factor: f64 = 0.0, in 0..=1000, source "given";
    }
}

section! {
    /// Clients that lose their sessions at the same time and log in again.
    pub struct SignOut {
        /// When it happens.
        at: Instant, required, source "given";
        /// Share of the signed-in clients that lose their session.
        share: Share = 1.0, source "given";
        /// The time until the last of these clients notices.
        within: Span = "10s", in "1ms"..="7d", source "given";
        /// The names of the affected regions; all regions if it is not set or empty.
        regions: Vec<String>, optional, source "given";
    }
}

section! {
    /// A power cut: machines go down at the same time and start again when the power returns. Where
    /// power cuts overlap, it returns with the end of the last of them.
    pub struct PowerCut {
        /// When the power fails.
        at: Instant, required, source "given";
        /// The time until the power returns.
        lasts: Span, required, in "1ms"..="30d", source "given";
        /// The time from the return of the power until the last machine is up.
        back_within: Span = "5m", in "1ms"..="7d", source "given";
        /// The names of the affected regions; all regions if it is not set or empty.
        regions: Vec<String>, optional, source "given";
    }
}

section! {
    /// Regions that are cut off: their clients lose their sessions and cannot log in.
    pub struct RegionCut {
        /// When it happens.
        at: Instant, required, source "given";
        /// How long it lasts.
        lasts: Span, required, in "1ms"..="30d", source "given";
        /// The names of the regions; all regions if it is empty.
        regions: Vec<String>, required, source "given";
    }
}

section! {
    /// A configuration or an update that keeps clients from starting until they are repaired.
    pub struct ConfigurationPush {
        /// When it is pushed.
        at: Instant, required, source "given";
        /// Share of the running clients that receive it.
        share: Share = 1.0, source "given";
        /// The time until the last of these clients receives it.
        within: Span = "30m", in "1ms"..="7d", source "given";
        /// Minimum time of a repair.
        repair_min: Span = "1h", in "1ms"..="30d", source "given";
        /// Maximum time of a repair.
        repair_max: Span = "3d", in "1ms"..="30d", source "given";
        /// The names of the affected regions; all regions if it is not set or empty.
        regions: Vec<String>, optional, source "given";
    }
}

section! {
    /// Logins of an attacker who does not wait for answers. The rates of floods that last at the same
    /// time add up.
    pub struct LoginFlood {
        /// When it starts.
        at: Instant, required, source "given";
        /// How long it lasts.
        lasts: Span, required, in "1ms"..="1d", source "given";
        /// Logins per second, over all login servers.
        rate: Rate, required, in "0/s"..="10000000/s", source "given";
    }
}

section! {
    /// A traffic peak, as on holidays: clients send more requests to the offline-message servers.
    /// The factors of peaks that last at the same time multiply.
    pub struct TrafficPeak {
        /// When it starts.
        at: Instant, required, source "given";
        /// How long it lasts.
        lasts: Span, required, in "1ms"..="60d", source "given";
        /// The requests of an online user, as a multiple of the usual number.
        factor: f64, required, in 0..=1000, source "given";
    }
}

section! {
    /// Supernodes that disappear at the same time, because their hosts restart.
    pub struct SupernodeLoss {
        /// When it happens.
        at: Instant, required, source "given";
        /// Share of the supernodes in service.
        share: Share, required, source "given";
    }
}

section! {
    /// The events that affect the network from outside.
    pub struct Trigger {
        /// The patch day.
        patch_day: PatchDay, section;
        /// Server failures.
        server: Vec<ServerTrouble>, tables;
        /// Losses of supernodes.
        supernode_loss: Vec<SupernodeLoss>, tables;
        /// Mass sign-outs.
        sign_out: Vec<SignOut>, tables;
        /// Power cuts.
        power_cut: Vec<PowerCut>, tables;
        /// Regions that are cut off.
        region_cut: Vec<RegionCut>, tables;
        /// Faulty configurations.
        configuration_push: Vec<ConfigurationPush>, tables;
        /// Login floods.
        login_flood: Vec<LoginFlood>, tables;
        /// Traffic peaks.
        traffic_peak: Vec<TrafficPeak>, tables;
        /// Faults of services.
        service: Vec<ServiceFault>, tables;
    }
}
