//! Delivery of callbacks: one thread a connection, so that the order is kept within it and one slow bot holds
//! up no other. A callback that is not answered is not sent again: nothing says that the real cloud does.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::callbacks::PEER_RESOURCE;
use super::record::{Delivery, Record};
use super::world::Push;

/// How long the agent may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most of an answer that is kept.
const MAX_ANSWER: u64 = 64 * 1024;

struct Route {
    queue: Sender<(String, Push)>,
    thread: JoinHandle<()>,
}

/// The routes to the connections' callback URLs.
pub(super) struct Courier {
    record: Arc<Record>,
    closing: Arc<AtomicBool>,
    routes: HashMap<String, Route>,
}

impl Courier {
    /// No route yet.
    pub(super) fn new(record: Arc<Record>) -> Courier {
        Courier { record, closing: Arc::default(), routes: HashMap::new() }
    }

    /// Queues a callback for `callback_url`.
    pub(super) fn send(&mut self, callback_url: &str, push: Push) {
        let id = push.connection.clone();
        let url = format!("{}/{}", callback_url.trim_end_matches('/'), push.name);
        if !self.routes.contains_key(&id) {
            let (queue, inbox) = channel();
            let (record, closing) = (self.record.clone(), self.closing.clone());
            let work = move || deliver_all(&inbox, &record, &closing);
            match std::thread::Builder::new().name("sim-callback".into()).spawn(work) {
                Ok(thread) => self.routes.insert(id.clone(), Route { queue, thread }),
                Err(error) => {
                    log::error!(target: "sim", "callbacks cannot be sent: {error}");
                    return;
                }
            };
        }
        if let Some(route) = self.routes.get(&id) {
            // The thread only ends when its queue does, so there is a receiver.
            let _ = route.queue.send((url, push));
        }
    }

    /// Ends all threads; what is under way is finished, what is queued is not sent.
    pub(super) fn stop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        for (_, Route { queue, thread }) in self.routes.drain() {
            drop(queue);
            let _ = thread.join();
        }
    }
}

fn deliver_all(inbox: &Receiver<(String, Push)>, record: &Record, closing: &AtomicBool) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(PATIENCE))
        .user_agent("simulated-rainbow")
        .build()
        .into();
    for (url, push) in inbox {
        if closing.load(Ordering::SeqCst) {
            break;
        }
        let (status, answer) = match deliver(&agent, &url, &push) {
            Ok((status, answer)) => (Some(status), answer),
            Err(error) => (None, error.to_string()),
        };
        record.delivered(Delivery { connection: push.connection, name: push.name, status, answer });
    }
}

fn deliver(agent: &ureq::Agent, url: &str, push: &Push) -> Result<(u16, String), ureq::Error> {
    let mut request = agent.post(url).content_type("application/json");
    if push.name == "message" {
        request = request.header("x-resource", PEER_RESOURCE);
    }
    let mut response = request.send(push.body.as_bytes())?;
    let answer = response.body_mut().with_config().limit(MAX_ANSWER).read_to_string()?;
    Ok((response.status().as_u16(), answer))
}
