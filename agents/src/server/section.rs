//! Parameters: servers of the operator.

use crate::{
    choice,
    scenario::quantity::{rate::Rate, share::Share, span::Span},
    section,
};

choice! {
    /// In which order waiting log-ins are served.
    pub enum Order {
        /// The oldest first.
        Fifo = "fifo",
        /// The newest first.
        Lifo = "lifo",
    }
}

section! {
    /// The log-in servers.
    pub struct Login {
        /// How many there are; the rate is spread over them.
        servers: u16 = 4, in 1..=1000, unit "servers", source "fact 6.27";
        /// Log-ins a second that all of them together can serve.
        rate: Rate = "2500/s", in "0.001/s"..="10000000/s", source "assumed (some six times the calm peak)";
        /// The longest wait a server lets in; above it, it rejects at once.
        queue: Span = "20s", in "0s"..="1d", source "assumed";
        /// In which order waiting log-ins are served.
        order: Order = "fifo", source "given";
        /// Whether a server works on a log-in whose client has stopped waiting.
        wasted_work: bool = true, source "given";
        /// Load shedding: from this wait on a growing share is turned away, all at `queue`; without it
        /// none before.
        shed_from: Option<Span>, optional, in "0s"..="1d", source "given";
        /// The share of all log-ins that is let in.
        admission: Share = 1.0, source "given";
        /// What a server that turns a client away tells it: come back after this time at the
        /// earliest, spread over as long again; 0 for nothing.
        retry_after: Span = "0s", in "0s"..="7d", source "given";
    }
}

section! {
    /// The presence servers: each sign-in tells the user's friends.
    pub struct Presence {
        /// Sign-ins a second whose friends can be told.
        rate: Rate = "900/s", in "0.001/s"..="10000000/s", source "assumed, facts 1.18, 1.19 (lagged behind sign-in)";
    }
}

section! {
    /// The chat servers: each sign-in fetches what was said meanwhile.
    pub struct Chat {
        /// Sign-ins a second whose chats can be brought up to date.
        rate: Rate = "800/s", in "0.001/s"..="10000000/s", source "assumed, facts 1.11, 1.18, 1.19";
    }
}

section! {
    /// The servers that keep messages for users who are away.
    pub struct OfflineMessages {
        /// Whether there are any.
        on: bool = false, source "fact 3.2 (2010; none told of in 2007)";
        /// Requests a second that all of them together can serve.
        rate: Rate = "40000/s", in "0.001/s"..="10000000/s", source "assumed (some 1.5 times the calm peak)";
        /// The longest wait they let in; above it, they reject at once.
        queue: Span = "60s", in "0s"..="1d", source "assumed";
        /// How often an online client has to do with them, on average: it fetches, leaves a message, asks.
        contact_every: Span = "15m", in "10s"..="7d", source "assumed, fact 3.19 (a fifth of all clients down within half an hour)";
        /// An answer that took longer than this is late.
        late: Span = "10s", in "1s"..="1d", source "assumed";
        /// Share of these requests that leave a message for a user who is away.
        store_share: Share = 0.05, source "assumed";
    }
}

section! {
    /// Business gateways: calls of company switchboards, on infrastructure of their own.
    pub struct Gateway {
        /// Whether there are any.
        on: bool = false, source "fact 3.22 (2010; Connect and Manager)";
        /// Lines.
        lines: u64 = 30_000, in 1..=10_000_000, unit "lines", source "assumed (twice the calls at peak)";
        /// Calls that may wait for a line.
        places: u64 = 0, in 0..=10_000_000, unit "calls", source "assumed";
        /// Calls a second at the peak of an ordinary weekday; at other hours in proportion to the norm.
        calls: Rate = "80/s", in "0/s"..="10000000/s", source "assumed";
        /// Mean length of a call.
        length_mean: Span = "3m", in "1s"..="1d", source "assumed, fact 6.33";
    }
}

section! {
    /// The business control panel (Manager), on infrastructure of its own.
    pub struct Manager {
        /// Whether there is one.
        on: bool = false, source "fact 3.22 (2010; Connect and Manager)";
        /// Requests it works on at a time.
        lines: u64 = 200, in 1..=10_000_000, unit "requests", source "assumed";
        /// Requests that may wait.
        places: u64 = 200, in 0..=10_000_000, unit "requests", source "assumed";
        /// Requests a second at the peak of an ordinary weekday; at other hours in proportion to the norm.
        requests: Rate = "20/s", in "0/s"..="10000000/s", source "assumed";
        /// Mean time that one takes.
        length_mean: Span = "3s", in "1s"..="1d", source "assumed";
    }
}

section! {
    /// The group-video servers.
    pub struct GroupVideo {
        /// Whether there are any.
        on: bool = false, source "fact 3.14 (2010)";
        /// Calls that they carry at a time.
        calls: u64 = 10_000, in 1..=10_000_000, unit "calls", source "assumed (some twice the calls at peak)";
    }
}

choice! {
    /// A kind of servers.
    pub enum ServerKind {
        /// Log-in.
        Login = "login",
        /// Presence.
        Presence = "presence",
        /// Chat.
        Chat = "chat",
        /// Messages for users who are away.
        OfflineMessages = "offline-messages",
        /// Business gateways.
        Gateway = "gateway",
        /// The business control panel.
        Manager = "manager",
        /// Group video.
        GroupVideo = "group-video",
    }
}

section! {
    /// Servers of the operator.
    pub struct Servers {
        /// Log-in.
        login: Login, section;
        /// Presence.
        presence: Presence, section;
        /// Chat.
        chat: Chat, section;
        /// Messages for users who are away.
        offline_messages: OfflineMessages, section;
        /// Business gateways.
        gateway: Gateway, section;
        /// The business control panel.
        manager: Manager, section;
        /// Group video.
        group_video: GroupVideo, section;
    }
}
