//! The search for a callee: a uniform choice among all users with a session in progress.
//!
//! Who has a session is a function of id and tick, so nothing is stored: random accounts are tested
//! until one has, the cheapest property first. Units: ticks.

use patchday_core::{ActorId, Random, Tick, random::below};

use crate::network::{draw_ids, model::Network};

impl Network {
    /// Returns another user to call at tick `now`, of those with a session in progress; `None` if the
    /// caller tries too many accounts without success.
    pub(crate) fn find_callee(
        &self,
        random: Random,
        caller: ActorId,
        now: Tick,
    ) -> Option<ActorId> {
        let callable = self.addresses.callable();
        let words = random.draw(caller, now, draw_ids::CALLEE, 0).sequence();
        let mut drawn = words
            .take(self.call.contacts as usize)
            .map(|word| below(word, callable));
        drawn.find(|id| *id != caller && self.is_about(random, *id, now))
    }

    /// Returns whether the user of a client has a session in progress.
    fn is_about(&self, random: Random, id: ActorId, now: Tick) -> bool {
        let traits = self.population.traits(random, id);
        traits.regular
            && (traits.always_on || self.activity.is_in_session(random, id, traits.region, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{quantity::instant::Instant, root::Scenario};

    /// Tuesday, 14 August 2007, 00:00 UTC.
    const TUESDAY: i64 = 1_187_049_600;

    #[test]
    fn a_callee_is_uniform_among_the_users_with_a_session_in_progress() {
        let mut scenario = Scenario::default().scaled(30_000.0 / 220e6);
        scenario.run.start = Instant::from_seconds(TUESDAY).unwrap();
        scenario.run.end = Instant::from_seconds(TUESDAY + 5 * 86_400).unwrap();
        let (network, _) = Network::new(&scenario);
        let random = Random::new(11);
        let clients = network.addresses.clients();
        for hour in [0, 5, 13, 18, 30, 71] {
            let now = hour * 3_600 + 17;
            let in_session = |id: &ActorId| {
                let traits = network.population.traits(random, *id);
                let session = || network.activity.session_at(random, *id, &traits, now, 0);
                traits.regular && (traits.always_on || session().is_some())
            };
            let users: Vec<_> = (0..clients).filter(in_session).collect();
            // Callers that are not in the population, so that they exclude no callee.
            let searches = 200 * users.len() as u32;
            let mut counts = vec![0_u32; users.len()];
            for caller in 0..searches {
                let callee = network.find_callee(random, clients + caller, now);
                // A callee that has no session in progress is not in the list.
                if let Some(callee) = callee {
                    counts[users.binary_search(&callee).unwrap()] += 1;
                }
            }
            let found: u32 = counts.iter().sum();
            assert!(f64::from(found) > 0.99 * f64::from(searches), "{found}");
            let expected = f64::from(found) / users.len() as f64;
            let squares = counts
                .iter()
                .map(|count| (f64::from(*count) - expected).powi(2));
            let degrees = (users.len() - 1) as f64;
            let off = (squares.sum::<f64>() / expected - degrees) / (2.0 * degrees).sqrt();
            assert!(users.len() > 400 && off.abs() < 4.0, "hour {hour}: {off}");
        }
    }

    #[test]
    fn a_caller_is_never_its_own_callee() {
        let mut scenario = Scenario::default().scaled(1_000.0 / 220e6);
        scenario.run.start = Instant::from_seconds(TUESDAY).unwrap();
        scenario.run.end = Instant::from_seconds(TUESDAY + 86_400).unwrap();
        let (network, _) = Network::new(&scenario);
        let random = Random::new(12);
        let calls = (0..network.addresses.clients())
            .flat_map(|caller| (0..50).map(move |now| (caller, now)));
        let mut callees =
            calls.map(|(caller, now)| (caller, network.find_callee(random, caller, now)));
        assert!(callees.all(|(caller, callee)| callee != Some(caller)));
    }
}
