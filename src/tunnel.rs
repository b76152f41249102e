//! The tunnel's public URL, read from the agent API of an `ngrok` that runs on this machine.
//!
//! With `endpoint: "ngrok"` (and `default`) the callback URL is whatever ngrok was given today. This role asks for it
//! until there is one, and goes on asking, because a tunnel that is restarted comes back under another name.
//! It does not start ngrok itself.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{fmt, io};

use miniserde::{Deserialize, json};

use crate::role::{Deaths, Notice};

/// Stack of the tunnel's thread; it makes plain HTTP requests.
const STACK: usize = 256 * 1024;
/// How often ngrok is asked while there is no URL.
const SEARCH: Duration = Duration::from_secs(2);
/// How often it is asked whether the URL is still the same.
const WATCH: Duration = Duration::from_secs(15);
/// For one question.
const PATIENCE: Duration = Duration::from_secs(1);
/// Bytes of an answer.
const ANSWER_BYTES: u64 = 256 * 1024;

/// The way to stop the role.
#[derive(Debug)]
pub struct Handle {
    inbox: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Handle {
    /// Asks the role to end. At most one question to ngrok is in the way, which whoever joins need not wait for
    /// idly.
    pub fn stop(self) -> JoinHandle<()> {
        drop(self.inbox);
        self.thread
    }
}

/// Looks for the tunnel that leads to `port`, and calls `found` with each new public URL.
///
/// # Errors
/// When the system has no thread to give.
pub fn start<T>(
    api: &'static str,
    port: u16,
    found: impl Fn(String) + Send + 'static,
    deaths: &Deaths<T>,
) -> io::Result<Handle>
where
    T: From<Notice> + Send + 'static,
{
    let (inbox, messages) = mpsc::channel();
    let thread = deaths.spawn("tunnel", STACK, move || {
        let agent = ureq::Agent::new_with_config(
            ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).proxy(None).build(),
        );
        let mut known = None;
        let mut said = false;
        loop {
            match public_url(&agent, api, port) {
                Ok(url) if known.as_ref() != Some(&url) => {
                    log::info!(target: "tunnel", "ngrok serves port {port} at {url}");
                    known = Some(url.clone());
                    said = false;
                    found(url);
                }
                Ok(_) => said = false,
                Err(reason) if !std::mem::replace(&mut said, true) => {
                    log::warn!(target: "tunnel", "no callback URL: {reason}; start `ngrok http {port}`, \
                        or set `endpoint` to `reverse_proxy` with its `url`");
                }
                Err(_) => {}
            }
            let pause = if known.is_some() { WATCH } else { SEARCH };
            if messages.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    })?;
    Ok(Handle { inbox, thread })
}

/// Why there is no URL.
enum Missing {
    Unreachable(ureq::Error),
    NotNgrok,
    NoTunnel(u16),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::Unreachable(error) => write!(f, "ngrok's agent API does not answer ({error})"),
            Missing::NotNgrok => f.write_str("what answers is not ngrok's agent API"),
            Missing::NoTunnel(port) => write!(f, "ngrok runs, but has no tunnel to port {port}"),
        }
    }
}

#[derive(Deserialize)]
struct Tunnels {
    tunnels: Vec<Tunnel>,
}

#[derive(Deserialize)]
struct Tunnel {
    public_url: String,
    config: Exposed,
}

#[derive(Deserialize)]
struct Exposed {
    addr: String,
}

fn public_url(agent: &ureq::Agent, api: &str, port: u16) -> Result<String, Missing> {
    let mut answer = agent.get(format!("{api}/api/tunnels")).call().map_err(Missing::Unreachable)?;
    let text =
        answer.body_mut().with_config().limit(ANSWER_BYTES).read_to_string().map_err(Missing::Unreachable)?;
    choose(&text, port)
}

/// The tunnel to `port`; https where both are served.
fn choose(answer: &str, port: u16) -> Result<String, Missing> {
    let Tunnels { tunnels } = json::from_str(answer).map_err(|_| Missing::NotNgrok)?;
    let port_text = format!(":{port}");
    let mut urls: Vec<String> =
        tunnels.into_iter().filter(|t| t.config.addr.ends_with(&port_text)).map(|t| t.public_url).collect();
    urls.sort_by_key(|url| !url.starts_with("https://"));
    urls.into_iter().next().ok_or(Missing::NoTunnel(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tunnel_to_our_port_is_chosen_https_first() {
        let check = |answer: &str, expected: Result<&str, &str>| {
            let found = choose(answer, 8080).map_err(|missing| missing.to_string());
            assert_eq!(found.as_deref().map_err(String::as_str), expected);
        };
        let tunnel = |url: &str, addr: &str| {
            format!(r#"{{"public_url":"{url}","proto":"http","config":{{"addr":"{addr}"}}}}"#)
        };
        let list =
            |tunnels: &[String]| format!(r#"{{"tunnels":[{}],"uri":"/api/tunnels"}}"#, tunnels.join(","));
        let other = tunnel("https://other.ngrok.app", "http://localhost:18080");
        let plain = tunnel("http://ours.ngrok.app", "http://localhost:8080");
        let secure = tunnel("https://ours.ngrok.app", "http://localhost:8080");
        check(&list(&[other.clone(), plain.clone(), secure]), Ok("https://ours.ngrok.app"));
        check(&list(&[plain]), Ok("http://ours.ngrok.app"));
        check(&list(&[other]), Err("ngrok runs, but has no tunnel to port 8080"));
        check(&list(&[]), Err("ngrok runs, but has no tunnel to port 8080"));
        check("<html>", Err("what answers is not ngrok's agent API"));
    }
}
