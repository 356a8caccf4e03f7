//! The logins of attackers: how many arrive at each login server in a tick.
//!
//! The rate is that of all floods in force together. Fractions of a login are carried from tick to
//! tick, and logins that do not divide evenly go to the servers in turn, so that the logins of any
//! stretch of ticks differ by less than one from the rate times its length. Units: ticks; rates in
//! billionths of a login per tick.

use serde::{Deserialize, Serialize};

/// The unit of rates.
pub(crate) const BILLION: u64 = 1_000_000_000;

/// The flood of logins that is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Flood {
    /// The rate; 0 if there is no flood.
    rate: u64,
    /// The part of a login that has not arrived yet.
    rest: u64,
    /// The place of the server that gets the next login.
    next: u32,
}

impl Flood {
    /// No flood. The first login arrives when half of it is due, so that counts are rounded.
    pub(crate) const NONE: Self = Self {
        rate: 0,
        rest: BILLION / 2,
        next: 0,
    };

    /// Sets the rate of all floods together.
    pub(crate) fn set_rate(&mut self, rate: u64) {
        *self = match rate {
            0 => Self::NONE,
            rate => Self { rate, ..*self },
        };
    }

    /// Returns the rate.
    pub(crate) fn rate(&self) -> u64 {
        self.rate
    }

    /// Returns the logins of this tick: for each of `servers` servers, in order, how many.
    pub(crate) fn take(&mut self, servers: u32) -> impl Iterator<Item = u64> + use<> {
        let due = self.rest.saturating_add(self.rate);
        let logins = due / BILLION;
        self.rest = due % BILLION;
        let (first, servers) = (self.next, servers.max(1));
        let (each, more) = (logins / u64::from(servers), logins % u64::from(servers));
        self.next = ((u64::from(first) + more) % u64::from(servers)) as u32;
        (0..servers).map(move |place| {
            let turn = (place + servers - first % servers) % servers;
            each + u64::from(u64::from(turn) < more)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the logins at each server after each tick.
    fn sums(rate: u64, servers: u32, ticks: u32) -> Vec<Vec<u64>> {
        let mut flood = Flood::NONE;
        flood.set_rate(rate);
        let mut sum = vec![0; servers as usize];
        let all = (0..ticks).map(|_| {
            for (sum, count) in sum.iter_mut().zip(flood.take(servers)) {
                *sum += count;
            }
            sum.clone()
        });
        all.collect()
    }

    #[test]
    fn fractions_and_uneven_numbers_are_neither_lost_nor_added() {
        for (rate, servers) in [
            (BILLION / 1000, 4),
            (BILLION / 86_400, 1),
            (7 * BILLION + 1, 3),
            (1_000_000 * BILLION, 4),
            (19 * BILLION / 10, 20),
        ] {
            for (tick, sum) in sums(rate, servers, 90_000).iter().enumerate() {
                let total: u64 = sum.iter().sum();
                let due = rate as f64 / 1e9 * (tick as f64 + 1.0);
                assert!(
                    (total as f64 - due).abs() <= 0.5 + due * 1e-9,
                    "{total} of {due}"
                );
                let (least, most) = (sum.iter().min(), sum.iter().max());
                assert!(most.unwrap() - least.unwrap() <= 1, "{sum:?}");
            }
        }
        assert_eq!(sums(BILLION / 1000, 4, 86_400)[86_399], [22, 22, 21, 21]);
    }

    #[test]
    fn the_next_flood_begins_anew() {
        let mut flood = Flood::NONE;
        flood.set_rate(BILLION / 3);
        assert_eq!(flood.take(2).sum::<u64>(), 0);
        flood.set_rate(0);
        assert_eq!(flood, Flood::NONE);
    }
}
