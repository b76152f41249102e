//! What the process was given besides the file: variables, the files they name, and systemd's credentials.
//!
//! It is data, so that a test passes its own and nothing else in the crate reads variables for configuration.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The variables that bear on the configuration.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, OsString>,
}

/// Shows names only: values may be passwords.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

/// Variables that stand for no key of the file.
const PLAIN: [&str; 10] = [
    "CREDENTIALS_DIRECTORY",
    "SSL_CERT_FILE",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    "STATE_DIRECTORY",
    "XDG_STATE_HOME",
    "HOME",
    "RAINBOW_CONFIG",
];

/// A file that holds one value holds no more than this.
const MAX_VALUE_BYTES: u64 = 64 * 1024;

/// A value from outside the file, and where it came from in words fit for a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Given {
    /// The value.
    pub value: String,
    /// `environment variable PORT`, `file /run/secrets/p (RAINBOW_PASSWORD_FILE)`, `systemd credential …`.
    pub origin: String,
}

impl Environment {
    /// The variables of this process that bear on the configuration.
    pub fn of_process() -> Environment {
        let keys = super::keys::TABLE.iter().filter_map(|key| key.variable);
        let names = keys.flat_map(|name| [name.to_owned(), format!("{name}_FILE")]);
        let names = names.chain(PLAIN.iter().map(|name| (*name).to_owned()));
        let variables = names.filter_map(|name| std::env::var_os(&name).map(|value| (name, value))).collect();
        Environment { variables }
    }

    /// The same with one variable more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Environment {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// A variable as a path; an empty one counts as unset.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables.get(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// A variable as text; an empty one counts as unset.
    ///
    /// # Errors
    /// In words, when it is not UTF-8.
    pub fn text(&self, name: &str) -> Result<Option<&str>, String> {
        match self.variables.get(name).filter(|value| !value.is_empty()) {
            None => Ok(None),
            Some(value) => value
                .to_str()
                .map(Some)
                .ok_or_else(|| format!("environment variable {name}: not UTF-8; set it to UTF-8 text")),
        }
    }

    /// What wins over the file for a key with this variable: the variable itself, else the file that
    /// `<name>_FILE` names, else systemd's credential of that name.
    ///
    /// # Errors
    /// In words: both forms are set, or a file that is named cannot be read.
    pub fn given(&self, name: &str) -> Result<Option<Given>, String> {
        let file_name = format!("{name}_FILE");
        let file = self.path(&file_name);
        if let Some(value) = self.text(name)? {
            if file.is_some() {
                return Err(format!(
                    "environment variables {name} and {file_name}: both are set; unset one of them"
                ));
            }
            return Ok(Some(Given {
                value: value.to_owned(),
                origin: format!("environment variable {name}"),
            }));
        }
        if let Some(path) = file {
            let value =
                read_value(&path).map_err(|reason| format!("environment variable {file_name}: {reason}"))?;
            return Ok(Some(Given { value, origin: format!("file {} ({file_name})", path.display()) }));
        }
        self.credential(name)
    }

    /// systemd's `LoadCredential=` and `SetCredential=`: files in a folder of the service's own.
    fn credential(&self, name: &str) -> Result<Option<Given>, String> {
        let Some(folder) = self.path("CREDENTIALS_DIRECTORY") else { return Ok(None) };
        let lower = name.to_lowercase();
        for spelling in [lower.clone(), lower.replace('_', "-"), name.to_owned()] {
            let path = folder.join(&spelling);
            if !path.exists() {
                continue;
            }
            let value =
                read_value(&path).map_err(|reason| format!("systemd credential {spelling}: {reason}"))?;
            return Ok(Some(Given { value, origin: format!("systemd credential {spelling}") }));
        }
        Ok(None)
    }
}

/// The content of a file without its final newline.
fn read_value(path: &Path) -> Result<String, String> {
    use std::io::Read;
    let at = path.display();
    let file = std::fs::File::open(path).map_err(|error| format!("cannot read {at}: {error}"))?;
    let mut bytes = Vec::new();
    file.take(MAX_VALUE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot read {at}: {error}"))?;
    if bytes.len() as u64 > MAX_VALUE_BYTES {
        return Err(format!("{at} is larger than {MAX_VALUE_BYTES} bytes; it must hold one value"));
    }
    let text = String::from_utf8(bytes).map_err(|_| format!("{at} is not UTF-8 text"))?;
    let value = text.strip_suffix('\n').unwrap_or(&text);
    let value = value.strip_suffix('\r').unwrap_or(value);
    if value.is_empty() {
        return Err(format!("{at} is empty; it must hold the value"));
    }
    Ok(value.to_owned())
}
