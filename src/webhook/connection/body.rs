//! Bodies: read whole into the connection's buffer, or taken off the connection when nobody wants them.

use super::super::chunked::Chunks;
use super::super::framing::Framing;
use super::{Awaited, Connection, Ended};

impl Connection<'_> {
    /// Reads until `length` bytes of body are there. Returns the ends of the body and of the request.
    pub(super) fn sized_body(&mut self, head: usize, length: usize) -> Result<(usize, usize), Ended> {
        let whole = head.saturating_add(length);
        self.whole = Some(whole);
        while self.input.len() < whole {
            self.fill(Awaited::Body, true)?;
        }
        Ok((whole, whole))
    }

    /// Reads and decodes chunks in place. Returns the ends of the body and of the request.
    pub(super) fn chunked_body(&mut self, head: usize) -> Result<(usize, usize), Ended> {
        let mut chunks = Chunks::new(self.shared.limits.body_bytes as u64, self.shared.head_limits);
        let (mut read, mut written) = (head, head);
        loop {
            let step = chunks.decode(self.input.filled_mut(), read, written).map_err(Ended::Refused)?;
            if step.done {
                return Ok((step.written, step.read));
            }
            // All has been consumed: what comes next is put right behind the decoded bytes.
            self.input.truncate(step.written);
            (read, written) = (step.written, step.written);
            self.fill(Awaited::Body, true)?;
        }
    }

    /// Takes the body of a refused request off the connection without keeping it.
    pub(super) fn discard_body(&mut self, framing: Framing, head: usize) -> Result<(), Ended> {
        self.input.consume(head);
        match framing {
            Framing::Absent => {}
            Framing::Length(mut left) => loop {
                let here = usize::try_from(left).unwrap_or(usize::MAX).min(self.input.len());
                self.input.consume(here);
                left -= here as u64;
                if left == 0 {
                    break;
                }
                self.fill(Awaited::Body, true)?;
            },
            Framing::Chunked => {
                let mut chunks = Chunks::new(self.shared.limits.body_bytes as u64, self.shared.head_limits);
                loop {
                    let step = chunks.decode(self.input.filled_mut(), 0, 0).map_err(Ended::Refused)?;
                    self.input.consume(step.read);
                    if step.done {
                        break;
                    }
                    self.fill(Awaited::Body, true)?;
                }
            }
        }
        Ok(())
    }
}
