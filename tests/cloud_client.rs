//! The REST client against sockets that answer as they are told: what it sends, whom it trusts, what it refuses.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rainbow_s2s_agent::cloud::{Account, Client, Error, SetupError, api};
use rainbow_s2s_agent::config::{self, Secret};

const PASSWORD: &str = "Pa55-w\u{f6}rd";
const SHOW: &str =
    "HTTP/1.1 200 OK\r\nContent-Length: 46\r\n\r\n{\"data\":{\"id\":\"1\",\"callback_url\":\"https://b\"}} ";

fn account(host: String) -> config::Account {
    config::Account {
        host,
        login: "bot@example.org".into(),
        password: Secret::new(PASSWORD),
        app_id: "app".into(),
        app_secret: Secret::new("S3cret-of-the-app"),
        ca_file: None,
        proxy: None,
        no_proxy: Vec::new(),
    }
}

/// One request as it came: request line and headers in lower case names, and the body.
#[derive(Debug)]
struct Request {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    fn read(stream: &mut BufReader<impl Read>) -> Option<Request> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let mut lines = lines.into_iter();
        let line = lines.next()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| {
                let (name, value) = line.split_once(':')?;
                Some((name.to_ascii_lowercase(), value.trim().to_owned()))
            })
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().expect("a length"))];
        stream.read_exact(&mut body).ok()?;
        Some(Request { line, headers, body: String::from_utf8(body).ok()? })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Answers every connection's requests with `answer`, and hands the requests over.
fn serve(answer: &'static str) -> (String, mpsc::Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, requests) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            while let Some(request) = Request::read(&mut reader) {
                let _ = reader.get_mut().write_all(answer.as_bytes());
                if sender.send(request).is_err() {
                    return;
                }
            }
        }
    });
    (url, requests)
}

fn next(requests: &mpsc::Receiver<Request>) -> Request {
    requests.recv_timeout(Duration::from_secs(10)).expect("a request")
}

fn show(client: &Client) -> Result<Option<String>, Error> {
    let token = Secret::new("a.b.c");
    api::connection_show(&mut client.with(Some(&token)), "1").map(|connection| connection.id)
}

#[test]
fn a_sign_in_carries_both_headers() {
    let (url, requests) = serve("HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{\"token\":\"a.b.c\"}");
    let client = Client::new(&account(url)).expect("a client");
    let answer = api::get_basic_login(&mut client.with(None)).expect("signed in");
    assert_eq!(answer.token.as_deref(), Some("a.b.c"));
    let request = next(&requests);
    assert_eq!(request.line, "GET /api/rainbow/authentication/v1.0/login HTTP/1.1");
    assert_eq!(request.header("authorization"), Some("Basic Ym90QGV4YW1wbGUub3JnOlBhNTUtd8O2cmQ="));
    let key = request.header("x-rainbow-app-auth").and_then(|value| value.strip_prefix("Basic "));
    let key = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, key.expect("a key")).expect("base64");
    // printf '%s' 'S3cret-of-the-appPa55-wörd' | sha256sum
    let digest =
        ring::digest::digest(&ring::digest::SHA256, format!("S3cret-of-the-app{PASSWORD}").as_bytes());
    let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(String::from_utf8(key).expect("text"), format!("app:{hex}"));
    assert_eq!(request.header("x-rainbow-client"), Some("sdk_node"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert!(request.header("user-agent").expect("one").starts_with("rainbow-s2s-agent/"));
}

#[test]
fn other_calls_carry_the_token_and_a_length() {
    let (url, requests) = serve("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    let client = Client::new(&account(format!("{url}/"))).expect("a client");
    let token = Secret::new("a.b.c");
    api::room_join(&mut client.with(Some(&token)), "c 1", "r/2").expect("joined");
    let request = next(&requests);
    assert_eq!(request.line, "POST /api/rainbow/ucs/v1.0/connections/c%201/rooms/r%2F2/join HTTP/1.1");
    assert_eq!(request.header("authorization"), Some("Bearer a.b.c"));
    assert_eq!((request.header("content-length"), request.header("x-rainbow-app-auth")), (Some("0"), None));
    let mut body = api::ConnectionCreate::default();
    body.connection.callback_url = "https://bot.example.org".into();
    let _ = api::connection_create(&mut client.with(Some(&token)), &body);
    let request = next(&requests);
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.body, r#"{"connection":{"callback_url":"https://bot.example.org"}}"#);
}

#[test]
fn nothing_is_sent_without_a_token_or_against_the_contract() {
    let (url, requests) = serve("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    let client = Client::new(&account(url)).expect("a client");
    assert_eq!(api::connection_index(&mut client.with(None)).err(), Some(Error::SignedOut));
    let token = Secret::new("a\r\nb");
    let broken = api::connection_index(&mut client.with(Some(&token))).err();
    assert!(matches!(broken, Some(Error::Contract { .. })), "{broken:?}");
    let token = Secret::new("a.b.c");
    let mut body = api::PresenceUpdate::default();
    body.presence.get_or_insert_default().show = Some("busy".into());
    let broken = api::presence_update(&mut client.with(Some(&token)), "1", &body).err();
    assert!(
        matches!(broken, Some(Error::Contract { ref pointer, .. }) if pointer == "/presence/show"),
        "{broken:?}"
    );
    assert!(requests.recv_timeout(Duration::from_millis(50)).is_err());
}

#[test]
fn roles_without_the_session_cannot_sign_in() {
    let (url, requests) = serve("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    let mut account = Account::new(&account(url)).expect("an account");
    assert_eq!(api::get_basic_login(&mut account).err(), Some(Error::SignedOut));
    assert!(requests.recv_timeout(Duration::from_millis(50)).is_err());
}

#[test]
fn a_redirect_is_not_followed() {
    let (elsewhere, strangers) = serve(SHOW);
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: {elsewhere}/\r\nContent-Length: 0\r\n\r\n");
    let (url, _requests) = serve(answer.leak());
    let client = Client::new(&account(url)).expect("a client");
    let error = show(&client).expect_err("not followed");
    assert!(matches!(error, Error::Status { status: 302, .. }), "{error:?}");
    assert!(strangers.recv_timeout(Duration::from_millis(50)).is_err());
}

#[test]
fn the_clouds_words_lose_our_secrets() {
    let body = format!(r#"{{"errorCode":500,"errorMsg":"{PASSWORD} a.b.c S3cret-of-the-app"}}"#);
    let answer = format!("HTTP/1.1 500 No\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let (url, _requests) = serve(answer.leak());
    let client = Client::new(&account(url)).expect("a client");
    let shown = format!("{:?}", show(&client).expect_err("refused"));
    assert!(shown.contains("<secret> <secret> <secret>"), "{shown}");
    assert!(!format!("{client:?}").contains("Basic"));
}

#[test]
fn an_answer_without_end_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().expect("a client").0);
        Request::read(&mut stream);
        let stream = stream.get_mut();
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
        while stream.write_all(chunk.as_bytes()).is_ok() {}
    });
    let client = Client::new(&account(url)).expect("a client");
    let error = show(&client).expect_err("too long");
    assert!(matches!(error, Error::Answer { .. }), "{error:?}");
}

#[test]
fn an_answer_that_drips_ends_with_the_call() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().expect("a client").0);
        Request::read(&mut stream);
        let stream = stream.get_mut();
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while stream.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let client = Client::new(&account(url)).expect("a client").separate(Duration::from_millis(500));
    let started = Instant::now();
    let error = show(&client).expect_err("too slow");
    assert!(matches!(error, Error::Network { .. }), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn an_interrupted_call_returns_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let client = Client::new(&account(url)).expect("a client");
    let caller = client.clone();
    let call = std::thread::spawn(move || (show(&caller), show(&caller)));
    let mut stream = BufReader::new(listener.accept().expect("a client").0);
    Request::read(&mut stream).expect("a request");
    let started = Instant::now();
    client.interrupt();
    let (first, second) = call.join().expect("no panic");
    assert!(matches!(first, Err(Error::Network { .. })) && matches!(second, Err(Error::Network { .. })));
    assert!(started.elapsed() < Duration::from_secs(5));
}

/// A TLS server with a certificate of its own authority, whose PEM is returned.
fn serve_tls() -> (SocketAddr, String) {
    let key = rcgen::generate_simple_self_signed(vec!["localhost".into()]).expect("a certificate");
    let der = rustls::pki_types::PrivatePkcs8KeyDer::from(key.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], der.into())
        .expect("a configuration");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(config.clone()).expect("a connection");
            let mut reader = BufReader::new(rustls::StreamOwned::new(connection, stream));
            if Request::read(&mut reader).is_some() {
                let _ = reader.get_mut().write_all(SHOW.as_bytes());
            }
        }
    });
    (address, key.cert.pem())
}

struct TemporaryFile(std::path::PathBuf);

impl TemporaryFile {
    fn new(name: &str, text: &str) -> TemporaryFile {
        let path = std::env::temp_dir().join(format!("rainbow-{name}-{}.pem", std::process::id()));
        std::fs::write(&path, text).expect("written");
        TemporaryFile(path)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn only_known_authorities_are_trusted() {
    let (address, pem) = serve_tls();
    let mut account = account(format!("https://localhost:{}", address.port()));
    let error = show(&Client::new(&account).expect("a client")).expect_err("a stranger");
    assert!(error.to_string().contains("certificate"), "{error}");
    let roots = TemporaryFile::new("roots", &pem);
    account.ca_file = Some(roots.0.clone());
    assert_eq!(show(&Client::new(&account).expect("a client")), Ok(Some("1".into())));
    // The certificate is for another name.
    account.host = format!("https://127.0.0.1:{}", address.port());
    assert!(matches!(show(&Client::new(&account).expect("a client")), Err(Error::Network { .. })));
    let garbage =
        TemporaryFile::new("garbage", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n");
    account.ca_file = Some(garbage.0.clone());
    assert!(matches!(Client::new(&account), Err(SetupError::Roots { .. })));
}

/// A proxy that tunnels to where it is asked, once with credentials; it hands over the requests.
fn serve_proxy() -> (u16, mpsc::Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (sender, requests) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let Some(request) = Request::read(&mut reader) else { continue };
            let target = request.line.split(' ').nth(1).expect("a target").to_owned();
            let allowed = request.header("proxy-authorization") == Some("Basic dTpwQHNz");
            let _ = sender.send(request);
            let mut client = reader.into_inner();
            if !allowed {
                let _ = client
                    .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
                continue;
            }
            let mut server = TcpStream::connect(target).expect("a server");
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            let (mut up, mut down) =
                (client.try_clone().expect("a clone"), server.try_clone().expect("a clone"));
            std::thread::spawn(move || std::io::copy(&mut up, &mut server));
            std::thread::spawn(move || std::io::copy(&mut down, &mut client));
        }
    });
    (port, requests)
}

#[test]
fn the_proxy_is_used_and_no_proxy_is_honoured() {
    let (address, pem) = serve_tls();
    let roots = TemporaryFile::new("proxied", &pem);
    let (port, proxied) = serve_proxy();
    let mut account = account(format!("https://localhost:{}", address.port()));
    account.ca_file = Some(roots.0.clone());
    account.proxy = Some(Secret::new(format!("http://u:p%40ss@127.0.0.1:{port}")));
    assert_eq!(show(&Client::new(&account).expect("a client")), Ok(Some("1".into())));
    let request = next(&proxied);
    assert_eq!(request.line, format!("CONNECT localhost:{} HTTP/1.1", address.port()));
    assert!(!format!("{request:?}").contains("Bearer"), "the token is for the cloud alone");

    account.proxy = Some(Secret::new(format!("http://u:wrong-word@127.0.0.1:{port}")));
    let shown = show(&Client::new(&account).expect("a client")).expect_err("refused").to_string();
    assert!(shown.contains("407") && !shown.contains("wrong-word"), "{shown}");
    next(&proxied);

    account.no_proxy = vec!["example.org".into(), "localhost".into()];
    assert_eq!(show(&Client::new(&account).expect("a client")), Ok(Some("1".into())));
    assert!(proxied.recv_timeout(Duration::from_millis(50)).is_err());
}
