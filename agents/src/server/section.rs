//! The sections of all servers, one for each kind.
//!
//! Declarations only. Units: each key names its own.

use crate::{section, server::kind::server_kinds};

macro_rules! declare_sections {
    ($($(#[doc = $doc:literal])+ $kind:ident = $name:literal, $plural:literal, $field:ident: $module:ident::{$section:ident => $params:ident};)+) => {
        section! {
            /// Servers of the operator.
            pub struct Servers {
                $($(#[doc = $doc])+ $field: crate::server::$module::$section, section;)+
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
