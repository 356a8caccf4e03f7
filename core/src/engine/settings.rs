//! The settings of an engine and their ranges.
//!
//! Results do not depend on the numbers of threads and shards; their limits bound the size of
//! the engine's tables. Units: actors, threads, shards, envelopes.

/// The maximum number of threads: each needs a shard.
const MAX_THREADS: u64 = MAX_SHARDS;

/// The maximum number of shards: each pair of shards has a channel.
const MAX_SHARDS: u64 = 1_024;

/// The maximum number of actors: ids and the ends of blocks must fit 32 bits.
const MAX_ACTORS: u32 = u32::MAX - (1 << 16) + 1;

/// Shards of each thread if there are several: idle threads take over shards of busy ones, and
/// every shard has a cost.
const SHARDS_PER_THREAD: usize = 2;

/// The settings of an engine.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Number of actors; 1 to 2^32 - 2^16.
    pub actors: u32,
    /// The seed of all draws.
    pub seed: u64,
    /// Number of threads; 1 to 1,024. Results do not depend on it.
    pub threads: usize,
    /// Number of shards; 1 to 1,024. Results do not depend on it.
    pub shards: usize,
    /// Maximum number of envelopes in flight after a tick; above it,
    /// [`Engine::run_until`](crate::Engine::run_until) returns an error.
    pub mail_limit: u64,
}

impl Settings {
    /// Returns the number of shards with which this number of threads is fastest.
    pub fn default_shards(threads: usize) -> usize {
        match threads {
            0 | 1 => threads,
            _ => (threads.saturating_mul(SHARDS_PER_THREAD)).min(MAX_SHARDS as usize),
        }
    }

    /// Creates settings with [`default_shards`](Self::default_shards) for the threads, and without a
    /// limit on envelopes.
    pub fn new(actors: u32, seed: u64, threads: usize) -> Self {
        Self {
            actors,
            seed,
            threads,
            shards: Self::default_shards(threads),
            mail_limit: u64::MAX,
        }
    }

    /// Returns an error if a setting is out of range.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        let range = |name, found: u64, most: u64, allowed| {
            if (1..=most).contains(&found) {
                Ok(())
            } else {
                Err(SettingsError::Setting {
                    name,
                    found,
                    allowed,
                })
            }
        };
        range(
            "actors",
            self.actors.into(),
            MAX_ACTORS.into(),
            "1 to 2^32 - 2^16",
        )?;
        range("threads", self.threads as u64, MAX_THREADS, "1 to 1024")?;
        range("shards", self.shards as u64, MAX_SHARDS, "1 to 1024")
    }

    /// As [`check`](Self::check), for one of several ranks: every other rank is a shard, too.
    pub(crate) fn check_ranked(&self, ranks: usize) -> Result<(), SettingsError> {
        self.check()?;
        if self.shards + ranks - 1 <= MAX_SHARDS as usize {
            return Ok(());
        }
        Err(SettingsError::Ranks(format!(
            "{} shards and {} other ranks; allowed: 1024 together",
            self.shards,
            ranks - 1
        )))
    }
}

/// Why an engine cannot be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsError {
    /// A setting is out of range.
    Setting {
        /// The name of the setting.
        name: &'static str,
        /// The value given.
        found: u64,
        /// The allowed values.
        allowed: &'static str,
    },
    /// The operating system could not start the threads; its error text.
    Threads(String),
    /// The ranks of a run do not agree, or one of them has failed; which, and in what.
    Ranks(String),
}

impl std::fmt::Display for SettingsError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Setting {
                name,
                found,
                allowed,
            } => {
                write!(formatter, "{name} = {found}; allowed: {allowed}")
            }
            Self::Threads(why) => write!(formatter, "cannot start the threads: {why}"),
            Self::Ranks(why) => write!(formatter, "the ranks cannot run: {why}"),
        }
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_setting_and_the_allowed_range() {
        assert_eq!(Settings::new(MAX_ACTORS, 0, 1_024).check(), Ok(()));
        for (settings, text) in [
            (
                Settings::new(0, 0, 1),
                "actors = 0; allowed: 1 to 2^32 - 2^16",
            ),
            (
                Settings::new(u32::MAX, 0, 1),
                "actors = 4294967295; allowed: 1 to 2^32 - 2^16",
            ),
            (Settings::new(1, 0, 0), "threads = 0; allowed: 1 to 1024"),
            (
                Settings {
                    shards: 1_025,
                    ..Settings::new(1, 0, 1)
                },
                "shards = 1025; allowed: 1 to 1024",
            ),
        ] {
            assert_eq!(settings.check().unwrap_err().to_string(), text);
        }
    }
}
