//! The scenario: how parameters are declared and read, their quantities, and the sections that belong to no kind of actor.

pub(crate) mod expect;
pub(crate) mod observed;
pub mod parameter;
pub mod quantity;
pub mod root;
pub(crate) mod validation;

pub use self::{
    expect::Expect,
    observed::{Confidence, Observed},
    root::*,
};
pub use crate::{
    client::section::{
        Breaker, Budget, Calls, Client, Crash, Exponential, Impatience, Jitter, Retry,
    },
    event::section::{
        ConfigurationPush, LoginFlood, PatchDay, PowerCut, RegionCut, ServerTrouble, SignOut,
        SupernodeLoss, TrafficPeak, Trigger,
    },
    operator::section::{Action, Deed, ForceSupernodes, Gauge, Operator, RestartOverlay},
    overlay::section::{Core, Overlay, Overload, Promotion, Relay, Supernode},
    population::{
        holidays::{Calendar, Holiday},
        section::{Population, Region, Sessions, Version},
    },
    server::section::{
        Chat, Gateway, GroupVideo, Login, Manager, OfflineMessages, Order, Presence, ServerKind,
        Servers,
    },
};
