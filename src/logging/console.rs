//! Standard error, in `simple_logger`'s form.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

use log::{Level, LevelFilter, Log, Record};
use simple_logger::SimpleLogger;

/// The console sink.
pub(super) struct Console {
    simple: SimpleLogger,
    timestamps: bool,
}

impl Console {
    /// Lines carry a time, unless systemd's journal reads them: it has its own.
    pub(super) fn new() -> Console {
        // Levels are decided before a line comes here.
        let simple = SimpleLogger::new().with_level(LevelFilter::Trace);
        Console { simple, timestamps: !is_journal(std::env::var("JOURNAL_STREAM").ok().as_deref()) }
    }

    /// One line; `target` and `message` are escaped already.
    pub(super) fn write(&self, level: Level, target: &str, message: &str) {
        // Held over both writes, so that lines do not mix; the same thread may take it again.
        let mut stderr = std::io::stderr().lock();
        if self.timestamps {
            let time = super::timestamp(SystemTime::now());
            // simple_logger panics where standard error is gone. That is found out here, and the line is lost.
            if stderr.write_all(format!("{time} ").as_bytes()).is_err() {
                return;
            }
        }
        let write = || {
            let mut builder = Record::builder();
            self.simple.log(&builder.level(level).target(target).args(format_args!("{message}")).build());
        };
        // A console that fails must not end the thread that had something to say.
        let _ = catch_unwind(AssertUnwindSafe(write));
    }
}

/// Whether standard error is the journal's socket: `JOURNAL_STREAM` is its device and inode, and is inherited by
/// processes whose standard error leads elsewhere.
fn is_journal(stream: Option<&str>) -> bool {
    let Some((device, inode)) = stream.and_then(|stream| stream.split_once(':')) else { return false };
    let (Ok(device), Ok(inode)) = (device.parse::<u64>(), inode.parse::<u64>()) else { return false };
    rustix::fs::fstat(std::io::stderr()).is_ok_and(|stat| {
        // The fields' widths differ between targets.
        #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
        let same = stat.st_dev as u64 == device && stat.st_ino as u64 == inode;
        same
    })
}

#[cfg(test)]
mod tests {
    use super::is_journal;

    #[test]
    fn only_the_journals_own_socket_counts() {
        for stream in [None, Some(""), Some("8"), Some("a:b"), Some("0:0")] {
            assert!(!is_journal(stream), "{stream:?}");
        }
        let stat = rustix::fs::fstat(std::io::stderr()).expect("standard error is open");
        assert!(is_journal(Some(&format!("{}:{}", stat.st_dev, stat.st_ino))));
    }
}
