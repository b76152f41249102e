//! What is given besides the file.

use super::*;

#[test]
fn the_environment_wins_then_named_files_then_systemd_then_the_file() {
    let folder = folder();
    let secret = folder.join("secret");
    std::fs::write(&secret, "from file \n").expect("secret");
    let credentials = folder.join("credentials");
    std::fs::create_dir(&credentials).expect("folder");
    std::fs::write(credentials.join("rainbow_password"), "from systemd\r\n").expect("credential");
    std::fs::write(credentials.join("rainbow-app-id"), "dashed").expect("credential");
    std::fs::write(credentials.join("RAINBOW_LOGIN"), "upper").expect("credential");
    let account =
        |environment: &Environment| loaded(&with(""), environment).config.account.expect("bot mode");
    let systemd = home().with("CREDENTIALS_DIRECTORY", &credentials);
    let found = account(&systemd);
    assert_eq!(
        (found.password.expose(), found.app_id.as_str(), found.login.as_str()),
        ("from systemd", "dashed", "upper")
    );
    assert_eq!(found.app_secret.expose(), "s3cret");
    let named = systemd.with("RAINBOW_PASSWORD_FILE", &secret);
    assert_eq!(account(&named).password.expose(), "from file ");
    assert_eq!(account(&named.clone().with("RAINBOW_PASSWORD", "")).password.expose(), "from file ");
    let plain = home().with("CREDENTIALS_DIRECTORY", &credentials).with("RAINBOW_PASSWORD", "from variable");
    assert_eq!(account(&plain).password.expose(), "from variable");
    let ports = home().with("PORT", "9443").with("SERVER_PROTO", "HTTP");
    assert_eq!(loaded(&with(""), &ports).config.webhook.port, 9443);
}

#[test]
fn mistakes_of_the_environment_are_told() {
    let folder = folder();
    std::fs::write(folder.join("empty"), "\n").expect("file");
    let check = |environment: Environment, part: &str| {
        let found = problem_of(&with(""), &environment);
        assert!(found.contains(part), "{part:?} not in\n{found}");
        assert!(!found.contains("hunter"), "{found}");
    };
    let password = home().with("RAINBOW_PASSWORD", "hunter3");
    check(
        password.with("RAINBOW_PASSWORD_FILE", "/x"),
        "RAINBOW_PASSWORD and RAINBOW_PASSWORD_FILE: both are set",
    );
    check(
        home().with("RAINBOW_LOGIN_FILE", "/no/such"),
        "environment variable RAINBOW_LOGIN_FILE: cannot read /no/such",
    );
    check(home().with("RAINBOW_LOGIN_FILE", folder.join("empty")), "is empty");
    check(
        home().with("PORT", "http"),
        "environment variable PORT: found \"http\", must be a whole number from 0 to 65535",
    );
    check(home().with("SERVER_PROTO", "spdy"), "environment variable SERVER_PROTO: found \"spdy\"");
    check(
        home().with("SSL_CERT_FILE", "/no/such"),
        "environment variable SSL_CERT_FILE: no file at /no/such",
    );
    check(home().with("HTTPS_PROXY", "socks5://u:hunter2@x"), "environment variable HTTPS_PROXY: SOCKS");
    check(home().with("RAINBOW_LOGIN", "a:b"), "no colon");
    check(Environment::default(), "state_dir: has no default here");
}

#[test]
fn the_state_folder_follows_the_service_manager_and_the_user() {
    let check = |environment: Environment, expected: &str| {
        assert_eq!(loaded(&with(""), &environment).config.state_dir, Path::new(expected));
    };
    check(home().with("XDG_STATE_HOME", "/x"), "/x/rainbow-s2s-agent");
    check(home().with("XDG_STATE_HOME", "relative"), "/home/bot/.local/state/rainbow-s2s-agent");
    check(
        home().with("XDG_STATE_HOME", "/x").with("STATE_DIRECTORY", "/var/lib/agent:/var/lib/more"),
        "/var/lib/agent",
    );
}
