//! The commands and their options, once: the parser and every help text come from these tables.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::nearest;

/// One option.
#[derive(Debug, PartialEq, Eq)]
pub struct Opt {
    /// `--config`.
    pub long: &'static str,
    /// `-c`, or empty.
    pub short: &'static str,
    /// The name of its value in the help text; empty for a flag.
    pub value: &'static str,
    /// What it does.
    pub help: &'static str,
}

/// One command.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    /// `check`.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Words that must follow, with what each means; empty if none may.
    pub words: &'static [(&'static str, &'static str)],
    /// Its options besides [`COMMON`].
    pub options: &'static [&'static Opt],
    /// What else there is to know.
    pub details: &'static str,
}

/// `--config FILE`.
pub const CONFIG: &Opt =
    &Opt { long: "--config", short: "-c", value: "FILE", help: "the configuration file" };
/// `--help`.
pub const HELP: &Opt = &Opt { long: "--help", short: "-h", value: "", help: "print this help" };
/// `--version`.
pub const VERSION: &Opt = &Opt { long: "--version", short: "-V", value: "", help: "print the version" };
/// `--keep`.
pub const KEEP: &Opt = &Opt {
    long: "--keep",
    short: "",
    value: "",
    help: "stay afterwards, for a bot of your own, until SIGINT or SIGTERM",
};
/// Options of every command.
pub const COMMON: &[&Opt] = &[HELP, VERSION];

const DEFAULT_FILES: &str = "Without --config the file is $RAINBOW_CONFIG, else config/config.json (where the starter kit has it),\n\
     else /etc/rainbow-s2s-agent/config.json.";

/// Starts the agent; also the command that holds when none is named.
pub const RUN: &Command = &Command {
    name: "run",
    summary: "receive callbacks and publish them, until SIGTERM or SIGINT (the default command)",
    words: &[],
    options: &[CONFIG],
    details: DEFAULT_FILES,
};
/// Verifies without starting.
pub const CHECK: &Command = &Command {
    name: "check",
    summary: "verify the configuration, the certificates, the ports and the state folder; start nothing",
    words: &[],
    options: &[CONFIG],
    details: DEFAULT_FILES,
};
/// Shows the agent without an account.
pub const DEMO: &Command = &Command {
    name: "demo",
    summary: "show the agent at work against a simulated cloud on this machine",
    words: &[],
    options: &[KEEP],
    details: "No account, network or configuration file is needed.",
};
/// Prints what was generated from the contract.
pub const SWAGGER: &Command = &Command {
    name: "swagger",
    summary: "print a document of the contract this program was built from",
    words: &[
        ("webhook", "the OpenAPI 3.0 document of the webhook, as JSON"),
        ("docs", "the operations and callbacks, as Markdown"),
    ],
    options: &[],
    details: "",
};
/// Explains.
pub const HELP_COMMAND: &Command =
    &Command { name: "help", summary: "print the help of a command", words: &[], options: &[], details: "" };
/// All of them, in the order of the help text.
pub const COMMANDS: &[&Command] = &[RUN, CHECK, DEMO, SWAGGER, HELP_COMMAND];

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Invocation {
    /// `run`.
    Run {
        /// `--config`.
        config: Option<PathBuf>,
    },
    /// `check`.
    Check {
        /// `--config`.
        config: Option<PathBuf>,
    },
    /// `demo`.
    Demo {
        /// `--keep`.
        keep: bool,
    },
    /// `swagger`, with one of its words.
    Swagger(&'static str),
    /// The help of a command, or of the whole program.
    Help(Option<&'static Command>),
    /// `--version`.
    Version,
}

/// The command line is wrong: what, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Usage(pub String);

/// Reads the command line, without the program's name.
///
/// # Errors
/// [`Usage`] with the word probably meant.
pub fn parse(arguments: Vec<OsString>) -> Result<Invocation, Usage> {
    let mut arguments = pico_args::Arguments::from_vec(split_at_equals(arguments));
    let help = arguments.contains([HELP.short, HELP.long]);
    if !help && arguments.contains([VERSION.short, VERSION.long]) {
        return Ok(Invocation::Version);
    }
    let command = match word(&mut arguments)? {
        None if help => return Ok(Invocation::Help(None)),
        None => RUN,
        Some(name) => named(&name)?,
    };
    if help {
        return Ok(Invocation::Help(Some(command)));
    }
    let invocation = match command.name {
        "run" => Invocation::Run { config: path(&mut arguments, CONFIG)? },
        "check" => Invocation::Check { config: path(&mut arguments, CONFIG)? },
        "demo" => Invocation::Demo { keep: arguments.contains(KEEP.long) },
        "swagger" => Invocation::Swagger(one_of(&mut arguments, command)?),
        _ => Invocation::Help(word(&mut arguments)?.map(|name| named(&name)).transpose()?),
    };
    nothing_left(arguments, command)?;
    Ok(invocation)
}

/// `--config=FILE` as two arguments. pico-args would take off quotes and refuse paths that are not UTF-8.
fn split_at_equals(arguments: Vec<OsString>) -> Vec<OsString> {
    let takes_value = |name: &[u8]| {
        let mut options = COMMANDS.iter().flat_map(|command| command.options);
        options.any(|option| !option.value.is_empty() && option.long.as_bytes() == name)
    };
    let split = |argument: OsString| {
        let bytes = argument.as_bytes();
        match bytes.iter().position(|&byte| byte == b'=').map(|at| (&bytes[..at], &bytes[at + 1..])) {
            Some((name, value)) if takes_value(name) => {
                vec![OsStr::from_bytes(name).to_owned(), OsStr::from_bytes(value).to_owned()]
            }
            _ => vec![argument],
        }
    };
    arguments.into_iter().flat_map(split).collect()
}

/// The command of a name.
fn named(name: &str) -> Result<&'static Command, Usage> {
    if let Some(command) = COMMANDS.iter().find(|command| command.name == name) {
        return Ok(command);
    }
    let hint = match nearest(name, COMMANDS.iter().map(|command| command.name)) {
        Some(near) => format!("did you mean {near}?"),
        None if name.ends_with(".json") => format!("a configuration file is named by --config {name}"),
        None => {
            let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
            format!("the commands are {}", names.join(", "))
        }
    };
    Err(Usage(format!("no command {name:?}; {hint}")))
}

fn word(arguments: &mut pico_args::Arguments) -> Result<Option<String>, Usage> {
    arguments.subcommand().map_err(|_| Usage("an argument is not UTF-8 text".into()))
}

fn one_of(arguments: &mut pico_args::Arguments, command: &Command) -> Result<&'static str, Usage> {
    let words: Vec<&'static str> = command.words.iter().map(|(word, _)| *word).collect();
    let choice = words.join(" or ");
    let Some(asked) = word(arguments)? else {
        return Err(Usage(format!("{} needs a word: {choice}", command.name)));
    };
    match words.iter().find(|word| **word == asked) {
        Some(word) => Ok(word),
        None => match nearest(&asked, words.iter().copied()) {
            Some(near) => Err(Usage(format!("{} has no {asked:?}; did you mean {near}?", command.name))),
            None => Err(Usage(format!("{} has no {asked:?}; it is {choice}", command.name))),
        },
    }
}

fn path(arguments: &mut pico_args::Arguments, option: &'static Opt) -> Result<Option<PathBuf>, Usage> {
    let missing = || Usage(format!("{} needs a value: {} {}", option.long, option.long, option.value));
    let value = arguments
        .opt_value_from_os_str([option.short, option.long], |value| {
            Ok::<_, std::convert::Infallible>(PathBuf::from(value))
        })
        .map_err(|_| missing())?;
    match value {
        Some(path) if path.as_os_str().is_empty() => Err(missing()),
        other => Ok(other),
    }
}

/// What no option or word took is wrong.
fn nothing_left(arguments: pico_args::Arguments, command: &Command) -> Result<(), Usage> {
    let left = arguments.finish();
    let Some(first) = left.first().map(|argument| argument.to_string_lossy().into_owned()) else {
        return Ok(());
    };
    let name = first.split('=').next().unwrap_or(&first);
    let options = || command.options.iter().chain(COMMON);
    if !name.starts_with('-') {
        let hint = match COMMANDS.iter().any(|command| command.name == name) {
            true => "; the command comes before its options".to_owned(),
            false if command.options.contains(&CONFIG) => {
                "; a configuration file is named by --config FILE".to_owned()
            }
            false => String::new(),
        };
        return Err(Usage(format!("{} does not take {first:?}{hint}", command.name)));
    }
    if options().any(|option| option.long == name || option.short == name) {
        return Err(Usage(format!("{name} is given twice")));
    }
    let hint = match nearest(name, options().map(|option| option.long)) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("see rainbow-s2s-agent {} --help", command.name),
    };
    Err(Usage(format!("{} has no option {name}; {hint}", command.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines() {
        let check = |line: &str, expected: Result<Invocation, &str>| {
            let found = parse(line.split_whitespace().map(OsString::from).collect());
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{line}"),
                (Err(Usage(found)), Err(part)) => assert!(found.contains(part), "{line}: {found}"),
                (found, _) => panic!("{line}: {found:?}"),
            }
        };
        let file = || Some(PathBuf::from("a.json"));
        check("", Ok(Invocation::Run { config: None }));
        check("--config a.json", Ok(Invocation::Run { config: file() }));
        check("run -c a.json", Ok(Invocation::Run { config: file() }));
        check("run --config=a.json", Ok(Invocation::Run { config: file() }));
        check("check --config a.json", Ok(Invocation::Check { config: file() }));
        check("demo", Ok(Invocation::Demo { keep: false }));
        check("demo --keep", Ok(Invocation::Demo { keep: true }));
        check("demo --keep --keep", Err("--keep is given twice"));
        check("run --keep", Err("no option --keep"));
        check("swagger docs", Ok(Invocation::Swagger("docs")));
        check("swagger webhook", Ok(Invocation::Swagger("webhook")));
        check("--help", Ok(Invocation::Help(None)));
        check("help", Ok(Invocation::Help(None)));
        check("help check", Ok(Invocation::Help(Some(CHECK))));
        check("check --help", Ok(Invocation::Help(Some(CHECK))));
        check("run -h --config a.json", Ok(Invocation::Help(Some(RUN))));
        check("--version", Ok(Invocation::Version));
        check("-V", Ok(Invocation::Version));
        check("chekc", Err("did you mean check?"));
        check("status", Err("the commands are run, check"));
        check("a.json", Err("--config a.json"));
        check("--confg a.json", Err("did you mean --config?"));
        check("run --verbose", Err("run --help"));
        check("run --config", Err("--config needs a value: --config FILE"));
        check("run --config=", Err("--config needs a value"));
        check("run -c a.json -c b.json", Err("-c is given twice"));
        check("--config a.json check", Err("before its options"));
        check("run a.json", Err("--config FILE"));
        check("demo --config a.json", Err("demo has no option --config"));
        check("swagger", Err("webhook or docs"));
        check("swagger doc", Err("did you mean docs?"));
        check("swagger webhook docs", Err("does not take"));
        check("help chekc", Err("did you mean check?"));
    }
}
