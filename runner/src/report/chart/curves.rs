//! Draws the samples of a run as lines or stacked areas, with the values that the script of the page
//! shows at the pointer.
//!
//! Samples are reduced in number, with peaks and dips kept. For the script, a path in a wide
//! viewport has for each kept sample its time, in seconds since the previous one (`data-t`), and its
//! value with four digits (`data-v`), so that the script shows sampled values and does not measure
//! the picture. Values that are not numbers are gaps, `-` in `data-v`. A sample between two gaps is
//! a dot.

use crate::{
    host::format::four_figures,
    report::{
        chart::time_frame::TimeFrame,
        html::viewport::Viewport,
        svg::{
            axis::Scale,
            canvas::{Anchor, Canvas, text_width},
            downsampling::kept_indexes,
        },
    },
};

/// The most points of a line, in a wide and a narrow viewport.
const MOST_POINTS: (usize, usize) = (800, 300);
/// The height of an area high enough for its name.
const NAME_HEIGHT: f64 = 15.0;

/// A line: a name, a class and a value for each sample.
#[derive(Clone, Debug)]
pub(crate) struct ChartLine<'a> {
    pub(crate) name: &'a str,
    pub(crate) class: &'static str,
    pub(crate) values: Vec<f64>,
}

/// An area between two values for each sample, on a linear axis.
#[derive(Clone, Debug)]
pub(crate) struct ChartBand {
    pub(crate) class: &'static str,
    pub(crate) low: Vec<f64>,
    pub(crate) high: Vec<f64>,
}

impl ChartBand {
    /// The greatest value.
    pub(crate) fn most(&self) -> f64 {
        self.high.iter().copied().fold(0.0, f64::max)
    }
}

/// The scales with which curves are drawn.
pub(crate) struct Curves<'a> {
    pub(crate) frame: &'a TimeFrame<'a>,
    pub(crate) time: Scale,
    pub(crate) values: Scale,
    pub(crate) viewport: Viewport,
    /// Whether paths have their times and values.
    pub(crate) readable: bool,
}

/// The logarithm to base 10 of a value on an axis that begins at 1; NaN stays NaN.
fn logarithm(value: f64) -> f64 {
    if value.is_nan() {
        value
    } else {
        value.max(1.0).log10()
    }
}

impl Curves<'_> {
    fn x(&self, sample: usize) -> f64 {
        let time = self.frame.times.get(sample).copied();
        self.time.place(time.unwrap_or(self.frame.start) as f64)
    }

    fn most_points(&self) -> usize {
        self.viewport.select(MOST_POINTS.0, MOST_POINTS.1)
    }

    /// Attributes with the times and values of the kept samples.
    fn readings(&self, kept: &[usize], value: impl Fn(usize) -> f64) -> String {
        if self.viewport == Viewport::Narrow || !self.readable {
            return String::new();
        }
        let mut before = self.frame.start;
        let (mut times, mut values) = (Vec::new(), Vec::new());
        for sample in kept {
            let time = self.frame.times.get(*sample).copied().unwrap_or(before);
            times.push(self.frame.seconds(time - before).to_string());
            before = time;
            values.push(match value(*sample) {
                value if value.is_finite() => four_figures(value).to_string(),
                _ => "-".into(),
            });
        }
        format!(
            "data-t=\"{}\" data-v=\"{}\"",
            times.join(" "),
            values.join(" ")
        )
    }

    /// Draws a line.
    pub(crate) fn line(&self, canvas: &mut Canvas, line: &ChartLine<'_>, logarithmic: bool) {
        let y = |value: &f64| {
            let value = if logarithmic {
                logarithm(*value)
            } else {
                *value
            };
            self.values.place(value)
        };
        let all: Vec<(f64, f64)> = line
            .values
            .iter()
            .take(self.frame.times.len())
            .enumerate()
            .map(|(sample, value)| (self.x(sample), y(value)))
            .collect();
        let known = |place: &(f64, f64)| place.1.is_finite();
        let (mut kept, mut stretches, mut begin) = (Vec::new(), Vec::new(), 0);
        for stretch in all.chunk_by(|one, next| known(one) == known(next)) {
            let end = begin + stretch.len();
            if stretch.iter().all(known) {
                let share = self.most_points() * stretch.len() / all.len();
                let of_stretch = kept_indexes(stretch, share.max(8));
                stretches.push(of_stretch.iter().map(|place| stretch[*place]).collect());
                kept.extend(of_stretch.iter().map(|place| begin + place));
            } else {
                // Both ends of the gap, so that the script finds no value within it.
                kept.push(begin);
                kept.extend((end - 1 > begin).then_some(end - 1));
            }
            begin = end;
        }
        let value = |sample: usize| line.values.get(sample).copied().unwrap_or(f64::NAN);
        let readings = self.readings(&kept, value);
        canvas.broken_path(&stretches, line.class, line.name, &readings);
        for stretch in &stretches {
            if let [only] = stretch.as_slice() {
                canvas.small_dot(*only, line.class);
            }
        }
    }

    /// Draws a band.
    pub(crate) fn band(&self, canvas: &mut Canvas, band: &ChartBand) {
        let edge = |values: &[f64]| -> Vec<(f64, f64)> {
            let places = values.iter().take(self.frame.times.len()).enumerate();
            places
                .map(|(sample, value)| (self.x(sample), self.values.place(*value)))
                .collect()
        };
        // Each edge keeps its own peaks and dips.
        let thinned = |values: &[f64]| -> Vec<(f64, f64)> {
            let all = edge(values);
            let kept = kept_indexes(&all, self.most_points());
            kept.into_iter().map(|place| all[place]).collect()
        };
        let (high, low) = (thinned(&band.high), thinned(&band.low));
        let outline: Vec<(f64, f64)> = high.into_iter().chain(low.into_iter().rev()).collect();
        canvas.bare_shape(&outline, band.class);
    }

    /// Draws stacked areas, the first at the top, each with its name if it fits.
    pub(crate) fn stack(&self, canvas: &mut Canvas, lines: &[ChartLine<'_>]) {
        let value =
            |line: &ChartLine<'_>, sample: usize| line.values.get(sample).copied().unwrap_or(0.0);
        let total = |sample: usize| lines.iter().map(|line| value(line, sample)).sum::<f64>();
        let all: Vec<(f64, f64)> = (0..self.frame.times.len())
            .map(|sample| (self.x(sample), total(sample)))
            .collect();
        let kept = kept_indexes(&all, self.most_points() / 2);
        let mut bottoms = vec![0.0; kept.len()];
        let mut names = Vec::new();
        // From the bottom up, so that the first in the legend is at the top.
        for line in lines.iter().rev() {
            let tops: Vec<f64> = kept
                .iter()
                .zip(&bottoms)
                .map(|(sample, bottom)| bottom + value(line, *sample))
                .collect();
            let edge = |edge: &[f64]| -> Vec<(f64, f64)> {
                let places = kept.iter().map(|sample| all[*sample].0);
                let places: Vec<(f64, f64)> = places
                    .zip(edge.iter().map(|value| self.values.place(*value)))
                    .collect();
                match places.as_slice() {
                    // A single sample gets a visible width.
                    [(x, y)] => vec![(x - 4.0, *y), (*x, *y)],
                    _ => places,
                }
            };
            let (top, bottom) = (edge(&tops), edge(&bottoms));
            names.extend(
                self.name_position(&top, &bottom, line.name)
                    .map(|at| (at, line.name)),
            );
            let outline: Vec<(f64, f64)> =
                top.into_iter().chain(bottom.into_iter().rev()).collect();
            let readings = self.readings(&kept, |sample| value(line, sample));
            canvas.shape(&outline, line.class, line.name, &readings);
            bottoms = tops;
        }
        for (at, name) in names {
            canvas.text(at, Anchor::Middle, "label small", name);
        }
    }

    /// The position at which an area between two edges is high enough for a name, all along it.
    fn name_position(
        &self,
        top: &[(f64, f64)],
        bottom: &[(f64, f64)],
        name: &str,
    ) -> Option<(f64, f64)> {
        // With a margin, because the edges are unknown between two kept samples.
        let half = text_width(name) / 2.0 + 8.0;
        let (left, right) = self.time.places;
        let height = |middle: f64| {
            let along = top.iter().zip(bottom);
            along
                .filter(|(place, _)| (place.0 - middle).abs() <= half)
                .fold((f64::MIN, f64::MAX), |(high, low), (top, bottom)| {
                    (high.max(top.1), low.min(bottom.1))
                })
        };
        let inside = top
            .iter()
            .map(|place| place.0)
            .filter(|x| *x - half >= left && *x + half <= right);
        inside
            .map(|x| (x, height(x)))
            .filter(|(_, (high, low))| low - high >= NAME_HEIGHT)
            .max_by(|(_, one), (_, other)| (one.1 - one.0).total_cmp(&(other.1 - other.0)))
            .map(|(x, (high, low))| (x, f64::midpoint(high, low) + 4.0))
    }
}

#[cfg(test)]
mod tests {
    use patchday_agents::scenario::quantity::TickLength;

    use super::*;
    use crate::report::svg::canvas::AltText;

    const NAME: AltText<'_> = AltText {
        title: "x",
        description: "x",
    };

    /// Draws this many samples, a minute apart, on a picture with values from 0 to `top`.
    fn on(
        samples: usize,
        top: f64,
        viewport: Viewport,
        draw: impl Fn(&Curves<'_>, &mut Canvas),
    ) -> String {
        let times: Vec<i64> = (1..=samples as i64).map(|place| 60 * place).collect();
        let frame = TimeFrame {
            tick: TickLength::SECOND,
            times: &times,
            start: 0,
            outages: Vec::new(),
            marks: Vec::new(),
        };
        let curves = Curves {
            frame: &frame,
            time: frame.time((0.0, 100.0)),
            values: Scale {
                values: (0.0, top),
                places: (100.0, 0.0),
            },
            viewport,
            readable: true,
        };
        let mut canvas = viewport.canvas(100.0, NAME, "x", "");
        draw(&curves, &mut canvas);
        canvas.finish()
    }

    fn drawn(values: Vec<f64>, logarithmic: bool) -> String {
        let line = ChartLine {
            name: "tries",
            class: "l0",
            values,
        };
        on(line.values.len(), 3.0, Viewport::Wide, |curves, canvas| {
            curves.line(canvas, &line, logarithmic);
        })
    }

    #[test]
    fn missing_values_are_gaps_on_linear_and_logarithmic_axes() {
        let gap = f64::NAN;
        for logarithmic in [true, false] {
            let svg = drawn(vec![1.0, 1.0, gap, gap, gap, 2.0, 2.0], logarithmic);
            let (_, path) = svg.split_once(" d=\"").unwrap();
            let (path, _) = path.split_once('"').unwrap();
            assert_eq!(path.matches('M').count(), 2, "{path}");
            assert!(svg.contains("data-t=\"60 60 60 120 60 60\""), "{svg}");
            assert!(svg.contains("data-v=\"1 1 - - 2 2\""), "{svg}");
        }
        assert_eq!(logarithm(0.0), 0.0);
        assert!(logarithm(f64::NAN).is_nan());
    }

    #[test]
    fn one_sample_is_a_dot_and_peaks_are_kept_as_values() {
        let svg = drawn(vec![2.0], false);
        assert!(svg.contains("<circle cx=\"100\" cy=\"33.3\""), "{svg}");
        let svg = drawn(vec![f64::NAN, 2.0, f64::NAN], true);
        assert_eq!(svg.matches("<circle").count(), 1, "{svg}");
        assert_eq!(drawn(vec![1.0, 2.0], false).matches("<circle").count(), 0);
        // A dip of one sample among thousands is kept.
        let mut values = vec![812.5; 5_000];
        values[3_210] = 72.0;
        let svg = drawn(values, false);
        let (_, kept) = svg.split_once("data-v=\"").unwrap();
        let kept: Vec<&str> = kept.split_once('"').unwrap().0.split(' ').collect();
        assert!(kept.contains(&"72") && kept.len() < 800);
    }

    #[test]
    fn areas_that_are_high_enough_have_names() {
        let line = |name, value| ChartLine {
            name,
            class: "s0",
            values: vec![value; 50],
        };
        let svg = on(50, 100.0, Viewport::Narrow, |curves, canvas| {
            curves.stack(canvas, &[line("small", 3.0), line("large", 60.0)]);
        });
        assert_eq!(svg.matches("<text").count(), 1, "{svg}");
        assert!(svg.contains(">large</text>"), "{svg}");
        assert!(!svg.contains("data-v"), "{svg}");
    }
}
