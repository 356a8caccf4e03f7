//! Features: the parts of the network that a scenario has or does not have.
//!
//! Texts and pages mention a service only if the scenario has it. The columns of the series are the same
//! for all scenarios.

use crate::{
    operator::section::ActionKind,
    scenario::{effect::without_effect, root::Scenario},
    service::columns::FleetColumn,
};

/// A part of the network that a scenario can lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// The overlay of supernodes, and its relays.
    Overlay,
    /// Users who use the network for business.
    BusinessUsers,
    /// Calls between users.
    Calls,
    /// Calls with video.
    Video,
    /// Presence servers.
    Presence,
    /// Chat servers.
    Chat,
    /// Offline-message servers.
    OfflineMessages,
    /// Business gateways.
    Gateways,
    /// The business control panel.
    ControlPanel,
    /// Group-video servers, and calls that use them.
    GroupVideo,
    /// Versions of the client, of which some crash.
    Crashes,
    /// Logins of attackers.
    LoginFloods,
}

/// The features of columns and figures, by the beginning of their names.
const BY_NAME: [(&str, Feature); 20] = [
    ("supernode", Feature::Overlay),
    ("mega_supernodes", Feature::Overlay),
    ("leaves_per_supernode", Feature::Overlay),
    ("traffic", Feature::Overlay),
    ("seeking", Feature::Overlay),
    ("requests", Feature::Overlay),
    ("links_lost", Feature::Overlay),
    ("promotions", Feature::Overlay),
    ("business", Feature::BusinessUsers),
    ("call", Feature::Calls),
    ("video", Feature::Video),
    ("presence", Feature::Presence),
    ("chat", Feature::Chat),
    ("offline_messages", Feature::OfflineMessages),
    ("messages", Feature::OfflineMessages),
    ("gateway", Feature::Gateways),
    ("manager", Feature::ControlPanel),
    ("group_video", Feature::GroupVideo),
    ("crashes", Feature::Crashes),
    ("login_attacks", Feature::LoginFloods),
];

/// Keys that belong to a feature although [`without_effect`] does not list them, by the beginning of
/// their paths.
const BY_KEY: [(&str, Feature); 4] = [
    ("population.eligible_share", Feature::Overlay),
    ("client.keep_alive", Feature::Overlay),
    ("population.business_share", Feature::BusinessUsers),
    ("client.calls.", Feature::Calls),
];

impl Feature {
    /// Returns the feature to which a column of the series or a figure of the summary belongs; `None` if
    /// every scenario has it.
    pub fn of(name: &str) -> Option<Self> {
        let found = BY_NAME.iter().find(|(start, _)| name.starts_with(start));
        found.map(|(_, feature)| *feature)
    }
}

impl Scenario {
    /// Returns whether the scenario has a part of the network.
    pub fn has(&self, feature: Feature) -> bool {
        let calls = self.client.calls.busy_share.get() > 0.0;
        let video = calls && self.client.calls.video_share.get() > 0.0;
        match feature {
            Feature::Overlay => self.overlay.enabled,
            Feature::BusinessUsers => self.population.business_share.get() > 0.0,
            Feature::Calls => calls,
            Feature::Video => video,
            Feature::Presence => self.servers.presence.on,
            Feature::Chat => self.servers.chat.on,
            Feature::OfflineMessages => {
                self.servers.offline_messages.on || self.switches(ActionKind::OfflineMessagesOn)
            }
            Feature::Gateways => self.servers.gateway.on,
            Feature::ControlPanel => self.servers.manager.on,
            Feature::GroupVideo => {
                let on = self.servers.group_video.on || self.switches(ActionKind::GroupVideoOn);
                on && video
            }
            Feature::Crashes => {
                let versions = &self.population.version;
                versions
                    .iter()
                    .any(|version| version.crash_share.get() > 0.0)
            }
            Feature::LoginFloods => !self.trigger.login_flood.is_empty(),
        }
    }

    /// Returns whether the operator has an action of this kind.
    fn switches(&self, deed: ActionKind) -> bool {
        self.operator
            .action
            .iter()
            .any(|action| action.deed == deed)
    }

    /// Returns whether a column of the series or a figure of the summary, given by its name, says
    /// something about this scenario.
    pub fn has_figure(&self, name: &str) -> bool {
        self.is_of_service(name) || Feature::of(name).is_none_or(|feature| self.has(feature))
    }

    /// Returns whether a name is that of a column or figure of a service, operation or source.
    fn is_of_service(&self, name: &str) -> bool {
        let columns = FleetColumn::all(self);
        let owner = name.split_once('.').map(|(owner, _)| owner);
        owner.is_some_and(|owner| columns.iter().any(|column| column.owner(self) == owner))
    }

    /// Returns whether a key, given by its path, has an effect on this scenario.
    pub fn has_key(&self, path: &str) -> bool {
        let feature = BY_KEY.iter().find(|(start, _)| path.starts_with(start));
        feature.is_none_or(|(_, feature)| self.has(*feature))
            && !without_effect(self).iter().any(|key| key.covers(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        metrics::columns::COLUMNS,
        scenario::{
            parameter::{Descriptor, Form, Section},
            quantity::Share,
        },
    };

    #[test]
    fn every_beginning_belongs_to_a_column_or_figure() {
        for (start, _) in BY_NAME {
            let any = COLUMNS.iter().any(|column| column.name.starts_with(start));
            assert!(any, "{start}");
        }
        assert_eq!(Feature::of("online"), None);
        assert_eq!(Feature::of("supernodes"), Some(Feature::Overlay));
        assert_eq!(
            Feature::of("business_calls_lost"),
            Some(Feature::BusinessUsers)
        );
    }

    #[test]
    fn keys_without_effect_do_not_belong_to_a_scenario() {
        let mut scenario = Scenario::default();
        for key in [
            "overlay.promotion.flaw",
            "client.calls.length_mean",
            "servers.chat.rate",
        ] {
            assert!(scenario.has_key(key), "{key}");
        }
        scenario.overlay.enabled = false;
        scenario.client.calls.busy_share = Share::NONE;
        scenario.servers.chat.on = false;
        for key in [
            "overlay.promotion.flaw",
            "client.calls.length_mean",
            "servers.chat.rate",
        ] {
            assert!(!scenario.has_key(key), "{key}");
        }
        assert!(scenario.has_key("servers.login.rate"));
    }

    #[test]
    fn every_beginning_of_a_key_belongs_to_a_key() {
        fn paths(keys: &[Descriptor], above: &str, all: &mut Vec<String>) {
            for key in keys {
                let path = format!("{above}{}", key.name);
                match key.form {
                    Form::Section { keys, .. } | Form::Tables { keys, .. } => {
                        paths(keys(), &format!("{path}."), all);
                    }
                    _ => all.push(path),
                }
            }
        }
        let mut all = Vec::new();
        paths(Scenario::describe(), "", &mut all);
        for (start, _) in BY_KEY {
            assert!(all.iter().any(|path| path.starts_with(start)), "{start}");
        }
    }

    #[test]
    fn the_default_network_has_an_overlay_and_no_servers_of_2010() {
        let scenario = Scenario::default();
        assert!(scenario.has(Feature::Overlay) && scenario.has(Feature::Chat));
        assert!(scenario.has_figure("online") && scenario.has_figure("supernodes"));
        assert!(!scenario.has_figure("gateway_calls"));
    }
}
