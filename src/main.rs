//! The binary: everything it does is in the library, so that tests and Rust bots can link it.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(rainbow_s2s_agent::cli::main(std::env::args_os().skip(1).collect()))
}
