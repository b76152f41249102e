//! Equality of JSON values, for `enum` and `uniqueItems`: by canonical texts.

use crate::json;
use crate::json::write::canonical_into;

/// What a canonical text costs, in readings of the value.
pub(super) const COST: usize = 8;

/// Whether another text than this one can mean the same value. A string without an escape is canonical already.
pub(super) fn may_be_spelt_otherwise(text: &[u8]) -> bool {
    match text.first() {
        Some(b'"') => text.contains(&b'\\'),
        Some(b't' | b'f' | b'n') => false,
        _ => true,
    }
}

/// Whether a value is one of some canonical texts.
pub(super) fn is_one_of(text: &[u8], allowed: &[&str]) -> bool {
    let canonical = json::canonical(text);
    allowed.contains(&canonical.as_str())
}

/// Whether no two of the values are equal. Their canonical texts stand in one buffer and are sorted: the time is
/// `n log n`, the memory a small multiple of the text.
pub(super) fn unique(text: &[u8], items: &[(usize, usize)]) -> bool {
    let mut canonical = Vec::new();
    let mut ends = Vec::with_capacity(items.len());
    for &(start, end) in items {
        let item = text.get(start..end).unwrap_or_default();
        match json::parse(item) {
            Ok(node) => canonical_into(&node, &mut canonical),
            // The walk has read it before, so this does not happen; its own text would still be right.
            Err(_) => canonical.extend_from_slice(item),
        }
        ends.push(canonical.len());
    }
    let mut start = 0;
    let mut texts: Vec<&[u8]> = Vec::with_capacity(ends.len());
    for end in ends {
        texts.push(canonical.get(start..end).unwrap_or_default());
        start = end;
    }
    texts.sort_unstable();
    texts.windows(2).all(|pair| pair.first() != pair.last())
}
