//! The compiled parameters of a client and of the machine it runs on.
//!
//! Units: ticks.

use patchday_core::{Chance, Span as Ticks};

use crate::{
    client::section::{Client, Crash},
    network::distributions::{ExponentialSpans, UniformSpan},
    population::section::Population,
};

/// How a client looks for a supernode and logs in.
#[derive(Debug)]
pub(crate) struct ClientParams {
    /// Supernodes tried in one cycle, and how many of the last are built-in addresses.
    pub(crate) probes: u8,
    pub(crate) bootstrap_probes: u8,
    /// How long it waits for an answer to a probe.
    pub(crate) probe_timeout: Ticks,
    /// Supernodes that it remembers.
    pub(crate) host_cache: u32,
    /// How long it waits for the log-in server.
    pub(crate) login_timeout: Ticks,
    /// When it notices that its supernode is gone.
    pub(crate) keep_alive: UniformSpan,
    /// How often a leaf refreshes what it knows at its supernode.
    pub(crate) refresh_every: Ticks,
    /// The chance that its user restarts it after a failed cycle.
    pub(crate) impatient: Chance,
}

impl ClientParams {
    pub(crate) fn new(client: &Client) -> Self {
        Self {
            probes: client.probes,
            bootstrap_probes: client.bootstrap_probes,
            probe_timeout: client.probe_timeout.seconds(),
            host_cache: client.host_cache.into(),
            login_timeout: client.login_timeout.seconds(),
            keep_alive: UniformSpan::new(
                client.keep_alive_min.seconds(),
                client.keep_alive_max.seconds(),
            ),
            refresh_every: client.refresh_every.seconds(),
            impatient: Chance::new(client.impatience.restart_share.get()),
        }
    }
}

/// What becomes of a client that crashed.
#[derive(Debug)]
pub(crate) struct CrashParams {
    /// Until its user has started it again.
    pub(crate) restart: UniformSpan,
    /// The chance that its user installs a fixed version.
    pub(crate) fix: Chance,
    /// The chance that a client updates itself to a fixed version, and how long that takes.
    pub(crate) update: Chance,
    pub(crate) update_after: ExponentialSpans,
}

impl CrashParams {
    pub(crate) fn new(crash: &Crash) -> Self {
        Self {
            restart: UniformSpan::new(crash.restart_min.seconds(), crash.restart_max.seconds()),
            fix: Chance::new(crash.fix_share.get()),
            update: Chance::new(crash.update_share.get()),
            update_after: ExponentialSpans::new(crash.update_mean.seconds().into(), 60 * 86_400),
        }
    }
}

/// How the machine of a client restarts.
#[derive(Debug)]
pub(crate) struct RestartParams {
    /// How long a restart takes.
    pub(crate) down: UniformSpan,
    /// Between two restarts of an always-on machine for reasons of its own.
    pub(crate) uptime: ExponentialSpans,
}

impl RestartParams {
    pub(crate) fn new(population: &Population) -> Self {
        Self {
            down: UniformSpan::new(
                population.restart_min.seconds(),
                population.restart_max.seconds(),
            ),
            uptime: ExponentialSpans::new(
                population.always_on_uptime.seconds().into(),
                90 * 86_400,
            ),
        }
    }
}
