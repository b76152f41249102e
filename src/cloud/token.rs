//! The cloud's token: a JWT, of which only four numbers are read (CONTRACT section 2).
//!
//! Its signature is not verified: the agent has no key, and only hands the token back to where it came from.

use std::time::Duration;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use miniserde::json::{Number, Object, Value};

use crate::config::Secret;

/// JWT segments come without padding; one with it is read as well.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Taken for the life of a token that does not tell its own.
pub const UNTOLD_LIFE: Duration = Duration::from_secs(10 * 60);
/// Lives below this would be renewed without a pause.
const MIN_LIFE: Duration = Duration::from_secs(1);
/// No token is trusted for longer than this.
const MAX_LIFE: Duration = Duration::from_secs(400 * 24 * 3600);

/// A token with what its payload tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The token as it is sent back.
    pub secret: Secret,
    /// `exp` − `iat`: how long it is good for, counted from its receipt on the monotonic clock.
    pub life: Duration,
    /// Whether `countRenewed` is still below `maxTokenRenew`.
    pub renewable: bool,
}

impl Token {
    /// Reads what there is to read. Whatever is missing or odd in the payload gets a careful default, for the
    /// cloud may change what it puts there and still accept the token.
    pub fn new(text: &str) -> Token {
        let claims = claims(text);
        let number = |name| claims.as_ref().and_then(|claims| seconds(claims.get(name)?));
        let life = match (number("iat"), number("exp")) {
            (Some(issued), Some(expires)) if expires > issued => {
                Duration::try_from_secs_f64(expires - issued).unwrap_or(MAX_LIFE).clamp(MIN_LIFE, MAX_LIFE)
            }
            _ => UNTOLD_LIFE,
        };
        let renewable = match (number("countRenewed"), number("maxTokenRenew")) {
            (renewed, Some(most)) => renewed.unwrap_or(0.0) < most,
            // Without a bound one tries; a refusal leads to a new sign-in.
            (_, None) => true,
        };
        Token { secret: Secret::new(text), life, renewable }
    }
}

/// The payload of a JWT, if it can be read at all.
fn claims(text: &str) -> Option<Object> {
    let payload = text.split('.').nth(1)?;
    let bytes = BASE64URL.decode(payload).ok()?;
    match miniserde::json::from_str(std::str::from_utf8(&bytes).ok()?).ok()? {
        Value::Object(claims) => Some(claims),
        _ => None,
    }
}

fn seconds(value: &Value) -> Option<f64> {
    match value {
        Value::Number(Number::U64(number)) => Some(*number as f64),
        Value::Number(Number::I64(number)) => Some(*number as f64),
        Value::Number(Number::F64(number)) => Some(*number),
        // Some issuers write numbers as strings.
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    fn check(payload: &str, life: Duration, renewable: bool) {
        let text = format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(payload));
        let token = Token::new(&text);
        assert_eq!((token.life, token.renewable), (life, renewable), "{payload}");
        assert_eq!(token.secret.expose(), text);
    }

    #[test]
    fn life_and_renewals_are_read() {
        let hour = Duration::from_secs(3600);
        check(r#"{"iat":1000,"exp":4600,"countRenewed":0,"maxTokenRenew":5}"#, hour, true);
        check(r#"{"iat":1000,"exp":4600,"countRenewed":5,"maxTokenRenew":5}"#, hour, false);
        check(r#"{"iat":1000,"exp":1002,"maxTokenRenew":0}"#, Duration::from_secs(2), false);
        check(r#"{"iat":"1000","exp":"4600"}"#, hour, true);
        check(r#"{"iat":1000.5,"exp":1002.0,"maxTokenRenew":1}"#, Duration::from_millis(1500), true);
        check(r#"{"iat":1000,"exp":1000.001}"#, MIN_LIFE, true);
    }

    #[test]
    fn odd_payloads_get_careful_defaults() {
        check(r#"{"exp":4600}"#, UNTOLD_LIFE, true);
        check(r#"{"iat":4600,"exp":4600}"#, UNTOLD_LIFE, true);
        check(r#"{"iat":4600,"exp":1}"#, UNTOLD_LIFE, true);
        check(r#"{"iat":0,"exp":1e300}"#, MAX_LIFE, true);
        check(r#"{"iat":null,"exp":[]}"#, UNTOLD_LIFE, true);
        check("[]", UNTOLD_LIFE, true);
        check("no JSON", UNTOLD_LIFE, true);
        for text in ["", "opaque", "a.!.c", "..", "a.\u{e9}.b"] {
            assert_eq!(Token::new(text).life, UNTOLD_LIFE, "{text}");
        }
    }

    #[test]
    fn a_token_never_shows_itself() {
        assert!(!format!("{:?}", Token::new("e30.e30.signature")).contains("e30"));
    }
}
