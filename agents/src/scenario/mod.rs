//! The scenario: the declaration of parameters, their quantities, the sections that belong to no kind of actor,
//! and the root section.

pub(crate) mod dependent_defaults;
pub mod effect;
pub(crate) mod expect;
pub mod features;
pub mod mid_run;
pub(crate) mod observed;
pub(crate) mod own_figure;
pub mod parameter;
pub mod quantity;
pub mod root;
pub(crate) mod scaling;
pub(crate) mod validation;

pub use self::{
    expect::Expect,
    features::Feature,
    observed::{Confidence, Observed},
    own_figure::{Better, OwnFigure, Statistic},
    root::*,
};
pub use crate::{
    call::params::Calls,
    client::{
        platform::section::Platform,
        retry::section::{Breaker, Budget, Exponential, Jitter, Retry},
        section::{Client, Crash, Impatience},
    },
    event::section::{
        ConfigurationPush, LoginFlood, PatchDay, PowerCut, RegionCut, ServerTrouble, SignOut,
        SupernodeLoss, TrafficPeak, Trigger,
    },
    operator::section::{Action, ActionKind, ForceSupernodes, Gauge, Operator, RestartOverlay},
    overlay::{
        promotion::Promotion,
        section::{Core, Overlay, Overload, Relay, Supernode},
    },
    population::{
        holidays::{Calendar, Holiday},
        online_norm::OnlineNorm,
        section::{Population, Region, Sessions, Version},
    },
    server::{
        calm_load::CalmLoad,
        gateways::{BusinessGateways, ControlPanel},
        group_video::GroupVideoServers,
        kind::ServerKind,
        login::{LoginServers, Order},
        offline_messages::OfflineMessageServers,
        presence_and_chat::{ChatServers, PresenceServers},
        section::Servers,
    },
    service::{
        columns::{FleetColumn, SenderMetric, ServiceMetric},
        control::section::{Autoscale, DeedKind, HealthChecks, ServiceCache, ServiceDeed},
        graph::{
            calm::{ServiceLoad, callers_first},
            senders::request_senders,
        },
        section::{
            ArrivalLaw, Balancer, CallOrder, FaultEffect, Operation, OperationTime, Priority,
            QueueOrder, RequestSource, ServiceCall, ServiceFault, ServiceRegion, ServiceSection,
            TimeLaw,
        },
        sender::budget::{BudgetLaw, RequestBudget},
    },
};
