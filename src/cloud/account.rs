//! The signed-in account as every role but the session sees it: a [`Call`] that carries the session's token.
//!
//! The session puts token and connection in, the reactions and other roles call. Nobody but the session signs in
//! or renews; a call whose token is refused tells the session, which then looks after it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use miniserde::json::Value;

use super::client::Client;
use super::transport::SetupError;
use super::{Call, Error};
use crate::config::{self, Secret};
use crate::contract::operation::{Operation, Security};

/// What listeners are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Token and connection are there: calls make sense again.
    Ready,
    /// The cloud refused the current token, or did not find the current connection.
    Suspect,
}

/// Is called by whoever causes the change, on their thread: it must not block.
pub type Listener = Box<dyn Fn(Change) + Send + Sync>;

/// The account; clones share it.
#[derive(Clone)]
pub struct Account {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    signed: Mutex<Signed>,
    listeners: Mutex<Vec<Listener>>,
}

#[derive(Default)]
struct Signed {
    token: Option<Secret>,
    connection: Option<String>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("client", &self.shared.client).finish_non_exhaustive()
    }
}

impl Account {
    /// An account nobody has signed in to yet.
    ///
    /// # Errors
    /// [`SetupError`] for a host, proxy or file of roots that cannot be used.
    pub fn new(account: &config::Account) -> Result<Account, SetupError> {
        let client = Client::new(account)?;
        Ok(Account {
            shared: Arc::new(Shared { client, signed: Mutex::default(), listeners: Mutex::default() }),
        })
    }

    /// The id of the connection, while there is one and somebody is signed in.
    pub fn connection(&self) -> Option<String> {
        let signed = self.signed();
        signed.token.as_ref().and(signed.connection.clone())
    }

    /// Adds a listener for good.
    pub fn listen(&self, listener: Listener) {
        self.shared.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// Ends the calls under way, and lets no further one begin: for the stop.
    pub fn interrupt(&self) {
        self.shared.client.interrupt();
    }

    /// The client beneath, for calls without the session's token.
    pub(crate) fn client(&self) -> &Client {
        &self.shared.client
    }

    /// The session has a token.
    pub(crate) fn set_token(&self, token: Secret) {
        self.change(|signed| signed.token = Some(token));
    }

    /// The session has a connection.
    pub(crate) fn set_connection(&self, connection: String) {
        self.change(|signed| signed.connection = Some(connection));
    }

    /// This token is good for nothing any more; another one that has taken its place is kept.
    pub(crate) fn forget_token(&self, token: &Secret) {
        let mut signed = self.signed();
        signed.token.take_if(|known| known == token);
    }

    /// This connection is no more; another one that has taken its place is kept.
    pub(crate) fn forget_connection(&self, connection: &str) {
        let mut signed = self.signed();
        signed.connection.take_if(|known| known == connection);
    }

    fn change(&self, change: impl FnOnce(&mut Signed)) {
        let mut signed = self.signed();
        change(&mut signed);
        let ready = signed.token.is_some() && signed.connection.is_some();
        drop(signed);
        if ready {
            self.tell(Change::Ready);
        }
    }

    fn tell(&self, change: Change) {
        for listener in self.shared.listeners.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            listener(change);
        }
    }

    /// No code that holds this lock can panic half-way through a change.
    fn signed(&self) -> MutexGuard<'_, Signed> {
        self.shared.signed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call for Account {
    fn call(
        &mut self,
        operation: &'static Operation,
        parameters: &[(&str, &str)],
        body: Option<&dyn miniserde::Serialize>,
    ) -> Result<Value, Error> {
        if operation.security == Security::Basic {
            // Sign-ins are counted by the cloud and can lock the account: they are the session's alone.
            return Err(Error::SignedOut);
        }
        let token = self.signed().token.clone();
        let answer = self.shared.client.with(token.as_ref()).call(operation, parameters, body);
        if matches!(answer, Err(Error::Expired | Error::Gone)) && self.signed().token == token {
            self.tell(Change::Suspect);
        }
        answer
    }
}
