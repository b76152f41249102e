//! Which connections of the account are ours: other programs' are left alone.

use std::path::Path;

use crate::callback_url::{self, StateError};
use crate::config::Secret;

/// Callback tokens shorter than this could be another program's path by chance.
const MIN_TELLING_TOKEN: usize = 16;

/// The resource that this installation's connections carry, kept across restarts: however a run ended, the next
/// one finds what it left behind.
///
/// # Errors
/// [`StateError`] when it cannot be kept in `state_dir`.
pub fn resource(state_dir: &Path) -> Result<String, StateError> {
    callback_url::kept(state_dir, "resource", "rainbow-s2s-agent-")
}

/// What marks a connection as ours.
#[derive(Debug, Clone)]
pub struct Identity {
    /// See [`resource`].
    pub resource: String,
    /// The whole callback URL of this run.
    pub callback_url: String,
    /// The token it ends with; with a tunnel the rest of the URL changes at each start.
    pub callback_token: Option<Secret>,
}

impl Identity {
    /// Whether a connection with these properties was made by this installation.
    pub(crate) fn owns(&self, resource: Option<&str>, callback_url: Option<&str>) -> bool {
        if resource == Some(self.resource.as_str()) {
            return true;
        }
        let Some(url) = callback_url.map(|url| url.trim_end_matches('/')) else { return false };
        let token = self.callback_token.as_ref().map(Secret::expose);
        let token = token.filter(|token| token.len() >= MIN_TELLING_TOKEN);
        url == self.callback_url.trim_end_matches('/')
            || token.is_some_and(|token| url.rsplit('/').next() == Some(token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_connections_are_ours() {
        let identity = |token: Option<&str>| Identity {
            resource: "rainbow-s2s-agent-1".into(),
            callback_url: "https://bot.example.org/s2s/0123456789abcdef".into(),
            callback_token: token.map(Secret::new),
        };
        let check = |token, resource, url, ours| {
            assert_eq!(identity(token).owns(resource, url), ours, "{resource:?} {url:?}");
        };
        let token = Some("0123456789abcdef");
        check(token, Some("rainbow-s2s-agent-1"), None, true);
        check(token, Some("rainbow-s2s-agent-2"), Some("https://bot.example.org/s2s"), false);
        check(token, None, Some("https://bot.example.org/s2s/0123456789abcdef/"), true);
        check(token, None, Some("https://tunnel-7.example.org/0123456789abcdef"), true);
        check(token, None, Some("https://tunnel-7.example.org/0123456789abcdef/more"), false);
        check(token, None, None, false);
        check(None, None, Some("https://bot.example.org/s2s/0123456789abcdef"), true);
        check(None, None, Some("https://bot.example.org/s2s"), false);
        check(Some("short"), None, Some("https://other.example.org/short"), false);
    }
}
