//! The load: the message callback over keep-alive connections, as fast as it goes or at a pace.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::server::Server;

/// Length of the callback body the budgets speak of.
const BODY_BYTES: usize = 600;
/// Connections that share a paced load.
const LANES: u32 = 4;

/// The message callback; `sent` is nanoseconds since the bench began, and stands behind the message's id.
pub(crate) fn request(server: &Server, sent: u64) -> Vec<u8> {
    let start = format!(
        r##"{{"id":"f8e81b4e-a7dc-11e8-a734-f894c2dba3d5","timestamp":"2026-01-02T03:04:05.001535Z","userId":"5bc50eea4ca684544b694004","message":{{"id":"web_5ed74032-2b8c-48c0-8e4b-414da884c7c7-{sent:020}","conversation_id":"1555081424877876","from":"59f1ecc4ea84f9b5c339958d","is_group":false,"lang":"en","subject":"","contents":[{{"type":"text/markdown","data":"# Hello **Bob**\nand all"}}],"body":""##
    );
    let filler = "Hello Bob, how are you today? ".chars().cycle().take(BODY_BYTES - start.len() - 3);
    let body: String = start.chars().chain(filler).chain("\"}}".chars()).collect();
    let (path, address) = (&server.path, server.address);
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         x-resource: mobile_android_020000000000\r\nUser-Agent: bench\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head, body].concat().into_bytes()
}

/// Sends one request and reads its answer whole.
pub(crate) fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut [u8]) -> io::Result<()> {
    stream.write_all(request)?;
    let mut length = 0;
    loop {
        let read = stream.read(&mut buffer[length..])?;
        length += read;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if buffer[..length].ends_with(b"\r\n\r\n{}") {
            let good = buffer.starts_with(b"HTTP/1.1 200");
            return if good { Ok(()) } else { Err(io::Error::other("not a 200")) };
        }
    }
}

pub(crate) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One closed-loop round: webhooks answered, and the server's CPU for them.
pub(crate) fn round(server: &Server, connections: usize, length: Duration) -> Outcome<(u64, Duration)> {
    let message = request(server, 0);
    let before = server.cpu()?;
    let stop = AtomicBool::new(false);
    let one = || -> io::Result<u64> {
        let mut stream = connect(server.address)?;
        let mut buffer = [0; 4096];
        let mut count = 0;
        while !stop.load(Ordering::Relaxed) {
            exchange(&mut stream, &message, &mut buffer)?;
            count += 1;
        }
        Ok(count)
    };
    let count = thread::scope(|scope| -> Outcome<u64> {
        let workers: Vec<_> = (0..connections).map(|_| scope.spawn(one)).collect();
        thread::sleep(length);
        stop.store(true, Ordering::Relaxed);
        let mut total = 0;
        for worker in workers {
            total += worker.join().map_err(|_| "a connection panicked")??;
        }
        Ok(total)
    })?;
    Ok((count, server.cpu()? - before))
}

/// Sends at a pace, each connection on the grid of its own due times; gives what was sent and the rate it had.
pub(crate) fn paced(
    server: &Server,
    epoch: Instant,
    per_second: u64,
    length: Duration,
) -> Outcome<(u64, f64)> {
    let step = Duration::from_secs(1) * LANES / u32::try_from(per_second)?;
    let turns = u32::try_from(per_second * length.as_secs())? / LANES;
    let start = Instant::now();
    let lane = |lane: u32| -> io::Result<()> {
        let mut stream = connect(server.address)?;
        let mut buffer = [0; 4096];
        for turn in 0..turns {
            let due = start + step * turn + step * lane / LANES;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let now = u64::try_from(epoch.elapsed().as_nanos()).unwrap_or(u64::MAX);
            exchange(&mut stream, &request(server, now), &mut buffer)?;
        }
        Ok(())
    };
    thread::scope(|scope| -> Outcome<()> {
        let workers: Vec<_> = (0..LANES).map(|number| scope.spawn(move || lane(number))).collect();
        for worker in workers {
            worker.join().map_err(|_| "a connection panicked")??;
        }
        Ok(())
    })?;
    let sent = u64::from(turns * LANES);
    Ok((sent, sent as f64 / start.elapsed().as_secs_f64()))
}
