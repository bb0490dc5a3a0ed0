//! Measures the store of samples, and counts what it holds after kills: what `nrem pm-load` does.
//!
//! The samples of a load are made of their numbers, so that every one of them can be checked afterwards: report `seq` of node
//! `n` holds one sample a minute of one metric, each with a value of its own.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use omadm_proto::ids::DevId;
use omadm_tree::mo::diag_mon::{Decimal, DiagTime, PmReport, PmSample};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use xrem_server::performance::{Collected, PmStore as _, SeriesKey, Span};
use xrem_server::store::Record;

use crate::store::{Database, Writer};
use crate::told::Hub;

/// Between two samples of a node.
const PERIOD: u64 = 60_000;
/// The first sample: 2026-01-01T00:00:00Z.
const EPOCH: u64 = 1_767_225_600_000;
/// Reports that are under way at a time.
const WINDOW: u64 = 1024;
/// Day queries that are measured.
const QUERIES: u64 = 1000;

/// Anything that goes wrong is one line for people.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What is to be stored.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Load {
    /// The folder for the database; it must not hold one.
    pub state: PathBuf,
    /// Nodes that measure.
    pub nodes: u64,
    /// Samples of all of them together.
    pub samples: u64,
    /// Samples in one report.
    pub report: u64,
}

/// What a load came to.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Figures {
    /// Samples that the database holds.
    pub stored: u64,
    /// Samples that were acknowledged and are not there.
    pub lost: u64,
    /// Samples that nobody sent, or that are there with another value or twice.
    pub wrong: u64,
    /// Samples that were sent more than once.
    pub repeated: u64,
    /// How often the store was killed.
    pub kills: u64,
    /// How long storing took.
    pub ingest: Duration,
    /// How long the slowest of 100 day queries took at most, the slowest one apart; zero when none was measured.
    pub query: Duration,
    /// Bytes of the database.
    pub bytes: u64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stored, lost, wrong, repeated, kills, .. } = self;
        let rate = *stored as f64 / self.ingest.as_secs_f64().max(1e-9);
        writeln!(f, "stored {stored} lost {lost} wrong {wrong} repeated {repeated} kills {kills}")?;
        writeln!(f, "ingest {:.1} s, {rate:.0} samples/s", self.ingest.as_secs_f64())?;
        if !self.query.is_zero() {
            writeln!(f, "a day of one metric of one node: 99 of 100 queries within {:?}", self.query)?;
        }
        write!(
            f,
            "database {} MiB, {:.1} bytes a sample",
            self.bytes >> 20,
            self.bytes as f64 / (*stored).max(1) as f64
        )
    }
}

impl Load {
    /// `samples` of `nodes` nodes in a fresh database in `state`, 50 in each report.
    #[must_use]
    pub const fn new(state: PathBuf, nodes: u64, samples: u64) -> Self {
        Self { state, nodes, samples, report: 50 }
    }

    fn file(&self) -> PathBuf {
        self.state.join("pm-load.redb")
    }

    /// How many reports there are; each node sends as many.
    fn reports(&self) -> u64 {
        self.samples / self.report
    }

    /// Stores everything as fast as it goes, then queries and counts.
    ///
    /// # Errors
    /// The database cannot be used, or holds something else.
    pub fn measure(&self) -> Result<Figures, Failure> {
        self.prepare()?;
        let database = Database::open(&self.file())?;
        let (writer, writing) = Writer::start(database.clone(), Hub::new())?;
        let runtime = Runtime::new()?;
        let load = Arc::new(self.clone());
        let next = Arc::new(AtomicU64::new(0));
        let began = Instant::now();
        runtime.block_on(async {
            let senders: Vec<_> = (0..WINDOW)
                .map(|_| {
                    let (load, next, writer) = (Arc::clone(&load), Arc::clone(&next), writer.clone());
                    tokio::spawn(async move {
                        loop {
                            let number = next.fetch_add(1, Ordering::Relaxed);
                            if number >= load.reports() {
                                return Ok::<(), Failure>(());
                            }
                            writer.commit(vec![load.record(number)], Arc::default()).await?;
                        }
                    })
                })
                .collect();
            for sender in senders {
                sender.await??;
            }
            Ok::<(), Failure>(())
        })?;
        let ingest = began.elapsed();
        drop(writer);
        let _ = writing.join();
        let mut figures = self.count(&database, &|_| true)?;
        figures.ingest = ingest;
        figures.query = self.query(&database)?;
        Ok(figures)
    }

    /// Stores everything through a process that is killed `kills` times in the middle, and counts. Devices repeat what was
    /// not acknowledged, and some of what was.
    ///
    /// # Errors
    /// The process cannot be run, or the database cannot be used.
    pub fn kill(&self, program: &Path, kills: u64) -> Result<Figures, Failure> {
        self.prepare()?;
        let began = Instant::now();
        let mut open: BTreeSet<u64> = (0..self.reports()).collect();
        let (mut repeated, mut died) = (0, 0);
        while !open.is_empty() {
            // A part of the work for each life; the last one has all that is left.
            let part = self.reports() / (kills + 1);
            let goal = if died < kills { part.max(1) } else { u64::MAX };
            repeated += self.live(program, &mut open, goal)?;
            died += 1;
        }
        let ingest = began.elapsed();
        let database = Database::open(&self.file())?;
        let mut figures = self.count(&database, &|_| true)?;
        (figures.repeated, figures.kills, figures.ingest) = (repeated * self.report, died, ingest);
        Ok(figures)
    }

    /// One life of the process: until `goal` of the `open` reports are acknowledged, then SIGKILL.
    fn live(&self, program: &Path, open: &mut BTreeSet<u64>, goal: u64) -> Result<u64, Failure> {
        let mut process = Process::start(program, self)?;
        let mut waiting = open.clone().into_iter();
        let (mut under_way, mut done, mut repeated) = (0, 0, 0);
        loop {
            while under_way < WINDOW
                && let Some(number) = waiting.next()
            {
                process.send(number)?;
                under_way += 1;
                // Its acknowledgement was lost: it comes again, while the first is stored or after it.
                if number % 16 == 0 {
                    process.send(number)?;
                    under_way += 1;
                    repeated += 1;
                }
            }
            if under_way == 0 || done >= goal {
                break;
            }
            under_way -= 1;
            done += u64::from(open.remove(&process.acknowledged()?));
        }
        process.kill();
        Ok(repeated + under_way)
    }

    /// The life of the process that is killed: reads numbers of reports, stores the reports, writes the numbers.
    ///
    /// # Errors
    /// The database cannot be used.
    pub fn serve(&self) -> Result<(), Failure> {
        let database = Database::open(&self.file())?;
        let (writer, writing) = Writer::start(database, Hub::new())?;
        let runtime = Runtime::new()?;
        let (stored, mut to_tell) = mpsc::unbounded_channel::<u64>();
        let telling = std::thread::spawn(move || {
            let mut out = std::io::stdout().lock();
            while let Some(number) = to_tell.blocking_recv() {
                if writeln!(out, "{number}").and_then(|()| out.flush()).is_err() {
                    return;
                }
            }
        });
        for line in std::io::stdin().lock().lines() {
            let number: u64 = line?.trim().parse()?;
            let (record, writer, stored) = (self.record(number), writer.clone(), stored.clone());
            runtime.spawn(async move {
                if writer.commit(vec![record], Arc::default()).await.is_ok() {
                    let _ = stored.send(number);
                }
            });
        }
        drop((runtime, writer, stored));
        let _ = (writing.join(), telling.join());
        Ok(())
    }

    fn prepare(&self) -> Result<(), Failure> {
        if self.nodes == 0 || self.report == 0 || !self.samples.is_multiple_of(self.nodes * self.report) {
            return Err("samples must be a multiple of nodes times samples in a report".into());
        }
        std::fs::create_dir_all(&self.state)?;
        if self.file().exists() {
            return Err(format!("{} is there already", self.file().display()).into());
        }
        Ok(())
    }

    fn node(number: u64) -> DevId {
        DevId::new(format!("urn:imei:{:015}", 490_154_203_000_000 + number))
    }

    fn time(sample: u64) -> DiagTime {
        DiagTime::from_unix_millis(EPOCH + sample * PERIOD)
    }

    /// The value of sample `sample` of node `node`: two decimals, no two neighbours alike.
    fn value(node: u64, sample: u64) -> Decimal {
        let mixed = (node << 32 | sample).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 51;
        Decimal::new(2000.0 + mixed as f64 / 100.0).unwrap_or_default()
    }

    /// Report `number`: all nodes send their first, then all their second.
    fn record(&self, number: u64) -> Record {
        let (node, seq) = (number % self.nodes, number / self.nodes);
        let mut report = PmReport::new("memory", seq + 1);
        let samples = seq * self.report..(seq + 1) * self.report;
        report.samples = samples
            .map(|sample| PmSample::new(Self::time(sample), "free", Self::value(node, sample)).with_unit(Some("kB")))
            .collect();
        Record::Samples(Collected::uploaded(Self::node(node), report))
    }

    /// Reads everything, and holds it against what was sent and `acknowledged`.
    fn count(&self, database: &Database, acknowledged: &dyn Fn(u64) -> bool) -> Result<Figures, Failure> {
        let mut figures = Figures { bytes: std::fs::metadata(self.file())?.len(), ..Figures::default() };
        let per_node = self.samples / self.nodes;
        for node in 0..self.nodes {
            let series = SeriesKey::new(Self::node(node), "memory", "free");
            let found = database.samples(&series, Span::ALL, usize::MAX)?;
            figures.stored += found.len() as u64;
            let mut found = found.into_iter().peekable();
            for sample in 0..per_node {
                let time = Self::time(sample);
                while found.next_if(|it| it.time < time).is_some() {
                    figures.wrong += 1;
                }
                match found.next_if(|it| it.time == time) {
                    Some(it) if it.value == Self::value(node, sample) => {}
                    Some(_) => figures.wrong += 1,
                    None if acknowledged(sample / self.report * self.nodes + node) => figures.lost += 1,
                    None => {}
                }
            }
            figures.wrong += found.count() as u64;
        }
        Ok(figures)
    }

    /// How long a day of one metric of one node takes: 99 of 100 of the queries for nodes here and there.
    fn query(&self, database: &Database) -> Result<Duration, Failure> {
        let day = 86_400_000 / PERIOD;
        let per_node = self.samples / self.nodes;
        let begin = per_node.saturating_sub(day) / 2;
        let mut times = Vec::new();
        for query in 0..QUERIES {
            let series = SeriesKey::new(Self::node(query * 7919 % self.nodes), "memory", "free");
            let span = Span::new(Self::time(begin), Self::time(begin + day));
            let began = Instant::now();
            let found = database.samples(&series, span, usize::MAX)?.len() as u64;
            times.push(began.elapsed());
            if found != day.min(per_node - begin) {
                return Err(format!("a day has {found} samples").into());
            }
        }
        times.sort();
        Ok(times.get(times.len() * 99 / 100).copied().unwrap_or_default())
    }
}

/// The process that is killed.
struct Process {
    child: Child,
    to: std::process::ChildStdin,
    from: BufReader<std::process::ChildStdout>,
}

impl Process {
    fn start(program: &Path, load: &Load) -> Result<Self, Failure> {
        let mut child = Command::new(program)
            .args(["pm-load", "--serve", "--state"])
            .arg(&load.state)
            .args(["--nodes", &load.nodes.to_string(), "--samples", &load.samples.to_string()])
            .args(["--report", &load.report.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let to = child.stdin.take().ok_or("no standard input")?;
        let from = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        Ok(Self { child, to, from })
    }

    fn send(&mut self, number: u64) -> Result<(), Failure> {
        Ok(writeln!(self.to, "{number}")?)
    }

    /// The next number that is stored.
    fn acknowledged(&mut self) -> Result<u64, Failure> {
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        Ok(line.trim().parse().map_err(|_| "the store ended by itself")?)
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
