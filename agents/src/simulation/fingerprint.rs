//! The fingerprint of the compiled parameters: ranks of a run compare it before they start.
//!
//! Tables of distributions are made with logarithms, exponentials and roots, which another processor or
//! library can round differently. The fingerprint covers every compiled parameter by its debug format,
//! which writes floats exactly, so a new table is covered without a line here.

use std::{
    fmt::{self, Write},
    hash::{Hash, Hasher},
};

use patchday_core::engine::digest::Digester;

use crate::network::{model::Network, quantiles};

/// Hashes what is written.
struct TextDigest(Digester);

impl Write for TextDigest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

impl Network {
    /// Returns a digest of all compiled parameters and of the tables that all networks share.
    pub(crate) fn parameters_digest(&self) -> u64 {
        let mut digest = TextDigest(Digester::new());
        quantiles::tables().hash(&mut digest.0);
        // Writing into a digest does not fail.
        let _ = write!(digest, "{self:?}");
        digest.0.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::root::Scenario;

    fn digest(change: impl FnOnce(&mut Scenario)) -> u64 {
        let mut scenario = Scenario::default();
        scenario.population.users = 20_000;
        change(&mut scenario);
        Network::new(&scenario).0.parameters_digest()
    }

    #[test]
    fn the_digest_covers_the_parameters_of_each_kind() {
        let plain = digest(|_| {});
        assert_eq!(digest(|_| {}), plain);
        let changes: [fn(&mut Scenario); 4] = [
            |scenario| scenario.population.users += 1,
            |scenario| scenario.overlay.supernode.requests *= 1.01,
            |scenario| scenario.servers.login.rate = "77/s".parse().unwrap(),
            |scenario| scenario.client.login_timeout = "77s".parse().unwrap(),
        ];
        let mut digests: Vec<u64> = changes.into_iter().map(digest).collect();
        digests.push(plain);
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), 5);
    }
}
