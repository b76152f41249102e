//! The roles of one agent between a simulated cloud and a bot that listens.

use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rainbow_s2s_agent::cloud::Account;
use rainbow_s2s_agent::cloud::backoff::Backoff;
use rainbow_s2s_agent::config::{self, Encoding, Secret};
use rainbow_s2s_agent::events::{Life, Outcome};
use rainbow_s2s_agent::publisher::{self, Sender};
use rainbow_s2s_agent::role::{Deaths, Notice};
use rainbow_s2s_agent::session::{self, Ended, Identity, Pace};
use rainbow_s2s_agent::sim::{Cloud, Options};

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const RESOURCE: &str = "rainbow-s2s-agent-0123456789";

/// Roles of one agent, and a bot that listens.
pub(crate) struct Agent {
    pub(crate) cloud: Cloud,
    pub(crate) account: Account,
    pub(crate) session: Option<session::Handle>,
    sender: Sender,
    publisher: Option<JoinHandle<()>>,
    pub(crate) bot: zmq::Socket,
    pub(crate) deaths: Deaths<Notice>,
    _notices: mpsc::Receiver<Notice>,
}

pub(crate) fn pace() -> Pace {
    let backoff = Backoff { first: Duration::from_millis(20), cap: Duration::from_millis(100) };
    Pace { backoff, watch: Duration::from_millis(100), ..Pace::default() }
}

pub(crate) fn quiet() -> Pace {
    Pace { watch: Duration::from_secs(3600), ..pace() }
}

impl Agent {
    /// The roles with a session that begins at once; `prepare` is done to the cloud before.
    pub(crate) fn start(pace: Pace, prepare: impl FnOnce(&Cloud)) -> Agent {
        Agent::with(pace, |_| {}, prepare)
    }

    pub(crate) fn with(
        pace: Pace,
        change: impl FnOnce(&mut config::Account),
        prepare: impl FnOnce(&Cloud),
    ) -> Agent {
        let options = Options::default();
        let mut account = config::Account {
            host: String::new(),
            login: options.credentials.login.clone(),
            password: Secret::new(options.credentials.password.clone()),
            app_id: options.credentials.app_id.clone(),
            app_secret: Secret::new(options.credentials.app_secret.clone()),
            ca_file: None,
            proxy: None,
            no_proxy: Vec::new(),
        };
        let cloud = Cloud::start(options).expect("a cloud");
        prepare(&cloud);
        account.host = cloud.url();
        change(&mut account);
        let account = Account::new(&account).expect("an account");
        let zmq = config::Zmq {
            endpoint: "tcp://127.0.0.1:*".into(),
            encoding: Encoding::Json,
            high_water_mark: 1000,
            queue: 1000,
        };
        let bound = publisher::bind(&zmq).expect("a socket");
        let bot = zmq::Context::new().socket(zmq::SUB).expect("a socket");
        bot.set_subscribe(b"").expect("subscribed");
        bot.set_rcvtimeo(PATIENCE.as_millis() as i32).expect("set");
        bot.connect(bound.endpoint()).expect("connected");
        let (notices, inbox) = mpsc::channel();
        let deaths = Deaths::<Notice>::to(notices);
        let (sender, publisher) = bound.start(&deaths).expect("a thread");
        greet(&sender, &bot);
        let identity = Identity {
            resource: RESOURCE.into(),
            callback_url: "https://bot.example.org/s2s/token".into(),
            callback_token: None,
        };
        let parts = session::Parts { account: account.clone(), identity, publisher: sender.clone(), pace };
        let session = Some(session::start(parts, &deaths).expect("a thread"));
        Agent { cloud, account, session, sender, publisher: Some(publisher), bot, deaths, _notices: inbox }
    }

    /// The next event: its name without `rainbow_on`, and the code in its data.
    pub(crate) fn event(&self) -> String {
        let frames = self.bot.recv_multipart(0).expect("an event in time");
        let topic = String::from_utf8(frames[0].clone()).expect("a name");
        let data = String::from_utf8(frames[1].clone()).expect("a document");
        let code: String = data.chars().skip_while(|c| *c != ':').skip(1).take_while(|c| *c != ',').collect();
        format!("{} {code}", topic.trim_start_matches("rainbow_on"))
    }

    /// The next events are these, in this order.
    pub(crate) fn expect(&self, events: &[&str]) {
        for (index, expected) in events.iter().enumerate() {
            assert_eq!(&self.event(), expected, "event {index} of {events:?}");
        }
    }

    pub(crate) fn expect_ready(&self) {
        self.expect(&["connected 1", "ready 1"]);
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.cloud.calls().iter().map(|call| call.operation.to_owned()).collect()
    }

    pub(crate) fn stop(&mut self) -> (Option<Ended>, Duration) {
        let started = Instant::now();
        let ended = self.session.take().and_then(|session| session.stop(started + Duration::from_secs(5)));
        (ended, started.elapsed())
    }

    pub(crate) fn ended(&self) -> Option<Ended> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(ended) = self.session.as_ref().and_then(session::Handle::ended) {
                return Some(ended);
            }
            std::thread::yield_now();
        }
        None
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            session.stop(Instant::now() + Duration::from_secs(5));
        }
        self.sender.close();
        let _ = self.publisher.take().map(JoinHandle::join);
    }
}

/// A subscription takes a moment to reach the publisher: say hello until it is heard.
fn greet(sender: &Sender, bot: &zmq::Socket) {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        sender.life(Life::Started, &Outcome::Success);
        if bot.poll(zmq::POLLIN, 20).expect("polled") > 0 {
            break;
        }
    }
    sender.life(Life::Stopped, &Outcome::Success);
    loop {
        let frames = bot.recv_multipart(0).expect("the end of the hellos");
        if frames[0] == b"rainbow_onstopped" {
            return;
        }
    }
}
