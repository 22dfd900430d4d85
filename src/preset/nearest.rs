//! The known word that a mistyped one was meant to be.

/// The candidate with the fewest edits to `typed`; `None` if every one differs in more than a third of its letters.
/// A forgotten ending (`cutoff` for `cutoff_hz`) is one edit, since a forgotten unit is the commonest mistake.
pub(crate) fn nearest<'a>(
    typed: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = (typed.chars().count() / 3).max(2);
    candidates
        .into_iter()
        .map(|candidate| (edits(typed, candidate), candidate))
        .filter(|&(edits, candidate)| edits <= limit && edits < candidate.chars().count())
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, candidate)| candidate)
}

fn edits(typed: &str, candidate: &str) -> usize {
    let forgotten = candidate
        .strip_prefix(typed)
        .is_some_and(|ending| ending.starts_with('_'));
    if forgotten {
        1
    } else {
        distance(typed, candidate)
    }
}

/// Insertions, deletions and replacements between two words (Levenshtein), one row of the matrix at a time.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_edits_win() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(
            nearest("atack_s", ["decay_s", "attack_s"]),
            Some("attack_s")
        );
        assert_eq!(nearest("cutoff", ["pan", "cutoff_hz"]), Some("cutoff_hz"));
    }

    #[test]
    fn what_resembles_nothing_suggests_nothing() {
        assert_eq!(nearest("vibrato", ["attack_s", "pan"]), None);
        assert_eq!(nearest("x", ["y"]), None);
    }
}
