//! The painter: cells as bytes for a terminal.
//!
//! A frame is one write, of what changed since the one before. Colours are those of 256-colour
//! terminals; of the attributes there are bold, faint and reversed.

use std::io::{self, Write};

use ratatui_core::{
    backend::{Backend, ClearType, WindowSize},
    buffer::{Cell, CellWidth},
    layout::{Position, Size},
    style::{Color, Modifier},
};

/// Turns cells into what a terminal understands, one write for each frame.
pub(crate) struct Painter<W: Write> {
    out: W,
    size: fn() -> Size,
    frame: Vec<u8>,
}

impl<W: Write> Painter<W> {
    /// Onto a terminal that is so large.
    pub(crate) fn new(out: W, size: fn() -> Size) -> Self {
        Self {
            out,
            size,
            frame: Vec::new(),
        }
    }

    fn go_to(&mut self, x: u16, y: u16) {
        let place = format!("\x1b[{};{}H", y + 1, x + 1);
        self.frame.extend_from_slice(place.as_bytes());
    }
}

/// Attributes and colours of a cell, everything else off.
fn style(cell: &Cell) -> String {
    let mut text = String::from("\x1b[0");
    for (modifier, code) in [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::REVERSED, 7),
    ] {
        if cell.modifier.contains(modifier) {
            text.push_str(&format!(";{code}"));
        }
    }
    // No other colours are used.
    if let Color::Indexed(colour) = cell.fg {
        text.push_str(&format!(";38;5;{colour}"));
    }
    text + "m"
}

impl<W: Write> Backend for Painter<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut next = None;
        let mut styled = String::new();
        for (x, y, cell) in content {
            if next != Some((x, y)) {
                self.go_to(x, y);
            }
            let style = style(cell);
            if style != styled {
                self.frame.extend_from_slice(style.as_bytes());
                styled = style;
            }
            self.frame.extend_from_slice(cell.symbol().as_bytes());
            next = Some((x + cell.cell_width(), y));
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        // It is hidden as long as the screen is up.
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, _: P) -> io::Result<()> {
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.frame.extend_from_slice(b"\x1b[0m\x1b[2J");
        Ok(())
    }

    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        // The screen is all there is.
        self.clear()
    }

    fn size(&self) -> io::Result<Size> {
        Ok((self.size)())
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: (self.size)(),
            pixels: Size::ZERO,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = self.out.write_all(&self.frame);
        self.frame.clear();
        written
    }
}

#[cfg(test)]
mod tests {
    use ratatui_core::{style::Style, terminal::Terminal};

    use super::*;

    #[test]
    fn only_what_changed_is_painted_in_one_write() {
        let painter = Painter::new(Vec::new(), || Size::new(10, 2));
        let mut terminal = Terminal::new(painter).unwrap();
        let colour = Style::new()
            .fg(Color::Indexed(74))
            .add_modifier(Modifier::BOLD);
        let mut paint = |text: &str| {
            terminal
                .draw(|frame| {
                    frame.buffer_mut().set_string(0, 1, text, colour);
                })
                .unwrap();
            let bytes = std::mem::take(&mut terminal.backend_mut().out);
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(paint("3.00 M"), "\x1b[2;1H\x1b[0;1;38;5;74m3.00 M");
        assert_eq!(paint("3.00 M"), "");
        assert_eq!(paint("3.20 k"), "\x1b[2;3H\x1b[0;1;38;5;74m2\x1b[2;6Hk");
    }

    #[test]
    fn what_is_wide_does_not_shift_what_follows() {
        let painter = Painter::new(Vec::new(), || Size::new(10, 1));
        let mut terminal = Terminal::new(painter).unwrap();
        terminal
            .draw(|frame| {
                frame.buffer_mut().set_string(0, 0, "停a", Style::new());
            })
            .unwrap();
        let text = String::from_utf8(terminal.backend().out.clone()).unwrap();
        assert_eq!(text, "\x1b[1;1H\x1b[0m停a");
    }
}
