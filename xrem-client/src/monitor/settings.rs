//! What the tree says about functions and traps, and what servers may not write there \[mo 9.4\].
//!
//! Settings are read again whenever the tree has changed, so what a server writes takes effect at once. A value that nobody can
//! act on is refused with 415, as values that a device description forbids are. One that comes past that, in a serialized
//! object or from the device itself, leaves its function off or its trap disarmed.

use core::time::Duration;

use omadm_proto::status::StatusCode;
use omadm_tree::mo::diag_mon::Decimal;
use omadm_tree::mo::{DiagFunctionView, TrapView};
use omadm_tree::tree::Tree;
use omadm_tree::uri::NodeUri;

use super::condition::Condition;
use crate::outbox::Mark;

/// The most samples that a function holds, whatever Keep says: each sample stores them all.
pub(super) const MOST_KEPT: u32 = 4096;
/// The longest Period, Upload and HoldSec.
const DAY: u32 = 86_400;

/// A function as the tree has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FunctionSettings {
    /// Collection is on, and what it needs is there.
    pub(super) enabled: bool,
    pub(super) period: Duration,
    /// `None`: only when asked for.
    pub(super) upload: Option<Duration>,
    pub(super) keep: usize,
}

/// A trap as the tree has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TrapSettings {
    /// When it raises; `None` when it is disarmed.
    pub(super) armed: Option<Condition>,
    /// It is switched on and cannot be armed all the same.
    pub(super) unusable: bool,
    pub(super) condition: alloc::string::String,
    pub(super) hysteresis: Decimal,
    pub(super) hold: Duration,
    pub(super) latch: bool,
    pub(super) severity: Mark,
}

impl FunctionSettings {
    pub(super) fn read(view: DiagFunctionView<'_>) -> Self {
        let within = |key, least| view.read(key).filter(|seconds| (least..=DAY).contains(seconds));
        let period = within(DiagFunctionView::PERIOD, 1);
        let upload = within(DiagFunctionView::UPLOAD, 1);
        let keep = view.read(DiagFunctionView::KEEP).unwrap_or(MOST_KEPT).clamp(1, MOST_KEPT);
        Self {
            enabled: period.is_some() && view.read(DiagFunctionView::ENABLED) == Some(true),
            period: seconds(period.unwrap_or(DAY)),
            upload: upload.map(seconds),
            keep: usize::try_from(keep).unwrap_or(1),
        }
    }
}

impl TrapSettings {
    pub(super) fn read(view: TrapView<'_>) -> Self {
        let text = view.text(TrapView::CONDITION).unwrap_or_default();
        let hysteresis = view.text(TrapView::HYSTERESIS).map_or(Some(Decimal::ZERO), distance);
        let severity = view.text(TrapView::SEVERITY).and_then(mark);
        let condition = Condition::parse(text).filter(|_| hysteresis.is_some() && severity.is_some());
        let enabled = view.read(TrapView::ENABLED) == Some(true);
        Self {
            unusable: enabled && condition.is_none(),
            armed: condition.filter(|_| enabled),
            condition: text.into(),
            hysteresis: hysteresis.unwrap_or_default(),
            hold: seconds(view.read(TrapView::HOLD_SEC).unwrap_or(0).min(DAY)),
            latch: view.read(TrapView::LATCH) == Some(true),
            severity: severity.unwrap_or(Mark::Warning),
        }
    }
}

/// Whether a server may write `value` into the leaf `uri`.
///
/// # Errors
/// 415 when it is a setting of a function or trap that nobody can act on.
pub(crate) fn judge(tree: &Tree, uri: &NodeUri, value: &[u8]) -> Result<(), StatusCode> {
    let Some(admits) = uri.name().and_then(rule) else { return Ok(()) };
    let Some(node) = uri.parent().and_then(|parent| tree.node_at(&parent)) else { return Ok(()) };
    let is_function = DiagFunctionView::around(node).is_some_and(|view| view.root().id() == node.id());
    let is_trap = TrapView::around(node).is_some_and(|view| view.root().id() == node.id());
    let judged = match admits {
        Rule::Function(admits) if is_function => admits,
        Rule::Trap(admits) if is_trap => admits,
        Rule::Function(_) | Rule::Trap(_) => return Ok(()),
    };
    if core::str::from_utf8(value).is_ok_and(judged) {
        Ok(())
    } else {
        Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT)
    }
}

enum Rule {
    Function(fn(&str) -> bool),
    Trap(fn(&str) -> bool),
}

fn rule(leaf: &str) -> Option<Rule> {
    fn number(text: &str) -> Option<u32> {
        text.parse().ok()
    }
    Some(match leaf {
        "Period" => Rule::Function(|text| number(text).is_some_and(|secs| (1..=DAY).contains(&secs))),
        "Upload" => Rule::Function(|text| number(text).is_some_and(|secs| secs <= DAY)),
        "Keep" => Rule::Function(|text| number(text).is_some_and(|count| (1..=MOST_KEPT).contains(&count))),
        "Condition" => Rule::Trap(|text| Condition::parse(text).is_some()),
        "Hysteresis" => Rule::Trap(|text| distance(text).is_some()),
        "HoldSec" => Rule::Trap(|text| number(text).is_some_and(|secs| secs <= DAY)),
        "Severity" => Rule::Trap(|text| mark(text).is_some()),
        _ => return None,
    })
}

/// A Hysteresis: a float of the tree, which may have an exponent, and no negative one.
fn distance(text: &str) -> Option<Decimal> {
    let number: f64 = text.parse().ok()?;
    Decimal::new(number).ok().filter(|distance| *distance >= Decimal::ZERO)
}

/// The Mark called `word`; the sheet lets a severity be any but the last.
fn mark(word: &str) -> Option<Mark> {
    let marks = [Mark::Fatal, Mark::Critical, Mark::Minor, Mark::Warning, Mark::Informational, Mark::Harmless];
    marks.into_iter().find(|mark| mark.as_str() == word)
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}
