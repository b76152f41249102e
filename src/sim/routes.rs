//! Which path is which operation. Written from the contract by hand, not taken from the generated table, so that
//! a mistake in the swagger shows as a call to an unknown operation.

/// The authentication portal's base path.
const AUTH: &str = "/api/rainbow/authentication/v1.0";

/// The S2S portal's base path.
const S2S: &str = "/api/rainbow/ucs/v1.0";

/// Operation, method, base path, rest of the path; `*` is a parameter.
const ROUTES: [(&str, &str, &str, &str); 24] = [
    ("getBasicLogin", "GET", AUTH, "/login"),
    ("getRenew", "GET", AUTH, "/renew"),
    ("getApiRainbowAuthenticationV10Validator", "GET", AUTH, "/validator"),
    ("getLogout", "GET", AUTH, "/logout"),
    ("connectionCreate", "POST", S2S, "/connections"),
    ("connectionIndex", "GET", S2S, "/connections"),
    ("connectionShow", "GET", S2S, "/connections/*"),
    ("connectionHead", "HEAD", S2S, "/connections/*"),
    ("connectionDelete", "DELETE", S2S, "/connections/*"),
    ("conversationCreate", "POST", S2S, "/connections/*/conversations"),
    ("conversationIndex", "GET", S2S, "/connections/*/conversations"),
    ("conversationShow", "GET", S2S, "/connections/*/conversations/*"),
    ("conversationDelete", "DELETE", S2S, "/connections/*/conversations/*"),
    ("conversationChatstate", "PUT", S2S, "/connections/*/conversations/*/chatstate/*"),
    ("messageCreate", "POST", S2S, "/connections/*/conversations/*/messages"),
    ("messageIndex", "GET", S2S, "/connections/*/conversations/*/messages"),
    ("messageDeleteAll", "DELETE", S2S, "/connections/*/conversations/*/messages"),
    ("messageReceivedReceipt", "PUT", S2S, "/connections/*/conversations/*/messages/*/received"),
    ("messageReadReceipt", "PUT", S2S, "/connections/*/conversations/*/messages/*/read"),
    ("presenceShow", "GET", S2S, "/connections/*/presences/*"),
    ("presenceUpdate", "PUT", S2S, "/connections/*/presences"),
    ("roomJoin", "POST", S2S, "/connections/*/rooms/*/join"),
    ("ping", "GET", "/api/rainbow", "/ping"),
    ("ping", "HEAD", "/api/rainbow", "/ping"),
];

/// The name under which calls to no known path are recorded.
pub(super) const UNKNOWN: &str = "unknown";

/// The operation and its parameters, or [`UNKNOWN`].
pub(super) fn find<'a>(method: &str, path: &'a str) -> (&'static str, Vec<&'a str>) {
    let found = ROUTES.iter().find_map(|(operation, wanted, base, template)| {
        let rest = if *wanted == method { path.strip_prefix(base)? } else { return None };
        Some((*operation, parameters(template, rest)?))
    });
    found.unwrap_or((UNKNOWN, Vec::new()))
}

fn parameters<'a>(template: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let (mut wanted, mut segments, mut found) = (template.split('/'), path.split('/'), Vec::new());
    loop {
        match (wanted.next(), segments.next()) {
            (None, None) => return Some(found),
            (Some("*"), Some(segment)) if !segment.is_empty() => found.push(segment),
            (Some(wanted), Some(segment)) if wanted == segment => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, path: &str, operation: &str, parameters: &[&str]) {
        assert_eq!(find(method, path), (operation, parameters.to_vec()), "{method} {path}");
    }

    #[test]
    fn paths_are_operations() {
        check("GET", "/api/rainbow/authentication/v1.0/login", "getBasicLogin", &[]);
        check("POST", "/api/rainbow/ucs/v1.0/connections", "connectionCreate", &[]);
        check("HEAD", "/api/rainbow/ucs/v1.0/connections/a", "connectionHead", &["a"]);
        let receipt = "/api/rainbow/ucs/v1.0/connections/a/conversations/b/messages/c/read";
        check("PUT", receipt, "messageReadReceipt", &["a", "b", "c"]);
        check("GET", receipt, UNKNOWN, &[]);
        check("GET", "/api/rainbow/ucs/v1.0/connections/", UNKNOWN, &[]);
        check("GET", "/api/rainbow/ucs/v1.0/connections/a/", UNKNOWN, &[]);
        check("GET", "/", UNKNOWN, &[]);
    }
}
