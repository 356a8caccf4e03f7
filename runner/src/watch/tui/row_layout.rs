//! Divides the rows of a terminal among the parts of the screen, by priority. A part without enough
//! rows is not shown.

/// The rows of each part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowLayout {
    /// Simulated time and progress.
    pub(crate) time: bool,
    pub(crate) remark: bool,
    pub(crate) online: bool,
    /// Supernodes and users who wait to log in.
    pub(crate) core: bool,
    pub(crate) speed: bool,
    pub(crate) legend: bool,
    /// Rows of the plot of users, without its time axis; 0 if it is not shown.
    pub(crate) curve: u16,
    /// The number of further plots.
    pub(crate) panels: usize,
    /// Rows of each of them, with its heading.
    pub(crate) panel: u16,
    /// The line of the time axis; its hours are always shown with the plot.
    pub(crate) line: bool,
    pub(crate) days: bool,
    /// Rows of events, with their heading if there is one.
    pub(crate) events: u16,
    pub(crate) heading: bool,
    pub(crate) footer: bool,
}

/// The fewest rows of a useful plot of users, with the hours below it.
const LEAST_CURVE: u16 = 4;
/// Rows of a further plot.
const PANEL: u16 = 5;
/// The plot of users has at least this many rows before further plots are shown.
const GOOD_CURVE: u16 = 12;
/// The most rows of events.
const MOST_EVENTS: u16 = 16;

/// Takes up to `most` rows, as far as there are any left; returns how many.
fn take_up_to(take: &mut impl FnMut(u16) -> bool, most: u16) -> u16 {
    (0..most).take_while(|_| take(1)).count() as u16
}

impl RowLayout {
    /// Divides `height` rows by priority. `remark` is whether there is a remark to show, `overlay`
    /// whether the scenario has supernodes.
    pub(crate) fn new(height: u16, remark: bool, overlay: bool) -> Self {
        // The first row has the title and the state.
        let mut left = height.saturating_sub(1);
        let mut take = |rows: u16| {
            let has = left >= rows;
            left -= if has { rows } else { 0 };
            has
        };
        let mut rows = Self {
            time: take(1),
            online: take(1),
            footer: take(1),
            remark: remark && take(1),
            ..Self::default()
        };
        if take(LEAST_CURVE) {
            rows.curve = LEAST_CURVE - 1;
        }
        rows.core = take(1);
        rows.events = take(1).into();
        rows.speed = take(1);
        rows.line = rows.curve > 0 && take(1);
        rows.days = rows.curve > 0 && take(1);
        rows.heading = take(2);
        rows.events += if rows.heading { 2 } else { 0 };
        rows.legend = rows.curve > 0 && take(1);
        rows.events += if take(2) { 2 } else { 0 };
        // The rest: the plot of users first, then further plots and events in turn.
        rows.curve += take_up_to(&mut take, GOOD_CURVE.saturating_sub(rows.curve));
        rows.panel = PANEL;
        let most = if overlay { 2 } else { 1 };
        while rows.panels < most && take(PANEL) {
            rows.panels += 1;
            rows.events += take_up_to(&mut take, 3);
        }
        while rows.panels == most && take(3) {
            let more = u16::from(rows.events < MOST_EVENTS);
            rows.events += more;
            rows.curve += 3 - more;
        }
        rows.curve += take_up_to(&mut take, PANEL);
        rows
    }

    /// All rows, with that of the title and state.
    #[cfg(test)]
    fn sum(&self) -> u16 {
        let single = [
            self.time,
            self.remark,
            self.online,
            self.core,
            self.speed,
            self.legend,
            self.line,
            self.days,
            self.footer,
        ];
        let single = single.into_iter().map(u16::from).sum::<u16>();
        let hours = u16::from(self.curve > 0);
        1 + single + self.curve + hours + self.panels as u16 * self.panel + self.events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_the_terminal_without_overlap() {
        for height in 1..200 {
            for (remark, overlay) in [(false, false), (true, true)] {
                let rows = RowLayout::new(height, remark, overlay);
                assert!(rows.sum() <= height, "{height}: {rows:?}");
                // From the usual size on, no row is left empty.
                assert!(height < 20 || rows.sum() == height, "{height}: {rows:?}");
            }
        }
    }

    #[test]
    fn more_rows_show_no_less() {
        // On smaller terminals the plot replaces other parts.
        for height in 12..200 {
            let (less, more) = (
                RowLayout::new(height, true, true),
                RowLayout::new(height + 1, true, true),
            );
            assert!(height < 24 || less.curve > 6, "{height}: {less:?}");
            assert!(less.panels <= more.panels, "{height}");
            assert!(less.events <= more.events, "{height}");
        }
        let usual = RowLayout::new(24, false, true);
        assert!(usual.curve >= 6 && usual.events >= 4, "{usual:?}");
        assert_eq!(RowLayout::new(50, false, true).panels, 2);
    }
}
