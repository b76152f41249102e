//! What the build has written from the swagger files: tables and documents.

include!(concat!(env!("OUT_DIR"), "/contract.rs"));

/// The webhook's own OpenAPI 3.0 document.
pub const WEBHOOK_DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/webhook.json"));

/// The documentation of operations and callbacks, in Markdown.
pub const API_DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/api.md"));

#[cfg(test)]
mod tests {
    //! What holds whichever files the crate is built from, the vendor's included.

    use crate::contract::operation::{Location, Operation, Security};
    use crate::contract::{CALLBACKS, Mode, OPERATIONS, callback, check, operation};

    fn named(name: &str) -> &'static Operation {
        operation(name).unwrap_or_else(|| panic!("there is no operation {name}"))
    }

    #[test]
    fn every_operation_of_the_contract_is_there() {
        let check = |name: &str, method: &str, path: &str, success: u16| {
            let operation = named(name);
            let whole = match path.strip_prefix('=') {
                Some(path) => format!("/api/rainbow/authentication/v1.0/{path}"),
                None => format!("/api/rainbow/ucs/v1.0/connections{path}"),
            };
            assert_eq!((operation.method, operation.path), (method, whole.as_str()), "{name}");
            assert!(
                operation.responses.iter().any(|response| response.status == success),
                "{name}: {success}"
            );
        };
        let cv = "/{cnxId}/conversations";
        check("getBasicLogin", "GET", "=login", 200);
        check("getRenew", "GET", "=renew", 200);
        check("getApiRainbowAuthenticationV10Validator", "GET", "=validator", 200);
        check("getLogout", "GET", "=logout", 200);
        check("connectionCreate", "POST", "", 201);
        check("connectionIndex", "GET", "", 200);
        check("connectionShow", "GET", "/{id}", 200);
        check("connectionDelete", "DELETE", "/{id}", 204);
        check("conversationCreate", "POST", cv, 200);
        check("conversationIndex", "GET", cv, 200);
        check("conversationShow", "GET", &format!("{cv}/{{id}}"), 200);
        check("conversationDelete", "DELETE", &format!("{cv}/{{id}}"), 204);
        check("conversationChatstate", "PUT", &format!("{cv}/{{cvId}}/chatstate/{{state}}"), 202);
        check("messageCreate", "POST", &format!("{cv}/{{cvId}}/messages"), 200);
        check("messageIndex", "GET", &format!("{cv}/{{cvId}}/messages"), 200);
        check("messageDeleteAll", "DELETE", &format!("{cv}/{{cvId}}/messages"), 200);
        check("messageReceivedReceipt", "PUT", &format!("{cv}/{{cvId}}/messages/{{id}}/received"), 202);
        check("messageReadReceipt", "PUT", &format!("{cv}/{{cvId}}/messages/{{id}}/read"), 202);
        check("presenceShow", "GET", "/{cnxId}/presences/{userId}", 200);
        check("presenceUpdate", "PUT", "/{cnxId}/presences", 202);
        check("roomJoin", "POST", "/{cnxId}/rooms/{roomId}/join", 200);
        assert_eq!(OPERATIONS.len(), 21);
        assert_eq!(named("getBasicLogin").security, Security::Basic);
        let bearers = OPERATIONS.iter().filter(|operation| operation.security == Security::Bearer);
        assert_eq!(bearers.count(), 20);
    }

    #[test]
    fn every_callback_of_the_contract_is_there_and_its_example_keeps_it() {
        let names = [
            "connection",
            "presence",
            "chat-state",
            "receipt",
            "all-receipt",
            "all-deleted",
            "conversation",
            "room-invite",
            "room-member",
            "room-state",
            "error",
            "message",
        ];
        assert_eq!(CALLBACKS.iter().map(|callback| callback.name).collect::<Vec<_>>(), names);
        for callback in CALLBACKS {
            let found = check(callback.schema, callback.example.as_bytes(), Mode::Strict);
            assert!(matches!(&found, Ok(drift) if drift.is_empty()), "/{}: {found:?}", callback.name);
        }
    }

    #[test]
    fn a_callback_is_checked_by_its_schema() {
        let check = |name: &str, body: &str, expected: &str| {
            let schema = callback(name).expect("a callback").schema;
            let told = match check(schema, body.as_bytes(), Mode::Strict) {
                Ok(_) => String::new(),
                Err(refusal) => format!("{refusal:?}"),
            };
            assert!(told.contains(expected) && told.is_empty() == expected.is_empty(), "{body}: {told}");
        };
        check("connection", r#"{"id":"1","timestamp":"t","connection":{"state":"ready"},"userId":"u"}"#, "");
        check("connection", r#"{"id":"1","timestamp":"t","connection":{}}"#, "/connection");
        check(
            "connection",
            r#"{"id":"1","timestamp":"t","connection":{"state":"asleep"}}"#,
            "/connection/state",
        );
        check("error", r#"{"id":"1","timestamp":"t","error":{"code":406.5,"reason":"r"}}"#, "/error/code");
        check("message", r#"{"id":"1","timestamp":"t"}"#, "message");
    }

    #[test]
    fn a_bot_may_show_itself_online() {
        let body = named("presenceUpdate").body.expect("a body");
        let online = br#"{"presence":{"show":"","status":""}}"#;
        assert!(matches!(check(body, online, Mode::Strict), Ok(drift) if drift.is_empty()));
        assert!(check(body, br#"{"presence":{"show":"here"}}"#, Mode::Strict).is_err());
    }

    #[test]
    fn history_is_a_list_or_a_page_and_is_asked_for_in_parts() {
        let index = named("messageIndex");
        let payload = index.responses.iter().find_map(|response| response.payload).expect("a payload");
        for body in [r#"[{"id":"1"}]"#, r#"{"total_count":"1","messages":[{"id":"1"}],"_links":{}}"#] {
            let found = check(payload, body.as_bytes(), Mode::Strict);
            assert!(matches!(&found, Ok(drift) if drift.is_empty()), "{body}: {found:?}");
        }
        let queries = index.parameters.iter().filter(|parameter| parameter.location == Location::Query);
        assert_eq!(queries.map(|parameter| parameter.name).collect::<Vec<_>>(), ["before", "after", "limit"]);
    }

    #[test]
    fn payloads_are_without_their_wrapper() {
        let payload = |name: &str| named(name).responses.iter().find_map(|response| response.payload);
        assert!(payload("connectionCreate").is_some_and(|schema| schema.property("callback_url").is_some()));
        assert!(payload("conversationIndex").is_some_and(|schema| schema.array.is_some()));
        assert!(payload("messageDeleteAll").is_some_and(|schema| schema.property("deleted").is_some()));
        assert!(payload("connectionDelete").is_none_or(|schema| schema.property("errorCode").is_some()));
    }
}
