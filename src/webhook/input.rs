//! The bytes that have come and have not been used up: one buffer a worker, reused from connection to connection.
//!
//! It begins small, grows with what really arrives (never with what a peer announces), and is given back after a
//! large body. Requests that came together are taken from it by moving a cursor.

/// What a connection holds while it is idle.
const SMALL: usize = 8 * 1024;

/// What more room costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Growth {
    length: usize,
    /// Bytes more than now.
    pub(crate) bytes: usize,
}

pub(crate) struct Input {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Input {
    pub(crate) fn new() -> Input {
        Input { bytes: vec![0; SMALL], start: 0, end: 0 }
    }

    /// What has come.
    pub(crate) fn filled(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    pub(crate) fn filled_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.start..self.end).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Makes room to read into; says what that costs in memory before it takes it. `whole` is how long the
    /// message is, where that is known. It grows by doubling, so copying stays linear in what came.
    pub(crate) fn make_room(&mut self, whole: Option<usize>) -> Option<Growth> {
        if self.end < self.bytes.len() {
            return None;
        }
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.end <= self.bytes.len() / 2 {
            return None;
        }
        let doubled = self.bytes.len() * 2;
        let length = whole.map_or(doubled, |whole| whole.clamp(self.end + 1, doubled));
        Some(Growth { length, bytes: length - self.bytes.len() })
    }

    /// Takes what `make_room` asked for.
    pub(crate) fn grow(&mut self, growth: Growth) {
        self.bytes.reserve_exact(growth.bytes);
        self.bytes.resize(growth.length, 0);
    }

    /// Room to read into: not empty after `make_room`, and `grow` where it asked for that.
    pub(crate) fn spare(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// Whether it holds no more than every connection may.
    pub(crate) fn is_small(&self) -> bool {
        self.bytes.len() <= SMALL
    }

    /// `length` bytes were read into `spare`.
    pub(crate) fn add(&mut self, length: usize) {
        self.end = (self.end + length).min(self.bytes.len());
    }

    /// Drops what came after the first `length` bytes.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.end = self.end.min(self.start + length);
    }

    /// The first `length` bytes are used up.
    pub(crate) fn consume(&mut self, length: usize) {
        self.start = (self.start + length).min(self.end);
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        if self.bytes.len() > SMALL && self.len() <= SMALL {
            let mut small = vec![0; SMALL];
            let rest = self.filled();
            if let Some(place) = small.get_mut(..rest.len()) {
                place.copy_from_slice(rest);
            }
            (self.start, self.end) = (0, rest.len());
            self.bytes = small;
        }
    }

    /// For another connection.
    pub(crate) fn clear(&mut self) {
        self.consume(self.len());
    }

    /// A place to read what is thrown away.
    pub(crate) fn scratch(&mut self) -> &mut [u8] {
        (self.start, self.end) = (0, 0);
        &mut self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(input: &mut Input, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if let Some(growth) = input.make_room(None) {
                input.grow(growth);
            }
            let spare = input.spare();
            let length = spare.len().min(bytes.len());
            spare[..length].copy_from_slice(&bytes[..length]);
            input.add(length);
            bytes = &bytes[length..];
        }
    }

    #[test]
    fn grows_moves_and_shrinks() {
        let mut input = Input::new();
        let text: Vec<u8> = (0..100_000u32).map(|number| number as u8).collect();
        put(&mut input, &text);
        assert_eq!(input.filled(), text);
        input.consume(99_000);
        assert_eq!(input.filled(), &text[99_000..]);
        assert_eq!(input.bytes.len(), SMALL);
        put(&mut input, &text[..20_000]);
        input.consume(1_000);
        assert_eq!(input.filled(), &text[..20_000]);
        input.truncate(10);
        assert_eq!(input.filled(), &text[..10]);
        input.clear();
        assert!(input.is_empty() && input.is_small());
    }

    #[test]
    fn grows_to_the_known_length_and_no_further() {
        let mut input = Input::new();
        let whole = 20_000;
        for _ in 0..whole {
            if let Some(growth) = input.make_room(Some(whole)) {
                input.grow(growth);
            }
            input.spare()[0] = b'x';
            input.add(1);
        }
        assert_eq!(
            (input.len(), input.bytes.len(), input.make_room(Some(whole)).map(|more| more.bytes)),
            (whole, whole, Some(1))
        );
    }

    #[test]
    fn a_cursor_moves_without_copies_while_there_is_room() {
        let mut input = Input::new();
        for _ in 0..10_000 {
            put(&mut input, b"0123456789abc");
            assert_eq!(input.filled(), b"0123456789abc");
            input.consume(13);
        }
        assert_eq!(input.bytes.len(), SMALL);
    }
}
