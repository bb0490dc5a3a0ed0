//! Device sets: record names with runs, and DeviceIDs for devices whose record is gone \[gwmo 4.3\].

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::fmt;
use omadm_proto::ids::DevId;

/// The name of an inventory record: `r17`, or `r7/r17` behind the child gateway `r7`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordName {
    via: Vec<u32>,
    number: u32,
}

impl RecordName {
    /// Child gateways that may stand between a gateway and a device \[gwmo 9\].
    const MAX_DEPTH: usize = 4;

    /// `r<number>`, a device of the gateway itself.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self { via: Vec::new(), number }
    }

    /// The name written as `text`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('/').map(parse_number);
        let number = numbers.next_back()??;
        let via: Vec<u32> = numbers.collect::<Option<_>>()?;
        (via.len() < Self::MAX_DEPTH).then_some(Self { via, number })
    }

    /// The number after the last `r`.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }
}

impl fmt::Display for RecordName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for gateway in &self.via {
            write!(f, "r{gateway}/")?;
        }
        write!(f, "r{}", self.number)
    }
}

/// Why a set of record names cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordSetError {
    /// A name is not `r` and a decimal number, or a run ends before it starts.
    #[error("a record name or run is malformed")]
    Malformed,
    /// The set is larger than the reader allows.
    #[error("the set names more records than allowed")]
    TooMany,
}

/// A set of records, written `r1..400 r403`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordSet(BTreeSet<RecordName>);

impl RecordSet {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeSet::new())
    }

    /// The set written as `text`, of at most `limit` records.
    ///
    /// # Errors
    /// When a name or run is malformed, or the set is larger than `limit`.
    pub fn parse(text: &str, limit: usize) -> Result<Self, RecordSetError> {
        let mut set = BTreeSet::new();
        for word in text.split_ascii_whitespace() {
            let (first, last) = match word.split_once("..") {
                Some((first, last)) => (first, Some(last)),
                None => (word, None),
            };
            let first = RecordName::parse(first).ok_or(RecordSetError::Malformed)?;
            let last = match last {
                // The sheet writes `r1..400`; `r1..r400` is understood as well.
                Some(last) => parse_digits(last.strip_prefix('r').unwrap_or(last)).ok_or(RecordSetError::Malformed)?,
                None => first.number,
            };
            let run = last.checked_sub(first.number).ok_or(RecordSetError::Malformed)?;
            let room = limit.saturating_sub(set.len());
            if usize::try_from(run).map_or(true, |run| run >= room) {
                return Err(RecordSetError::TooMany);
            }
            set.extend((first.number..=last).map(|number| RecordName { via: first.via.clone(), number }));
        }
        Ok(Self(set))
    }

    /// Puts `record` into the set.
    pub fn insert(&mut self, record: RecordName) {
        self.0.insert(record);
    }

    /// Whether `record` is in the set.
    #[must_use]
    pub fn contains(&self, record: &RecordName) -> bool {
        self.0.contains(record)
    }

    /// How many records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The records in order.
    pub fn iter(&self) -> impl Iterator<Item = &RecordName> {
        self.0.iter()
    }
}

impl FromIterator<RecordName> for RecordSet {
    fn from_iter<I: IntoIterator<Item = RecordName>>(records: I) -> Self {
        Self(records.into_iter().collect())
    }
}

impl fmt::Display for RecordSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut records = self.0.iter().peekable();
        let mut separator = "";
        while let Some(first) = records.next() {
            let mut last = first.number;
            while let Some(next) =
                records.next_if(|next| next.via == first.via && next.number == last.saturating_add(1))
            {
                last = next.number;
            }
            write!(f, "{separator}{first}")?;
            if last != first.number {
                write!(f, "..{last}")?;
            }
            separator = " ";
        }
        Ok(())
    }
}

/// The devices of a group: records, and DeviceIDs where no record exists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Members {
    /// `<D>`
    pub records: RecordSet,
    /// `<I>`, one each.
    pub ids: Vec<DevId>,
}

impl Members {
    /// How many devices.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len() + self.ids.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.ids.is_empty()
    }
}

impl From<RecordSet> for Members {
    fn from(records: RecordSet) -> Self {
        Self { records, ids: Vec::new() }
    }
}

fn parse_number(name: &str) -> Option<u32> {
    parse_digits(name.strip_prefix('r')?)
}

fn parse_digits(digits: &str) -> Option<u32> {
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}
