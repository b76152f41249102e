//! Which lines are written: the level of the file, `RUST_LOG` over it, and a cap on other crates.

use log::{Level, LevelFilter};

/// Levels by target.
pub(super) struct Filter {
    default: LevelFilter,
    /// Longest name first, so that the first match is the most specific one.
    named: Vec<(String, LevelFilter)>,
}

impl Filter {
    /// The configured level with `RUST_LOG` over it; also the parts of `RUST_LOG` that are not understood.
    pub(super) fn new(level: LevelFilter, rust_log: Option<&str>) -> (Filter, Vec<String>) {
        let mut filter = Filter { default: level, named: Vec::new() };
        let mut unknown = Vec::new();
        for part in rust_log.unwrap_or("").split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                None => match part.parse() {
                    Ok(level) => filter.default = level,
                    // A bare name asks for all of it, as env_logger has it.
                    Err(_) if is_name(part) => filter.named.push((part.to_owned(), LevelFilter::Trace)),
                    Err(_) => unknown.push(part.to_owned()),
                },
                Some((name, level)) => match level.trim().parse() {
                    Ok(level) if is_name(name.trim()) => filter.named.push((name.trim().to_owned(), level)),
                    _ => unknown.push(part.to_owned()),
                },
            }
        }
        // Stable, and later parts win over earlier ones for the same name.
        filter.named.reverse();
        filter.named.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        (filter, unknown)
    }

    /// Whether a line is written. Other crates' lines are held to `warn`, or to `info` where they are asked for by
    /// name: below that they may show the headers of a request, with the password in them.
    pub(super) fn allows(&self, target: &str, level: Level, ours: bool) -> bool {
        let named = self.named.iter().find(|(name, _)| is_within(target, name)).map(|(_, level)| *level);
        let allowed = match (named, ours) {
            (Some(named), true) => named,
            (None, true) => self.default,
            (Some(named), false) => named.min(LevelFilter::Info),
            (None, false) => self.default.min(LevelFilter::Warn),
        };
        level <= allowed
    }

    /// The most that any target may write.
    pub(super) fn most(&self) -> LevelFilter {
        self.named.iter().map(|(_, level)| *level).fold(self.default, Ord::max)
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-:".contains(&byte))
}

/// `session` covers `session` and `session::watch`, and not `sessions`.
fn is_within(target: &str, name: &str) -> bool {
    target.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_log_wins_and_the_most_specific_name_counts() {
        let check = |rust_log: Option<&str>, target: &str, level: Level, expected: bool| {
            let (filter, unknown) = Filter::new(LevelFilter::Info, rust_log);
            assert_eq!(filter.allows(target, level, true), expected, "{rust_log:?} {target} {level}");
            assert!(unknown.is_empty(), "{unknown:?}");
            assert!(!expected || level <= filter.most());
        };
        check(None, "webhook", Level::Info, true);
        check(None, "webhook", Level::Debug, false);
        check(Some(""), "webhook", Level::Info, true);
        check(Some("debug"), "webhook", Level::Debug, true);
        check(Some("DEBUG"), "webhook", Level::Debug, true);
        check(Some("webhook=debug,session=trace"), "webhook", Level::Debug, true);
        check(Some("webhook=debug,session=trace"), "webhook", Level::Trace, false);
        check(Some("webhook=debug, session=trace"), "session", Level::Trace, true);
        check(Some("webhook=debug"), "publisher", Level::Debug, false);
        check(Some("error,webhook=debug"), "publisher", Level::Warn, false);
        check(Some("off"), "webhook", Level::Error, false);
        check(Some("session"), "session", Level::Trace, true);
        check(Some("session=debug"), "sessions", Level::Debug, false);
        check(Some("session=debug"), "session::watch", Level::Debug, true);
        check(Some("session=debug,session::watch=warn"), "session::watch", Level::Info, false);
        check(Some("session=debug,session=warn"), "session", Level::Info, false);
    }

    #[test]
    fn parts_that_are_not_understood_are_told_and_the_rest_holds() {
        let (filter, unknown) = Filter::new(LevelFilter::Info, Some("webhook=loud,a b,=debug,session=debug"));
        assert_eq!(unknown, ["webhook=loud", "a b", "=debug"]);
        assert!(filter.allows("session", Level::Debug, true));
        assert!(!filter.allows("webhook", Level::Debug, true));
    }

    #[test]
    fn other_crates_never_write_below_info() {
        let check = |rust_log: &str, level: Level, expected: bool| {
            let (filter, _) = Filter::new(LevelFilter::Trace, Some(rust_log));
            assert_eq!(filter.allows("ureq::run", level, false), expected, "{rust_log} {level}");
        };
        check("trace", Level::Warn, true);
        check("trace", Level::Info, false);
        check("ureq=trace", Level::Info, true);
        check("ureq=trace", Level::Debug, false);
        check("ureq=error", Level::Warn, false);
        check("off", Level::Error, false);
    }
}
