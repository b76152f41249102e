//! The listener over TLS: both versions, deadlines, renewed certificates, and errors that name the file.

mod webhook_support;

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rainbow_s2s_agent::config::{Limits, TlsFiles, Webhook};
use rainbow_s2s_agent::webhook::bind;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned, SupportedProtocolVersion,
};
use webhook_support::{PATIENCE, Raw, connect, limits, start, start_with, stop, wait_for};

const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("webhook-tls-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("folder");
        Folder(path)
    }

    fn files(&self) -> TlsFiles {
        TlsFiles { key: self.0.join("key.pem"), cert: self.0.join("cert.pem") }
    }

    /// Writes a new pair; returns the certificate.
    fn renew(&self) -> CertificateDer<'static> {
        let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("pair");
        fs::write(self.files().key, pair.signing_key.serialize_pem()).expect("key");
        fs::write(self.files().cert, pair.cert.pem()).expect("certificate");
        pair.cert.der().clone()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

type Client = Raw<StreamOwned<ClientConnection, TcpStream>>;

fn client(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
) -> Client {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = ServerName::try_from("localhost").expect("name");
    let session = ClientConnection::new(Arc::new(config), name).expect("session");
    let stream = TcpStream::connect(address).expect("connect");
    stream.set_read_timeout(Some(PATIENCE)).expect("time-out");
    Raw { stream: StreamOwned::new(session, stream), pending: Vec::new(), headless: false }
}

/// Whether a new connection is served with this certificate.
fn serves(address: SocketAddr, trusted: &CertificateDer<'static>) -> bool {
    let mut client = client(address, trusted, &rustls::version::TLS13);
    let handshaken = client.stream.conn.complete_io(&mut client.stream.sock).is_ok();
    handshaken && {
        client.send(GET);
        client.answer().status == 200
    }
}

#[test]
fn both_versions() {
    let folder = Folder::new("versions");
    let certificate = folder.renew();
    let (running, _) = start_with(limits(), Some(folder.files()));
    for (version, spoken) in [
        (&rustls::version::TLS12, ProtocolVersion::TLSv1_2),
        (&rustls::version::TLS13, ProtocolVersion::TLSv1_3),
    ] {
        let mut client = client(running.local_addr(), &certificate, version);
        client.send(GET.repeat(3));
        (0..3).for_each(|_| assert_eq!(client.answer().body, "GET:/:"));
        assert_eq!(client.stream.conn.protocol_version(), Some(spoken));
        assert_eq!(client.stream.conn.alpn_protocol(), Some(b"http/1.1".as_slice()));
        let body = "b".repeat(90_000);
        client.send(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n{body}"));
        assert_eq!(client.answer().body.len(), 90_007);
        for byte in GET.bytes() {
            client.send([byte]);
        }
        assert_eq!(client.answer().status, 200);
        client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(client.answer().body.len(), 200_000);
        client.send("nonsense\r\n");
        assert_eq!(client.answer().status, 400);
        assert_eq!(client.next(), None, "with close_notify: anything else would be an error");
    }
    stop(&running);
}

#[test]
fn handshakes_have_a_deadline() {
    let folder = Folder::new("deadline");
    let certificate = folder.renew();
    let times = Limits { head_time: Duration::from_secs(1), ..limits() };
    let (running, _) = start_with(times, Some(folder.files()));
    // The start of a ClientHello, then a byte now and then.
    let mut raw = connect(running.local_addr());
    raw.send([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);
    let mut writer = raw.stream.try_clone().expect("clone");
    std::thread::spawn(move || {
        while std::io::Write::write_all(&mut writer, &[0]).is_ok() {
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    assert_eq!(raw.rest(), []);
    // A head over TLS, cut off in the middle.
    let mut client = client(running.local_addr(), &certificate, &rustls::version::TLS13);
    client.send("GET / HTTP/1.1\r\n");
    assert_eq!(client.answer().status, 408);
    assert!(serves(running.local_addr(), &certificate));
    stop(&running);
}

#[test]
fn what_is_no_tls_is_closed() {
    let folder = Folder::new("plain");
    let certificate = folder.renew();
    let (running, service) = start_with(limits(), Some(folder.files()));
    for bytes in [GET.as_bytes(), &[0x16, 3, 1, 0xff, 0xff, 0, 0], &[0; 300], b"\x16\x03\x01\x00\x05hello"] {
        let mut stream = TcpStream::connect(running.local_addr()).expect("connect");
        stream.set_read_timeout(Some(PATIENCE)).expect("time-out");
        std::io::Write::write_all(&mut stream, bytes).expect("sent");
        stream.shutdown(std::net::Shutdown::Write).expect("end");
        // An alert or nothing, then the end, be it a reset.
        let mut got = Vec::new();
        let _end = std::io::Read::read_to_end(&mut stream, &mut got);
        assert!(!got.starts_with(b"HTTP/"), "{}", got.escape_ascii());
    }
    assert_eq!(service.served(), 0);
    wait_for("the failures to be counted", || running.counters().tls_failures.get() == 4);
    assert!(serves(running.local_addr(), &certificate));
    stop(&running);
}

#[test]
fn renewed_certificates() {
    let folder = Folder::new("renewed");
    let first = folder.renew();
    let (running, _) = start_with(limits(), Some(folder.files()));
    let address = running.local_addr();
    let mut kept = client(address, &first, &rustls::version::TLS13);
    kept.send(GET);
    assert_eq!(kept.answer().status, 200);
    let second = folder.renew();
    assert!(serves(address, &first), "nothing changes before the reload");
    running.reload_certificates().expect("reload");
    assert!(serves(address, &second) && !serves(address, &first));
    kept.send(GET);
    assert_eq!(kept.answer().status, 200, "open connections go on");
    // What cannot be used leaves all as it is.
    fs::write(folder.files().cert, "nonsense").expect("written");
    let error = running.reload_certificates().expect_err("no certificate").to_string();
    assert!(error.contains("cert.pem"), "{error}");
    assert!(serves(address, &second));
    drop(kept);
    stop(&running);
}

#[test]
fn without_tls_a_reload_is_nothing() {
    let (running, _) = start(limits());
    running.reload_certificates().expect("nothing to do");
    stop(&running);
}

#[test]
fn errors_name_the_file_and_what_is_wrong() {
    let folder = Folder::new("errors");
    let other = Folder::new("other");
    let check = |change: &dyn Fn(&TlsFiles), expected: &[&str]| {
        folder.renew();
        change(&folder.files());
        let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let config = Webhook { host, port: 0, tls: Some(folder.files()), limits: limits() };
        let error = bind(&config).expect_err("not usable").to_string();
        assert!(expected.iter().all(|part| error.contains(part)), "{error}");
    };
    let write = |file: &Path, text: &str| fs::write(file, text).expect("written");
    check(&|files| fs::remove_file(&files.key).expect("removed"), &["key.pem", "cannot read"]);
    check(&|files| fs::remove_file(&files.cert).expect("removed"), &["cert.pem", "cannot read"]);
    check(&|files| write(&files.key, " \n"), &["key.pem", "empty"]);
    check(&|files| write(&files.cert, ""), &["cert.pem", "empty"]);
    check(&|files| write(&files.key, "nonsense"), &["key.pem", "no private key"]);
    check(&|files| write(&files.cert, "nonsense"), &["cert.pem", "no certificate"]);
    check(
        &|files| assert!(fs::copy(&files.cert, &files.key).expect("copied") > 0),
        &["key.pem", "no private key"],
    );
    check(
        &|files| {
            write(
                &files.key,
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
            )
        },
        &["key.pem", "encrypted"],
    );
    check(
        &|files| write(&files.cert, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
        &["cert.pem"],
    );
    check(
        &|files| write(&files.cert, "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"),
        &["cert.pem", "PEM"],
    );
    check(
        &|files| write(&files.key, "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"),
        &["key.pem", "not usable"],
    );
    other.renew();
    check(
        &|files| assert!(fs::copy(other.files().key, &files.key).expect("copied") > 0),
        &["key.pem", "cert.pem", "not that of the certificate"],
    );
}
