//! The session's tasks as calls to the cloud, one after the other on the session's thread.
//!
//! It holds the token and the connection's id, and shares them with the [`Account`]. What failures mean is for
//! the machine to decide.

use std::time::{Duration, Instant};

use super::own::Identity;
use super::step::{Event, Grant, Task};
use crate::cloud::client::Caller;
use crate::cloud::token::Token;
use crate::cloud::{Account, Client, Error, api};
use crate::config::Secret;

/// What each call of the goodbye may take: it must fit into the time of an orderly stop.
const GOODBYE_TIME: Duration = Duration::from_millis(1500);

/// The session's hands.
#[derive(Debug)]
pub(crate) struct Calls {
    account: Account,
    client: Client,
    identity: Identity,
    token: Option<Secret>,
    connection: Option<String>,
}

impl Calls {
    /// Calls on `client`, whose results are shared through `account`.
    pub(crate) fn new(account: Account, client: Client, identity: Identity) -> Calls {
        Calls { account, client, identity, token: None, connection: None }
    }

    /// Whether a callback names our connection. One that names none is taken for ours.
    pub(crate) fn is_ours(&self, connection: Option<&str>) -> bool {
        self.connection.is_some() && connection.is_none_or(|id| self.connection.as_deref() == Some(id))
    }

    /// The token is no longer used by anybody.
    pub(crate) fn forget_token(&mut self) {
        if let Some(token) = self.token.take() {
            self.account.forget_token(&token);
        }
    }

    /// The connection is no longer used by anybody.
    pub(crate) fn forget_connection(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.account.forget_connection(&connection);
        }
    }

    /// Carries out `task`.
    pub(crate) fn carry_out(&mut self, task: &Task) -> Event {
        match task {
            Task::SignIn => Event::SignedIn(self.sign_in()),
            Task::Renew => Event::Renewed(self.renew()),
            Task::Clean => Event::Cleaned(self.clean()),
            Task::Create => Event::Created(self.create()),
            Task::Check => Event::Checked(self.check()),
            Task::SendPresence => Event::PresenceSent(self.send_presence()),
            Task::ListRooms => Event::Rooms(self.list_rooms()),
            Task::Join(room) => Event::Joined(self.join(room)),
            Task::SayGoodbye => {
                self.say_goodbye();
                Event::SaidGoodbye
            }
        }
    }

    fn caller(&self) -> Caller<'_> {
        self.client.with(self.token.as_ref())
    }

    fn connection(&self) -> Result<&str, Error> {
        self.connection.as_deref().ok_or(Error::Gone)
    }

    fn sign_in(&mut self) -> Result<Grant, Error> {
        let answer = api::get_basic_login(&mut self.client.with(None))?;
        let grant = self.take("getBasicLogin", answer.token)?;
        log::info!(target: "session", "signed in; the token is good for {} s", grant.life.as_secs_f64());
        Ok(grant)
    }

    fn renew(&mut self) -> Result<Grant, Error> {
        let answer = api::get_renew(&mut self.caller())?;
        let grant = self.take("getRenew", answer.token)?;
        log::debug!(target: "session", "the token is renewed for {} s", grant.life.as_secs_f64());
        Ok(grant)
    }

    fn take(&mut self, operation: &'static str, token: Option<String>) -> Result<Grant, Error> {
        let token =
            token.filter(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
        let Some(token) = token else {
            return Err(Error::Answer { operation, reason: "it holds no usable token".into() });
        };
        let Token { secret, life, renewable } = Token::new(&token);
        self.token = Some(secret.clone());
        self.account.set_token(secret);
        Ok(Grant { life, renewable })
    }

    /// A connection that cannot be deleted is said and left: the new one does not depend on it.
    fn clean(&mut self) -> Result<(), Error> {
        let connections = api::connection_index(&mut self.caller())?;
        for connection in connections {
            if !self.identity.owns(connection.resource.as_deref(), connection.callback_url.as_deref()) {
                continue;
            }
            let Some(id) = connection.id else { continue };
            match api::connection_delete(&mut self.caller(), &id) {
                Ok(_) => log::info!(target: "session", "deleted the stale connection {id} of an earlier run"),
                Err(Error::Gone) => {}
                Err(error @ (Error::Network { .. } | Error::Expired)) => return Err(error),
                Err(error) => {
                    log::warn!(target: "session", "cannot delete the stale connection {id}: {error}");
                }
            }
        }
        Ok(())
    }

    fn create(&mut self) -> Result<(), Error> {
        let mut body = api::ConnectionCreate::default();
        body.connection.callback_url = self.identity.callback_url.clone();
        body.connection.resource = Some(self.identity.resource.clone());
        let connection = api::connection_create(&mut self.caller(), &body)?;
        let Some(id) = connection.id.filter(|id| !id.is_empty()) else {
            let reason = "it holds no id of the connection".into();
            return Err(Error::Answer { operation: "connectionCreate", reason });
        };
        log::info!(target: "session", "the connection {id} is created");
        self.connection = Some(id.clone());
        self.account.set_connection(id);
        Ok(())
    }

    fn check(&mut self) -> Result<(), Error> {
        let id = self.connection()?;
        api::connection_show(&mut self.caller(), id).map(drop)
    }

    /// Empty texts mean online, as the starter kit sends them (CONTRACT section 3).
    fn send_presence(&mut self) -> Result<(), Error> {
        let mut body = api::PresenceUpdate::default();
        let presence = body.presence.get_or_insert_default();
        presence.show = Some(String::new());
        presence.status = Some(String::new());
        api::presence_update(&mut self.caller(), self.connection()?, &body).map(drop)
    }

    fn list_rooms(&mut self) -> Result<Vec<String>, Error> {
        let conversations = api::conversation_index(&mut self.caller(), self.connection()?)?;
        let rooms = conversations.into_iter().filter(|one| one.type_.as_deref() == Some("room"));
        let rooms: Vec<String> = rooms.filter_map(|room| room.peer).filter(|peer| !peer.is_empty()).collect();
        log::info!(target: "session", "rooms to join: {}", rooms.len());
        Ok(rooms)
    }

    fn join(&mut self, room: &str) -> Result<(), Error> {
        api::room_join(&mut self.caller(), self.connection()?, room).map(drop)
    }

    /// On connections of its own: the usual ones may have been interrupted, and allow a call far too much time.
    fn say_goodbye(&mut self) {
        let client = self.client.separate(GOODBYE_TIME);
        let mut caller = client.with(self.token.as_ref());
        let started = Instant::now();
        if let Some(id) = &self.connection {
            match api::connection_delete(&mut caller, id) {
                Ok(_) | Err(Error::Gone) => log::info!(target: "session", "the connection {id} is deleted"),
                Err(error) => {
                    log::warn!(target: "session", "cannot delete the connection {id}: {error}; the next start will");
                }
            }
        }
        // A cloud that let the first call wait would let the second one wait as well, and the time is short.
        if started.elapsed() >= GOODBYE_TIME {
            log::warn!(target: "session", "no time is left to log out; the token ends by itself");
        } else if let Err(error) = api::get_logout(&mut caller) {
            log::warn!(target: "session", "cannot log out: {error}; the token ends by itself");
        }
        self.forget_connection();
        self.forget_token();
    }
}
