//! The picture of a figure over a map: every grid point has the shade of the nearest point that was run.
//!
//! Shades go from light to dark in one hue, as in the heat map of a sweep. *Never* has a colour of its own,
//! and so has a point without a value.

use crate::{
    experiment::{
        map::{
            answer::MapAnswer,
            figures::MapFigure,
            frame::{MapFrame, nearest},
            grid::GridPoint,
        },
        storage::answer_page::figure_name,
    },
    report::{
        html::viewport::Viewport,
        svg::canvas::{AltText, Anchor},
    },
    results::summary::Figure,
};

/// Shades from light to dark.
const SHADES: [&str; 9] = ["h0", "h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8"];
/// Which of them the legend shows.
const IN_LEGEND: [usize; 3] = [8, 4, 0];
const NEVER: &str = "c-failed";
const NO_VALUE: &str = "c-stable";

/// Draws a figure of a map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FigureRaster<'a> {
    pub(crate) map: &'a MapAnswer,
    pub(crate) figure: &'a MapFigure,
    /// Its place among the figures, for the identifier of the picture.
    pub(crate) number: usize,
}

impl FigureRaster<'_> {
    /// The style class of a value.
    fn class(&self, value: Option<Figure>) -> &'static str {
        match value {
            None => NO_VALUE,
            Some(None) => NEVER,
            Some(Some(value)) => {
                let share = match self.figure.range(&self.map.points) {
                    Some((low, high)) if high > low => (value - low) / (high - low),
                    _ => 0.0,
                };
                let last = SHADES.len() - 1;
                SHADES[((share * last as f64).round() as usize).min(last)]
            }
        }
    }

    /// The rows of the legend: classes with their texts.
    fn legend(&self) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        if let Some((low, high)) = self.figure.range(&self.map.points) {
            let last = (SHADES.len() - 1) as f64;
            let shown = if high > low {
                &IN_LEGEND[..]
            } else {
                &IN_LEGEND[2..]
            };
            for shade in shown {
                let value = low + (high - low) * *shade as f64 / last;
                rows.push((SHADES[*shade], self.figure.text(Some(Some(value)))));
            }
        }
        let has = |value: Option<Figure>| {
            let mut points = self.map.points.iter();
            points.any(|point| self.figure.at(point) == value)
        };
        for value in [Some(None), None] {
            if has(value) {
                rows.push((self.class(value), self.figure.text(value)));
            }
        }
        rows
    }

    /// The picture as SVG.
    pub(crate) fn draw(&self, viewport: Viewport) -> String {
        let (map, figure) = (self.map, self.figure);
        let frame = MapFrame::new(map, viewport);
        let legend = self.legend();
        let title = figure_name(&figure.name);
        let description = format!(
            "{} over {} and {}: {}.",
            title,
            map.x,
            map.y,
            figure.range_text(&map.points)
        );
        let name = AltText {
            title: &title,
            description: &description,
        };
        let id = format!("map-figure-{}", self.number);
        let mut canvas = viewport.canvas(frame.height(legend.len()), name, &id, "");
        for row in 0..=map.steps {
            // Neighbours of one class are one box.
            let mut begun: Option<(u32, &str)> = None;
            for column in 0..=map.steps + 1 {
                let place = GridPoint { column, row };
                let class = (column <= map.steps)
                    .then(|| nearest(map, place))
                    .flatten()
                    .map(|point| self.class(figure.at(point)));
                if begun.map(|(_, class)| class) == class {
                    continue;
                }
                if let Some((from, class)) = begun {
                    let from = (frame.x(from), frame.y(row + 1));
                    canvas.area(
                        from,
                        (frame.x(column), frame.y(row)),
                        &format!("{class} even"),
                    );
                }
                begun = class.map(|class| (column, class));
            }
        }
        let half = frame.unit / 2.0;
        for point in &map.points {
            let (x, y) = frame.middle(point.place);
            let value = figure.at(point);
            let mark = match self.class(value) {
                "h5" | "h6" | "h7" | "h8" => "on-dark",
                _ => "on-light",
            };
            let value = figure.text(value);
            let (x_key, y_key) = (&map.x, &map.y);
            let saying = format!("{x_key} = {}, {y_key} = {}: {value}", point.x, point.y);
            canvas.area((x - 0.8, y - 0.8), (x + 0.8, y + 0.8), mark);
            canvas.cell((x - half, y - half), (x + half, y + half), "clear", &saying);
        }
        frame.draw(&mut canvas);
        let (x, top) = frame.legend();
        for (row, (class, text)) in legend.iter().enumerate() {
            let y = top + 30.0 * row as f64;
            canvas.area((x, y), (x + 22.0, y + 22.0), class);
            canvas.text((x + 34.0, y + 16.0), Anchor::Start, "", text);
        }
        canvas.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        experiment::map::{grid::MapPoint, regime::Regime},
        results::figures::Figures,
    };

    /// A map of two by two points with these values of a figure.
    fn map(values: [Option<Figure>; 4]) -> MapAnswer {
        let point = |(place, value): (usize, Option<Figure>)| MapPoint {
            x: format!("{}s", place % 2),
            y: format!("{}/s", place / 2),
            regime: Regime::Stable,
            place: GridPoint {
                column: place as u32 % 2 * 2,
                row: place as u32 / 2 * 2,
            },
            figures: value
                .map(|value| Figures::from([("lost".to_owned(), value)]))
                .unwrap_or_default(),
        };
        MapAnswer {
            x: "queue".into(),
            y: "rate".into(),
            counts: BTreeMap::new(),
            points: values.into_iter().enumerate().map(point).collect(),
            steps: 2,
            coarse: 2,
            figures: vec![MapFigure {
                name: "lost".into(),
                unit: "h".into(),
            }],
            branches: Vec::new(),
            remark: None,
        }
    }

    fn draw(map: &MapAnswer) -> String {
        let raster = FigureRaster {
            map,
            figure: &map.figures[0],
            number: 0,
        };
        raster.draw(Viewport::Wide)
    }

    #[test]
    fn shades_go_from_the_least_to_the_greatest_value() {
        let map = map([Some(Some(1.0)), Some(Some(3.0)), Some(None), None]);
        let svg = draw(&map);
        // The nearest point of the middle row and column is that at the lower left.
        assert_eq!(svg.matches("class=\"h0 even\"").count(), 2, "{svg}");
        assert_eq!(svg.matches("class=\"h8 even\"").count(), 2, "{svg}");
        for part in [
            "queue = 1s, rate = 0/s: 3 h",
            "queue = 0s, rate = 1/s: never",
            "queue = 1s, rate = 1/s: no value",
            ">2 h</text>",
        ] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        let text = map.figures[0].table_text(&map.points, &[0, 2], (&map.x, &map.y));
        assert!(
            text.starts_with("\nlost: 1 h to 3 h, never at 1 of 4 points\n"),
            "{text}"
        );
        let last = text.lines().last().unwrap();
        assert!(
            last.starts_with("0/s") && last.contains("1 h") && last.ends_with("3 h"),
            "{text}"
        );
    }

    #[test]
    fn a_figure_without_values_has_a_picture_too() {
        for values in [[None; 4], [Some(None); 4], [Some(Some(0.0)); 4]] {
            let svg = draw(&map(values));
            assert!(!svg.contains("NaN") && svg.contains("queue"), "{svg}");
        }
    }
}
