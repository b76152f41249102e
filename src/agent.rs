//! (to come)

/// Runs the agent until it is stopped; the value is the exit code.
pub fn run(config: crate::config::Config) -> u8 {
    let _ = config;
    crate::logging::fatal("the agent is not part of this build yet");
    crate::cli::exit::ROLE_DIED
}
