//! The publisher: owns the ZeroMQ context and the PUB socket, and sends what its inbox holds.

/// One event as it goes on the wire: two frames (CONTRACT section 6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frames {
    /// Frame 1: the event's name.
    pub topic: std::borrow::Cow<'static, str>,
    /// Frame 2: the encoded document.
    pub payload: Vec<u8>,
}

/// The inbox is full; nothing was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// The way into the publisher's inbox; cheap to clone.
#[derive(Debug, Clone)]
pub struct Sender {}

impl Sender {
    /// Hands over all of `events` or none, in order.
    ///
    /// # Errors
    /// [`Full`] when the queue has no room for all of them.
    pub fn send(&self, events: Vec<Frames>) -> Result<(), Full> {
        let _ = events;
        Err(Full)
    }
}
