//! The compiled parameters of a client and of the machine it runs on.
//!
//! Units: ticks.

use patchday_core::{Chance, Span as Ticks, random::below};

use crate::{
    client::{
        section::{Client, Crash},
        state::UPTIME_UNIT,
    },
    network::distributions::{ExponentialSpans, UniformSpan},
    population::section::Population,
    scenario::quantity::run_clock::{TickLength, delay},
};

/// The parameters of the search for a supernode and of the login.
#[derive(Debug)]
pub(crate) struct ClientParams {
    /// Supernodes tried in one cycle, and the number of built-in addresses among them, which are last.
    pub(crate) probes: u8,
    pub(crate) bootstrap_probes: u8,
    /// The time for which it waits for an answer to a probe.
    pub(crate) probe_timeout: Ticks,
    /// Number of supernodes in its host cache.
    pub(crate) host_cache: u32,
    /// The time for which it waits for a login server.
    pub(crate) login_timeout: Ticks,
    /// The time until it notices that its supernode is gone.
    pub(crate) keep_alive: UniformSpan,
    /// The interval at which a leaf refreshes its information at its supernode.
    pub(crate) refresh_every: Ticks,
    /// The probability that its user restarts it after a failed cycle.
    pub(crate) impatient: Chance,
}

impl ClientParams {
    pub(crate) fn new(client: &Client, tick: TickLength) -> Self {
        Self {
            probes: client.probes,
            bootstrap_probes: client.bootstrap_probes,
            probe_timeout: tick.delay(client.probe_timeout),
            host_cache: client.host_cache.into(),
            login_timeout: tick.delay(client.login_timeout),
            keep_alive: UniformSpan::new(
                tick.ticks(client.keep_alive_min),
                tick.ticks(client.keep_alive_max),
            ),
            refresh_every: tick.ticks(client.refresh_every),
            impatient: Chance::new(client.impatience.restart_share.get()),
        }
    }
}

/// The parameters of a client that crashed.
#[derive(Debug)]
pub(crate) struct CrashParams {
    /// The time until its user has started it again.
    pub(crate) restart: UniformSpan,
    /// The probability that its user installs a fixed version.
    pub(crate) fix: Chance,
    /// The probability that a client updates itself to a fixed version, and the time until then.
    pub(crate) update: Chance,
    pub(crate) update_after: ExponentialSpans,
}

impl CrashParams {
    pub(crate) fn new(crash: &Crash, tick: TickLength) -> Self {
        Self {
            restart: UniformSpan::new(tick.ticks(crash.restart_min), tick.ticks(crash.restart_max)),
            fix: Chance::new(crash.fix_share.get()),
            update: Chance::new(crash.update_share.get()),
            update_after: ExponentialSpans::new(tick.mean(crash.update_mean)),
        }
    }
}

/// The parameters of restarts of a client's machine.
#[derive(Debug)]
pub(crate) struct RestartParams {
    /// The duration of a restart.
    pub(crate) down: UniformSpan,
    /// The time between two restarts of an always-on machine that no event causes.
    pub(crate) uptime: ExponentialSpans,
    /// The probability that an always-on machine is down when a run starts.
    pub(crate) down_at_start: Chance,
    /// The unit in which clients store when their machine came up.
    pub(crate) uptime_unit: Ticks,
}

impl RestartParams {
    pub(crate) fn new(population: &Population, tick: TickLength) -> Self {
        Self {
            down: UniformSpan::new(
                tick.ticks(population.restart_min),
                tick.ticks(population.restart_max),
            ),
            uptime: ExponentialSpans::new(tick.mean(population.always_on_uptime)),
            down_at_start: {
                let down = tick.mean(population.restart_min) / 2.0
                    + tick.mean(population.restart_max) / 2.0;
                let uptime = tick.mean(population.always_on_uptime);
                Chance::new(down / (uptime + down))
            },
            uptime_unit: tick.seconds(UPTIME_UNIT),
        }
    }

    /// Returns the remaining time of a restart that is in progress at a random moment, from three
    /// uniform words: at least one tick.
    ///
    /// The density of the remaining time is proportional to the probability that a restart is longer:
    /// constant up to the minimum, and falling in a straight line from there to the maximum.
    pub(crate) fn time_left(&self, words: [u32; 3]) -> Ticks {
        let UniformSpan { low, high } = self.down;
        let place = below(words[0], low + high);
        if place < 2 * low {
            return delay(place / 2 + 1);
        }
        let past = words[1].min(words[2]);
        delay(low + below(past, high - low) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_of_a_restart_has_its_mean() {
        let population = Population {
            restart_min: "3m".parse().unwrap(),
            restart_max: "8m".parse().unwrap(),
            ..Population::default()
        };
        let restart = RestartParams::new(&population, TickLength::SECOND);
        let random = patchday_core::Random::new(1);
        let left = |id| {
            let draw = random.draw(id, 0, 0, 0);
            f64::from(restart.time_left([0, 1, 2].map(|index| draw.word(index))))
        };
        let mean = (0..100_000).map(left).sum::<f64>() / 1e5;
        // E[D^2] / 2 E[D] for D uniform from 180 to 480 s, and half a tick.
        let squares = (480.0_f64.powi(3) - 180.0_f64.powi(3)) / 3.0 / 300.0;
        let expected = squares / 660.0 + 0.5;
        assert!((mean - expected).abs() < 2.0, "{mean}, expected {expected}");
    }
}
