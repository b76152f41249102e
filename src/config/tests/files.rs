//! Files: the certificates that are named, who may read the configuration, and what is no configuration at all.

use super::*;

#[test]
fn certificates_are_looked_for_beside_the_file_then_in_appdir() {
    let text = with(&format!(
        r#""appdir":"app",{}"#,
        r#""rainbow_notification_service":{"endpoint":"ngrok","ngrok":{"proto":"https"},"sdkrouter":{"protocol":"https","certificates":{"key":"tls/key.pem","cert":"tls/cert.pem"}}}"#
    ));
    let path = file(&text);
    let folder = path.parent().expect("a folder");
    let found = load(&path, &home()).expect_err("no files").to_string();
    let both = format!("no file at {0}/tls/key.pem, nor at {0}/app/tls/key.pem", folder.display());
    assert!(found.contains(&both), "{found}");
    std::fs::create_dir_all(folder.join("app/tls")).expect("folder");
    std::fs::create_dir_all(folder.join("tls")).expect("folder");
    std::fs::write(folder.join("app/tls/key.pem"), "k").expect("file");
    std::fs::write(folder.join("app/tls/cert.pem"), "c").expect("file");
    std::fs::write(folder.join("tls/cert.pem"), "c").expect("file");
    std::fs::set_permissions(folder.join("app/tls/key.pem"), std::fs::Permissions::from_mode(0o644))
        .expect("mode");
    let loaded = load(&path, &home()).expect("files are there");
    assert!(
        loaded
            .warnings
            .iter()
            .any(|warning| warning.contains("app/tls/key.pem: the private key may be read"))
    );
    let tls = loaded.config.webhook.tls.expect("https");
    assert_eq!((tls.key, tls.cert), (folder.join("app/tls/key.pem"), folder.join("tls/cert.pem")));
}

#[test]
fn a_file_of_secrets_that_others_may_read_warns() {
    let check = |text: &str, mode: u32, warns: bool| {
        let path = file(text);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("permissions");
        let given = home().with("RAINBOW_LOGIN", "l").with("RAINBOW_PASSWORD", "p");
        let given = given.with("RAINBOW_APP_ID", "a").with("RAINBOW_APP_SECRET", "s");
        let warnings = load(&path, &given).expect("good").warnings;
        let told =
            warnings.iter().any(|warning| warning.contains(&format!("run: chmod 600 {}", path.display())));
        assert_eq!(told, warns, "{text} {mode:o} {warnings:?}");
    };
    check(&with(""), 0o600, false);
    check(&with(""), 0o400, false);
    check(&with(""), 0o640, true);
    check(&with(""), 0o604, true);
    check(r#"{"rainbow":{"host":"official"},"callback_token":"auto"}"#, 0o644, false);
    check(r#"{"callback_token":"0123456789abcdef"}"#, 0o644, true);
    check(r#"{"proxy":{"host":"h","password":"p"}}"#, 0o644, true);
    check(r#"{"credentials":{"login":"<login>","password":"<password>"}}"#, 0o644, false);
}

#[test]
fn no_file_makes_the_loader_panic() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/agent.json");
    let text = std::fs::read(example).expect("example");
    let path = folder().join("c.json");
    let check = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("temporary file");
        if let Err(error) = load(&path, &home()) {
            assert!(!error.to_string().is_empty());
        }
    };
    for at in (0..text.len()).step_by(11) {
        check(&text[..at]);
        for byte in [b'"', b'{', b'\n', 0xC3, b'9'] {
            let mut changed = text.clone();
            changed[at] = byte;
            check(&changed);
        }
    }
}
