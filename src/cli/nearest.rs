//! The word that was probably meant: for misspelt commands, options and configuration keys.

/// The candidate nearest to `word` that is near enough to be a slip of the hand; letter case does not count.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    // A quarter of the letters may be wrong, or one of a short word: more would be guessing. Words of a remote
    // never come here, but a file may hold anything: longer ones are not compared at all.
    let length = word.chars().count();
    if length == 0 || length > 64 {
        return None;
    }
    let allowed = (length / 4).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, substitutions and swaps of neighbours between two words.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for (i, &a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &b) in to.iter().enumerate() {
            // Indexes are in range: rows 0..=i exist and every row has to.len() + 1 columns.
            let changed = rows[i][j] + usize::from(a != b);
            let mut least = changed.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a == to[j - 1] && from[i - 1] == b {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows.last().and_then(|row| row.last()).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let check = |word: &str, expected: Option<&str>| {
            assert_eq!(nearest(word, ["run", "check", "demo", "swagger", "help"]), expected, "{word}");
        };
        check("chekc", Some("check"));
        check("Check", Some("check"));
        check("swager", Some("swagger"));
        check("rn", Some("run"));
        check("", None);
        check("status", None);
        check(&"a".repeat(10_000), None);
    }

    #[test]
    fn a_swap_is_one_step() {
        assert_eq!(distance("prot", "port"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
