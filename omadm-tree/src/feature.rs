//! What the standard leaves to the device: a tree can be told to go without \[dm 4.2, 4.5, 4.6, 4.7, 9.3\].
//!
//! A command that needs what the tree goes without is answered 406, a serialized object in Add or Replace 415, before
//! existence and rights are looked at \[dm 4.11\]. This is configuration: not compared, not kept in snapshots.

use omadm_proto::status::StatusCode;

use crate::tree::Tree;
use crate::uri::{ListQuery, Property, Query, TndsPart};

/// Something that a device need not support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Feature {
    /// The command Copy.
    Copy,
    /// The command Exec.
    Exec,
    /// The command Atomic, which the session executes on the tree's transactions.
    Atomic,
    /// The queries `?list=Struct` and `?list=StructData`.
    Lists,
    /// Serialized objects: `?list=TNDS`, and their types in Add and Replace.
    Tnds,
    /// The property Size.
    Size,
    /// The property Title.
    Title,
    /// The property TStamp.
    TStamp,
    /// The property VerNo.
    VerNo,
}

/// The features that a tree goes without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Missing(u16);

impl Feature {
    const fn bit(self) -> u16 {
        1 << self as u16
    }

    /// The feature that `query` needs; `None` when every device has to answer it.
    pub(crate) const fn of(query: &Query) -> Option<Self> {
        match query {
            Query::List(ListQuery::Struct | ListQuery::StructData) => Some(Self::Lists),
            Query::List(ListQuery::Tnds(_)) => Some(Self::Tnds),
            Query::Property(Property::Size) => Some(Self::Size),
            Query::Property(Property::Title) => Some(Self::Title),
            Query::Property(Property::TStamp) => Some(Self::TStamp),
            Query::Property(Property::VerNo) => Some(Self::VerNo),
            Query::Property(Property::Acl | Property::Format | Property::Name | Property::Type) => None,
        }
    }

    /// The feature that `part` of a serialized object needs.
    pub(crate) const fn of_part(part: TndsPart) -> Option<Self> {
        match part {
            TndsPart::Title => Some(Self::Title),
            TndsPart::TStamp => Some(Self::TStamp),
            TndsPart::VerNo => Some(Self::VerNo),
            TndsPart::Acl | TndsPart::Format | TndsPart::Type | TndsPart::Value => None,
        }
    }
}

impl Tree {
    /// Lets the tree go without `feature` from now on.
    pub const fn leave_out(&mut self, feature: Feature) {
        self.missing.0 |= feature.bit();
    }

    /// Whether the tree has `feature`; all of them unless it was left out.
    #[must_use]
    pub const fn supports(&self, feature: Feature) -> bool {
        self.missing.0 & feature.bit() == 0
    }

    /// 406 when the tree goes without `feature`.
    pub(crate) const fn need(&self, feature: Feature) -> Result<(), StatusCode> {
        if self.supports(feature) { Ok(()) } else { Err(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED) }
    }

    /// 406 when the tree goes without what `query` asks for.
    pub(crate) fn need_for(&self, query: &Query) -> Result<(), StatusCode> {
        if let Query::List(ListQuery::Tnds(selection)) = query {
            selection.named().filter_map(Feature::of_part).try_for_each(|feature| self.need(feature))?;
        }
        Feature::of(query).map_or(Ok(()), |feature| self.need(feature))
    }
}
