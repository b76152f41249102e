//! The cloud, the account and the way to it.

use std::path::PathBuf;

use super::keys::{self, Key};
use super::load::Loader;
use super::values::shown;
use super::{Account, Secret, address};

impl Loader<'_> {
    pub(super) fn account(&mut self) -> Account {
        Account {
            host: self.host(),
            login: self.credential(keys::LOGIN),
            password: Secret::new(self.credential(keys::PASSWORD)),
            app_id: self.credential(keys::APP_ID),
            app_secret: Secret::new(self.credential(keys::APP_SECRET)),
            ca_file: self.ca_file(),
            proxy: self.proxy().map(Secret::new),
            no_proxy: self.no_proxy(),
        }
    }

    fn host(&mut self) -> String {
        let text = self.values.word(keys::HOST).to_owned();
        if !self.values.is_given(keys::HOST) {
            self.values.warn(keys::HOST, "is not given; the sandbox is used, as the starter kit does");
        }
        match address::cloud(&text) {
            Ok((host, open)) => {
                if open {
                    self.values.warn(
                        keys::HOST,
                        "http sends the password readable by everyone on the way; use https",
                    );
                }
                host
            }
            Err(reason) => {
                let what = format!(
                    "found {}: {reason}; must be \"official\", \"sandbox\", a URL such as \"https://cloud.example\", or a host name",
                    shown(&text)
                );
                self.values.refuse(keys::HOST, &what);
                String::new()
            }
        }
    }

    /// A value that must be there, and be more than the template's placeholder.
    fn credential(&mut self, key: &'static Key) -> String {
        let variable = key.variable.unwrap_or("");
        let Some(value) = self.values.text(key).map(str::to_owned) else {
            let what = format!(
                "is missing; set it in the file, or by {variable}, {variable}_FILE, or the systemd credential {}",
                variable.to_lowercase()
            );
            // The place of an empty value is worth telling; for an absent one it is the key.
            self.values.refuse(key, &what);
            return String::new();
        };
        if is_placeholder(&value) && self.values.is_from_file(key) {
            let what = format!(
                "this is still the template's placeholder; put your own value there (one that really looks like this can be given by {variable})"
            );
            self.values.refuse(key, &what);
        }
        let sent_as_a_header_or_user = key.path == keys::LOGIN.path || key.path == keys::APP_ID.path;
        if value.chars().any(char::is_control) || (sent_as_a_header_or_user && value.contains(':')) {
            // Basic authentication ends the user at the first colon (RFC 7617).
            self.values.refuse(key, "must not hold control characters, and a login or appID no colon");
        }
        value
    }

    fn ca_file(&mut self) -> Option<PathBuf> {
        if let Some(text) = self.values.text(keys::CA_FILE).map(str::to_owned) {
            return match self.existing(&text) {
                Ok(path) => Some(path),
                Err(what) => {
                    self.values.refuse(keys::CA_FILE, &what);
                    None
                }
            };
        }
        let path = self.environment.path("SSL_CERT_FILE")?;
        if !path.is_file() {
            let at = path.display();
            self.values
                .problems
                .push(format!("environment variable SSL_CERT_FILE: no file at {at}; correct or unset it"));
        }
        Some(path)
    }

    fn proxy(&mut self) -> Option<String> {
        if let Some(url) = self.values.text(keys::PROXY).map(str::to_owned) {
            return self.proxy_url(&url, Err(keys::PROXY));
        }
        let values = &self.values;
        if let Some(host) = values.text(keys::PROXY_HOST).map(str::to_owned) {
            // Some write a URL where the vendor's SDK wants a host: then the URL tells more than the other keys.
            if let Err(reason) = address::host_and_port(&host) {
                if host.contains("://") {
                    return self.proxy_url(&host, Err(keys::PROXY_HOST));
                }
                self.values.refuse(
                    keys::PROXY_HOST,
                    &format!("found {}: {reason}; must be a host name", shown(&host)),
                );
                return None;
            }
            let (name, port) = address::host_and_port(&host).unwrap_or((&host, None));
            let port = port.unwrap_or_else(|| values.port(keys::PROXY_PORT));
            let (user, password) = (values.text(keys::PROXY_USER), values.text(keys::PROXY_PASSWORD));
            return Some(address::proxy(values.word(keys::PROXY_PROTOCOL), name, port, user, password));
        }
        // Lower case first, as curl does.
        for name in ["https_proxy", "HTTPS_PROXY"] {
            match self.environment.text(name) {
                Ok(None) => {}
                Ok(Some(url)) => return self.proxy_url(url, Ok(name)),
                Err(problem) => self.values.problems.push(problem),
            }
        }
        None
    }

    fn proxy_url(&mut self, url: &str, from: Result<&str, &Key>) -> Option<String> {
        match (address::proxy_url(url), from) {
            (Ok(url), _) => return Some(url),
            (Err(reason), Err(key)) => {
                self.values
                    .refuse(key, &format!("{reason}; must be like \"http://user:password@host:port\""));
            }
            (Err(reason), Ok(name)) => {
                self.values
                    .problems
                    .push(format!("environment variable {name}: {reason}; must be like http://host:port"));
            }
        }
        None
    }

    fn no_proxy(&mut self) -> Vec<String> {
        for name in ["no_proxy", "NO_PROXY"] {
            match self.environment.text(name) {
                Ok(None) => {}
                Ok(Some(list)) => {
                    let hosts = list.split([',', ' ']).map(str::trim).filter(|host| !host.is_empty());
                    return hosts.map(str::to_owned).collect();
                }
                Err(problem) => self.values.problems.push(problem),
            }
        }
        Vec::new()
    }
}

/// What templates have where a value belongs: `<your bot email>`, `xxxx`.
pub(super) fn is_placeholder(value: &str) -> bool {
    let bracketed = value.starts_with('<') && value.ends_with('>');
    let crossed = value.len() >= 4 && value.bytes().all(|byte| byte.eq_ignore_ascii_case(&b'x'));
    bracketed || crossed
}
