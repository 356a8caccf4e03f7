//! Mutations that mostly keep the syntax of a text: other numbers, and elements that are removed,
//! repeated or replaced. A fuzzer that changes single bytes seldom gets past the syntax.

use patchday_core::Random;

/// Numbers at the limits of types, and some ordinary ones.
const NUMBERS: [&str; 18] = [
    "0",
    "-1",
    "1",
    "2",
    "255",
    "65536",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "-1e308",
    "5e-324",
    "0.3",
    "-0.0",
    "1000000",
];

/// Separators of elements, in any of the formats.
const SEPARATORS: &[u8] = b",\n;[]{}";

/// Random draws that follow from a seed.
pub(crate) struct Draws {
    random: Random,
    round: u32,
    index: u32,
}

impl Draws {
    /// The draws of a round.
    pub(crate) fn new(seed: u64, round: u32) -> Self {
        Self {
            random: Random::new(seed),
            round,
            index: 0,
        }
    }

    /// A number below `bound`, or 0 if `bound` is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.index += 1;
        let draw = self.random.draw(self.round, 0, 0, self.index);
        draw.below(0, bound as u32) as usize
    }
}

/// The bytes with one mutation.
pub(crate) fn mutate(bytes: &[u8], draws: &mut Draws) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = draws.below(bytes.len() + 1);
    match draws.below(8) {
        0..4 => {
            let digit = |byte: &u8| byte.is_ascii_digit();
            let Some(begin) = bytes[at..].iter().position(digit).map(|gap| at + gap) else {
                return bytes;
            };
            let length = bytes[begin..].iter().take_while(|byte| digit(byte)).count();
            let any = draws.below(300).to_string();
            let number = NUMBERS.get(draws.below(2 * NUMBERS.len()));
            let number = number.map_or(any.as_str(), |number| number).bytes();
            bytes.splice(begin..begin + length, number);
        }
        4 => drop(bytes.drain(element(&bytes, at))),
        5 => {
            let one = element(&bytes, at);
            let mut again = bytes[one.clone()].to_vec();
            again.push(bytes.get(one.end).copied().unwrap_or(b','));
            bytes.splice(one.start..one.start, again);
        }
        _ => {
            // One element is replaced by another one.
            let (one, other) = (
                element(&bytes, at),
                element(&bytes, draws.below(bytes.len() + 1)),
            );
            let other = bytes[other].to_vec();
            bytes.splice(one, other);
        }
    }
    bytes
}

/// The range of the element around a position, without separators.
fn element(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    let ends = |byte: &u8| SEPARATORS.contains(byte);
    let start = bytes[..at]
        .iter()
        .rposition(ends)
        .map_or(0, |place| place + 1);
    let end = bytes[at..]
        .iter()
        .position(ends)
        .map_or(bytes.len(), |gap| at + gap);
    start..end
}

/// A mutator for the fuzzer: every other time one of these mutations, otherwise `own`, a mutation of
/// the fuzzer. `data` holds up to `most` bytes; the first `size` of them are the input. Returns the
/// size of the mutated input.
pub fn vary(
    data: &mut [u8],
    (size, most): (usize, usize),
    seed: u32,
    own: fn(&mut [u8], usize, usize) -> usize,
) -> usize {
    if seed.is_multiple_of(2) {
        return own(data, size, most);
    }
    let mut draws = Draws::new(1, seed);
    let mut bytes = mutate(&data[..size], &mut draws);
    if draws.below(2) == 0 {
        bytes = mutate(&bytes, &mut draws);
    }
    bytes.truncate(most);
    data[..bytes.len()].copy_from_slice(&bytes);
    bytes.len()
}
