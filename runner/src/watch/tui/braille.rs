//! Dots: a drawing of two by four dots in each cell, as Braille patterns.
//!
//! Places are in dots, from the upper left corner; what lies outside is left out.

/// The bit of each dot of a cell, by column and row.
const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// A drawing.
#[derive(Clone, Debug)]
pub(crate) struct Dots {
    /// In cells.
    width: usize,
    bits: Vec<u8>,
}

impl Dots {
    /// An empty drawing of so many cells.
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            bits: vec![0; width * height],
        }
    }

    /// Sets a dot.
    pub(crate) fn set(&mut self, x: i64, y: i64) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
            return;
        };
        if x / 2 < self.width
            && let Some(cell) = self.bits.get_mut(y / 4 * self.width + x / 2)
        {
            *cell |= BITS[x % 2][y % 4];
        }
    }

    /// Draws a straight line, both ends with it.
    pub(crate) fn line(&mut self, (x0, y0): (i64, i64), (x1, y1): (i64, i64)) {
        let steps = (x1 - x0).abs().max((y1 - y0).abs()).max(1);
        for step in 0..=steps {
            // Rounded to the closest dot, halves up.
            let between =
                |from: i64, to: i64| from + (2 * (to - from) * step + steps).div_euclid(2 * steps);
            self.set(between(x0, x1), between(y0, y1));
        }
    }

    /// Leaves one column of dots in two, so that a line becomes a dotted one.
    pub(crate) fn every_other(&mut self) {
        let left = BITS[0].iter().fold(0, |all, bit| all | bit);
        for cell in &mut self.bits {
            *cell &= left;
        }
    }

    /// The dots of a cell.
    pub(crate) fn cell(&self, x: usize, y: usize) -> u8 {
        self.bits.get(y * self.width + x).copied().unwrap_or(0)
    }
}

/// The sign that shows some dots.
pub(crate) fn braille(bits: u8) -> char {
    char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(dots: &Dots, height: usize) -> Vec<String> {
        let row = |y| (0..dots.width).map(|x| braille(dots.cell(x, y))).collect();
        (0..height).map(row).collect()
    }

    #[test]
    fn lines_touch_every_column_and_both_ends() {
        let mut dots = Dots::new(3, 2);
        dots.line((0, 7), (5, 0));
        dots.set(-1, 0);
        dots.set(6, 0);
        dots.set(0, 8);
        assert_eq!(rows(&dots, 2), ["⠀⢀⠎", "⡰⠁⠀"]);
        for x in 0..6 {
            assert!((0..2).any(|y| dots.cell(x / 2, y) != 0));
        }
    }

    #[test]
    fn a_dotted_line_leaves_gaps() {
        let mut dots = Dots::new(3, 1);
        dots.line((0, 3), (5, 3));
        assert_eq!(rows(&dots, 1), ["⣀⣀⣀"]);
        dots.every_other();
        assert_eq!(rows(&dots, 1), ["⡀⡀⡀"]);
    }
}
