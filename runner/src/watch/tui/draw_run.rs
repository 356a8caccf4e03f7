//! Draws the status of a run into the cells of a screen.
//!
//! Rows are given out by priority: state, progress, users online and the keys first, then the
//! curve, the other figures and the events, as far as they fit; one row is enough. No text
//! overlaps another; one that does not fit has a shorter form or ends with `…`. Colours are those
//! of Okabe and Ito, which colour-blind people can tell apart, as 256-colour terminals have them;
//! no information depends on colour alone.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Style},
};

use crate::watch::{
    status::run_view::{RunState, RunView},
    tui::{
        figures::{core, online, speed, time},
        plot::{POINT, Plot, PlotCurve, RunSpan, TimeAxisRows, time_axis},
        row_layout::RowLayout,
        row_writer::{BOLD, FAINT, RowWriter, cut, width},
    },
};

const SKY_BLUE: u8 = 74;
const ORANGE: u8 = 214;
const GREEN: u8 = 36;
const VERMILLION: u8 = 166;

/// The properties of a screen that do not come from the run.
#[derive(Clone, Debug)]
pub(crate) struct ScreenSettings {
    /// Whether there are colours.
    pub(crate) colours: bool,
    /// Whether the run belongs to this process, so that Ctrl-C stops it.
    pub(crate) own: bool,
    /// The last message of the program.
    pub(crate) message: Option<String>,
}

impl ScreenSettings {
    fn colour(&self, colour: u8) -> Color {
        if self.colours {
            Color::Indexed(colour)
        } else {
            Color::Reset
        }
    }
}

/// Draws a run, using all of `area`.
pub(crate) fn draw(view: &RunView, settings: &ScreenSettings, area: Rect, buffer: &mut Buffer) {
    let rows = RowLayout::new(
        area.height,
        view.remark.is_some() || settings.message.is_some(),
        view.overlay,
    );
    // A column stays empty on both sides.
    let inner = Rect {
        x: area.x + u16::from(area.width > 2),
        width: area.width.saturating_sub(2).max(area.width.min(1)),
        ..area
    };
    let mut writer = RowWriter {
        buffer,
        area: inner,
        row: area.y,
    };
    status(&mut writer, view, settings);
    if rows.time {
        time(&mut writer, view);
    }
    if rows.remark {
        let message = settings.message.clone();
        let remark = message.or_else(|| view.remark.clone());
        let remark = remark.unwrap_or_default();
        writer.text(&remark, Style::new());
    }
    if rows.online {
        online(&mut writer, view);
    }
    if rows.core {
        core(&mut writer, view);
    }
    if rows.speed {
        speed(&mut writer, view.cost);
    }
    curves(&mut writer, view, settings, rows);
    if rows.events > 0 {
        events(&mut writer, view, rows);
    }
    if rows.footer {
        writer.row = area.bottom() - 1;
        footer(&mut writer, view, settings);
    }
}

/// The title of the run and its state.
fn status(writer: &mut RowWriter<'_>, view: &RunView, settings: &ScreenSettings) {
    let name = view.state.name();
    let style = match view.state {
        RunState::Finished => Style::new().fg(settings.colour(GREEN)),
        RunState::Stopped(_) | RunState::Killed | RunState::Gone | RunState::Silent(_) => {
            Style::new().fg(settings.colour(VERMILLION))
        }
        RunState::Preparing | RunState::Running | RunState::WritingResults => Style::new(),
    };
    let name = cut(&name, writer.width());
    let at = writer.width() - width(&name);
    let title = if view.title.is_empty() {
        &view.run
    } else {
        &view.title
    };
    if at >= 8 {
        let title = cut(title, at - 2);
        writer
            .buffer
            .set_stringn(writer.area.x, writer.row, title, at, BOLD);
    }
    let at = writer.area.x + at as u16;
    writer
        .buffer
        .set_stringn(at, writer.row, &name, width(&name), style.patch(BOLD));
    writer.row += 1;
}

/// The plots, one below the other, and the time axis below all of them.
fn curves(writer: &mut RowWriter<'_>, view: &RunView, settings: &ScreenSettings, rows: RowLayout) {
    if rows.curve == 0 {
        return;
    }
    let series = &view.series;
    let norm = PlotCurve {
        bands: &series.norm,
        colour: Color::Reset,
        dotted: true,
    };
    let drawn = |bands, colour| PlotCurve {
        bands,
        colour: settings.colour(colour),
        dotted: false,
    };
    let panel = |curves| Plot {
        curves,
        points: Vec::new(),
        point_style: BOLD.fg(settings.colour(VERMILLION)),
    };
    let observed = view.observed.iter();
    let users = Plot {
        points: observed
            .map(|(time, users)| (time - view.start, *users))
            .filter(|(tick, _)| (0..=i64::from(view.end)).contains(tick))
            .collect(),
        ..panel(vec![norm, drawn(&series.online, SKY_BLUE)])
    };
    let has_points = !users.points.is_empty();
    let mut panels = vec![(users, rows.curve, legend(has_points), rows.legend)];
    let supernodes = (&series.supernodes, GREEN, "supernodes");
    let queue = (&series.login_queue, ORANGE, "waiting to log in");
    let more = if view.overlay {
        [Some(supernodes), Some(queue)]
    } else {
        [Some(queue), None]
    };
    for (bands, colour, name) in more.into_iter().flatten().take(rows.panels) {
        let height = rows.panel - 1;
        panels.push((panel(vec![drawn(bands, colour)]), height, name.into(), true));
    }
    let widths = panels
        .iter()
        .map(|(panel, height, _, _)| panel.label_width(*height));
    let margin = widths.max().unwrap_or(0).max(3) + 2;
    let span = RunSpan {
        tick: view.tick,
        start: view.start,
        end: view.end,
    };
    let mut inner = Rect {
        x: writer.area.x + margin,
        width: writer.area.width.saturating_sub(margin),
        ..writer.area
    };
    for (panel, height, name, named) in panels {
        if named {
            writer.text(&name, FAINT);
        }
        inner.y = writer.row;
        inner.height = height;
        panel.draw(writer.buffer, inner, span, FAINT);
        writer.row += height;
    }
    let axis = TimeAxisRows {
        line: rows.line,
        days: rows.days,
    };
    time_axis(writer.buffer, inner, span, axis, FAINT);
    writer.row += 1 + u16::from(rows.line) + u16::from(rows.days);
}

fn legend(observed: bool) -> String {
    let observed = if observed {
        format!("   {POINT} observed")
    } else {
        String::new()
    };
    format!("users   ⣀⠤⠒ online   ⠂⠂⠂ norm{observed}")
}

/// The last events, the newest at the end.
fn events(writer: &mut RowWriter<'_>, view: &RunView, rows: RowLayout) {
    let mut rows_left = usize::from(rows.events);
    if rows.heading {
        rows_left -= 1;
        let heading = if view.state.is_over() {
            "events"
        } else {
            "latest events"
        };
        writer.text(heading, FAINT);
    }
    let all = &view.events;
    if all.is_empty() {
        let none = if view.state.is_over() {
            "none"
        } else {
            "none yet"
        };
        writer.text(none, Style::new());
        return;
    }
    for one in &all[all.len().saturating_sub(rows_left)..] {
        writer.text(&format!("{:<16}  {}", one.when, one.what), Style::new());
    }
}

fn footer(writer: &mut RowWriter<'_>, view: &RunView, settings: &ScreenSettings) {
    let forms = match (settings.own, view.state.is_over()) {
        (true, _) => [
            "q or Esc: leave, the run continues   Ctrl-C: stop the run and keep its results",
            "q: leave, the run continues   Ctrl-C: stop it",
            "q: leave   Ctrl-C: stop",
            "q: leave",
        ],
        (false, false) => [
            "q, Esc or Ctrl-C: leave, the run continues",
            "q: leave, the run continues",
            "q: leave",
            "q",
        ],
        (false, true) => ["q, Esc or Ctrl-C: leave", "q: leave", "q", "q"],
    };
    writer.fitting(&forms.map(String::from), FAINT);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ratatui::{Terminal, backend::TestBackend};

    use super::*;
    use crate::watch::status::run_view::tests::{nothing, outage};

    const PLAIN: ScreenSettings = ScreenSettings {
        colours: false,
        own: false,
        message: None,
    };

    fn shown(
        view: &RunView,
        settings: &ScreenSettings,
        width: u16,
        height: u16,
    ) -> Terminal<TestBackend> {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal
            .draw(|frame| draw(view, settings, frame.area(), frame.buffer_mut()))
            .unwrap();
        terminal
    }

    /// The rows of a screen, without trailing spaces.
    fn rows(view: &RunView, settings: &ScreenSettings, width: u16, height: u16) -> Vec<String> {
        let terminal = shown(view, settings, width, height);
        let buffer = terminal.backend().buffer();
        let row = |y| -> String { (0..width).map(|x| buffer[(x, y)].symbol()).collect() };
        (0..height).map(|y| row(y).trim_end().to_owned()).collect()
    }

    #[test]
    fn an_outage_on_a_usual_terminal() {
        let view = outage(RunState::Running);
        let text = rows(&view, &PLAIN, 80, 24).join("\n");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn an_outage_on_a_large_terminal() {
        let own = ScreenSettings { own: true, ..PLAIN };
        let view = outage(RunState::Running);
        let text = rows(&view, &own, 120, 44).join("\n");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn small_terminals_show_what_fits() {
        let view = outage(RunState::Running);
        let mut text = String::new();
        for (width, height) in [(40, 10), (30, 6), (20, 3), (9, 1), (1, 1)] {
            let rows = rows(&view, &PLAIN, width, height);
            assert!(rows.iter().all(|row| row.chars().count() <= width.into()));
            text += &format!("{width} x {height}\n{}\n\n", rows.join("\n"));
        }
        insta::assert_snapshot!(text);
    }

    #[test]
    fn every_condition_fits_every_terminal() {
        let conditions = [
            RunState::Preparing,
            RunState::Running,
            RunState::Silent(Duration::from_secs(86_400)),
            RunState::WritingResults,
            RunState::Finished,
            RunState::Stopped("halted: more mail in flight than allowed".into()),
            RunState::Killed,
            RunState::Gone,
        ];
        for state in conditions {
            let name = state.name();
            let mut view = outage(state);
            for (width, height) in (1..=130).flat_map(|w| [(w, 24), (w, 9), (130, w.min(60))]) {
                shown(&view, &PLAIN, width, height);
            }
            assert!(rows(&view, &PLAIN, 80, 24)[0].ends_with(&name), "{name}");
            // No overlay, another title, nothing observed.
            view.overlay = false;
            view.title = "停電\u{1b}[31m\u{202e} ".repeat(40);
            view.observed.clear();
            let rows = rows(&view, &PLAIN, 80, 24);
            assert!(rows[0].ends_with(&name));
            assert!(!rows.concat().contains(['\u{1b}', '\u{202e}']), "{rows:?}");
            assert!(!rows.concat().contains("supernodes  "), "{rows:?}");
        }
        let empty = rows(&nothing(), &PLAIN, 80, 24);
        assert!(
            empty.iter().any(|row| row.contains("no sample yet")),
            "{empty:?}"
        );
    }

    #[test]
    fn zero_is_the_lowest_line_and_has_its_label() {
        let mut view = nothing();
        view.state = RunState::Running;
        view.end = 7_200;
        for tick in (60..=7_200).step_by(60) {
            view.series.add(crate::watch::status::series_tail::Sample {
                tick,
                online: if tick > 3_600 { 0 } else { 1_000 },
                norm: 1_000,
                ..Default::default()
            });
        }
        let rows = rows(&view, &PLAIN, 60, 24);
        let zero = rows.iter().position(|row| row.contains(" 0 ┤")).unwrap();
        assert!(rows[zero + 1].contains('└'), "{rows:?}");
        // Nothing of the second half stands above the lowest dots, but the dotted norm.
        let (_, line) = rows[zero].split_once('┤').unwrap();
        let last: Vec<char> = line.chars().rev().take(10).collect();
        assert!(last.iter().all(|sign| *sign == '⣀'), "{line}");
        assert!(rows.iter().any(|row| row.contains("1000 ┤⠈⠉⠉")), "{rows:?}");
    }

    #[test]
    fn without_colours_there_are_none() {
        let view = outage(RunState::Killed);
        let own = |colours| ScreenSettings { colours, ..PLAIN };
        let coloured = |colours| {
            let terminal = shown(&view, &own(colours), 120, 50);
            let cells = terminal.backend().buffer().content().iter();
            cells.filter(|cell| cell.fg != Color::Reset).count()
        };
        assert_eq!(coloured(false), 0);
        assert!(coloured(true) > 100);
        assert_eq!(
            rows(&view, &own(false), 120, 50),
            rows(&view, &own(true), 120, 50)
        );
    }
}
