//! The authentication portal's memory: one account, its lock, and the tokens that are valid (CONTRACT section 2).
//!
//! Pure: it is told the time and does no input or output. The portal's paths and answers are in `portal`.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use miniserde::json::Value;

use super::clock;
use super::value::{number, object, text};

/// The account and the application that may sign in.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The account's e-mail address.
    pub login: String,
    /// Its password.
    pub password: String,
    /// The application's identifier.
    pub app_id: String,
    /// The application's secret.
    pub app_secret: String,
}

impl Credentials {
    /// The two header values of a sign-in: `Authorization` and `x-rainbow-app-auth`.
    pub fn headers(&self) -> (String, String) {
        let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
        hash.update(self.app_secret.as_bytes());
        hash.update(self.password.as_bytes());
        let hash = clock::hex(hash.finish().as_ref());
        let basic = |name: &str, word: &str| format!("Basic {}", STANDARD.encode(format!("{name}:{word}")));
        (basic(&self.login, &self.password), basic(&self.app_id, &hash))
    }
}

/// How long things last.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Life of a token; the payload tells whole seconds.
    pub token_life: Duration,
    /// How often a token may be renewed.
    pub max_renew: u32,
    /// Wrong sign-ins that lock the account.
    pub lock_after: u32,
    /// How long it stays locked.
    pub lock_time: Duration,
}

/// Why the portal says no. All are status 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// 401500
    Wrong,
    /// 401501
    Locked,
    /// 401520: no token, or one that the cloud does not know.
    Unknown,
    /// 401523
    Expired,
    /// 401524 here; the published files do not name a code for renewals that are used up.
    UsedUp,
}

impl Denied {
    /// `errorDetailsCode`.
    pub fn code(self) -> i64 {
        match self {
            Denied::Wrong => 401_500,
            Denied::Locked => 401_501,
            Denied::Unknown => 401_520,
            Denied::Expired => 401_523,
            Denied::UsedUp => 401_524,
        }
    }
}

struct Token {
    text: String,
    issued: Instant,
    life: Duration,
    renewed: u32,
    session: u64,
}

/// The portal's memory.
pub struct Authority {
    credentials: Credentials,
    /// May be changed while the cloud runs; tokens already given keep their life.
    pub policy: Policy,
    failures: u32,
    locked_until: Option<Instant>,
    tokens: Vec<Token>,
    issued: Vec<String>,
    sessions: u64,
}

impl Authority {
    /// An account nobody has signed in to yet.
    pub fn new(credentials: Credentials, policy: Policy) -> Authority {
        Authority {
            credentials,
            policy,
            failures: 0,
            locked_until: None,
            tokens: Vec::new(),
            issued: Vec::new(),
            sessions: 0,
        }
    }

    /// Whether both headers of a sign-in, as they were sent, are right.
    pub fn proves(&self, basic: Option<&str>, app: Option<&str>) -> bool {
        let (expected_basic, expected_app) = self.credentials.headers();
        basic == Some(&expected_basic) && app == Some(&expected_app)
    }

    /// Signs in.
    pub fn login(&mut self, basic: Option<&str>, app: Option<&str>, now: Instant) -> Result<String, Denied> {
        let right = self.proves(basic, app);
        if self.locked_until.is_some_and(|until| now < until) {
            if !right {
                self.lock(now);
            }
            return Err(Denied::Locked);
        }
        if self.locked_until.take().is_some() {
            self.failures = 0;
        }
        if !right {
            self.failures += 1;
            if self.failures >= self.policy.lock_after {
                self.lock(now);
                return Err(Denied::Locked);
            }
            return Err(Denied::Wrong);
        }
        self.failures = 0;
        self.sessions += 1;
        Ok(self.issue(0, self.sessions, now))
    }

    /// A new token for one that is valid and may still be renewed.
    pub fn renew(&mut self, bearer: Option<&str>, now: Instant) -> Result<String, Denied> {
        let (renewed, session) = self.find(bearer, now).map(|token| (token.renewed, token.session))?;
        if renewed >= self.policy.max_renew {
            return Err(Denied::UsedUp);
        }
        Ok(self.issue(renewed + 1, session, now))
    }

    /// Whether the `Authorization` header carries a valid token.
    pub fn check(&self, bearer: Option<&str>, now: Instant) -> Result<(), Denied> {
        self.find(bearer, now).map(|_| ())
    }

    /// Ends the session of a token: all tokens that were renewed from the same sign-in.
    pub fn logout(&mut self, bearer: Option<&str>, now: Instant) -> Result<(), Denied> {
        let session = self.find(bearer, now)?.session;
        self.tokens.retain(|token| token.session != session);
        Ok(())
    }

    /// Locks the account from now on.
    pub fn lock(&mut self, now: Instant) {
        self.locked_until = Some(now + self.policy.lock_time);
    }

    /// Forgets every token, as a restarted cloud does. The lock stays: it protects the account.
    pub fn forget(&mut self) {
        self.tokens.clear();
    }

    /// Makes every token expire now.
    pub fn expire(&mut self) {
        for token in &mut self.tokens {
            token.life = Duration::ZERO;
        }
    }

    /// How many tokens would be accepted.
    pub fn valid_tokens(&self, now: Instant) -> usize {
        self.tokens.iter().filter(|token| now < token.issued + token.life).count()
    }

    /// Every token that was ever given.
    pub fn issued(&self) -> &[String] {
        &self.issued
    }

    /// `loggedInUser`, as far as the agent's contract names it.
    pub fn user(&self) -> Value {
        object([
            ("id", text(BOT)),
            ("loginEmail", text(self.credentials.login.as_str())),
            ("displayName", text("Simulated Bot")),
            ("jid_im", text(format!("{BOT}@sim.invalid"))),
            ("companyId", text("569ce8c8f9336c471b98eda1")),
            ("roles", super::value::list([text("user"), text("app_admin")])),
            ("isActive", Value::Bool(true)),
        ])
    }

    /// `loggedInApplication`.
    pub fn application(&self) -> Value {
        object([
            ("id", text(self.credentials.app_id.as_str())),
            ("name", text("Simulated application")),
            ("type", text("bot")),
            ("env", text("deployed")),
            ("state", text("started")),
        ])
    }

    fn find(&self, bearer: Option<&str>, now: Instant) -> Result<&Token, Denied> {
        let text = bearer.and_then(|header| header.strip_prefix("Bearer ")).ok_or(Denied::Unknown)?;
        let token = self.tokens.iter().find(|token| token.text == text).ok_or(Denied::Unknown)?;
        if now < token.issued + token.life { Ok(token) } else { Err(Denied::Expired) }
    }

    /// A token in the form of a JWT: the payload is true, the signature is random, for nobody here has the key.
    fn issue(&mut self, renewed: u32, session: u64, now: Instant) -> String {
        let life = self.policy.token_life;
        let issued_at = i64::try_from(clock::since_1970().as_secs()).unwrap_or(i64::MAX);
        let payload = object([
            ("countRenewed", number(i64::from(renewed))),
            ("maxTokenRenew", number(i64::from(self.policy.max_renew))),
            ("user", object([("id", text(BOT)), ("loginEmail", text(self.credentials.login.as_str()))])),
            (
                "app",
                object([
                    ("id", text(self.credentials.app_id.as_str())),
                    ("name", text("Simulated application")),
                ]),
            ),
            ("iat", number(issued_at)),
            ("exp", number(issued_at.saturating_add(i64::try_from(life.as_secs()).unwrap_or(i64::MAX)))),
        ]);
        let text = format!(
            "{}.{}.{}",
            URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"RS256"}"#),
            URL_SAFE_NO_PAD.encode(super::value::document(&payload)),
            URL_SAFE_NO_PAD.encode(clock::random::<32>()),
        );
        self.issued.push(text.clone());
        self.tokens.push(Token { text: text.clone(), issued: now, life, renewed, session });
        text
    }
}

/// The account's user identifier.
pub const BOT: &str = "5978e048f8abe8ad97357f06";

#[cfg(test)]
mod tests {
    use super::*;

    fn authority() -> Authority {
        let credentials = Credentials {
            login: "bot@sim.invalid".into(),
            password: "secret".into(),
            app_id: "app".into(),
            app_secret: "key".into(),
        };
        let policy = Policy {
            token_life: Duration::from_secs(2),
            max_renew: 1,
            lock_after: 3,
            lock_time: Duration::from_secs(60),
        };
        Authority::new(credentials, policy)
    }

    fn sign_in(authority: &mut Authority, now: Instant) -> Result<String, Denied> {
        let (basic, app) = authority.credentials.headers();
        authority.login(Some(&basic), Some(&app), now)
    }

    #[test]
    fn the_application_header_is_the_hash_of_secret_and_password() {
        // printf 'keysecret' | sha256sum
        let (basic, app) = authority().credentials.headers();
        assert_eq!(basic, format!("Basic {}", STANDARD.encode("bot@sim.invalid:secret")));
        let hash = "d6ff67573947d391ee2589b6a3534a3b300a1c6105acd079b9745b37bd9e4260";
        assert_eq!(app, format!("Basic {}", STANDARD.encode(format!("app:{hash}"))));
    }

    #[test]
    fn a_token_lives_is_renewed_once_and_dies() {
        let (mut authority, start) = (authority(), Instant::now());
        let first = format!("Bearer {}", sign_in(&mut authority, start).unwrap());
        assert_eq!(authority.check(Some(&first), start), Ok(()));
        let later = start + Duration::from_secs(1);
        let second = format!("Bearer {}", authority.renew(Some(&first), later).unwrap());
        assert_eq!(authority.renew(Some(&second), later), Err(Denied::UsedUp));
        let end = start + Duration::from_secs(2);
        assert_eq!(authority.check(Some(&first), end), Err(Denied::Expired));
        assert_eq!(authority.check(Some(&second), end), Ok(()));
        assert_eq!(authority.logout(Some(&second), end), Ok(()));
        assert_eq!(authority.check(Some(&second), end), Err(Denied::Unknown));
    }

    #[test]
    fn failures_lock_and_a_wrong_attempt_restarts_the_lock() {
        let (mut authority, start) = (authority(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(authority.login(None, None, after(0)), Err(Denied::Wrong));
        assert_eq!(authority.login(None, None, after(1)), Err(Denied::Wrong));
        assert_eq!(authority.login(None, None, after(2)), Err(Denied::Locked));
        assert_eq!(sign_in(&mut authority, after(3)), Err(Denied::Locked));
        assert_eq!(authority.login(None, None, after(50)), Err(Denied::Locked));
        assert_eq!(sign_in(&mut authority, after(100)), Err(Denied::Locked), "restarted at 50");
        assert!(sign_in(&mut authority, after(110)).is_ok());
    }
}
