//! The sentences that answer a comparison: which variant is best, by how much, and what the runs do
//! not tell.
//!
//! A variant whose runs never came back ranks behind those that did: such a run counts with the whole
//! length of the run. The differences are those of pairs with one seed.

use crate::{
    experiment::{
        compare::answer::{ComparedVariant, Ranked, Ranking},
        design::variant::KeyChange,
        stats::{
            bounded::{mean_within, unseen_share},
            censored::{Mean, MeanBound},
            intervals::share,
            paired::{FigureRuns, PairedRuns, RunKind},
        },
        storage::answer_page::figure_name,
    },
    results::summary::FigureId,
};

/// Whether less of a figure is better; `None` if neither side is.
fn lower_is_better(id: FigureId) -> Option<bool> {
    if let FigureId::Own(own) = id {
        return own.lower_is_better();
    }
    let name = id.name();
    let name = name.as_ref();
    let is_any = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if is_any(&["observed", "norm_peak", "abs_error", "outage_after"]) {
        None
    } else if is_any(&[
        "online",
        "recovered",
        "accepted",
        "served",
        "delivered",
        "supernodes_min",
    ]) {
        Some(false)
    } else if is_any(&[
        "hours",
        "outage",
        "lost",
        "failed",
        "dropped",
        "missed",
        "refused",
        "rejected",
        "timed_out",
        "deviation",
        "wait",
        "delay",
        "crash",
        "given_up",
        "peak_times",
        "amplification",
        "attempts",
        "shut_down",
    ]) {
        Some(true)
    } else {
        None
    }
}

/// A number of runs or pairs with the noun.
fn counted(count: u32, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// The rankings of figures, in their order.
pub(crate) fn rankings(runs: PairedRuns<'_>, ids: &[FigureId]) -> Vec<Ranking> {
    let ranked = ids
        .iter()
        .filter_map(|id| ranking(runs, *id, lower_is_better(*id)?));
    ranked.collect()
}

/// The sentence of the first ranking and, if that does not decide, of the first one that does; `None`
/// without rankings.
pub(crate) fn verdict(rankings: &[Ranking]) -> Option<String> {
    let first = rankings.first()?;
    if first.decided {
        return Some(first.sentence.clone());
    }
    let decided = rankings.iter().find(|one| one.decided);
    let decided = decided.map(|one| match one.sentence.strip_prefix(BEST_BY) {
        Some(rest) => format!(" The first figure that is decided: {rest}"),
        None => format!(" {}", one.sentence),
    });
    let other = match rankings.len() {
        1 => String::new(),
        _ => " No other compared figure is decided either.".into(),
    };
    Some(format!("{}{}", first.sentence, decided.unwrap_or(other)))
}

/// How the sentence of a decided figure begins.
const BEST_BY: &str = "Best by ";

/// A figure in words, within a sentence.
fn in_sentence(id: FigureId) -> String {
    figure_name(&id.name()).to_lowercase()
}

fn ranking(runs: PairedRuns<'_>, id: FigureId, lower_is_better: bool) -> Option<Ranking> {
    let figure = runs.of(id);
    let variants = 0..runs.variants.len();
    let mut order: Vec<(usize, f64)> = variants
        .filter_map(|variant| Some((variant, figure.rank_value(variant)?)))
        .collect();
    order.sort_by(|(_, one), (_, other)| {
        if lower_is_better {
            one.total_cmp(other)
        } else {
            other.total_cmp(one)
        }
    });
    let (best, best_value) = *order.first()?;
    let next = order.get(1).map(|(next, _)| *next);
    let to_today = (best != 0).then(|| figure.difference(best, 0)).flatten();
    let to_next = next.and_then(|next| figure.difference(best, next));
    let decided = to_today
        .or(to_next)
        .is_some_and(|mean| mean.excludes_zero());
    let name = |variant: usize| runs.variants[variant].to_owned();
    let ranks = order.iter().map(|(variant, value)| Ranked {
        rank: 1 + order.iter().take_while(|(_, other)| other != value).count(),
        variant: name(*variant),
        mean: figure.mean(*variant),
    });
    let equal = order.iter().all(|(_, value)| *value == best_value);
    let sentence = if equal {
        no_difference(runs, id, &figure)
    } else {
        best_sentence(runs, id, &figure, (best, next), (to_today, to_next))
    };
    Some(Ranking {
        figure: id.name().into_owned(),
        unit: id.unit().to_owned(),
        lower_is_better,
        order: ranks.collect(),
        best: name(best),
        to_today,
        next: next.map(name),
        to_next,
        decided,
        sentence,
    })
}

/// The sentence if all variants have equal means.
fn no_difference(runs: PairedRuns<'_>, id: FigureId, of: &FigureRuns<'_>) -> String {
    let (_, pairs) = of.never(0);
    let equal = (1..runs.variants.len()).all(|variant| of.is_equal(variant, 0));
    if equal {
        format!(
            "Not decided: {} is the same in all of {} of runs with one seed, but up \
             to {:.0} % of all pairs can differ (95 % confidence); more --reps narrow this.",
            in_sentence(id),
            counted(pairs, "pair"),
            100.0 * unseen_share(pairs)
        )
    } else {
        format!("Not decided: the means of {} are equal.", in_sentence(id))
    }
}

/// A mean as words, such as `at least 0.40 h`.
fn words(mean: Option<Mean>, unit: &str) -> String {
    match mean {
        None => "never".into(),
        Some(mean) => mean.in_words(unit),
    }
}

fn best_sentence(
    runs: PairedRuns<'_>,
    id: FigureId,
    of: &FigureRuns<'_>,
    (best, next): (usize, Option<usize>),
    (to_today, to_next): (Option<Mean>, Option<Mean>),
) -> String {
    let unit = id.unit();
    let shown = |variant: usize| {
        let (never, all) = of.never(variant);
        let never = match never {
            0 => String::new(),
            _ => format!(" ({never} of {all} runs never came back)"),
        };
        format!("{}{never}", words(of.mean(variant), unit))
    };
    let (against, difference) = if best == 0 {
        (next, to_next)
    } else {
        (Some(0), to_today)
    };
    let name = |variant: usize| match variant {
        0 => "the scenario as it is".to_owned(),
        other => format!("`{}`", runs.variants[other]),
    };
    let decided = difference.is_some_and(|difference| difference.excludes_zero());
    let mut text = format!(
        "{}{}: {} with {}",
        if decided { BEST_BY } else { "Not decided by " },
        in_sentence(id),
        name(best),
        shown(best)
    );
    let Some(against) = against else {
        return text + ".";
    };
    text.push_str(&format!(
        ", against {} with {}",
        name(against),
        shown(against)
    ));
    if let Some(difference) = difference {
        text.push_str(&format!(
            "; difference {}",
            difference.difference_in_words(unit)
        ));
        let (_, pairs) = of.never(best);
        let pairs = counted(pairs, "pair");
        text.push_str(&match (difference.excludes_zero(), difference.bound) {
            (true, _) => ".".to_owned(),
            (false, MeanBound::Exact) => {
                format!(". The interval contains zero: {pairs} do not tell which is better.")
            }
            (false, _) => format!(
                ". {pairs} do not tell by how much, because runs ended before the network was back."
            ),
        });
    } else {
        text.push('.');
    }
    if let Some(next) = next.filter(|next| best != 0 && *next != 0) {
        let gap = to_next.map_or_else(String::new, |gap| {
            format!(", difference {}", gap.difference_in_words(unit))
        });
        text.push_str(&format!(
            " Second: {} with {}{gap}.",
            name(next),
            shown(next)
        ));
    }
    text
}

/// The variants with their outages. `same_runs` says for each whether all its runs have the digests of
/// the first variant's runs.
pub(crate) fn variants(
    runs: PairedRuns<'_>,
    changes: Vec<Vec<KeyChange>>,
    same_runs: &[bool],
) -> Vec<ComparedVariant> {
    let is_outage = |kind: RunKind| kind != RunKind::Calm;
    let described = changes.into_iter().enumerate().map(|(variant, changes)| {
        let kinds = (0..runs.replicates).filter_map(|r| runs.kind(variant, r));
        let kinds: Vec<RunKind> = kinds.collect();
        let outages = kinds.iter().filter(|kind| is_outage(**kind)).count() as u32;
        let differences: Vec<f64> = (0..runs.replicates)
            .filter_map(|r| {
                let bit = |variant| Some(f64::from(u8::from(is_outage(runs.kind(variant, r)?))));
                Some(bit(variant)? - bit(0)?)
            })
            .collect();
        ComparedVariant {
            name: runs.variants[variant].to_owned(),
            changes,
            runs: kinds.len() as u32,
            outages,
            never_over: kinds.iter().filter(|kind| **kind == RunKind::Open).count() as u32,
            outage_share: share(outages, kinds.len() as u32).map(Mean::from),
            outage_share_difference: (variant > 0)
                .then(|| mean_within(&differences, (-1.0, 1.0)).map(Mean::from))
                .flatten(),
            same_runs: same_runs.get(variant).copied().unwrap_or(false),
        }
    });
    described.collect()
}

/// What the runs of the variants do not tell, a sentence for each.
pub(crate) fn notes(variants: &[ComparedVariant]) -> Vec<String> {
    let same = variants.iter().skip(1).filter(|variant| variant.same_runs);
    let mut notes: Vec<String> = same
        .map(|variant| {
            format!(
                "`{}` has no effect: each of its runs is the same as that of the scenario as it is \
                 (equal digests).",
                variant.name
            )
        })
        .collect();
    let least = variants
        .iter()
        .map(|variant| variant.runs)
        .min()
        .unwrap_or(0);
    if let (Some(first), true) = (variants.first(), least > 0) {
        let kind = |variant: &ComparedVariant| match variant.outages {
            0 => Some("no"),
            all if all == variant.runs => Some("every"),
            _ => None,
        };
        if let Some(which) = kind(first)
            && variants.iter().all(|one| kind(one) == Some(which))
        {
            notes.push(format!(
                "In {which} run there was an outage; up to {:.0} % of all runs of a variant can be \
                 otherwise (95 % confidence), and intervals of figures that vary leave that out.",
                100.0 * unseen_share(least)
            ));
        }
    }
    notes
}
