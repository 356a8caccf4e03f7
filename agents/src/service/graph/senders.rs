//! What sends requests to services of its own accord: the operations of the clients, then the sources.
//!
//! Their order is that of the senders in the series.

use crate::scenario::{quantity::span::Span, root::Scenario};

/// An operation of the clients, or a source.
#[derive(Clone, Copy, Debug)]
pub struct RequestSender<'a> {
    /// Its name.
    pub name: &'a str,
    /// The name of the service.
    pub service: &'a str,
    /// The time for which it waits for the answer to a request.
    pub(crate) timeout: Span,
    /// How often it sends a request again that failed.
    pub(crate) retries: u8,
}

/// Returns the senders of a scenario.
pub fn request_senders(scenario: &Scenario) -> impl Iterator<Item = RequestSender<'_>> {
    let operations = scenario.client.operation.iter().map(|one| RequestSender {
        name: &one.name,
        service: &one.service,
        timeout: one.timeout,
        retries: one.retries,
    });
    let sources = scenario.source.iter().map(|one| RequestSender {
        name: &one.name,
        service: &one.service,
        timeout: one.timeout,
        retries: one.retries,
    });
    operations.chain(sources)
}
