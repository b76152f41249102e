//! The cloud's side of one keep-alive connection, byte by byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A connection to the agent's listener.
pub(crate) struct Poster {
    stream: BufReader<TcpStream>,
}

impl Poster {
    /// Connects.
    pub(crate) fn connect(address: SocketAddr) -> Poster {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Poster { stream: BufReader::new(stream) }
    }

    /// Posts a JSON body; the status and body of the answer.
    pub(crate) fn post(&mut self, path: &str, body: &str) -> (u16, String) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: bot.invalid\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len(),
        );
        self.stream.get_mut().write_all(&[head.as_bytes(), body.as_bytes()].concat()).unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(self.stream.read_line(&mut head).unwrap(), 0, "the listener hung up after {head:?}");
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
        });
        let mut content = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut content).unwrap();
        (status, String::from_utf8(content).unwrap())
    }
}
