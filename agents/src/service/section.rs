//! Parameters of services: fleets of servers that answer requests, who asks them, and their faults.
//!
//! Declarations only. Services refer to each other by name and form a graph without cycles;
//! [`crate::service::graph::check`] checks that. Units: each key names its own.

use crate::{
    choice,
    scenario::quantity::{instant::Instant, rate::Rate, share::Share, span::Span},
    section,
    service::{
        control::section::{Autoscale, HealthChecks, ServiceCache},
        sender::budget::RequestBudget,
    },
};

choice! {
    /// The distribution of the time of a server's work.
    pub enum TimeLaw {
        /// Always the mean.
        Constant = "constant",
        /// Exponential.
        Exponential = "exponential",
        /// Log-normal, with the logarithmic standard deviation `spread`.
        LogNormal = "log-normal",
        /// The share `slow_share` takes `slow_factor` times as long as the others.
        TwoPoint = "two-point",
    }
}

choice! {
    /// The order in which waiting requests are served.
    pub enum QueueOrder {
        /// The oldest first.
        Fifo = "fifo",
        /// The newest first.
        Lifo = "lifo",
        /// The one first whose sender stops waiting first.
        Deadline = "deadline",
    }
}

choice! {
    /// The priority of a request. The requests of its calls have the same.
    pub enum Priority {
        /// Served first, rejected last.
        High = "high",
        /// In between.
        Normal = "normal",
        /// Served last, rejected first.
        Low = "low",
    }
}

choice! {
    /// How a sender chooses one of the servers of a service. Loads are those at the end of the tick
    /// before.
    pub enum Balancer {
        /// Any of them.
        Random = "random",
        /// One after another. Each server of a calling service and each source has a turn of its own;
        /// clients, which send few requests each, choose at random.
        RoundRobin = "round-robin",
        /// The one with fewest requests.
        LeastRequests = "least-requests",
        /// Of two at random the one with fewer requests.
        TwoChoices = "two-choices",
    }
}

choice! {
    /// How a server sends its calls to other services.
    pub enum CallOrder {
        /// One entry after another.
        Sequence = "sequence",
        /// All entries at once.
        Together = "together",
    }
}

section! {
    /// A call that a request to a service makes to another service.
    pub struct ServiceCall {
        /// The name of the called service.
        service: String, required, source "given";
        /// The probability that a request makes this call.
        share: Share = 1.0, source "given";
        /// How many requests the call sends at once.
        count: u8 = 1, in 1..=100, unit "requests", source "given";
        /// The time for which a request of the call waits for its answer.
        timeout: Span = "10s", in "1ms"..="1d", source "given";
        /// How often a request of the call that failed is sent again.
        retries: u8 = 0, in 0..=15, unit "retries", source "given";
        /// The pause before a retry; 0 for at once.
        pause: Span = "0s", in "0s"..="1h", source "given";
        /// Whether the request succeeds even if this call fails.
        optional: bool = false, source "given";
        /// A retry budget of each calling server: the retries that each successful request of the call
        /// adds. A retry without budget is not sent. If not set, there is no such limit.
        budget: Option<f64>, optional, in 0..=10, unit "retries per success", source "given";
        /// Whether the called server learns when the sender of the request stops waiting. It then waits no
        /// longer itself, and with `wasted_work = false` it does not work on the call after that time.
        pass_deadline: bool = false, source "given";
    }
}

section! {
    /// The servers of a service in one region.
    pub struct ServiceRegion {
        /// The name of a region of the users (population.region).
        name: String, required, source "given";
        /// The share of the servers of the service that are there: at least one. The shares of all
        /// regions of the service add up to 1.
        share: Share, required, source "given";
    }
}

section! {
    /// A service: equal servers that answer requests of clients, sources or other services. The time
    /// of a request is the wait for a place, its own work, and then the calls to other services.
    pub struct ServiceSection {
        /// Its name: a lower-case letter, then such letters, digits and underscores. Its columns of
        /// series.csv begin with it.
        name: String, required, source "given";
        /// The number of servers.
        servers: u32 = 1, in 1..=100000, unit "servers", source "given";
        /// The requests that a server works on at once; others wait.
        concurrency: u32 = 16, in 1..=500000, unit "requests", source "given";
        /// The requests that can wait at a server; more are rejected.
        queue: u32 = 1000, in 0..=500000, unit "requests", source "given";
        /// The order in which waiting requests of the same priority are served.
        order: QueueOrder = "fifo", source "given";
        /// The share of a server's places and queue that is kept for requests of a higher priority: a
        /// normal request is rejected if fewer are free, one of low priority if fewer than twice as many.
        reserve: Share = 0.0, source "given";
        /// The mean time of a server's own work on a request.
        time: Span = "1s", in "0s"..="1h", source "given";
        /// The distribution of that time.
        law: TimeLaw = "exponential", source "given";
        /// The logarithmic standard deviation of a log-normal time.
        spread: f64 = 1.0, in 0..=3, source "given";
        /// The share of slow requests with the distribution `two-point`.
        slow_share: Share = 0.1, source "given";
        /// How many times as long a slow request takes.
        slow_factor: f64 = 10.0, in 1..=1000, source "given";
        /// How many times as long work takes that begins when all places are taken; in between, the part
        /// above 1 grows with the share of places taken.
        load_factor: f64 = 1.0, in 1..=1000, source "given";
        /// The power of the share of places taken with which it grows.
        load_exponent: f64 = 1.0, in 0.1..=10, source "given";
        /// How senders choose one of the servers.
        balancer: Balancer = "random", source "given";
        /// Whether a request keeps its place at the server while it waits for its calls.
        holds: bool = true, source "given";
        /// Whether a server works on requests whose senders no longer wait, or will no longer wait when
        /// work of the mean time is done.
        wasted_work: bool = true, source "given";
        /// How the calls are sent.
        call_order: CallOrder = "sequence", source "given";
        /// The requests at a server, waiting ones included, with which its memory is used up: it loses
        /// all of them and restarts. If not set, it has memory enough.
        dies_at: Option<u32>, optional, in 1..=1000000, unit "requests", source "given";
        /// The time that a server whose memory was used up needs to restart.
        restart: Span = "30s", in "1ms"..="1d", source "given";
        /// Whether a request gets a server of another region if no server of its own region gets requests.
        /// Without it, it fails at once. Only for services with regions.
        fail_over: bool = true, source "given";
        /// Where the servers are; without entries, regions do not matter. A client, source or server in one
        /// of these regions sends its requests to servers there; all others send them to any server.
        region: Vec<ServiceRegion>, tables;
        /// A cache of each server.
        cache: Option<ServiceCache>, optional section;
        /// Health checks.
        health: Option<HealthChecks>, optional section;
        /// Automatic scaling.
        autoscale: Option<Autoscale>, optional section;
        /// Calls to other services.
        calls: Vec<ServiceCall>, tables;
    }
}

impl ServiceSection {
    /// Returns the index of the service with a name.
    pub fn index_of(services: &[Self], name: &str) -> Option<usize> {
        services.iter().position(|service| service.name == name)
    }
}

choice! {
    /// When a client sends an operation.
    pub enum OperationTime {
        /// While it signs in. All operations of the sign-in are sent at once, and it is signed in when
        /// the required ones have succeeded.
        SignIn = "sign-in",
        /// Again and again while it is online.
        Online = "online",
    }
}

section! {
    /// An operation of every client, or of those of some platforms: requests to a service, at the sign-in or while it is online.
    pub struct Operation {
        /// Its name: a lower-case letter, then such letters, digits and underscores. Its columns of
        /// series.csv begin with it.
        name: String, required, source "given";
        /// The name of the service.
        service: String, required, source "given";
        /// When it is sent.
        when: OperationTime = "online", source "given";
        /// How many requests are sent at once.
        count: u8 = 1, in 1..=31, unit "requests", source "given";
        /// The time from one to the next, while online; not with `rate`.
        every: Option<Span>, optional, in "1ms"..="7d", source "given";
        /// Whether clients are at different points of the period. Without it the first operation
        /// follows one period after the sign-in, so clients that sign in together stay together.
        jitter: bool = true, source "given";
        /// How often each client sends it while online, at random (a Poisson process); not with `every`.
        rate: Option<Rate>, optional, in "0.1/d"..="100/s", source "given";
        /// The time for which the client waits for the answer to a request.
        timeout: Span = "10s", in "1ms"..="1d", source "given";
        /// How often a request that failed is sent again. A required operation of the sign-in is not
        /// sent again: the sign-in fails, and the client tries again as client.retry says.
        retries: u8 = 0, in 0..=15, unit "retries", source "given";
        /// The pause before the first retry; each further pause is twice as long. Pauses are uniform
        /// from half of that to all of it.
        pause: Span = "1s", in "0s"..="1h", source "given";
        /// Whether an answer that comes after the time-out still counts as a success. The request has
        /// failed by then all the same: a retry or the loss of a session is not undone.
        accept_late: bool = false, source "given";
        /// Its priority.
        priority: Priority = "normal", source "given";
        /// Whether it must succeed: at the sign-in the sign-in fails, and while online the client loses
        /// its session and signs in again.
        required: bool = false, source "given";
        /// A retry budget of each client; without one retries have no limit but `retries`.
        budget: Option<RequestBudget>, optional section;
        /// The names of the platforms whose clients send it; `others` stands for the clients of no
        /// platform. All clients if it is not set or empty.
        platforms: Vec<String>, optional, source "given";
    }
}

choice! {
    /// When the requests of a source come.
    pub enum ArrivalLaw {
        /// At random: a Poisson process.
        Poisson = "poisson",
        /// At equal distances.
        Constant = "constant",
    }
}

section! {
    /// A source of requests that is no user: it sends them at a given rate, whatever becomes of them.
    pub struct RequestSource {
        /// Its name: a lower-case letter, then such letters, digits and underscores. Its columns of
        /// series.csv begin with it.
        name: String, required, source "given";
        /// The name of the service.
        service: String, required, source "given";
        /// The new requests of the source.
        rate: Rate, required, in "0/s"..="100000000/s", source "given";
        /// When it begins; from the start of the run on if not set.
        from: Option<Instant>, optional, source "given";
        /// When it ends; never if not set.
        until: Option<Instant>, optional, source "given";
        /// The rate at `until`: from `from` on it changes to that in a straight line.
        rate_at_end: Option<Rate>, optional, in "0/s"..="100000000/s", source "given";
        /// The region from which they come, for services with regions; none if not set.
        region: Option<String>, optional, source "given";
        /// Their priority.
        priority: Priority = "normal", source "given";
        /// When they come.
        law: ArrivalLaw = "poisson", source "given";
        /// The time for which a request waits for its answer.
        timeout: Span = "10s", in "1ms"..="1d", source "given";
        /// How often a request that failed is sent again.
        retries: u8 = 0, in 0..=15, unit "retries", source "given";
        /// The pause before a retry; 0 for at once.
        pause: Span = "0s", in "0s"..="1h", source "given";
        /// Whether an answer that comes after the time-out still counts as a success. The request has
        /// failed by then all the same: a retry or the loss of a session is not undone.
        accept_late: bool = false, source "given";
    }
}

choice! {
    /// What a fault does to servers of a service.
    pub enum FaultEffect {
        /// They are down: they lose all requests and answer none.
        Dead = "dead",
        /// Work that begins takes `factor` times as long.
        Slow = "slow",
        /// The share `share` of their requests is answered with an error at once.
        Errors = "errors",
        /// The share `share` of the requests to them is lost on the way, so no answer comes.
        Loss = "loss",
        /// Their caches are empty at once.
        Flush = "flush",
    }
}

section! {
    /// A fault of servers of a service. The factors of faults that last at the same time multiply; of
    /// shares of errors, and of losses, the largest counts.
    pub struct ServiceFault {
        /// The name of the service.
        service: String, required, source "given";
        /// When it starts. If that is before the start of the run, it acts from the start on.
        at: Instant, required, source "given";
        /// How long it lasts.
        lasts: Span, required, in "1ms"..="60d", source "given";
        /// What it does.
        effect: FaultEffect = "dead", source "given";
        /// How many of the servers it affects, from the first on, in each region; all of them if not set.
        servers: Option<u32>, optional, in 1..=100000, unit "servers", source "given";
        /// The regions whose servers it affects, of a service with regions; all of them if it is empty.
        regions: Vec<String>, optional, source "given";
        /// How many times as long work takes, with the effect `slow`.
        factor: f64 = 10.0, in 0.001..=1000, source "given";
        /// The share of requests that fail or are lost, with the effects `errors` and `loss`.
        share: Share = 1.0, source "given";
        /// The service whose calls are lost, with the effect `loss`: the network between the two. Requests of all
        /// senders if not set.
        caller: Option<String>, optional, source "given";
    }
}
