//! One connection's bytes, with deadlines: plain, or TLS over the same socket.
//!
//! A deadline is a point in time. Each read waits for what is left of it, so a byte now and then wins nothing.
//! While nothing has come, the idle time-out stays set on the socket and costs no system call; the first byte
//! turns it into the head's deadline.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ServerConnection;

use super::table::{Slot, Table};

/// Until when reads may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// For the first byte, the idle time at most; from then on, the head's time.
    FirstByte,
    At(Instant),
}

/// The times a connection is held to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) idle: Duration,
    pub(crate) head: Duration,
    pub(crate) write: Duration,
}

/// The socket and its deadlines.
pub(crate) struct Socket<'a> {
    slot: Arc<Slot>,
    table: &'a Table,
    times: Times,
    due: Due,
    /// What SO_RCVTIMEO is set to.
    set: Option<Duration>,
}

impl Socket<'_> {
    fn receive(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let wait = match self.due {
                Due::FirstByte => self.times.idle,
                Due::At(instant) => instant.saturating_duration_since(Instant::now()),
            };
            if wait.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            if self.set != Some(wait) {
                self.slot.stream.set_read_timeout(Some(wait))?;
                self.set = Some(wait);
            }
            match (&self.slot.stream).read(into) {
                Ok(length) => {
                    if length > 0 {
                        self.first_byte_came()?;
                    }
                    return Ok(length);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(ErrorKind::TimedOut.into()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes all of it within the write time, however the peer takes it in.
    fn send(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let mut begun = None;
        while !bytes.is_empty() {
            match (&self.slot.stream).write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(length) if length == bytes.len() => break,
                Ok(length) => {
                    bytes = bytes.get(length..).unwrap_or_default();
                    if begun.get_or_insert_with(Instant::now).elapsed() > self.times.write {
                        return Err(ErrorKind::TimedOut.into());
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(ErrorKind::TimedOut.into()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// From here on the connection is busy and the head's time runs.
    fn first_byte_came(&mut self) -> io::Result<()> {
        if self.due == Due::FirstByte {
            if !self.slot.begin() {
                return Err(ErrorKind::ConnectionAborted.into());
            }
            self.due = Due::At(Instant::now() + self.times.head);
        }
        Ok(())
    }

    fn await_first_byte(&mut self) {
        self.due = Due::FirstByte;
        self.table.idle(&self.slot);
    }
}

impl Read for Socket<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.receive(into)
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a connection reads from and writes to.
pub(crate) struct Wire<'a> {
    socket: Socket<'a>,
    tls: Option<Box<ServerConnection>>,
}

impl<'a> Wire<'a> {
    pub(crate) fn new(
        slot: &Arc<Slot>,
        table: &'a Table,
        times: Times,
        tls: Option<Box<ServerConnection>>,
    ) -> io::Result<Wire<'a>> {
        slot.stream.set_nodelay(true)?;
        slot.stream.set_write_timeout(Some(times.write))?;
        let socket = Socket { slot: Arc::clone(slot), table, times, due: Due::FirstByte, set: None };
        Ok(Wire { socket, tls })
    }

    /// Nothing of the next request has come: reads wait for the idle time, and others may close the connection.
    pub(crate) fn await_first_byte(&mut self) {
        if self.socket.due != Due::FirstByte {
            self.socket.await_first_byte();
        }
    }

    /// Reads have until `time` from now.
    pub(crate) fn set_deadline(&mut self, time: Duration) {
        self.socket.due = Due::At(Instant::now() + time);
    }

    /// The next request's first bytes came along with the last one's: its head's time runs from now.
    pub(crate) fn set_head_deadline(&mut self) {
        self.set_deadline(self.socket.times.head);
    }

    /// Reads at least a byte; 0 at the peer's end; `TimedOut` at the deadline.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return self.socket.receive(into) };
        loop {
            match tls.reader().read(into) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // The peer cut the connection without close_notify: what came is not trusted to be all.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                Ok(length) => {
                    // It may have been decrypted along with what came before.
                    if length > 0 {
                        self.socket.first_byte_came()?;
                    }
                    return Ok(length);
                }
                Err(error) => return Err(error),
            }
            let handshaking = tls.is_handshaking();
            if tls.read_tls(&mut self.socket)? == 0 {
                return Ok(0);
            }
            let processed = tls.process_new_packets();
            while tls.wants_write() {
                tls.write_tls(&mut self.socket)?;
            }
            processed.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
            if handshaking && !tls.is_handshaking() {
                self.socket.await_first_byte();
            }
        }
    }

    /// Writes all of it.
    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let Some(tls) = &mut self.tls else { return self.socket.send(bytes) };
        while !bytes.is_empty() {
            let taken = tls.writer().write(bytes)?;
            bytes = bytes.get(taken..).unwrap_or_default();
            while tls.wants_write() {
                tls.write_tls(&mut self.socket)?;
            }
        }
        Ok(())
    }

    /// Whether a TLS handshake is still under way.
    pub(crate) fn is_handshaking(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.is_handshaking())
    }

    /// All has been said: whoever needs the place may take it first of all.
    pub(crate) fn may_be_closed(&self) {
        self.socket.slot.linger();
    }

    /// Closes in stages (RFC 9112, 9.6): says that nothing more comes, then takes in what the peer still sends,
    /// so that the last answer is not destroyed by a reset. Bounded in bytes and time.
    pub(crate) fn close_in_stages(&mut self, scratch: &mut [u8], bytes: usize, time: Duration) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            while tls.wants_write() && tls.write_tls(&mut self.socket).is_ok() {}
        }
        if self.socket.slot.stream.shutdown(Shutdown::Write).is_err() {
            return;
        }
        self.set_deadline(time);
        let mut left = bytes;
        while left > 0 {
            match self.socket.receive(scratch) {
                Ok(length) if length > 0 => left = left.saturating_sub(length),
                _ => break,
            }
        }
    }
}
