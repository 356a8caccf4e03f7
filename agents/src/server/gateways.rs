//! Business gateways and the business control panel (Connect and Manager): calls of company
//! switchboards, and requests of their administrators. Both have servers of their own and use no
//! supernode (fact 3.22: both continued to work in 2010).
//!
//! Each is one actor with a line group. In every tick it handles the calls that arrive in that tick, a
//! Poisson count whose mean follows the norm of the hour: each call gets a free line, waits, or is
//! lost. Units: calls, ticks.

use patchday_core::{Context, InitContext, LOOKAHEAD, Tick};

use crate::{
    client::state::State,
    network::{
        context::NetworkModel,
        counters::Counters,
        distributions::{ExponentialSpans, PoissonCounts},
        draw_ids,
        message::{Kind, Message},
        world::World,
    },
    scenario::quantity::{rate::Rate, span::Span},
    section,
    server::{
        interface::{ClientFigures, Server},
        kind::ServerKind,
        queueing::line_group::{Arrival, LineGroup, Size},
    },
};

section! {
    /// Business gateways: calls of company switchboards, on servers of their own.
    pub struct BusinessGateways {
        /// Whether there are business gateways.
        on: bool = false, source "fact 3.22 (2010; Connect and Manager)";
        /// The number of lines.
        lines: u64 = 30_000, in 1..=10_000_000, unit "lines", source "assumed (twice the calls at peak)";
        /// Maximum number of calls that wait for a line.
        places: u64 = 0, in 0..=10_000_000, unit "calls", source "assumed";
        /// Calls per second at the peak of an ordinary weekday; at other hours in proportion to the
        /// norm.
        calls: Rate = "80/s", in "0/s"..="10000000/s", source "assumed";
        /// Mean length of a call.
        length_mean: Span = "3m", in "1ms"..="1d", source "assumed, fact 6.33";
    }
}

section! {
    /// The business control panel (Manager), on servers of its own.
    pub struct ControlPanel {
        /// Whether there is a control panel.
        on: bool = false, source "fact 3.22 (2010; Connect and Manager)";
        /// Maximum number of requests in progress.
        lines: u64 = 200, in 1..=10_000_000, unit "requests", source "assumed";
        /// Maximum number of requests that wait.
        places: u64 = 200, in 0..=10_000_000, unit "requests", source "assumed";
        /// Requests per second at the peak of an ordinary weekday; at other hours in proportion to the
        /// norm.
        requests: Rate = "20/s", in "0/s"..="10000000/s", source "assumed";
        /// Mean duration of a request.
        length_mean: Span = "3s", in "1ms"..="1d", source "assumed";
    }
}

/// Returns a scaled number of lines: at least 8, if the original has that many, because a small load
/// needs more lines per call than a large one.
fn scaled_count(count: u64, share: f64) -> u64 {
    ((count as f64 * share).round() as u64).max(count.min(8))
}

impl BusinessGateways {
    /// Scales the capacity to a network `share` times as large.
    pub(crate) fn scale(&mut self, share: f64) {
        self.lines = scaled_count(self.lines, share);
        self.places = (self.places as f64 * share).round() as u64;
        self.calls = self.calls.scaled(share);
    }
}

impl ControlPanel {
    /// Scales the capacity to a network `share` times as large.
    pub(crate) fn scale(&mut self, share: f64) {
        self.lines = scaled_count(self.lines, share);
        self.places = scaled_count(self.places, share);
        self.requests = self.requests.scaled(share);
    }
}

/// The line group of the gateways or of the control panel, and the calls that arrive at it.
#[derive(Debug)]
pub(crate) struct CallLoad {
    pub(crate) size: Size,
    /// The number of calls that arrive in a tick, for each hour of the run; empty if there are no
    /// lines.
    calls: Vec<PoissonCounts>,
    lengths: ExponentialSpans,
    /// The ticks of an hour.
    hour: Tick,
}

impl CallLoad {
    /// Compiles a section. `rate` is the rate at the peak of an ordinary weekday; `None` if there are
    /// no lines.
    fn new(size: Size, rate: Option<Rate>, length: Span, clients: &ClientFigures<'_>) -> Self {
        let (tick, length_of_hour) = (clients.tick, clients.tick.hour());
        let hours = rate.map_or(0, |_| clients.ticks.div_ceil(length_of_hour));
        let rate = rate.map_or(0.0, |rate| tick.per_tick(rate));
        let calls = (0..hours).map(|hour| {
            let share =
                (clients.norm)(hour * length_of_hour + length_of_hour / 2) / clients.peak.max(1.0);
            PoissonCounts::new(rate * share)
        });
        Self {
            size,
            calls: calls.collect(),
            lengths: ExponentialSpans::new(tick.mean(length)),
            hour: length_of_hour,
        }
    }

    /// Sends the first of the messages that repeat in every tick, if there are lines.
    fn start<M: NetworkModel>(&self, init: &mut InitContext<'_, M>) {
        if !self.calls.is_empty() {
            init.send(1, Message::new(Kind::Round, 0));
        }
    }

    /// Handles a message. `count` counts a call that arrived, and whether it was lost.
    fn receive<M: NetworkModel>(
        &self,
        speed: u64,
        message: Message,
        count: impl Fn(&mut Counters, bool),
        context: &mut Context<'_, M>,
    ) {
        let mut group = context.state.line_group();
        let size = self.size.at_speed(speed);
        if message.kind == Kind::Round {
            context.send(context.id, LOOKAHEAD, Message::new(Kind::Round, 0));
            for _ in 0..group.refill(size) {
                self.begin_call(&mut group, context);
            }
            let word = context.draw(draw_ids::GATEWAY, 0).word(0);
            let calls = self.calls.get((context.now / self.hour) as usize);
            for _ in 0..calls.map_or(0, |calls| calls.count(word)) {
                let arrival = group.arrive(size);
                count(&mut context.tally.counters, arrival == Arrival::Lost);
                if arrival == Arrival::Free {
                    self.begin_call(&mut group, context);
                }
            }
        } else if group.end(size) {
            self.begin_call(&mut group, context);
        }
        *context.state = State::LineGroup(group);
    }

    /// Starts a call on a line, and sends the message that ends it.
    fn begin_call<M: NetworkModel>(&self, group: &mut LineGroup, context: &mut Context<'_, M>) {
        group.begun = group.begun.wrapping_add(1);
        // Word 0 of the draw with index 0 decides the arrivals.
        let word = context.draw(draw_ids::GATEWAY, group.begun).word(1);
        let length = self.lengths.span(word);
        context.send(context.id, length, Message::new(Kind::LineFree, 0));
    }
}

/// The compiled parameters of the business gateways.
#[derive(Debug)]
pub(crate) struct GatewayParams {
    pub(crate) load: CallLoad,
}

impl Server for GatewayParams {
    type Section = BusinessGateways;

    const IDLE: State = State::LineGroup(LineGroup::IDLE);

    fn new(section: &BusinessGateways, clients: &ClientFigures<'_>) -> Self {
        let size = Size::new(section.lines, section.places);
        let rate = section.on.then_some(section.calls);
        Self {
            load: CallLoad::new(size, rate, section.length_mean, clients),
        }
    }

    fn start<M: NetworkModel>(&self, init: &mut InitContext<'_, M>) {
        self.load.start(init);
    }

    fn receive<M: NetworkModel>(
        &self,
        world: &World,
        message: Message,
        context: &mut Context<'_, M>,
    ) {
        let before = context.state.line_group().busy;
        let speed = world.speed(ServerKind::Gateway);
        let count = |counters: &mut Counters, lost| {
            counters.gateway_calls += 1;
            counters.gateway_calls_failed += u64::from(lost);
        };
        self.load.receive(speed, message, count, context);
        let after = context.state.line_group().busy;
        context.tally.gateway_busy += i64::from(after) - i64::from(before);
    }
}

/// The compiled parameters of the business control panel.
#[derive(Debug)]
pub(crate) struct ManagerParams {
    pub(crate) load: CallLoad,
}

impl Server for ManagerParams {
    type Section = ControlPanel;

    const IDLE: State = State::LineGroup(LineGroup::IDLE);

    fn new(section: &ControlPanel, clients: &ClientFigures<'_>) -> Self {
        let size = Size::new(section.lines, section.places);
        let rate = section.on.then_some(section.requests);
        Self {
            load: CallLoad::new(size, rate, section.length_mean, clients),
        }
    }

    fn start<M: NetworkModel>(&self, init: &mut InitContext<'_, M>) {
        self.load.start(init);
    }

    fn receive<M: NetworkModel>(
        &self,
        world: &World,
        message: Message,
        context: &mut Context<'_, M>,
    ) {
        let speed = world.speed(ServerKind::Manager);
        let count = |counters: &mut Counters, lost| {
            counters.manager_requests += 1;
            counters.manager_requests_failed += u64::from(lost);
        };
        self.load.receive(speed, message, count, context);
    }
}
