//! The HTTP side of a call: signs it, sends it, bounds it, and hands the answer to [`super::answer`].
//!
//! A [`Client`] keeps no session: who calls says with which token. Requests are checked whole before they are
//! sent. Redirects are not followed, bodies are bounded, every phase has its time-out.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use miniserde::json::Value;
use ureq::http::{HeaderValue, Request, header};
use ureq::{Agent, Body, http};

use super::answer::Answer;
use super::transport::{CALL_TIME, SetupError, Transport};
use super::{Call, Error, request};
use crate::config::{Account, Secret};
use crate::contract::operation::{Operation, Security};

/// Largest answer that is read.
pub const MAX_ANSWER_BYTES: u64 = 1024 * 1024;
/// `x-rainbow-client`: the vendor's files list the names a cloud may accept; this one is of the kit we replace.
const CLIENT_NAME: &str = "sdk_node";
/// Secrets shorter than this are not looked for in the cloud's words: they would match anywhere.
const MIN_SCRUBBED: usize = 4;

/// Sends requests to one cloud. Clones share their connections.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    setup: Arc<Setup>,
}

struct Setup {
    transport: Transport,
    origin: String,
    /// `Authorization` of a sign-in.
    basic: Secret,
    /// `x-rainbow-app-auth`.
    application: Secret,
    /// Never to be repeated, should the cloud echo them.
    secrets: [Secret; 2],
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("origin", &self.setup.origin).finish_non_exhaustive()
    }
}

impl Client {
    /// A client for the account's cloud; nothing is sent yet.
    ///
    /// # Errors
    /// [`SetupError`] for a host, proxy or file of roots that cannot be used.
    pub fn new(account: &Account) -> Result<Client, SetupError> {
        let transport = Transport::new(account)?;
        let Account { login, password, app_id, app_secret, .. } = account;
        let setup = Setup {
            origin: account.host.trim_end_matches('/').to_owned(),
            basic: basic(login, password.expose()),
            application: basic(app_id, &application_key(app_secret.expose(), password.expose())),
            secrets: [password.clone(), app_secret.clone()],
            transport,
        };
        Ok(Client { agent: setup.transport.agent(CALL_TIME), setup: Arc::new(setup) })
    }

    /// The same client on connections of its own, where no call takes longer than `whole`.
    pub fn separate(&self, whole: Duration) -> Client {
        Client { agent: self.setup.transport.agent(whole), setup: Arc::clone(&self.setup) }
    }

    /// Ends the calls under way on this client and its clones, which then refuse every further call.
    /// A name being resolved or a connection being made ends with its own time-out.
    pub fn interrupt(&self) {
        self.agent.clone().shutdown();
    }

    /// This client with `token` for the calls that need one.
    pub fn with<'a>(&'a self, token: Option<&'a Secret>) -> Caller<'a> {
        Caller { client: self, token }
    }

    fn send(
        &self,
        token: Option<&Secret>,
        operation: &'static Operation,
        arguments: &[(&str, &str)],
        body: Option<&dyn miniserde::Serialize>,
    ) -> Result<Value, Error> {
        let uri = format!("{}{}", self.setup.origin, request::target(operation, arguments)?);
        let body = request::body(operation, body)?;
        let mut request = Request::builder().method(operation.method).uri(uri);
        request = request.header(header::ACCEPT, "application/json");
        match operation.security {
            Security::Basic => {
                request = request
                    .header(header::AUTHORIZATION, hidden(self.setup.basic.expose())?)
                    .header("x-rainbow-app-auth", hidden(self.setup.application.expose())?)
                    .header("x-rainbow-client", CLIENT_NAME)
                    .header("x-rainbow-client-version", env!("CARGO_PKG_VERSION"));
            }
            Security::Bearer => {
                let token = token.ok_or(Error::SignedOut)?;
                request =
                    request.header(header::AUTHORIZATION, hidden(&format!("Bearer {}", token.expose()))?);
            }
            Security::None => {}
        }
        let started = Instant::now();
        let answer =
            self.run(operation, request, body).and_then(|mut response| read(operation, &mut response));
        let milliseconds = started.elapsed().as_millis();
        match &answer {
            Ok((status, _)) => {
                log::debug!(target: "cloud", "{}: {status} in {milliseconds} ms", operation.name);
            }
            Err(error) => {
                log::debug!(target: "cloud", "{}: {error} after {milliseconds} ms", operation.name);
            }
        }
        answer?.1.map_err(|error| self.scrubbed(error, token))
    }

    fn run(
        &self,
        operation: &'static Operation,
        request: http::request::Builder,
        body: Option<String>,
    ) -> Result<http::Response<Body>, Error> {
        let unsendable =
            |error: http::Error| Error::Contract { pointer: String::new(), rule: error.to_string() };
        let sent = match body {
            Some(body) => {
                let request = request.header(header::CONTENT_TYPE, "application/json");
                self.agent.run(request.body(body).map_err(unsendable)?)
            }
            // Some servers wait for a length before they answer to these.
            None if matches!(operation.method, "POST" | "PUT") => {
                self.agent.run(request.body(String::new()).map_err(unsendable)?)
            }
            None => self.agent.run(request.body(()).map_err(unsendable)?),
        };
        sent.map_err(unreachable)
    }

    /// The cloud's own words without our secrets, should it repeat them.
    fn scrubbed(&self, error: Error, token: Option<&Secret>) -> Error {
        let scrub = |mut message: String| {
            for secret in self.setup.secrets.iter().chain(token) {
                if secret.expose().len() >= MIN_SCRUBBED {
                    message = message.replace(secret.expose(), "<secret>");
                }
            }
            message
        };
        match error {
            Error::Status { status, code, message, retry_after } => {
                Error::Status { status, code, message: scrub(message), retry_after }
            }
            Error::Rejected { code, message } => Error::Rejected { code, message: scrub(message) },
            other => other,
        }
    }
}

/// A client with the token of the moment.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    client: &'a Client,
    token: Option<&'a Secret>,
}

impl Call for Caller<'_> {
    fn call(
        &mut self,
        operation: &'static Operation,
        parameters: &[(&str, &str)],
        body: Option<&dyn miniserde::Serialize>,
    ) -> Result<Value, Error> {
        self.client.send(self.token, operation, parameters, body)
    }
}

type Read = (u16, Result<Value, Error>);

fn read(operation: &'static Operation, response: &mut http::Response<Body>) -> Result<Read, Error> {
    let body = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec();
    let body = match body {
        Ok(body) => body,
        Err(ureq::Error::BodyExceedsLimit(_)) => {
            let reason = format!("longer than {MAX_ANSWER_BYTES} bytes");
            return Err(Error::Answer { operation: operation.name, reason });
        }
        Err(error) => return Err(unreachable(error)),
    };
    let header = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let status = response.status().as_u16();
    let answer =
        Answer { status, retry_after: header(header::RETRY_AFTER), date: header(header::DATE), body: &body };
    Ok((status, answer.payload(operation)))
}

/// ureq's words for what went wrong hold addresses at most.
fn unreachable(error: ureq::Error) -> Error {
    let reason = match error {
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Timeout(phase) => format!("no answer in time ({phase})"),
        ureq::Error::HostNotFound => "the host's name is not known".into(),
        ureq::Error::Rustls(error) => format!("TLS: {error}"),
        ureq::Error::BadUri(_) | ureq::Error::InvalidProxyUrl => "unusable address".into(),
        other => other.to_string(),
    };
    Error::Network { reason }
}

/// `Basic base64(user ":" key)`.
fn basic(user: &str, key: &str) -> Secret {
    Secret::new(format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{key}"))))
}

/// `hex_lower(sha256(appSecret password))`, the two concatenated.
fn application_key(app_secret: &str, password: &str) -> String {
    let mut digest = ring::digest::Context::new(&ring::digest::SHA256);
    digest.update(app_secret.as_bytes());
    digest.update(password.as_bytes());
    digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A header's value that `Debug` does not show.
fn hidden(value: &str) -> Result<HeaderValue, Error> {
    let mut header = HeaderValue::from_str(value).map_err(|_| Error::Contract {
        pointer: "Authorization".into(),
        rule: "must be without control characters".into(),
    })?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_application_header_is_as_the_contract_says() {
        // echo -n "secretpassword" | sha256sum
        let key = application_key("secret", "password");
        assert_eq!(key, "95d30169a59c418b52013315fc81bc99fdf0a7b03a116f346ab628496f349ed5".to_owned());
        assert_eq!(basic("app", "k").expose(), "Basic YXBwOms=");
    }
}
