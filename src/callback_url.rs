//! The callback URL: the unguessable segment it ends with, and how bots learn of it.
//!
//! Callbacks carry no signature, so the URL itself is the capability (DESIGN decision 8): its token is made once,
//! kept in the state folder, and the file that tells bots the whole URL is for this user alone. A bot that runs as
//! another user is given the URL by its operator, or a folder of its own by TMPDIR.

use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rustix::fs::{AtFlags, CWD, Mode, OFlags};

use crate::config::{CallbackToken, Secret};
use crate::json;

/// Random bytes of a token: 192 bits.
const TOKEN_BYTES: usize = 24;
/// Fewest characters of a kept token: 128 bits.
const MIN_CHARACTERS: usize = 22;
/// Most characters of a kept or configured value.
const MAX_CHARACTERS: usize = 256;
/// The folder under the system's folder for temporary files, named by the starter kit.
const FOLDER: &str = "s2s";
/// The file in it.
const FILE: &str = "s2s_callback_url.json";

/// Something that must outlive a restart cannot be kept, or not be read again.
#[derive(Debug)]
pub enum StateError {
    /// The folder or a file in it.
    Io {
        /// Which one.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The file that tells bots the callback URL.
    Announced {
        /// Its path.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// A kept value is empty or damaged.
    Damaged {
        /// Its file.
        path: PathBuf,
    },
    /// `callback_token` in the configuration cannot be a path segment.
    Token,
    /// The system has no randomness to give.
    Randomness,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateError::Io { path, source } => write!(
                f,
                "cannot keep state at {}: {source}; `state_dir` must be a folder this user may write",
                path.display()
            ),
            StateError::Announced { path, source } => write!(
                f,
                "cannot tell bots the callback URL in {}: {source}; make that folder this user's own, or set \
                 TMPDIR; the agent works without the file",
                path.display()
            ),
            StateError::Damaged { path } => write!(
                f,
                "{} is empty or damaged; delete it to have a new one made (for the callback token: then the \
                 callback URL changes)",
                path.display()
            ),
            StateError::Token => write!(
                f,
                "`callback_token` must be \"auto\", \"off\", or up to {MAX_CHARACTERS} letters, digits and - . _ ~"
            ),
            StateError::Randomness => f.write_str("the system has no randomness to make a callback token of"),
        }
    }
}

impl std::error::Error for StateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StateError::Io { source, .. } | StateError::Announced { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// The token as `callback_token` asks for it: made once and kept in `state_dir`, the operator's own, or none.
///
/// # Errors
/// [`StateError`] when it cannot be kept or read, or cannot be part of a URL.
pub fn token(config: &CallbackToken, state_dir: &Path) -> Result<Option<Secret>, StateError> {
    match config {
        CallbackToken::Off => Ok(None),
        CallbackToken::Auto => kept(state_dir, "callback_token", "").map(|token| Some(Secret::new(token))),
        CallbackToken::Fixed(token) => {
            let text = token.expose();
            let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            let segment = !matches!(text, "" | "." | "..") && text.len() <= MAX_CHARACTERS;
            if segment && text.bytes().all(unreserved) {
                Ok(Some(token.clone()))
            } else {
                Err(StateError::Token)
            }
        }
    }
}

/// The URL that the cloud is given: the configured one, and the token as its last segment.
pub fn whole(configured: &str, token: Option<&Secret>) -> String {
    let base = configured.trim_end_matches('/');
    token.map_or_else(|| base.to_owned(), |token| format!("{base}/{}", token.expose()))
}

/// A value that is made once, of `prefix` and random characters, and found again at every later start.
///
/// # Errors
/// [`StateError`] when it cannot be kept, or when what is there is not what was kept.
pub fn kept(state_dir: &Path, name: &str, prefix: &str) -> Result<String, StateError> {
    let path = state_dir.join(name);
    match read(&path) {
        Ok(Some(text)) => {
            let text = text.trim();
            let legible = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            let whole = (MIN_CHARACTERS..=MAX_CHARACTERS).contains(&text.len());
            if whole && text.bytes().all(legible) {
                Ok(text.to_owned())
            } else {
                Err(StateError::Damaged { path })
            }
        }
        Ok(None) => {
            let value = format!("{prefix}{}", random()?);
            match keep(state_dir, &path, &value) {
                Ok(()) => Ok(value),
                Err(source) => Err(StateError::Io { path, source }),
            }
        }
        Err(source) if source.kind() == io::ErrorKind::InvalidData => Err(StateError::Damaged { path }),
        Err(source) => Err(StateError::Io { path, source }),
    }
}

fn random() -> Result<String, StateError> {
    let mut bytes = [0u8; TOKEN_BYTES];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes)
        .map_err(|_| StateError::Randomness)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

fn read(path: &Path) -> io::Result<Option<String>> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    // One more than allowed shows that it is too long.
    file.take(MAX_CHARACTERS as u64 + 2).read_to_string(&mut text)?;
    Ok(Some(text))
}

/// Written beside and renamed: after a power cut there is the whole value or none.
fn keep(state_dir: &Path, path: &Path, value: &str) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(state_dir)?;
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let written = (|| {
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        writeln!(file, "{value}")?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    })();
    if written.is_err() {
        // What is left of a failed attempt would only confuse.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// Tells bots the URL: writes `<temporary folder>/s2s/s2s_callback_url.json`, then prints it on standard output, so
/// that whoever waits for the line finds the file.
///
/// # Errors
/// When the file cannot be written safely; the URL has been printed then, and the agent works without the file.
pub fn announce(url: &str) -> Result<PathBuf, StateError> {
    let written = write_file(url, &std::env::temp_dir());
    // A closed standard output is the reader's choice.
    let _ = writeln!(io::stdout().lock(), "{url}");
    written
}

/// The folder is shared by all users of the machine, so whatever stands in our place is distrusted: a folder
/// that is a symlink or another user's is refused, and the file is made beside and renamed over what was there.
fn write_file(url: &str, temporary: &Path) -> Result<PathBuf, StateError> {
    let folder = temporary.join(FOLDER);
    let path = folder.join(FILE);
    let written = own_folder(&folder).and_then(|directory| {
        let beside = format!(".{FILE}.{}", std::process::id());
        // Left behind by a process that had our id.
        let _ = rustix::fs::unlinkat(&directory, &beside, AtFlags::empty());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&directory, &beside, flags, Mode::RUSR | Mode::WUSR)?;
        let mut document = b"{\"callback_url\": ".to_vec();
        json::quote_into(url, &mut document);
        document.extend_from_slice(b"}\n");
        std::fs::File::from(file).write_all(&document)?;
        Ok(rustix::fs::renameat(&directory, &beside, &directory, FILE)?)
    });
    match written {
        Ok(()) => Ok(path),
        Err(source) => Err(StateError::Announced { path, source }),
    }
}

fn own_folder(folder: &Path) -> io::Result<OwnedFd> {
    match rustix::fs::mkdir(folder, Mode::RWXU) {
        Ok(()) | Err(rustix::io::Errno::EXIST) => {}
        Err(error) => return Err(error.into()),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = rustix::fs::openat(CWD, folder, flags, Mode::empty())?;
    let status = rustix::fs::fstat(&directory)?;
    if status.st_uid != rustix::process::geteuid().as_raw() {
        let owner = status.st_uid;
        return Err(io::Error::other(format!("{} belongs to another user (id {owner})", folder.display())));
    }
    let mode = Mode::from_raw_mode(status.st_mode);
    if mode.intersects(Mode::WGRP | Mode::WOTH) {
        rustix::fs::fchmod(&directory, mode & !(Mode::WGRP | Mode::WOTH))?;
    }
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A folder of its own for each test, removed at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("rainbow-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            std::fs::create_dir_all(&path).expect("a folder");
            Folder(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).expect("metadata").permissions().mode() & 0o777
    }

    #[test]
    fn a_token_is_made_once_and_kept_for_this_user_alone() {
        let folder = Folder::new("kept");
        let state = folder.0.join("a/b");
        let first = token(&CallbackToken::Auto, &state).expect("made").expect("one");
        assert_eq!(first.expose().len(), 32);
        assert_eq!((mode(&state), mode(&state.join("callback_token"))), (0o700, 0o600));
        assert_eq!(token(&CallbackToken::Auto, &state).expect("found"), Some(first));
        assert_eq!(std::fs::read_dir(&state).expect("listed").count(), 1);
    }

    #[test]
    fn what_is_not_a_token_is_refused() {
        let folder = Folder::new("damaged");
        for text in ["", "\n", "short", "0123456789012345678901/..", "0123456789 123456789012", "\u{0}"] {
            std::fs::write(folder.0.join("callback_token"), text).expect("written");
            let error = token(&CallbackToken::Auto, &folder.0).expect_err(text).to_string();
            assert!(error.contains("callback_token is empty or damaged"), "{error}");
        }
        std::fs::write(folder.0.join("callback_token"), [b'a'; 300]).expect("written");
        assert!(token(&CallbackToken::Auto, &folder.0).is_err());
        std::fs::write(folder.0.join("callback_token"), [0xff; 30]).expect("written");
        assert!(matches!(token(&CallbackToken::Auto, &folder.0), Err(StateError::Damaged { .. })));
        std::fs::remove_file(folder.0.join("callback_token")).expect("removed");
        std::fs::create_dir(folder.0.join("callback_token")).expect("made");
        assert!(matches!(token(&CallbackToken::Auto, &folder.0), Err(StateError::Io { .. })));
        let nowhere = Path::new("/proc/nowhere");
        assert!(matches!(token(&CallbackToken::Auto, nowhere), Err(StateError::Io { .. })));
    }

    #[test]
    fn the_operators_own_token_and_none() {
        let check = |text: &str, good: bool| {
            let told = token(&CallbackToken::Fixed(Secret::new(text)), Path::new("/nonexistent"));
            assert_eq!(told.is_ok(), good, "{text}");
        };
        check("my-own.token_~1", true);
        for bad in ["", ".", "..", "a/b", "a b", "a?b", "\u{e9}"] {
            check(bad, false);
        }
        assert_eq!(token(&CallbackToken::Off, Path::new("/nonexistent")).expect("none"), None);
    }

    #[test]
    fn the_whole_url() {
        let check = |configured: &str, token: Option<&str>, whole_url: &str| {
            assert_eq!(whole(configured, token.map(Secret::new).as_ref()), whole_url);
        };
        check("https://bot.example.org/s2s/", Some("t"), "https://bot.example.org/s2s/t");
        check("https://bot.example.org", Some("t"), "https://bot.example.org/t");
        check("https://bot.example.org/", None, "https://bot.example.org");
    }

    #[test]
    fn the_file_for_bots() {
        let folder = Folder::new("announced");
        for url in ["https://one.example.org/t", "https://two.example.org/t"] {
            let path = write_file(url, &folder.0).expect("written");
            let text = std::fs::read_to_string(&path).expect("read");
            assert_eq!(text, format!("{{\"callback_url\": \"{url}\"}}\n"));
            assert_eq!((mode(&folder.0.join("s2s")), mode(&path)), (0o700, 0o600));
            assert_eq!(std::fs::read_dir(folder.0.join("s2s")).expect("listed").count(), 1);
        }
    }

    #[test]
    fn symlinks_in_the_files_place_are_not_followed() {
        let folder = Folder::new("symlinks");
        let victim = folder.0.join("victim");
        std::fs::write(&victim, "precious").expect("written");
        std::fs::create_dir(folder.0.join("s2s")).expect("made");
        std::fs::set_permissions(folder.0.join("s2s"), std::fs::Permissions::from_mode(0o777)).expect("set");
        let path = folder.0.join("s2s").join(FILE);
        std::os::unix::fs::symlink(&victim, &path).expect("linked");
        write_file("https://bot.example.org", &folder.0).expect("written");
        assert_eq!(std::fs::read_to_string(&victim).expect("read"), "precious");
        assert!(std::fs::symlink_metadata(&path).expect("there").is_file());
        assert_eq!(mode(&folder.0.join("s2s")), 0o755);

        let elsewhere = Folder::new("elsewhere");
        std::os::unix::fs::symlink(folder.0.join("s2s"), elsewhere.0.join("s2s")).expect("linked");
        let refused = write_file("https://b.example.org", &elsewhere.0).expect_err("refused").to_string();
        assert!(refused.contains("TMPDIR") && !refused.contains("state_dir"), "{refused}");
    }
}
