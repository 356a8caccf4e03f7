//! The platform and the retry policy of the client that handles a message.
//!
//! Units: ticks.

use crate::{
    client::{platform::membership::Membership, retry::policy::RetryParams, state::Peer},
    network::model::{Context, Network},
};

impl Network {
    /// Returns the platform to which this client belongs at some time.
    pub(crate) fn membership(&self, context: &Context<'_>) -> Option<Membership> {
        self.platforms.membership(context.random(), context.id)
    }

    /// Returns the retry policy of this client at this tick.
    pub(crate) fn retry_policy(&self, context: &Context<'_>) -> &RetryParams {
        let (random, id) = (context.random(), context.id);
        let own = self.platforms.policy(random, id, context.now);
        own.unwrap_or(&self.retry)
    }

    /// Fills the token bucket of this client at the start of a session.
    pub(crate) fn fill_bucket(&self, peer: &mut Peer, context: &Context<'_>) {
        peer.fill_bucket(self.platforms.most_tokens(), context.now);
    }
}
