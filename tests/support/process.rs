//! A child process: its output captured, its end waited for with a deadline, killed when dropped.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::lines::Lines;

/// The process.
pub(crate) struct Process {
    pid: Pid,
    ended: Arc<AtomicBool>,
    end: Mutex<Receiver<i32>>,
}

impl Process {
    /// Starts it; also the lines of its standard output and standard error.
    pub(crate) fn start(mut command: Command) -> (Process, Lines, Lines) {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = Lines::of(child.stdout.take().unwrap());
        let log = Lines::of(child.stderr.take().unwrap());
        let pid = Pid::from_child(&child);
        let ended = Arc::new(AtomicBool::new(false));
        let (sender, end) = channel();
        let flag = ended.clone();
        std::thread::spawn(move || {
            let status = child.wait().unwrap();
            flag.store(true, Ordering::SeqCst);
            let _ = sender.send(status.code().unwrap_or_else(|| -status.signal().unwrap_or_default()));
        });
        (Process { pid, ended, end: Mutex::new(end) }, out, log)
    }

    /// Sends a signal, unless it has ended.
    pub(crate) fn signal(&self, signal: Signal) {
        if !self.ended.load(Ordering::SeqCst) {
            let _ = kill_process(self.pid, signal);
        }
    }

    /// Waits for the end: the exit code, or minus the number of the signal that ended it. Once.
    pub(crate) fn wait(&self, patience: Duration) -> Result<i32, RecvTimeoutError> {
        self.end.lock().unwrap().recv_timeout(patience)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.wait(Duration::from_secs(5));
    }
}
