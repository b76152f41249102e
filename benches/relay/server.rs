//! The two servers under load, each a process of its own: the agent's release binary, and the floor.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;

/// The binary under test.
pub(crate) const AGENT: &str = env!("CARGO_BIN_EXE_rainbow-s2s-agent");
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

/// A server that only reads and writes: one thread a connection.
pub(crate) fn serve_floor() -> Outcome<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let mut stream = stream?;
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while matches!(stream.read(&mut buffer), Ok(1..)) {
                if stream.write_all(ANSWER).is_err() {
                    return;
                }
            }
        });
    }
    Ok(())
}

/// A child process that is ended with its owner.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) path: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub(crate) fn floor() -> Outcome<Server> {
        let mut child =
            Command::new(std::env::current_exe()?).arg("--floor").stdout(Stdio::piped()).spawn()?;
        let address = first_line(&mut child)?.parse()?;
        Ok(Server { child, address, path: "/message".to_owned() })
    }

    /// The agent in relay mode, once it accepts connections.
    pub(crate) fn agent(folder: &Folder) -> Outcome<Server> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let configuration = folder.path().join("bench.json");
        fs::write(&configuration, configuration_text(folder.path(), port))?;
        let mut child = Command::new(AGENT)
            .args(["run", "--config"])
            .arg(&configuration)
            .env_remove("RUST_LOG")
            .env("TMPDIR", folder.path())
            .stdout(Stdio::piped())
            .spawn()?;
        let url = first_line(&mut child)?;
        let path =
            url.splitn(4, '/').nth(3).map(|path| format!("/{path}/message")).ok_or("no path in the URL")?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        wait_until(|| TcpStream::connect(address).is_ok())?;
        Ok(Server { child, address, path })
    }

    /// User and system time of the process so far.
    pub(crate) fn cpu(&self) -> Outcome<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = stat.rsplit(") ").next().ok_or("no stat")?.split(' ').collect();
        let ticks = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Resident memory in KiB.
    pub(crate) fn resident(&self) -> Outcome<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS")).ok_or("no VmRSS")?;
        Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse()?)
    }
}

fn configuration_text(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        r#"{{"rainbow":{{"mode":"relay"}},"state_dir":"{folder}/state",
        "logs":{{"enableConsoleLogs":true,"file":{{"level":"warn"}}}},
        "rainbow_notification_service":{{
            "endpoint":"reverse_proxy","reverse_proxy":{{"url":"http://127.0.0.1:{port}"}},
            "sdkrouter":{{"host":"127.0.0.1","port":{port},"protocol":"http"}},
            "zmq":{{"endpoint":"ipc://{folder}/events"}}}}}}"#
    )
}

fn first_line(child: &mut Child) -> Outcome<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    let output = child.stdout.as_mut().ok_or("no output")?;
    while output.read(&mut byte)? == 1 && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    Ok(String::from_utf8(line)?)
}

pub(crate) fn wait_until(mut condition: impl FnMut() -> bool) -> Outcome<()> {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        if Instant::now() > deadline {
            return Err("gave up waiting".into());
        }
        thread::sleep(Duration::from_micros(200));
    }
    Ok(())
}

/// A folder of this run, removed with its owner.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> io::Result<Folder> {
        let path = std::env::temp_dir().join(format!("rainbow-bench-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Folder(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
