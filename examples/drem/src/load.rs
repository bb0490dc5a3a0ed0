//! `drem load`: many simulated devices against one server, and what that came to.
//!
//! Every device is a real machine with a real tree and credentials of its own. Before each session it is given a task by the
//! server's API, and it queues an alert, so that each session has something that the server must not lose. In the end what
//! the devices saw acknowledged is counted against what the server has stored.

mod check;
mod device;
mod link;
mod site;
mod tally;
mod usage;
mod worker;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use self::check::Verdict;
use self::tally::{Counts, Tally};
use self::usage::Usage;
use self::worker::Report;
use crate::error::Error;

/// Many simulated devices.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Exit status: 0 when sessions were completed and nothing that was acknowledged is missing; 1 otherwise. \
    Ctrl-C ends the run early, with its summary."
)]
pub struct Args {
    /// URL of the server (an nrem): its DM endpoint is /dm, its API /api/v1.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    server: String,

    /// The server's API token, if it demands one.
    #[arg(long, env = "NREM_API_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    api_token: Option<String>,

    /// ServerID: the name of the server in ACLs and in its credentials.
    #[arg(long, value_name = "ID", default_value = "nrem.example")]
    server_id: String,

    /// How many devices; each is registered with credentials and nonces of its own.
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000)]
    devices: usize,

    /// Sessions that are begun in a second, or max: as many as the server takes.
    #[arg(long, value_name = "NUMBER", default_value = "max", value_parser = rate)]
    sessions_per_second: Rate,

    /// How long new sessions are begun.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    seconds: u64,

    /// Connections that are kept open, and shared by all devices.
    #[arg(long, value_name = "NUMBER", default_value_t = 64)]
    connections: usize,

    /// Sessions that run at the same time [default: as many as connections].
    #[arg(long, value_name = "NUMBER")]
    at_once: Option<usize>,

    /// Threads that run devices.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    threads: usize,

    /// Speak WBXML instead of XML.
    #[arg(long)]
    wbxml: bool,

    /// Sessions carry an alert, but no task.
    #[arg(long)]
    no_tasks: bool,

    /// What the names of the devices begin with [default: one that no other run has].
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,

    /// Process of the server, on this machine, whose time and memory are told too.
    #[arg(long, value_name = "PID")]
    server_pid: Option<u32>,
}

/// How fast sessions are begun.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rate {
    Max,
    PerSecond(f64),
}

fn rate(text: &str) -> Result<Rate, String> {
    if text == "max" {
        return Ok(Rate::Max);
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.map(Rate::PerSecond).ok_or_else(|| "neither a number above 0 nor max".to_owned())
}

/// What the main thread and the workers share.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) args: Args,
    pub(crate) tally: Tally,
    /// No session is begun any more.
    pub(crate) stop: Arc<AtomicBool>,
}

/// Runs the load from a terminal: Ctrl-C ends it early, its summary is printed.
///
/// # Errors
/// As [`run`].
pub fn load(args: Args) -> Result<ExitCode, Error> {
    let stop = Arc::<AtomicBool>::default();
    let interrupted = Arc::clone(&stop);
    ctrlc::set_handler(move || interrupted.store(true, Ordering::Relaxed))
        .map_err(|error| Error::new(format!("cannot handle Ctrl-C: {error}")))?;
    let outcome = run(args, stop)?;
    println!("{outcome}");
    Ok(if outcome.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the load until its time is over or `stop` is set, and lets the sessions that run come to their end.
///
/// # Errors
/// The server is not there, refuses the devices, or its store cannot be read in the end.
pub fn run(mut args: Args, stop: Arc<AtomicBool>) -> Result<Outcome, Error> {
    if args.devices == 0 || args.threads == 0 || args.connections == 0 {
        return Err(Error::new("--devices, --threads and --connections must be at least 1"));
    }
    if args.prefix.is_none() {
        let mut random = [0; 4];
        getrandom::fill(&mut random).map_err(|error| Error::new(format!("no random numbers: {error}")))?;
        args.prefix = Some(format!("urn:load:{:08x}", u32::from_be_bytes(random)));
    }
    let run = Arc::new(Run { args, tally: Tally::new(), stop });
    let (ready, registered) = channel();
    let mut workers = Vec::new();
    for number in 0..run.args.threads {
        let (run, ready) = (Arc::clone(&run), ready.clone());
        let (go, begin) = channel();
        let work = move || worker::work(&run, number, &ready, &begin);
        let thread = std::thread::Builder::new().name(format!("load-{number}")).spawn(work);
        workers.push((go, thread.map_err(|error| Error::new(format!("no thread: {error}")))?));
    }
    drop(ready);
    // A worker that cannot begin tells why.
    for begun in registered.iter().take(run.args.threads) {
        begun?;
    }
    for (go, _) in &workers {
        let _ = go.send(());
    }
    let measured = measure(&run);
    run.stop.store(true, Ordering::Relaxed);
    let mut reports: Vec<Report> = Vec::new();
    for (_, thread) in workers {
        reports.push(thread.join().map_err(|_| Error::new("a thread of the load panicked"))??);
    }
    let verdict = check::check(&run.args, &reports)?;
    Ok(Outcome { args: run.args.clone(), measured, counts: run.tally.now(), verdict })
}

/// What a run came to; prints as a table.
#[derive(Debug)]
pub struct Outcome {
    args: Args,
    measured: Measured,
    /// With what came after the end of the time.
    counts: Counts,
    verdict: Verdict,
}

impl Outcome {
    /// Sessions that ended in order.
    #[must_use]
    pub const fn finished(&self) -> u64 {
        self.counts.finished
    }

    /// Sessions that did not.
    #[must_use]
    pub const fn failed(&self) -> u64 {
        self.counts.failed
    }

    /// Exchanges that gave no message, by their kind: an HTTP status, or what happened to the connection.
    #[must_use]
    pub const fn troubles(&self) -> &BTreeMap<String, u64> {
        &self.counts.troubles
    }

    /// What devices saw acknowledged and the server has not.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.verdict.lost
    }

    /// Commands that a device executed more than once.
    #[must_use]
    pub const fn executed_twice(&self) -> u64 {
        self.verdict.twice
    }

    /// Whether there were sessions, nothing is lost and nothing was executed twice.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.finished() > 0 && self.lost() == 0 && self.executed_twice() == 0
    }
}

/// The run between its begin and its end, without what is finished afterwards.
#[derive(Debug)]
struct Measured {
    took: Duration,
    counts: Counts,
    own: Option<(Usage, Usage)>,
    server: Option<(Usage, Usage)>,
}

/// Waits until the time is over or somebody stops it, and tells how it goes.
fn measure(run: &Run) -> Measured {
    let server = run.args.server_pid.map(|pid| pid.to_string());
    let usage = || (Usage::of("self"), server.as_deref().and_then(Usage::of));
    let (begun, before) = (Instant::now(), usage());
    let until = begun + Duration::from_secs(run.args.seconds);
    let (mut told_at, mut told) = (begun, 0);
    let screen = std::io::stderr().is_terminal();
    let pause = Duration::from_secs(if screen { 1 } else { 5 });
    while !run.stop.load(Ordering::Relaxed) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
        if told_at.elapsed() < pause {
            continue;
        }
        let counts = run.tally.now();
        #[allow(clippy::cast_precision_loss, reason = "for people")]
        let rate = (counts.finished - told) as f64 / told_at.elapsed().as_secs_f64();
        (told_at, told) = (Instant::now(), counts.finished);
        let line = format!(
            "{:>4} s  {:>9} sessions  {rate:>7.0} a second  p99 {:.1} ms  {} failed",
            begun.elapsed().as_secs(),
            counts.finished,
            counts.p99(),
            counts.failed
        );
        eprint!("{}", if screen { format!("\r\x1b[2K{line}") } else { line + "\n" });
        let _ = std::io::stderr().flush();
    }
    if screen {
        eprint!("\r\x1b[2K");
    }
    let (took, counts, after) = (begun.elapsed(), run.tally.now(), usage());
    Measured { took, counts, own: before.0.zip(after.0), server: before.1.zip(after.1) }
}

impl fmt::Display for Outcome {
    #[allow(clippy::cast_precision_loss, reason = "for people")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { args, measured, counts, verdict } = self;
        let syntax = if args.wbxml { "WBXML" } else { "XML" };
        let tasks = if args.no_tasks { "an alert a session" } else { "an alert and a task a session" };
        let (devices, connections, threads) = (args.devices, args.connections, args.threads);
        writeln!(
            f,
            "load              {devices} devices, {syntax}, {tasks}, {connections} connections, {threads} thread(s)"
        )?;
        let (seconds, finished) = (measured.took.as_secs_f64(), measured.counts.finished);
        writeln!(f, "sessions          {finished} in {seconds:.1} s: {:.0} a second", finished as f64 / seconds)?;
        writeln!(f, "{counts}")?;
        for (name, usage) in [("drem load", &measured.own), ("server", &measured.server)] {
            let Some((before, after)) = usage else { continue };
            let cpu = after.cpu.saturating_sub(before.cpu).as_secs_f64();
            let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
            writeln!(
                f,
                "{name:<17} {cpu:.1} s of processor, {:.0} microseconds a session; memory {:.0} MiB, at most {:.0} MiB",
                cpu * 1e6 / finished.max(1) as f64,
                mib(after.resident),
                mib(after.most_resident),
            )?;
        }
        write!(f, "{verdict}")
    }
}
