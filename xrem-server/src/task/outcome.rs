//! What became of a command.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use omadm_proto::alert::types;
use omadm_proto::status::StatusCode;
use omadm_tree::mo::{DcmoResult, LawmoResult, ScomoReport, ScomoResult};

use crate::session::{AlertItem, CommandAnswer, Value};

/// Items of the reports about one Exec that are kept.
const MAX_ITEMS: usize = 64;

/// The outcome of one command, filled in as it becomes known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Outcome {
    /// Its Status.
    pub status: Option<StatusCode>,
    /// The Status is as good as 200 in this place.
    pub tolerated: bool,
    /// The error behind the Status, as Windows tells it in `msft:originalerror`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub original_error: Option<String>,
    /// The values it returned.
    pub results: Vec<Value>,
    /// The alert that finished it.
    pub alert: Option<AlertReport>,
    /// What went wrong that has no Status.
    pub fault: Option<OutcomeFault>,
    /// The outcomes of the commands inside it.
    pub commands: Vec<Self>,
    /// Nothing was written, because the node had this value already.
    #[cfg_attr(feature = "serde", serde(default))]
    pub unchanged: bool,
}

/// A failure that no peer reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum OutcomeFault {
    /// The device ended its package without a Status for the command.
    #[error("no status: the device answered without one")]
    NoStatus,
    /// A Get answered 200 without a value.
    #[error("no result: the device answered the Get without Results")]
    NoResult,
    /// It fits no message, or is larger than the device's largest object.
    #[error("not sent: larger than the messages or objects this device accepts")]
    TooLarge,
    /// It has a part that the device's dialect does not have.
    #[error("not sent: the device's dialect has no such command")]
    NotInDialect,
    /// A walk was given up.
    #[error("incomplete: the subtree has more nodes, or is deeper, than a walk goes")]
    TooManyNodes,
    /// The connection broke before the Status came, and repeating it could do harm.
    #[error("outcome unknown: the session broke off before the status came")]
    Unknown,
    /// It answered 202 and no alert followed in time.
    #[error("no alert: the result of the accepted command did not come in time")]
    NoAlert,
    /// The device refused the server's credentials, made anew with its own nonce, and executed nothing.
    #[error("authentication: the device does not accept the server's credentials")]
    ServerNotAccepted,
    /// It was done, and the node does not have the value that was written.
    #[error("not verified: the node does not read as it was written")]
    NotVerified,
    /// The task was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// What the device has is not what it reported.
    #[error("not as reported: the device's inventory differs from what it said about the operation")]
    NotAsReported,
    /// There is nothing on the device that could be changed so.
    #[error("not installed: the device has no component of this package")]
    NotInstalled,
    /// The device does not say that it could wipe this.
    #[error("not listed: the device's list of what can be wiped has not all of these names; nothing was wiped")]
    NotListed,
}

/// What a Status means for whoever asked for the command \[dm 5\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Conclusion {
    /// Done.
    #[error("done")]
    Succeeded,
    /// Accepted; an alert will tell the outcome (202).
    #[error("accepted, the outcome is still to come")]
    Pending,
    /// A part of a large object arrived (213).
    #[error("a part arrived")]
    InTransfer,
    /// The user cancelled it (214).
    #[error("the user cancelled it")]
    Cancelled,
    /// The user said no (304).
    #[error("the user said no")]
    Declined,
    /// It was skipped because of another command (215), or rolled back (216): it may be asked for again.
    #[error("not executed because of another command")]
    NotExecuted,
    /// The device refused or failed.
    #[error("{0}")]
    Failed(StatusCode),
    /// There is no Status.
    #[error("no status yet")]
    Unknown,
}

/// The alert that finished an Exec.
#[derive(Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct AlertReport {
    /// Its type.
    pub type_name: Option<String>,
    /// Its importance.
    pub mark: Option<String>,
    /// Its source.
    pub source: Option<String>,
    /// Its target: the node that came of the operation.
    #[cfg_attr(feature = "serde", serde(default))]
    pub target: Option<String>,
    /// Its data.
    pub data: Vec<u8>,
    /// What further Items of it, or further alerts about the same Exec, say: SCOMO sends one for each component \[mo 7.5\].
    #[cfg_attr(feature = "serde", serde(default))]
    pub more: Vec<Self>,
}

impl AlertReport {
    /// The report that `item` makes.
    #[must_use]
    pub fn new(item: &AlertItem) -> Self {
        Self {
            type_name: item.type_name.clone(),
            mark: item.mark.clone(),
            source: item.source.clone(),
            target: item.target.clone(),
            data: item.data.clone(),
            more: Vec::new(),
        }
    }

    /// This one and the further ones.
    pub fn items(&self) -> impl Iterator<Item = &Self> {
        core::iter::once(self).chain(&self.more)
    }

    /// Adds what another Item says, unless it was said already.
    pub fn add(&mut self, item: Self) {
        if self.more.len() < MAX_ITEMS && !self.items().any(|known| known.says_the_same(&item)) {
            self.more.push(item);
        }
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.type_name == other.type_name
            && self.source == other.source
            && self.target == other.target
            && self.data == other.data
    }

    /// The data as text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        core::str::from_utf8(&self.data).ok()
    }

    /// The result code in its data: a number, or as SCOMO writes it \[mo 13\].
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        ScomoReport::parse(self.text()?).map(|report| report.result.as_u16())
    }

    /// The result code in words, for the objects whose codes have any \[mo 7.4, 8.1\].
    #[must_use]
    pub fn result(&self) -> Option<String> {
        let (code, type_name) = (self.code()?, self.type_name.as_deref().unwrap_or_default());
        let is = |registered: &str| types::same(type_name, registered);
        Some(if is(types::SCOMO_COMPLETE) || is(types::SCOMO_COMPLETE_2009) {
            ScomoResult::from_u16(code).to_string()
        } else if is(types::LAWMO_COMPLETE) {
            LawmoResult::from_u16(code).to_string()
        } else if is(types::DCMO_COMPLETE) {
            DcmoResult::from_u16(code).to_string()
        } else {
            code.to_string()
        })
    }

    /// Whether it tells of success: result codes of 400 to 599 (FUMO) and 1400 to 1599 (SCOMO, GwMO) are failures
    /// \[mo 5.4, gwmo 5.9\]; other data is no result code and is taken as success.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.items().all(|item| !matches!(item.code(), Some(400..=599 | 1400..=1599)))
    }
}

impl fmt::Debug for AlertReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AlertReport({:?} from {:?}, {} bytes)", self.type_name, self.source, self.data.len())
    }
}

impl Outcome {
    /// The outcome that `answer` tells.
    #[must_use]
    pub fn from_answer(answer: CommandAnswer) -> Self {
        Self {
            status: answer.status,
            original_error: answer.original_error,
            results: answer.values,
            fault: answer.status.is_none().then_some(OutcomeFault::NoStatus),
            commands: answer.inner.into_iter().map(Self::from_answer).collect(),
            ..Self::default()
        }
    }

    /// A failure without Status.
    #[must_use]
    pub fn failed(fault: OutcomeFault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }

    /// What its Status means.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        match self.status {
            None => Conclusion::Unknown,
            Some(StatusCode::ACCEPTED_FOR_PROCESSING) if self.alert.is_none() => Conclusion::Pending,
            Some(StatusCode::CHUNKED_ITEM_ACCEPTED) => Conclusion::InTransfer,
            Some(StatusCode::OPERATION_CANCELLED) => Conclusion::Cancelled,
            Some(StatusCode::NOT_EXECUTED | StatusCode::ATOMIC_ROLL_BACK_OK) => Conclusion::NotExecuted,
            Some(StatusCode::NOT_MODIFIED) => Conclusion::Declined,
            Some(status) if status.is_good() || self.tolerated => Conclusion::Succeeded,
            Some(status) => Conclusion::Failed(status),
        }
    }

    /// Whether it and all inside it succeeded. A container without a Status of its own is what its commands are: real
    /// clients send none \[peers 1\].
    #[must_use]
    pub fn is_good(&self) -> bool {
        let inner_good = !self.commands.is_empty() && self.commands.iter().all(Self::is_good);
        let good = match self.status {
            Some(status) => self.tolerated || (status.is_good() && self.commands.iter().all(Self::is_good)),
            None => inner_good || self.alert.is_some(),
        };
        let no_fault = match self.fault {
            None => true,
            Some(OutcomeFault::NoStatus) => inner_good || self.alert.is_some(),
            Some(_) => false,
        };
        good && no_fault && self.alert.as_ref().is_none_or(AlertReport::is_good)
    }

    /// Whether an alert is still to come: an Exec, it or one inside it, answered 202.
    #[must_use]
    pub fn awaits_alert(&self) -> bool {
        let own = self.commands.is_empty() && self.status == Some(StatusCode::ACCEPTED_FOR_PROCESSING);
        (own && self.alert.is_none() && self.fault.is_none()) || self.commands.iter().any(Self::awaits_alert)
    }

    /// Notes that what is still awaited will not come.
    pub fn give_up(&mut self, fault: OutcomeFault) {
        if self.commands.is_empty() {
            if self.status.is_none() || self.awaits_alert() {
                self.fault = Some(fault);
            }
        } else {
            for inner in &mut self.commands {
                inner.give_up(fault);
            }
        }
    }

    /// Takes the later of two pictures of the same command, keeping an alert that came early.
    pub fn replace_with(&mut self, newer: Self) {
        let alert = self.alert.take();
        let mut old = core::mem::replace(self, newer).commands.into_iter();
        self.alert = self.alert.take().or(alert);
        for inner in &mut self.commands {
            if let Some(old) = old.next() {
                inner.alert = inner.alert.take().or(old.alert);
            }
        }
    }
}
