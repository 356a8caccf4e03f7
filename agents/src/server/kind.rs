//! The kinds of servers, with one entry for each.
//!
//! An entry gives the name of the kind in scenarios and in sentences, its section of the scenario, and
//! its type of compiled parameters, which implements its behaviour (see
//! [`crate::server::interface::Server`]). [`ServerKind`], the sections of
//! [`crate::server::section::Servers`], the address map, and [`crate::server::table::ServerParams`]
//! with its dispatch are generated from the entries. Append a new kind at the end, because addresses,
//! state and digests depend on the order.

use crate::choice;

/// Passes the entries to another macro. The login servers must be first, because there can be several.
macro_rules! server_kinds {
    ($callback:ident) => {
        $callback! {
            /// Login.
            Login = "login", "login servers", login: login::{LoginServers => LoginParams};
            /// Presence.
            Presence = "presence", "presence servers", presence: presence_and_chat::{PresenceServers => PresenceParams};
            /// Chat.
            Chat = "chat", "chat servers", chat: presence_and_chat::{ChatServers => ChatParams};
            /// Messages for users who are away.
            OfflineMessages = "offline-messages", "offline-message servers", offline_messages: offline_messages::{OfflineMessageServers => OfflineMessageParams};
            /// Business gateways.
            Gateway = "gateway", "business gateways", gateway: gateways::{BusinessGateways => GatewayParams};
            /// The business control panel.
            Manager = "manager", "servers of the control panel", manager: gateways::{ControlPanel => ManagerParams};
            /// Group video.
            GroupVideo = "group-video", "group-video servers", group_video: group_video::{GroupVideoServers => GroupVideoParams};
        }
    };
}
pub(crate) use server_kinds;

macro_rules! declare_kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident = $name:literal, $plural:literal, $field:ident: $module:ident::{$section:ident => $params:ident};)+) => {
        choice! {
            /// A kind of server.
            pub enum ServerKind {
                $($(#[doc = $doc])+ $kind = $name,)+
            }
        }

        impl ServerKind {
            /// Returns words for the servers of this kind in a sentence.
            pub const fn plural(self) -> &'static str {
                match self {
                    $(Self::$kind => $plural,)+
                }
            }
        }
    };
}

server_kinds! { declare_kinds }
