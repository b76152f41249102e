//! Rotated log files of bounded size in all, for an SD card must not fill up. A disk that fails stops nothing.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The current file; older ones are `.1` and up.
const NAME: &str = "rainbow-s2s-agent.log";
/// A disk that failed is tried again no sooner.
const RETRY: Duration = Duration::from_secs(10);

/// The file sink. Written by one thread at a time.
pub(super) struct LogFile {
    folder: PathBuf,
    max_bytes: u64,
    max_files: u32,
    open: Option<(File, u64)>,
    /// When the disk last failed; none while it works.
    failed: Option<Instant>,
    lost: u64,
}

impl LogFile {
    /// Nothing is opened before the first line.
    pub(super) fn new(folder: &Path, max_bytes: u64, max_files: u32) -> LogFile {
        LogFile { folder: folder.to_owned(), max_bytes, max_files, open: None, failed: None, lost: 0 }
    }

    /// Appends a line. Says what to tell on the console: once when the disk fails, and once when it works again.
    pub(super) fn write(&mut self, line: &str) -> Option<String> {
        let down = self.failed.is_some();
        if self.failed.is_some_and(|since| since.elapsed() < RETRY) {
            self.lost += 1;
            return None;
        }
        match self.append(line) {
            Ok(()) if down => {
                self.failed = None;
                let lost = std::mem::take(&mut self.lost);
                let note = format!("log files are written again; {lost} lines were lost");
                let _ = self.append(&format!("({note})\n"));
                Some(note)
            }
            Ok(()) => None,
            Err(error) => {
                self.open = None;
                self.lost += 1;
                self.failed = Some(Instant::now());
                let at = self.path(0);
                (!down).then(|| {
                    format!("log file {}: {error}; lines are lost until it works again", at.display())
                })
            }
        }
    }

    fn append(&mut self, line: &str) -> std::io::Result<()> {
        let bytes = line.len() as u64;
        if self.open.is_none() {
            self.open = Some(self.open_current()?);
        }
        if self.open.as_ref().is_some_and(|(_, size)| *size > 0 && size + bytes > self.max_bytes) {
            self.open = None;
            self.rotate()?;
            self.open = Some(self.open_current()?);
        }
        match &mut self.open {
            Some((file, size)) => {
                *size += bytes;
                file.write_all(line.as_bytes())
            }
            None => Ok(()),
        }
    }

    fn open_current(&self) -> std::io::Result<(File, u64)> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        // The starter kit's folder lies where everyone may write: a link there could lead the log anywhere.
        let no_links = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or(0);
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .custom_flags(no_links)
            .open(self.path(0))?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(std::io::Error::other("not a regular file"));
        }
        Ok((file, meta.len()))
    }

    /// Shifts every file by one; the oldest is gone.
    fn rotate(&self) -> std::io::Result<()> {
        let last = self.max_files.saturating_sub(1);
        if last == 0 {
            return std::fs::remove_file(self.path(0));
        }
        for number in (0..last).rev() {
            match std::fs::rename(self.path(number), self.path(number + 1)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn path(&self, number: u32) -> PathBuf {
        match number {
            0 => self.folder.join(NAME),
            _ => self.folder.join(format!("{NAME}.{number}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("rainbow-logs-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        folder
    }

    fn total(folder: &Path) -> (usize, u64) {
        let files = std::fs::read_dir(folder).expect("log folder").map(|entry| entry.expect("entry"));
        files.fold((0, 0), |(count, bytes), entry| {
            (count + 1, bytes + entry.metadata().expect("metadata").len())
        })
    }

    #[test]
    fn files_are_bounded_in_number_and_size_and_private() {
        let folder = folder("rotate");
        for (files, kept) in [(3, 3), (1, 1)] {
            let _ = std::fs::remove_dir_all(&folder);
            let mut log = LogFile::new(&folder, 1000, files);
            for number in 0..500 {
                assert_eq!(log.write(&format!("line {number:05} {}\n", "x".repeat(80))), None);
            }
            let (count, bytes) = total(&folder);
            assert_eq!(count, kept);
            assert!(bytes <= 1000 * u64::from(files), "{bytes}");
            let newest = std::fs::read_to_string(folder.join(NAME)).expect("current file");
            assert!(newest.lines().last().is_some_and(|line| line.starts_with("line 00499")), "{newest}");
            let mode = std::fs::metadata(folder.join(NAME)).expect("metadata").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_restart_appends_and_keeps_the_bound() {
        let folder = folder("restart");
        for _ in 0..50 {
            LogFile::new(&folder, 1000, 2).write(&format!("{}\n", "y".repeat(99)));
        }
        let (count, bytes) = total(&folder);
        assert!(count == 2 && bytes <= 2000, "{count} {bytes}");
    }

    #[test]
    fn a_failing_disk_is_told_once_and_counted() {
        let folder = folder("failing");
        std::fs::create_dir_all(folder.join(NAME)).expect("a folder in the file's place");
        let mut log = LogFile::new(&folder, 1000, 2);
        assert!(log.write("one\n").is_some_and(|told| told.contains("lines are lost")));
        assert_eq!(log.write("two\n"), None);
        assert_eq!(log.lost, 2);
        std::fs::remove_dir(folder.join(NAME)).expect("the folder goes");
        log.failed = Instant::now().checked_sub(RETRY);
        assert!(log.write("three\n").is_some_and(|told| told.contains("2 lines were lost")));
        assert_eq!(
            std::fs::read_to_string(folder.join(NAME)).expect("log"),
            "three\n(log files are written again; 2 lines were lost)\n"
        );
    }

    #[test]
    fn a_link_is_not_followed() {
        let folder = folder("link");
        std::fs::create_dir_all(&folder).expect("folder");
        let victim = folder.join("victim");
        std::fs::write(&victim, "").expect("victim");
        std::os::unix::fs::symlink(&victim, folder.join(NAME)).expect("link");
        assert!(LogFile::new(&folder, 1000, 2).write("line\n").is_some());
        assert_eq!(std::fs::metadata(&victim).expect("victim").len(), 0);
    }
}
