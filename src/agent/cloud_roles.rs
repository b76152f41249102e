//! The roles that talk to the cloud, and what they want to know of callbacks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::{StartError, Wake};
use crate::cloud;
use crate::cloud::backoff::Backoff;
use crate::config::{self, Config, Secret};
use crate::publisher;
use crate::reactions;
use crate::relay::{Observed, Observer};
use crate::role::Deaths;
use crate::session::{self, Ended, Identity, Pace, Watcher};

/// Session and reactions with the account they share.
#[derive(Debug)]
pub(super) struct CloudRoles {
    account: cloud::Account,
    reactions: reactions::Handle,
    /// Kept in the state folder; marks our connections.
    resource: String,
    pace: Pace,
    send_read_receipt: bool,
    /// Once the callback URL is known.
    session: Option<session::Handle>,
    /// Sessions that were replaced and whose end has not been noticed yet.
    replaced: usize,
    watcher: Arc<Mutex<Option<Watcher>>>,
}

impl CloudRoles {
    /// Starts the reactions; the session has to wait for the callback URL.
    pub(super) fn start(
        account: &config::Account,
        config: &Config,
        deaths: &Deaths<Wake>,
    ) -> Result<CloudRoles, StartError> {
        let account = cloud::Account::new(account)?;
        let resource = session::resource(&config.state_dir)?;
        let config::Pace { first, cap, watch } = config.pace;
        let pace = Pace { backoff: Backoff { first, cap }, watch, ..Pace::default() };
        let parts =
            reactions::Parts { account: account.clone(), backoff: pace.backoff, queue: reactions::QUEUE };
        let reactions = reactions::start(parts, deaths)?;
        let watcher = Arc::default();
        let send_read_receipt = config.send_read_receipt;
        Ok(CloudRoles {
            account,
            reactions,
            resource,
            pace,
            send_read_receipt,
            session: None,
            replaced: 0,
            watcher,
        })
    }

    /// Passes callbacks on to those who wait for them.
    pub(super) fn observer(&self) -> Observer {
        let (reactions, watcher) = (self.reactions.inbox(), Arc::clone(&self.watcher));
        let tell = move |observed| match observed {
            Observed::Connection { id, state } => {
                if let Some(watcher) = &*lock(&watcher) {
                    watcher.callback_seen(Some(&id), &state);
                }
            }
            Observed::Message { conversation_id, message_id } => {
                reactions.received(&conversation_id, &message_id);
            }
            Observed::Invitation { room_id } => reactions.invited(&room_id),
        };
        Observer { messages: self.send_read_receipt, tell: Box::new(tell) }
    }

    /// Starts a session with this callback URL, in place of an older one.
    pub(super) fn start_session(
        &mut self,
        callback_url: String,
        callback_token: Option<Secret>,
        publisher: &publisher::Sender,
        deaths: &Deaths<Wake>,
    ) -> Result<(), StartError> {
        if let Some(older) = self.session.take() {
            self.replaced += 1;
            older.stop(Instant::now() + super::REPLACE_TIME);
        }
        let identity = Identity { resource: self.resource.clone(), callback_url, callback_token };
        let (account, publisher) = (self.account.clone(), publisher.clone());
        let session =
            session::start(session::Parts { account, identity, publisher, pace: self.pace }, deaths)?;
        *lock(&self.watcher) = Some(session.watcher());
        self.session = Some(session);
        Ok(())
    }

    /// The end of a session's thread was noticed: why it ended, if it can tell.
    pub(super) fn session_noticed(&mut self) -> Option<Ended> {
        if self.replaced > 0 {
            self.replaced -= 1;
            return Some(Ended::Stopped);
        }
        self.session.as_ref().and_then(session::Handle::ended)
    }

    /// Deletes the connection, signs out, and ends both roles.
    pub(super) fn stop(self, deadline: Instant) {
        if let Some(session) = self.session {
            session.stop(deadline);
        }
        self.reactions.stop(deadline);
    }
}

/// Nothing that holds this lock can panic half-way through a change.
fn lock(watcher: &Mutex<Option<Watcher>>) -> MutexGuard<'_, Option<Watcher>> {
    watcher.lock().unwrap_or_else(PoisonError::into_inner)
}
