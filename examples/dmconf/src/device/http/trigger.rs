//! Shell commands of the user's that make the client start a session, or make it factory-fresh.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::row::Stop;

/// How long a client may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(2);

/// What the last command started.
#[derive(Debug, Default)]
pub(super) struct Trigger {
    running: Option<Child>,
}

impl Trigger {
    /// Runs `command` in the background; what ran before has `patience` to end.
    pub(super) fn start(&mut self, command: &str, url: &str, server: &str, patience: Duration) -> Result<(), Stop> {
        let begun = Instant::now();
        while self.running.is_some() && !self.has_ended() && begun.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.end();
        let started = Command::new("sh")
            .args(["-c", command])
            .env("DMCONF_URL", url)
            .env("DMCONF_SERVER", server)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn();
        self.running = Some(started.map_err(|error| Stop::skipped(format!("the trigger cannot be run: {error}")))?);
        Ok(())
    }

    /// Whether there was a command and nothing of it runs any more.
    pub(super) fn has_ended(&mut self) -> bool {
        match &mut self.running {
            Some(child) => !matches!(child.try_wait(), Ok(None)),
            None => false,
        }
    }

    /// Ends what still runs: it is asked to, and soon made to.
    pub(super) fn end(&mut self) {
        self.signal("TERM");
        let begun = Instant::now();
        while self.running.is_some() && !self.has_ended() && begun.elapsed() < GRACE {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.signal("KILL");
        if let Some(mut child) = self.running.take() {
            let _ = child.wait();
        }
    }

    /// Sends `signal` to what still runs.
    fn signal(&mut self, signal: &str) {
        if self.has_ended() {
            return;
        }
        if let Some(child) = &self.running {
            // The group is ours alone: what the command started is in it.
            let kill = format!("kill -s {signal} -- -{}", child.id());
            let _ = Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status();
        }
    }
}

/// Runs `command` to its end.
pub(super) fn run(command: &str, url: &str) -> Result<(), Stop> {
    let status = Command::new("sh").args(["-c", command]).env("DMCONF_URL", url).stdin(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Stop::skipped(format!("the reset failed: {status}"))),
        Err(error) => Err(Stop::skipped(format!("the reset cannot be run: {error}"))),
    }
}
