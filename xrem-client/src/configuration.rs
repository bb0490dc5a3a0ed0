//! Configuration files: delivered or fetched, checked, applied once or not at all \[mission-matrix N1d\].
//!
//! ```text
//! Exec Apply -> stored, 202 -> (session over) -> bytes from Data, or fetched from SrcURL -> digest checked
//!            -> Action::ApplyConfiguration -> result stored -> tree -> alert with the Correlator
//! ```
//!
//! One job at a time; another Exec meanwhile is answered 417, one without a file or a digest 403. The nodes are read when the
//! Exec is accepted, the bytes when it is carried out. Whatever has no result yet is begun again after a restart: the driver
//! may be asked to apply the same file with the same number again, and answers as before. A file that is in force already is
//! not applied again (1203), and after each job Data and SrcURL are empty.
//!
//! Called by [`crate::drem`], never by the session.

mod file;
mod record;

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use omadm_proto::alert::types;
use omadm_proto::ids::ActionId;
use omadm_proto::message::Format;
use omadm_proto::status::StatusCode;
use omadm_proto::time::{Instant, Wakeup};
use omadm_proto::wire_codes;
use omadm_tree::mo::{ConfigFile, ConfigFileState, ConfigFileView, MoMut};
use omadm_tree::tree::Tree;
use omadm_tree::uri::NodeUri;
use sha2::{Digest as _, Sha256};

pub use file::ConfigurationFile;
pub use record::ConfigurationRecord;

use self::record::{Job, Phase, Source};
use crate::drem::Context;
use crate::event::Event;
use crate::outbox::{GenericAlert, Mark};
use crate::output::{Action, ActionFailure, ActionResult};
use crate::record::Record;
use crate::update::Request;

/// The longest file that is fetched.
pub const MAX_FILE: usize = 4 << 20;
/// Bytes asked for at once.
const BLOCK: u32 = 64 << 10;
/// How often in a row a Fetch may fail for a reason that may pass.
const MAX_FETCH_FAILURES: u32 = 6;

wire_codes! {
    /// Data of the alert that reports an Apply \[gwmo 5.9\].
    ConfigurationResult;
    1200 APPLIED "applied",
    1203 IN_FORCE "in force already",
    1400 NOT_APPLIED "not applied",
    1411 UNSUPPORTED "the device takes no configuration files",
    1420 NOT_FETCHED "download failed",
    1421 UNAUTHORIZED "the source refused the credentials",
    1422 BAD_URL "bad URL",
    1423 HASH_MISMATCH "the file has another digest",
    1425 NO_SPACE "no room for the file",
}

impl ConfigurationResult {
    /// Whether the file is in force.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self.0, 1200..=1299)
    }
}

/// The machine.
#[derive(Debug, Default)]
pub(crate) struct Configuration {
    record: ConfigurationRecord,
    work: Work,
    /// Rebuilt from a record.
    restored: bool,
}

/// What is being done right now. Not stored: a restart begins the job again.
#[derive(Default)]
enum Work {
    #[default]
    None,
    Fetching(ActionId, Fetched),
    /// A Fetch failed and is tried again then.
    Pausing(Instant, Fetched),
    Applying(ActionId),
}

/// The bytes so far.
#[derive(Default)]
struct Fetched {
    bytes: Vec<u8>,
    failures: u32,
}

impl core::fmt::Debug for Work {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Fetching(..) => "Fetching",
            Self::Pausing(..) => "Pausing",
            Self::Applying(_) => "Applying",
        })
    }
}

/// Whether an Exec of `uri` means Apply of one of these objects.
pub(crate) fn is_operation(tree: &Tree, uri: &NodeUri) -> bool {
    object(tree, uri).is_some()
}

fn object(tree: &Tree, uri: &NodeUri) -> Option<NodeUri> {
    let view = ConfigFileView::around(tree.node_at(uri)?)?;
    (view.path(ConfigFile::APPLY) == uri.to_string()).then(|| view.uri())
}

fn view<'t>(tree: &'t Tree, object: &NodeUri) -> Option<ConfigFileView<'t>> {
    ConfigFileView::around(tree.node_at(object)?)
}

impl Configuration {
    pub(crate) fn restore(record: ConfigurationRecord) -> Self {
        Self { record, work: Work::None, restored: true }
    }

    pub(crate) fn record(&self) -> Record {
        Record::Configuration(self.record.clone())
    }

    pub(crate) fn owns(&self, id: ActionId) -> bool {
        matches!(&self.work, Work::Fetching(own, _) | Work::Applying(own) if *own == id)
    }

    /// Whether a job runs.
    pub(crate) fn is_busy(&self) -> bool {
        self.record.job.as_ref().is_some_and(|job| job.phase == Phase::Accepted)
    }

    /// When [`Self::proceed`] has something to do.
    pub(crate) fn next_timeout(&self, now: Instant, in_session: bool) -> Option<Wakeup> {
        match &self.work {
            Work::Pausing(at, _) => Some(Wakeup::new(*at, "a download is tried again")),
            Work::None if self.is_busy() && !in_session => Some(Wakeup::new(now, "a configuration file is applied")),
            Work::None | Work::Fetching(..) | Work::Applying(_) => None,
        }
    }

    /// Takes an Exec: the status to answer it with.
    pub(crate) fn exec(&mut self, ctx: &mut Context<'_>, request: Request) -> StatusCode {
        let Some(object) = object(ctx.tree, &request.uri) else { return StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED };
        let same = |job: &Job| {
            job.correlator.is_some() && job.correlator == request.correlator && job.server == request.server
        };
        if self.record.job.as_ref().is_some_and(|job| same(job) && job.object == object) {
            return StatusCode::ACCEPTED_FOR_PROCESSING;
        }
        if self.is_busy() {
            return StatusCode::RETRY_LATER;
        }
        let Some(job) = self.job(ctx.tree, object, request) else { return StatusCode::FORBIDDEN };
        self.record.number = job.number;
        self.record.job = Some(Box::new(job));
        self.persist(ctx);
        StatusCode::ACCEPTED_FOR_PROCESSING
    }

    /// The job that the nodes describe; `None` when there is no file or no digest to hold it against.
    fn job(&self, tree: &Tree, object: NodeUri, request: Request) -> Option<Job> {
        let view = view(tree, &object)?;
        let text = |key| view.text(key).unwrap_or_default().trim().to_string();
        let sha256 = text(ConfigFileView::SHA256).to_ascii_lowercase();
        let is_digest = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        let source = match (view.data(), view.text(ConfigFileView::SRC_URL)) {
            (Some(_), _) => Source::Data,
            (None, Some(url)) => Source::Url(url.to_string()),
            (None, None) => return None,
        };
        let (name, version) = (text(ConfigFileView::NAME), text(ConfigFileView::VERSION));
        let Request { server, correlator, .. } = request;
        let (number, phase) = (self.record.number.saturating_add(1), Phase::Accepted);
        is_digest.then_some(Job { number, server, correlator, object, name, version, sha256, source, phase })
    }

    /// Goes on with what had to wait: for a pause to end, for the end of a session, or since a restart.
    pub(crate) fn proceed(&mut self, ctx: &mut Context<'_>) {
        match &self.work {
            Work::Pausing(at, _) if *at <= ctx.now => {
                if let Work::Pausing(_, fetched) = core::mem::take(&mut self.work) {
                    self.fetch(ctx, fetched);
                }
            }
            Work::None => match self.record.job.as_deref() {
                Some(Job { phase: Phase::Accepted, .. }) if !ctx.client.in_session() => self.begin(ctx),
                Some(Job { phase: Phase::Finished { alert, .. }, .. })
                    if !ctx.client.shared().outbox.has_seen(*alert) =>
                {
                    self.settle(ctx);
                }
                Some(_) | None => {}
            },
            Work::Pausing(..) | Work::Fetching(..) | Work::Applying(_) => {}
        }
    }

    fn begin(&mut self, ctx: &mut Context<'_>) {
        let Some(job) = self.record.job.as_deref() else { return };
        set_state(ctx.tree, &job.object, ConfigFileState::WORKING);
        let view = view(ctx.tree, &job.object);
        if view.and_then(|view| view.text(ConfigFileView::ACTIVE_SHA256)) == Some(job.sha256.as_str()) {
            return self.finish(ctx, ConfigurationResult::IN_FORCE);
        }
        match &job.source {
            Source::Data => {
                let data = view.and_then(ConfigFileView::data);
                if data.is_none() && self.restored {
                    // The power failed before the file was stored, so the 202 was never sent either: the server begins anew,
                    // and its Exec is not the repetition of one that was accepted.
                    set_state(ctx.tree, &job.object, ConfigFileState::IDLE);
                    if let Some(Job { server, object, correlator: Some(correlator), .. }) = self.record.job.as_deref() {
                        ctx.client.shared().forget_exec(server, object, correlator);
                    }
                    self.record.job = None;
                    return self.persist(ctx);
                }
                let data = Bytes::copy_from_slice(data.unwrap_or_default());
                self.apply(ctx, data);
            }
            Source::Url(_) => self.fetch(ctx, Fetched::default()),
        }
    }

    fn fetch(&mut self, ctx: &mut Context<'_>, fetched: Fetched) {
        let Some(Job { source: Source::Url(url), .. }) = self.record.job.as_deref() else { return };
        let offset = u64::try_from(fetched.bytes.len()).unwrap_or(u64::MAX);
        let action = Action::Fetch { url: url.clone(), offset, max_len: BLOCK };
        self.work = Work::Fetching(ctx.client.shared().out.action(action), fetched);
    }

    /// Takes the answer to an action of this machine.
    pub(crate) fn action_result(&mut self, ctx: &mut Context<'_>, result: ActionResult) {
        match core::mem::take(&mut self.work) {
            Work::Fetching(_, fetched) => self.fetched(ctx, fetched, result),
            Work::Applying(_) => {
                let result = match result.done() {
                    Ok(()) => ConfigurationResult::APPLIED,
                    Err(ActionFailure::Unsupported) => ConfigurationResult::UNSUPPORTED,
                    Err(ActionFailure::NoSpace) => ConfigurationResult::NO_SPACE,
                    Err(_) => ConfigurationResult::NOT_APPLIED,
                };
                self.finish(ctx, result);
            }
            idle @ (Work::None | Work::Pausing(..)) => self.work = idle,
        }
    }

    fn fetched(&mut self, ctx: &mut Context<'_>, mut fetched: Fetched, result: ActionResult) {
        let failure = match result.block() {
            Ok(block) if fetched.bytes.len().saturating_add(block.data.len()) > MAX_FILE => {
                return self.finish(ctx, ConfigurationResult::NO_SPACE);
            }
            Ok(block) if block.data.is_empty() && !block.end => ActionFailure::Network,
            Ok(block) => {
                fetched.bytes.extend_from_slice(&block.data);
                fetched.failures = 0;
                return if block.end { self.apply(ctx, fetched.bytes.into()) } else { self.fetch(ctx, fetched) };
            }
            Err(failure) => failure,
        };
        let result = match failure {
            ActionFailure::Unauthorized => ConfigurationResult::UNAUTHORIZED,
            ActionFailure::BadUrl => ConfigurationResult::BAD_URL,
            ActionFailure::Unsupported => ConfigurationResult::UNSUPPORTED,
            ActionFailure::NoSpace | ActionFailure::Storage => ConfigurationResult::NO_SPACE,
            ActionFailure::Network | ActionFailure::Timeout | ActionFailure::Unavailable | ActionFailure::Server
                if fetched.failures < MAX_FETCH_FAILURES =>
            {
                fetched.failures += 1;
                let pause = Duration::from_secs(1 << fetched.failures);
                self.work = Work::Pausing(ctx.now + pause, fetched);
                return;
            }
            ActionFailure::Network | ActionFailure::Timeout | ActionFailure::Unavailable | ActionFailure::Server => {
                ConfigurationResult::NOT_FETCHED
            }
        };
        self.finish(ctx, result);
    }

    /// Has `data` applied, if it is what the server announced.
    fn apply(&mut self, ctx: &mut Context<'_>, data: Bytes) {
        let Some(job) = self.record.job.as_deref() else { return };
        let digest: String = Sha256::digest(&data).iter().map(|byte| alloc::format!("{byte:02x}")).collect();
        if digest != job.sha256 {
            return self.finish(ctx, ConfigurationResult::HASH_MISMATCH);
        }
        let file = ConfigurationFile {
            number: job.number,
            object: job.object.clone(),
            name: job.name.clone(),
            version: job.version.clone(),
            sha256: digest,
            data,
        };
        self.work = Work::Applying(ctx.client.shared().out.action(Action::ApplyConfiguration(file)));
    }

    /// Ends the job: the result is durable before anything that follows from it.
    fn finish(&mut self, ctx: &mut Context<'_>, result: ConfigurationResult) {
        let alert = ctx.client.shared().outbox.next_id();
        let Some(job) = &mut self.record.job else { return };
        job.phase = Phase::Finished { result, alert };
        self.persist(ctx);
        self.settle(ctx);
    }

    /// What a result leaves behind in the tree, and its report. Done again after a restart if the report was not queued.
    fn settle(&self, ctx: &mut Context<'_>) {
        let Some(job) = self.record.job.as_deref() else { return };
        let Phase::Finished { result, .. } = job.phase else { return };
        let state = if result.is_success() { ConfigFileState::APPLIED } else { ConfigFileState::FAILED };
        set_state(ctx.tree, &job.object, state);
        let mut object = MoMut::at(ctx.tree, job.object.clone());
        // An object whose nodes were taken away keeps what it has; the report does not depend on it.
        let _ = object.write(ConfigFileView::RESULT, u32::from(result.as_u16()));
        let _ = object.write(ConfigFileView::DATA, &[]);
        let _ = object.write(ConfigFileView::SRC_URL, "");
        if result == ConfigurationResult::APPLIED {
            let _ = object.write(ConfigFileView::ACTIVE_NAME, job.name.as_str());
            let _ = object.write(ConfigFileView::ACTIVE_VERSION, job.version.as_str());
            let _ = object.write(ConfigFileView::ACTIVE_SHA256, job.sha256.as_str());
        }
        ctx.client.shared().persist_tree(ctx.tree);
        ctx.client.shared().out.event(Event::Configured { object: job.object.clone(), result });
        ctx.client.queue_alert(report(job, result));
    }

    fn persist(&self, ctx: &mut Context<'_>) {
        ctx.client.shared().out.persist(self.record());
    }
}

fn set_state(tree: &mut Tree, object: &NodeUri, state: ConfigFileState) {
    // As above: an object without State is reported on all the same.
    let _ = MoMut::at(tree, object.clone()).write(ConfigFileView::STATE, state);
}

/// The alert that reports a job.
fn report(job: &Job, result: ConfigurationResult) -> GenericAlert {
    let mark = if result.is_success() { Mark::Informational } else { Mark::Warning };
    GenericAlert::new(types::XREM_CONFIGURATION, result.as_u16().to_string())
        .for_server(job.server.clone())
        .source(job.object.to_string())
        .format(Format::Int)
        .mark(mark)
        .correlator(job.correlator.clone())
}
