//! The listener's certificate and key: read from PEM files, swapped when renewed.
//!
//! TLS 1.2 and 1.3 on ring, ALPN `http/1.1`. A renewal is noticed by itself: when a connection comes in and the
//! last look is a minute ago, the files' times are looked at. What cannot be loaded is said and the certificate in
//! use stays, so a half-written pair costs nothing but a log line a minute.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{InconsistentKeys, ServerConfig};

use crate::config::TlsFiles;

/// How often the files' times are looked at.
const LOOK: Duration = Duration::from_secs(60);

/// Why certificate and key cannot be used; names the file.
#[derive(Debug)]
pub enum TlsError {
    /// The file cannot be read.
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file does not hold what it should.
    Content {
        /// The file.
        file: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// Each is sound, but they are not of one pair.
    Mismatch {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        cert: PathBuf,
    },
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TlsError::Read { file, source } => write!(f, "cannot read {}: {source}", file.display()),
            TlsError::Content { file, reason } => write!(f, "{}: {reason}", file.display()),
            TlsError::Mismatch { key, cert } => {
                write!(
                    f,
                    "the private key in {} is not that of the certificate in {}",
                    key.display(),
                    cert.display()
                )
            }
        }
    }
}

impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            TlsError::Read { source, .. } => Some(source),
            TlsError::Content { .. } | TlsError::Mismatch { .. } => None,
        }
    }
}

/// The configuration in use and the files it came from.
#[derive(Debug)]
pub(crate) struct Tls {
    files: TlsFiles,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    config: Arc<ServerConfig>,
    /// When the files were written that `config` was made of.
    written: Option<(SystemTime, SystemTime)>,
    looked: Instant,
}

impl Tls {
    pub(crate) fn load(files: &TlsFiles) -> Result<Tls, TlsError> {
        // The times are taken first: a file that is replaced meanwhile is noticed at the next look.
        let written = times(files);
        let config = read(files)?;
        let current = Mutex::new(Current { config, written, looked: Instant::now() });
        Ok(Tls { files: files.clone(), current })
    }

    /// What a new connection uses; looks for renewed files now and then.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.looked.elapsed() >= LOOK {
            current.looked = Instant::now();
            let written = times(&self.files);
            if written.is_some() && written != current.written {
                match read(&self.files) {
                    Ok(config) => {
                        log::info!(target: "webhook", "the renewed certificate is in use");
                        (current.config, current.written) = (config, written);
                    }
                    Err(error) => {
                        log::warn!(target: "webhook", "the renewed certificate is not used: {error}")
                    }
                }
            }
        }
        Arc::clone(&current.config)
    }

    /// Reads the files again; on an error the configuration in use stays.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        let written = times(&self.files);
        let config = read(&self.files)?;
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        (current.config, current.written, current.looked) = (config, written, Instant::now());
        Ok(())
    }
}

fn times(files: &TlsFiles) -> Option<(SystemTime, SystemTime)> {
    let written = |file: &Path| fs::metadata(file).and_then(|about| about.modified()).ok();
    Some((written(&files.key)?, written(&files.cert)?))
}

fn read(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = certificates(&files.cert)?;
    let key = private_key(&files.key)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let unusable = |error: rustls::Error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            TlsError::Mismatch { key: files.key.clone(), cert: files.cert.clone() }
        }
        rustls::Error::InvalidCertificate(error) => TlsError::Content {
            file: files.cert.clone(),
            reason: format!("the certificate is not usable: {error}"),
        },
        error => TlsError::Content {
            file: files.key.clone(),
            reason: format!("the private key is not usable: {error}"),
        },
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let content = |reason: String| TlsError::Content { file: file.to_owned(), reason };
    let text = contents(file)?;
    let chain: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.map_err(|error| content(format!("not sound PEM: {error}")))?;
    if chain.is_empty() {
        return Err(content("no certificate in it: a PEM block BEGIN CERTIFICATE is needed".to_owned()));
    }
    Ok(chain)
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = contents(file)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
        let holds = |mark: &[u8]| text.windows(mark.len()).any(|part| part == mark);
        let reason = match error {
            _ if holds(b"BEGIN ENCRYPTED PRIVATE KEY") || holds(b"Proc-Type: 4,ENCRYPTED") => {
                "the private key is encrypted: store it without a passphrase".to_owned()
            }
            pem::Error::NoItemsFound => {
                "no private key in it: a PEM block BEGIN PRIVATE KEY (or RSA or EC PRIVATE KEY) is needed"
                    .to_owned()
            }
            error => format!("not sound PEM: {error}"),
        };
        TlsError::Content { file: file.to_owned(), reason }
    })
}

fn contents(file: &Path) -> Result<Vec<u8>, TlsError> {
    let text = fs::read(file).map_err(|source| TlsError::Read { file: file.to_owned(), source })?;
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err(TlsError::Content { file: file.to_owned(), reason: "it is empty".to_owned() });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renew(files: &TlsFiles) {
        let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("pair");
        fs::write(&files.key, pair.signing_key.serialize_pem()).expect("key");
        fs::write(&files.cert, pair.cert.pem()).expect("certificate");
        // Files written within one tick of the clock would have the same times.
        let later = SystemTime::now() + Duration::from_secs(5);
        let file = fs::File::options().write(true).open(&files.cert).expect("file");
        file.set_modified(later).expect("time");
    }

    #[test]
    fn renewed_files_are_noticed_once_the_pause_is_over() {
        let folder = std::env::temp_dir().join(format!("webhook-renewal-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("folder");
        let files = TlsFiles { key: folder.join("key.pem"), cert: folder.join("cert.pem") };
        renew(&files);
        let tls = Tls::load(&files).expect("loaded");
        let first = tls.config();
        let pause_is_over = || {
            let Some(then) = Instant::now().checked_sub(LOOK) else { return false };
            tls.current.lock().expect("lock").looked = then;
            true
        };
        fs::write(&files.cert, "").expect("half written");
        assert!(Arc::ptr_eq(&first, &tls.config()), "not looked at yet");
        if pause_is_over() {
            assert!(Arc::ptr_eq(&first, &tls.config()), "what cannot be used is not");
            renew(&files);
            assert!(pause_is_over() && !Arc::ptr_eq(&first, &tls.config()), "renewed");
        }
        fs::remove_dir_all(&folder).expect("removed");
    }
}
