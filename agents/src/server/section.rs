//! The sections of all servers, one for each kind.
//!
//! Declarations only. Units: each key names its own.

use crate::{
    section,
    server::{
        gateways::{BusinessGateways, ControlPanel},
        group_video::GroupVideoServers,
        kind::server_kinds,
        login::LoginServers,
        offline_messages::OfflineMessageServers,
        presence_and_chat::{ChatServers, PresenceServers},
    },
};

macro_rules! declare_sections {
    ($($(#[doc = $doc:literal])+ $kind:ident = $name:literal, $plural:literal, $field:ident: $section:ident => $params:ident;)+) => {
        section! {
            /// Servers of the operator.
            pub struct Servers {
                $($(#[doc = $doc])+ $field: $section, section;)+
            }
        }

        impl Servers {
            /// Scales the capacity of all servers to a network `share` times as large.
            pub(crate) fn scale(&mut self, share: f64) {
                $(self.$field.scale(share);)+
            }
        }
    };
}

server_kinds! { declare_sections }
