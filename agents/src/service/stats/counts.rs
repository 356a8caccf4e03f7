//! Counts at the servers of a service and at the senders of requests.
//!
//! They are only reported, so the digest does not cover them. Invariant at every service: arrivals are
//! the sum of all outcomes and of the requests without one. Units: requests, ticks.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::service::stats::latency::LatencyHistogram;

macro_rules! counts {
    ($(#[doc = $about:literal])+ $name:ident { $($(#[doc = $doc:literal])+ $field:ident,)+ }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: u64,)+
        }

        impl $name {
            /// Adds all counts of `other`.
            pub(crate) fn add(&mut self, other: &Self) {
                $(self.$field += other.$field;)+
            }

            /// Returns the counts since `before`.
            pub(crate) fn since(&self, before: &Self) -> Self {
                Self { $($field: self.$field.saturating_sub(before.$field),)+ }
            }
        }
    };
}

counts! {
    /// Counts of the servers of a service.
    ServiceCounts {
        /// Requests that reached a server.
        arrivals,
        /// Requests answered in time.
        ok,
        /// Requests rejected because no place was free, neither at the server nor in its queue.
        rejected,
        /// Requests answered with an error because of a fault.
        errors,
        /// Requests that failed because a call to another service did.
        call_failed,
        /// Requests whose sender stopped waiting before they were done.
        timed_out,
        /// Requests that were lost because the server was down.
        lost,
        /// Requests that were done after their sender had stopped waiting.
        late,
        /// Requests that a cache answered.
        cache_hits,
        /// Requests that a cache did not answer.
        cache_misses,
        /// Servers whose memory was used up.
        deaths,
        /// Requests that were begun.
        begun,
        /// The time that they had waited.
        waited,
        /// The time during which places were taken, summed over all places.
        busy,
        /// Requests of the service's calls to other services, retries included.
        calls,
        /// Retries among them.
        call_retries,
        /// Retries of calls that were not sent because the budget was used up.
        over_budget,
    }
}

counts! {
    /// Counts of an operation of the clients, or of a source.
    SenderCounts {
        /// Requests sent, retries included.
        sent,
        /// Retries among them.
        retries,
        /// Requests that succeeded in time.
        ok,
        /// Requests whose answers came after the time-out and still count.
        late,
        /// Requests answered with a failure.
        failed,
        /// Requests without an answer in time.
        timed_out,
        /// Requests that failed and were not sent again.
        given_up,
        /// Requests among them that were not sent again because the client's retry budget was used up.
        over_budget,
        /// Requests that reached no server: not let in, cut off, or no server was there for them.
        unsent,
    }
}

/// The statistics of a server, or of all servers of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStats {
    /// The counts.
    pub counts: ServiceCounts,
    /// The time from arrival to answer of the requests answered in time.
    pub latency: LatencyHistogram,
    /// For each operation and source, the time from sending a request to its answer.
    pub(crate) senders: Vec<LatencyHistogram>,
    /// Requests without an outcome, requests that wait, and places taken.
    pub in_flight: u64,
    /// Requests that wait.
    pub waiting: u64,
    /// Places taken.
    pub taken: u64,
}

impl ServiceStats {
    /// Returns the number of requests with an outcome.
    pub fn outcomes(&self) -> u64 {
        let counts = &self.counts;
        counts.ok
            + counts.rejected
            + counts.errors
            + counts.call_failed
            + counts.timed_out
            + counts.lost
    }

    /// Adds the latency of a request of an operation or source.
    pub(crate) fn add_of_sender(&mut self, sender: usize, latency: u32) {
        if self.senders.len() <= sender {
            self.senders
                .resize_with(sender + 1, LatencyHistogram::default);
        }
        self.senders[sender].add(latency);
    }

    /// Adds the statistics of another server, except the latencies of senders.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.counts.add(&other.counts);
        self.latency.merge(&other.latency);
        self.in_flight += other.in_flight;
        self.waiting += other.waiting;
        self.taken += other.taken;
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        let senders = self.senders.iter().map(LatencyHistogram::heap_bytes);
        self.latency.heap_bytes()
            + senders.sum::<usize>()
            + self.senders.capacity() * size_of::<LatencyHistogram>()
    }
}

/// Values that are only reported: all of them have the same hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reported<T>(pub(crate) T);

impl<T> Hash for Reported<T> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
