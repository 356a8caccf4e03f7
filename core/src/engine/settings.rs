//! Settings: how a model is run, and what is refused.
//!
//! No result depends on threads or shards; their limits keep the engine's tables
//! small. Units: actors, threads, shards, envelopes.

/// The most threads there can be: a shard for each.
const MOST_THREADS: u64 = MOST_SHARDS;

/// The most shards there can be: each pair of them has a channel.
const MOST_SHARDS: u64 = 1_024;

/// The most actors there can be: ids and block numbers stay within 32 bits.
const MOST_ACTORS: u32 = u32::MAX - (1 << 16) + 1;

/// How to run a model.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many actors there are; 1 to 2^32 - 2^16.
    pub actors: u32,
    /// The seed of all draws.
    pub seed: u64,
    /// How many threads work; 1 to 1,024. Results do not depend on it.
    pub threads: usize,
    /// How many shards the actors are cut into; 1 to 1,024. Results do not
    /// depend on it.
    pub shards: usize,
    /// A run stops when more envelopes than this wait after a tick.
    pub mail_limit: u64,
}

impl Settings {
    /// As many shards as threads, and no limit on mail.
    pub fn new(actors: u32, seed: u64, threads: usize) -> Self {
        Self {
            actors,
            seed,
            threads,
            shards: threads,
            mail_limit: u64::MAX,
        }
    }

    /// Whether every setting is inside its range.
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
            MOST_ACTORS.into(),
            "1 to 2^32 - 2^16",
        )?;
        range("threads", self.threads as u64, MOST_THREADS, "1 to 1024")?;
        range("shards", self.shards as u64, MOST_SHARDS, "1 to 1024")
    }
}

/// Why an engine cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsError {
    /// A setting is outside its range: what it is, and what is allowed.
    Setting {
        /// Which setting.
        name: &'static str,
        /// The value given.
        found: u64,
        /// The values allowed.
        allowed: &'static str,
    },
    /// The operating system gave no threads.
    Threads(String),
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
            Self::Threads(why) => write!(formatter, "no threads to work with: {why}"),
        }
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_named_with_what_is_allowed() {
        assert_eq!(Settings::new(MOST_ACTORS, 0, 1_024).check(), Ok(()));
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
