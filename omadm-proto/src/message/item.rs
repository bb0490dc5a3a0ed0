//! Item, and the Target and Source that address things.

use alloc::borrow::Cow;
use alloc::boxed::Box;

use super::{Data, Meta, MetaFormat};

/// The content of a Target or Source: LocURI and an optional LocName.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Location<'a> {
    /// LocURI, as received; see [`Self::normalised`].
    pub loc_uri: Cow<'a, str>,
    /// Boxed, because hardly any location has one.
    loc_name: Option<Box<Cow<'a, str>>>,
}

impl<'a> Location<'a> {
    /// The location `loc_uri` without a name.
    #[must_use]
    pub fn new(loc_uri: impl Into<Cow<'a, str>>) -> Self {
        Self { loc_uri: loc_uri.into(), loc_name: None }
    }

    /// The location with an empty LocURI.
    pub(crate) const fn nowhere() -> Self {
        Self { loc_uri: Cow::Borrowed(""), loc_name: None }
    }

    /// The same with LocName.
    #[must_use]
    pub fn named(mut self, loc_name: impl Into<Cow<'a, str>>) -> Self {
        self.loc_name = Some(Box::new(loc_name.into()));
        self
    }

    /// LocName; in SyncHdr/Source the user id of the credentials \[dm 7.2\].
    #[must_use]
    pub fn loc_name(&self) -> Option<&str> {
        self.loc_name.as_deref().map(|name| &**name)
    }

    /// Changes LocName.
    pub(crate) fn set_loc_name(&mut self, loc_name: Cow<'a, str>) {
        self.loc_name = Some(Box::new(loc_name));
    }

    /// LocURI without the white space at its ends; blanks inside are part of the name \[windows-quirks L22\].
    #[must_use]
    pub fn normalised(&self) -> &str {
        self.loc_uri.trim()
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> Location<'static> {
        Location {
            loc_uri: Cow::Owned(self.loc_uri.into_owned()),
            loc_name: self.loc_name.map(|name| Box::new(Cow::Owned(name.into_owned()))),
        }
    }
}

/// SourceParent and TargetParent, which DM does not use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Parents<'a> {
    /// SourceParent/LocURI.
    pub source: Option<Cow<'a, str>>,
    /// TargetParent/LocURI.
    pub target: Option<Cow<'a, str>>,
}

/// What an Item without parents has.
static NO_PARENTS: Parents<'static> = Parents { source: None, target: None };

/// One Item of a command, Status or Results.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Item<'a> {
    /// Target.
    pub target: Option<Location<'a>>,
    /// Source.
    pub source: Option<Location<'a>>,
    pub(crate) parents: Option<Box<Parents<'a>>>,
    /// Meta of this Item; wins over the Meta of its command.
    pub meta: Option<Meta<'a>>,
    /// Data; an empty element is `Some` with no bytes.
    pub data: Option<Data<'a>>,
    /// MoreData: the object goes on in the next message \[dm 3.7\].
    pub more_data: bool,
}

impl<'a> Item<'a> {
    /// An Item that addresses `uri` as Target.
    #[must_use]
    pub fn target(uri: impl Into<Cow<'a, str>>) -> Self {
        Self { target: Some(Location::new(uri)), ..Self::default() }
    }

    /// An Item that names `uri` as Source.
    #[must_use]
    pub fn source(uri: impl Into<Cow<'a, str>>) -> Self {
        Self { source: Some(Location::new(uri)), ..Self::default() }
    }

    /// The same with Meta.
    #[must_use]
    pub fn with_meta(mut self, meta: Meta<'a>) -> Self {
        self.meta = Some(meta);
        self
    }

    /// The same with Data.
    #[must_use]
    pub fn with_data(mut self, data: Data<'a>) -> Self {
        self.data = Some(data);
        self
    }

    /// SourceParent and TargetParent.
    #[must_use]
    pub fn parents(&self) -> &Parents<'a> {
        self.parents.as_deref().unwrap_or(&NO_PARENTS)
    }

    /// SourceParent and TargetParent, to change them.
    pub fn parents_mut(&mut self) -> &mut Parents<'a> {
        self.parents.get_or_insert_with(Box::default)
    }

    /// Target/LocURI.
    #[must_use]
    pub fn target_uri(&self) -> Option<&str> {
        self.target.as_ref().map(|target| &*target.loc_uri)
    }

    /// Source/LocURI.
    #[must_use]
    pub fn source_uri(&self) -> Option<&str> {
        self.source.as_ref().map(|source| &*source.loc_uri)
    }

    /// The Format that holds for this Item: its own, else that of the command's Meta.
    #[must_use]
    pub fn effective_format<'m>(&'m self, command: Option<&'m Meta<'a>>) -> Option<&'m MetaFormat<'a>> {
        let own = self.meta.as_ref().and_then(|meta| meta.format.as_ref());
        own.or_else(|| command.and_then(|meta| meta.format.as_ref()))
    }

    /// The Type that holds for this Item: its own, else that of the command's Meta.
    #[must_use]
    pub fn effective_type<'m>(&'m self, command: Option<&'m Meta<'a>>) -> Option<&'m str> {
        let own = self.meta.as_ref().and_then(|meta| meta.type_name.as_deref());
        own.or_else(|| command.and_then(|meta| meta.type_name.as_deref()))
    }

    /// The same, owning everything.
    #[must_use]
    pub fn into_owned(self) -> Item<'static> {
        Item {
            target: self.target.map(Location::into_owned),
            source: self.source.map(Location::into_owned),
            parents: self.parents.map(|parents| {
                let own = |uri: Option<Cow<'_, str>>| uri.map(|uri| Cow::Owned(uri.into_owned()));
                Box::new(Parents { source: own(parents.source), target: own(parents.target) })
            }),
            meta: self.meta.map(Meta::into_owned),
            data: self.data.map(Data::into_owned),
            more_data: self.more_data,
        }
    }
}

impl PartialEq for Item<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.target == other.target
            && self.source == other.source
            && self.parents() == other.parents()
            && self.meta == other.meta
            && self.data == other.data
            && self.more_data == other.more_data
    }
}
