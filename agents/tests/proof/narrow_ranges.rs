//! Keys of random scenarios whose ranges are narrower than in scenarios.

/// Keys with a narrower range than in scenarios, so that a case stays small.
pub(crate) const NARROW: &[(&str, f64, f64)] = &[
    ("overlay.core.supernodes", 1.0, 80.0),
    // A supernode with a greater rate is never overloaded by so few clients.
    ("overlay.supernode.requests", 0.001, 2.0),
    ("servers.login.servers", 1.0, 9.0),
    ("operator.force_supernodes.count", 0.0, 40.0),
    ("operator.action.count", 0.0, 40.0),
    ("trigger.login_flood.rate", 0.01, 20.0),
    ("servers.gateway.calls", 0.0, 1.0),
    ("servers.gateway.lines", 1.0, 100.0),
    ("servers.gateway.places", 0.0, 10.0),
    ("servers.manager.requests", 0.0, 1.0),
    ("servers.manager.lines", 1.0, 20.0),
    ("servers.manager.places", 0.0, 10.0),
    ("servers.group_video.calls", 1.0, 20.0),
    ("service.servers", 1.0, 6.0),
    ("service.concurrency", 1.0, 30.0),
    ("service.cache.keys", 1.0, 300.0),
    ("service.cache.capacity", 1.0, 100.0),
    ("service.dies_at", 1.0, 90.0),
    ("service.queue", 0.0, 60.0),
    ("service.calls.count", 1.0, 3.0),
    ("service.calls.retries", 0.0, 3.0),
    ("client.operation.rate", 0.000_01, 0.01),
    ("source.rate", 0.01, 2.0),
    ("source.rate_at_end", 0.01, 2.0),
    ("source.retries", 0.0, 4.0),
];
