//! Scenarios of fleets without an overlay.

/// A day of a fleet whose clients are nearly all logged in: `users` accounts, a login timeout of 10 s,
/// and what `more` adds. `client` holds keys of the section `[client]` and sections below it.
pub(crate) fn fleet(users: u32, client: &str, more: &str) -> String {
    format!(
        r#"
[run]
title = "A fleet"
start = "2026-03-02T00:00:00Z"
end = "2026-03-03T00:00:00Z"
[population]
users = {users}
online_share = 0.738
regular_share = 0.8
always_on_share = 0.9
[[population.region]]
name = "us"
share = 1.0
utc_offset = "-6h"
[overlay]
enabled = false
[client]
login_timeout = "10s"
{client}
{more}
"#
    )
}
