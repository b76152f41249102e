//! How the process ends, after sysexits.h: a supervisor decides by these whether a restart makes sense.

/// Done, or stopped in order.
pub const GOOD: u8 = 0;
/// The command line is wrong.
pub const USAGE: u8 = 64;
/// An address cannot be bound, or a service cannot be reached.
pub const UNAVAILABLE: u8 = 69;
/// A role of the agent died; a restart is worth a try.
pub const ROLE_DIED: u8 = 70;
/// Output cannot be written.
pub const IO: u8 = 74;
/// The cloud rejected the credentials; a restart would only lock the account.
pub const REJECTED: u8 = 77;
/// The configuration is wrong; a restart does not help.
pub const CONFIGURATION: u8 = 78;
