//! The part of the report of a comparison that answers it: the sentence, the ranking, and what each
//! variant is.

use crate::{
    experiment::{
        compare::answer::{CompareAnswer, ComparedVariant, Ranking},
        storage::answer_page::figure_name,
    },
    report::html::page::{Card, HtmlCell, HtmlTable, Section, head},
};

/// The answer in a sentence or two.
pub(crate) fn answer(of: &CompareAnswer) -> String {
    let none = "No variant is ranked: of none of the compared figures more or less is better.";
    of.verdict.clone().unwrap_or_else(|| none.into())
}

/// What the first figure decides, and the best variant with its difference by the first figure that
/// decides.
pub(crate) fn cards(of: &CompareAnswer) -> Vec<Card> {
    let Some(first) = of.rankings.first() else {
        return Vec::new();
    };
    let by = |ranking: &Ranking| format!("by {}", figure_name(&ranking.figure).to_lowercase());
    let mut cards = Vec::new();
    if !first.decided {
        let mean = match first.lower_is_better {
            true => "lowest",
            false => "highest",
        };
        let remark = format!("{}; {mean} mean of those tried: {}", by(first), first.best);
        cards.push(Card::new("Best variant", "not decided", remark));
    }
    let decided = of.rankings.iter().find(|ranking| ranking.decided);
    if let Some(best) = decided {
        cards.push(Card::new("Best variant", best.best.clone(), by(best)));
    }
    cards.extend(difference(decided.unwrap_or(first)));
    cards
}

/// The difference of the best variant to the scenario as it is, or to the next one.
fn difference(of: &Ranking) -> Option<Card> {
    let (mean, against) = match (of.to_today, of.to_next) {
        (Some(mean), _) => (mean, "the scenario as it is"),
        (None, Some(mean)) => (mean, of.next.as_deref()?),
        (None, None) => return None,
    };
    let text = mean.difference_in_words(&of.unit);
    let (value, interval) = text.split_once(" (").unwrap_or((&text, ""));
    let remark = format!(
        "{} minus {against}; {}",
        of.best,
        interval.trim_end_matches(')')
    );
    Some(Card::new("Difference", value, remark))
}

/// The section with what each variant is, its ranks and its outages.
pub(crate) fn section(of: &CompareAnswer) -> Section {
    let mut section = Section::new("ranking", "Ranking");
    for note in &of.notes {
        section = section.paragraph(note.clone());
    }
    if !of.rankings.is_empty() {
        section = section.table(ranks(of));
    }
    if !of.variants.is_empty() {
        section = section
            .table(what(&of.variants))
            .table(outages(&of.variants));
    }
    section
}

/// The order of the first ranking, with the ranks of the others.
fn ranks(of: &CompareAnswer) -> HtmlTable {
    let mut heads = head(&["Rank#", "Variant"]);
    heads.extend(
        of.rankings
            .iter()
            .map(|one| HtmlCell::number(figure_name(&one.figure))),
    );
    let rank = |ranking: &Ranking, variant: &str| {
        let found = ranking.order.iter().find(|one| one.variant == variant);
        found.map_or_else(String::new, |one| match &one.mean {
            Some(mean) => format!("{}: {}", one.rank, mean.interval_in_words(&ranking.unit)),
            None => format!("{}: never", one.rank),
        })
    };
    let first = of.rankings.first().map_or(&[][..], |first| &first.order);
    let rows = first.iter().map(|one| {
        let mut row = vec![
            HtmlCell::number(one.rank.to_string()),
            HtmlCell::text(one.variant.clone()),
        ];
        row.extend(
            of.rankings
                .iter()
                .map(|ranking| HtmlCell::text(rank(ranking, &one.variant))),
        );
        row
    });
    HtmlTable {
        caption: "Variants in the order of the first figure, best first: rank and mean with its \
                  95 % interval. Equal means have equal ranks."
            .into(),
        rows: rows.collect(),
        head: heads,
        long: false,
    }
}

/// The keys that each variant changes, with today's value.
fn what(variants: &[ComparedVariant]) -> HtmlTable {
    let mut rows = Vec::new();
    for variant in variants {
        if variant.changes.is_empty() {
            rows.push(vec![
                HtmlCell::text(variant.name.clone()),
                HtmlCell::text("the scenario as it is"),
                HtmlCell::text(""),
                HtmlCell::text(""),
            ]);
        }
        for change in &variant.changes {
            rows.push(vec![
                HtmlCell::text(variant.name.clone()),
                HtmlCell::key(change.key.clone()),
                HtmlCell::text(change.before()),
                HtmlCell::text(change.after()),
            ]);
        }
    }
    HtmlTable {
        caption: "What each variant is.".into(),
        head: head(&["Variant", "Key", "Today", "Variant's value"]),
        rows,
        long: false,
    }
}

/// How often each variant has an outage.
fn outages(variants: &[ComparedVariant]) -> HtmlTable {
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let rows = variants.iter().map(|variant| {
        let interval = variant
            .outage_share
            .as_ref()
            .map_or_else(String::new, |it| {
                let end = |end: Option<f64>| end.map_or_else(|| "open".into(), percent);
                format!("{} to {}", end(it.low), end(it.high))
            });
        vec![
            HtmlCell::text(variant.name.clone()),
            HtmlCell::number(format!("{} of {}", variant.outages, variant.runs)),
            HtmlCell::number(interval),
            HtmlCell::number(format!("{} of {}", variant.never_over, variant.runs)),
        ]
    });
    HtmlTable {
        caption: "Runs with an outage, and runs whose outage was not over at their end.".into(),
        head: head(&["Variant", "Outage#", "95 % interval#", "Never over#"]),
        rows: rows.collect(),
        long: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(decided: bool) -> CompareAnswer {
        let mean = |value: f64| serde_json::json!({"value": value, "low": value - 0.5, "high": value + 0.5});
        let order = serde_json::json!([
            {"rank": 1, "variant": "b", "mean": mean(0.5)},
            {"rank": 2, "variant": "as it is", "mean": mean(40.0)},
        ]);
        let variant = |name: &str, changes: serde_json::Value| {
            serde_json::json!({"name": name, "changes": changes, "runs": 4, "outages": 1,
                "never_over": 0, "outage_share": null, "outage_share_difference": null,
                "same_runs": false})
        };
        let change = serde_json::json!([{"key": "a.b", "today": "1", "value": null}]);
        let ranking = serde_json::json!({"figure": "hours_to_90_percent", "unit": "h",
            "lower_is_better": true, "order": order, "best": "b", "to_today": mean(-39.5),
            "next": "as it is", "to_next": mean(-39.5), "decided": decided, "sentence": "Best: b."});
        let answer = serde_json::json!({"runs": 8, "failed": 0, "verdict": "Best: b.",
            "rankings": [ranking],
            "variants": [variant("as it is", serde_json::json!([])), variant("b", change)],
            "notes": [], "lines": []});
        serde_json::from_value(answer).unwrap()
    }

    #[test]
    fn the_best_variant_is_named_with_its_difference_in_natural_units() {
        let cards = cards(&compared(true));
        assert_eq!(cards[0].value, "b");
        assert_eq!(cards[1].value, "-39 h 30 min");
        assert!(
            cards[1].remark.contains("95 % interval -40 h to -39 h"),
            "{cards:?}"
        );
        assert_eq!(answer(&compared(true)), "Best: b.");
    }

    #[test]
    fn what_is_not_decided_is_not_called_best() {
        let undecided = compared(false);
        assert_eq!(cards(&undecided)[0].value, "not decided");
        assert_eq!(cards(&undecided)[1].name, "Difference");
        // The best variant by the first figure that is decided follows.
        let mut both = undecided.clone();
        both.rankings.push(Ranking {
            figure: "user_hours_lost".into(),
            unit: "user h".into(),
            ..compared(true).rankings.remove(0)
        });
        let cards = cards(&both);
        assert_eq!(
            (cards[1].value.as_str(), cards[1].remark.as_str()),
            ("b", "by user hours lost")
        );
        assert!(cards[2].value.ends_with(" user h"), "{cards:?}");
    }

    #[test]
    fn variants_are_ranked_and_described() {
        let section = section(&compared(true));
        assert_eq!(section.tables.len(), 3);
        assert_eq!(section.tables[0].rows[0][1].text, "b");
        let what: Vec<&str> = section.tables[1].rows[1]
            .iter()
            .map(|cell| cell.text.as_str())
            .collect();
        assert_eq!(what, ["b", "a.b", "1", "not set"]);
    }
}
