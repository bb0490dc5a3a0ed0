//! Reading jobs and images from the nodes that a server wrote \[gwmo 3.4, 3.5\].
//!
//! What this gateway does not do yet (groups, filters, windows, rates, canaries, abort rules, dynamic targets) is refused when
//! it is asked for, never ignored.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::time::Duration;
use omadm_proto::exchange::Syntax;
use omadm_proto::ids::{DevId, ServerId};
use omadm_proto::status::StatusCode;
use omadm_tree::Tree;

use crate::code::ResultCode;
use crate::fanout::{JobSpec, Policy, Reason, ReportMode, ReportPolicy};
use crate::image::{ImageHash, ImageRefused, ImageSpec};
use crate::inventory::Batching;
use crate::names::{Mo, Name, NodeNames};
use crate::target::Selection;

/// A job as its nodes describe it, with the first thing that is wrong about them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Draft {
    /// The job.
    pub spec: JobSpec,
    /// What is wrong with its leaves, for [`crate::fanout::Fanout::start`].
    pub problem: Option<Reason>,
}

/// Reads the job `node`, which `creator` wants to start.
///
/// # Errors
/// When there is no such job.
pub fn job(
    tree: &Tree,
    names: &NodeNames,
    node: &str,
    creator: &ServerId,
    correlator: Option<String>,
) -> Result<Draft, Reason> {
    let mut reader = Reader { tree, names, base: names.job(node, &[]), problem: None };
    if tree.find(&reader.base).is_none() {
        return Err(Reason::NoJob);
    }
    let (syntax, template) = reader.template();
    let mut spec = JobSpec::new(node, creator.clone(), reader.targets(), syntax, template);
    spec.correlator = correlator;
    if let Some(id) = reader.text(&[Name::JobId]).filter(|id| !id.is_empty()) {
        spec.id = id.to_string();
    }
    if !is_identifier(&spec.id, 32) {
        reader.blame(&[Name::JobId], Reason::Value);
    }
    spec.priority = reader.number(&[Name::Priority], 0..=9, 5);
    spec.args = reader.args();
    spec.images = reader.list(&[Name::Command, Name::Images]);
    spec.policy = reader.policy();
    spec.report = reader.report();
    reader.refuse_unsupported();
    Ok(Draft { spec, problem: reader.problem })
}

/// Reads the image `node`.
///
/// # Errors
/// When its Hash, ImageID, Kind or Size is missing or malformed.
pub fn image(tree: &Tree, names: &NodeNames, node: &str) -> Result<ImageSpec, ImageRefused> {
    let text = |name: Name| tree.text(&names.image(node, &[name])).map(str::trim).filter(|text| !text.is_empty());
    let malformed = ImageRefused::new(StatusCode::BAD_REQUEST, ResultCode::MALFORMED);
    let hash = text(Name::Hash).and_then(ImageHash::parse).ok_or(malformed)?;
    let mut spec = ImageSpec::new(node, hash);
    if let Some(id) = text(Name::ImageId) {
        spec.id = id.to_string();
    }
    if !is_identifier(&spec.id, 64) {
        return Err(malformed);
    }
    spec.kind =
        text(Name::Kind).and_then(|kind| kind.parse().ok()).filter(|kind| (1..=5).contains(kind)).ok_or(malformed)?;
    spec.version = text(Name::Version).map(Into::into);
    if let Some(media_type) = text(Name::Type) {
        spec.media_type = media_type.to_string();
    }
    // Zero stands for a Size that nobody wrote.
    spec.size = match text(Name::Size) {
        Some(size) => Some(size.parse().map_err(|_| malformed)?).filter(|size| *size > 0),
        None => None,
    };
    spec.source = text(Name::SrcUrl).map(Into::into);
    Ok(spec)
}

/// When attached devices are announced, as a server configured it.
#[must_use]
pub fn batching(tree: &Tree, names: &NodeNames) -> Batching {
    let number = |name| -> Option<u64> {
        tree.text(&names.uri(Mo::Config, &[Name::SelfNode, Name::Alerts, name]))?.trim().parse().ok()
    };
    let max = number(Name::BatchMax).and_then(|max| usize::try_from(max).ok()).unwrap_or(50);
    Batching::new(Duration::from_secs(number(Name::BatchSec).unwrap_or(0)), max)
}

/// Whether the alert that the leaf `name` of Self/Alerts switches is on.
#[must_use]
pub fn is_alert_on(tree: &Tree, names: &NodeNames, name: Name) -> bool {
    tree.text(&names.uri(Mo::Config, &[Name::SelfNode, Name::Alerts, name])) != Some("false")
}

fn is_identifier(text: &str, max: usize) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=max).contains(&text.len()) && text.bytes().all(allowed)
}

struct Reader<'t> {
    tree: &'t Tree,
    names: &'t NodeNames,
    base: String,
    problem: Option<Reason>,
}

impl<'t> Reader<'t> {
    fn uri(&self, path: &[Name]) -> String {
        self.names.below(self.base.clone(), path)
    }

    fn text(&self, path: &[Name]) -> Option<&'t str> {
        self.tree.text(&self.uri(path)).map(str::trim)
    }

    /// The first problem stays.
    fn blame(&mut self, path: &[Name], reason: fn(String) -> Reason) {
        let uri = self.uri(path);
        self.problem.get_or_insert_with(|| reason(uri));
    }

    fn number<N: core::str::FromStr + PartialOrd>(
        &mut self,
        path: &[Name],
        range: core::ops::RangeInclusive<N>,
        default: N,
    ) -> N {
        match self.text(path) {
            None | Some("") => default,
            Some(text) => match text.parse().ok().filter(|number| range.contains(number)) {
                Some(number) => number,
                None => {
                    self.blame(path, Reason::Value);
                    default
                }
            },
        }
    }

    fn seconds(&mut self, path: &[Name], default: Duration) -> Duration {
        Duration::from_secs(self.number(path, 0..=u64::from(u32::MAX), default.as_secs()))
    }

    fn flag(&mut self, path: &[Name], default: bool) -> bool {
        match self.text(path) {
            None | Some("") => default,
            Some("true") => true,
            Some("false") => false,
            Some(_) => {
                self.blame(path, Reason::Value);
                default
            }
        }
    }

    /// The values of the children of a list.
    fn list(&self, path: &[Name]) -> Vec<String> {
        let uri = self.uri(path);
        let texts = self.tree.children(&uri).filter_map(|child| child.text());
        texts.map(str::trim).filter(|text| !text.is_empty()).map(Into::into).collect()
    }

    fn template(&mut self) -> (Syntax, Vec<u8>) {
        let bytes = |name| self.tree.bytes(&self.uri(&[Name::Command, name])).filter(|bytes| !bytes.is_empty());
        match (bytes(Name::Body), bytes(Name::Bin)) {
            (Some(body), None) => (Syntax::Xml, body.to_vec()),
            (None, Some(bin)) => (Syntax::Wbxml, bin.to_vec()),
            _ => {
                self.problem = Some(Reason::BodyOrBin);
                (Syntax::Xml, Vec::new())
            }
        }
    }

    fn targets(&self) -> Selection {
        let listed = self.list(&[Name::Target, Name::DeviceIds]);
        let (all, devices): (Vec<_>, Vec<_>) = listed.into_iter().partition(|id| id == Selection::ALL);
        let mut selection = Selection::explicit(devices.into_iter().map(DevId::new));
        selection.all = !all.is_empty();
        selection.exclude = self.list(&[Name::Target, Name::Exclude]).into_iter().map(DevId::new).collect();
        selection
    }

    fn args(&self) -> BTreeMap<DevId, BTreeMap<String, String>> {
        let mut args: BTreeMap<DevId, BTreeMap<String, String>> = BTreeMap::new();
        for arg in self.tree.children(&self.uri(&[Name::Target, Name::Args])) {
            let leaf = |name| arg.child(self.names.text(name)).and_then(|leaf| leaf.text());
            if let (Some(device), Some(key), Some(value)) = (leaf(Name::DeviceId), leaf(Name::Key), leaf(Name::Value)) {
                args.entry(DevId::new(device.trim())).or_default().insert(key.trim().into(), value.into());
            }
        }
        args
    }

    fn policy(&mut self) -> Policy {
        let of = |name| [Name::Policy, name];
        let mut policy = Policy::default();
        policy.parallel = self.number(&of(Name::Parallel), 1..=u32::MAX, policy.parallel);
        policy.retry_max = self.number(&of(Name::RetryMax), 0..=1000, policy.retry_max);
        policy.retry_base = self.seconds(&of(Name::RetryBase), policy.retry_base);
        policy.retry_cap = self.seconds(&of(Name::RetryCap), policy.retry_cap);
        policy.retry_unknown = self.flag(&of(Name::RetryUnknown), policy.retry_unknown);
        policy.dev_timeout = self.seconds(&of(Name::DevTimeout), policy.dev_timeout);
        policy.async_timeout = self.seconds(&of(Name::AsyncTimeout), policy.async_timeout);
        policy.keep = self.seconds(&of(Name::KeepSec), policy.keep);
        policy
    }

    fn report(&mut self) -> ReportPolicy {
        let of = |name| [Name::Report, name];
        let mut report = ReportPolicy::default();
        report.mode = ReportMode::from_number(self.number(&of(Name::Mode), 0..=4, 2)).unwrap_or_default();
        report.values = self.flag(&of(Name::Values), report.values);
        report.batch_devices = self.number(&of(Name::BatchDevices), 0..=u32::MAX, 0);
        report.batch_after = self.seconds(&of(Name::BatchSec), Duration::ZERO);
        report.max_bytes = self.number(&of(Name::MaxBytes), 0..=u32::MAX, 0);
        report
    }

    fn refuse_unsupported(&mut self) {
        for path in [[Name::Target, Name::GroupIds], [Name::Policy, Name::Window]] {
            if self.tree.children(&self.uri(&path)).next().is_some() {
                self.blame(&path, Reason::Unsupported);
            }
        }
        for path in [[Name::Target, Name::Filter], [Name::Policy, Name::NotBefore], [Name::Policy, Name::NotAfter]] {
            if self.text(&path).is_some_and(|text| !text.is_empty()) {
                self.blame(&path, Reason::Unsupported);
            }
        }
        for name in [Name::Rate, Name::First, Name::AbortPct] {
            if self.number(&[Name::Policy, name], 0..=u32::MAX, 0) != 0 {
                self.blame(&[Name::Policy, name], Reason::Unsupported);
            }
        }
        if self.flag(&[Name::Target, Name::Dynamic], false) {
            self.blame(&[Name::Target, Name::Dynamic], Reason::Unsupported);
        }
        // Devices do not sleep here, so the ways to treat sleepers are all the same.
        self.number(&[Name::Policy, Name::Sleep], 1..=3, 2);
        if self.number(&[Name::Policy, Name::Order], 1..=3, 2) == 3 {
            self.blame(&[Name::Policy, Name::Order], Reason::Unsupported);
        }
    }
}

#[cfg(test)]
mod tests;
