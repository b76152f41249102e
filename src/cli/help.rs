//! The help texts, made from the tables of commands and options.

use super::command::{COMMANDS, COMMON, Command, Opt, RUN};

const NAME: &str = env!("CARGO_PKG_NAME");

/// The program's name and version.
pub(super) fn version() -> String {
    format!("{NAME} {}\n", env!("CARGO_PKG_VERSION"))
}

/// The help of the whole program, or of one command.
pub(super) fn text(command: Option<&Command>) -> String {
    match command {
        None => program(),
        Some(command) => of(command),
    }
}

fn program() -> String {
    let mut out = format!("{NAME}: callbacks of the Rainbow cloud in, ZeroMQ events out\n\nUsage:\n");
    for command in COMMANDS {
        out.push_str(&format!("  {}\n", usage(command)));
    }
    out.push_str("\nCommands:\n");
    rows(&mut out, COMMANDS.iter().map(|command| (command.name.to_owned(), command.summary)));
    out.push_str("\nOptions:\n");
    rows(&mut out, RUN.options.iter().chain(COMMON).map(|option| (spelt(option), option.help)));
    out.push_str(&format!("\n{}\n", RUN.details));
    out.push_str(
        "\nExit codes: 0 good, 64 usage, 69 cannot reach or bind, 70 a role died, 74 output cannot be written,\n\
         77 credentials rejected, 78 configuration\n",
    );
    out
}

fn of(command: &Command) -> String {
    let mut out = format!("{}\n\nUsage:\n  {}\n", command.summary, usage(command));
    if !command.words.is_empty() {
        out.push('\n');
        rows(&mut out, command.words.iter().map(|(word, help)| ((*word).to_owned(), *help)));
    }
    out.push_str("\nOptions:\n");
    rows(&mut out, command.options.iter().chain(COMMON).map(|option| (spelt(option), option.help)));
    if !command.details.is_empty() {
        out.push_str(&format!("\n{}\n", command.details));
    }
    out
}

fn usage(command: &Command) -> String {
    let name = if command == RUN { format!("[{}]", command.name) } else { command.name.to_owned() };
    let mut out = format!("{NAME} {name}");
    let words: Vec<&str> = command.words.iter().map(|(word, _)| *word).collect();
    if !words.is_empty() {
        out.push_str(&format!(" {}", words.join("|")));
    }
    if command.name == "help" {
        out.push_str(" [COMMAND]");
    }
    for option in command.options {
        let value = if option.value.is_empty() { String::new() } else { format!(" {}", option.value) };
        out.push_str(&format!(" [{}{value}]", option.long));
    }
    out
}

fn spelt(option: &Opt) -> String {
    let short = if option.short.is_empty() { String::new() } else { format!("{}, ", option.short) };
    let value = if option.value.is_empty() { String::new() } else { format!(" {}", option.value) };
    format!("{short}{}{value}", option.long)
}

/// Two columns.
fn rows<'a>(out: &mut String, rows: impl Iterator<Item = (String, &'a str)>) {
    let rows: Vec<(String, &str)> = rows.collect();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, help) in rows {
        out.push_str(&format!("  {name:width$}  {help}\n"));
    }
}
