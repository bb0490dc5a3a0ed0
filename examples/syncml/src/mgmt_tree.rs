//! `MgmtTree` documents: device descriptions and serialized trees, told apart by what they hold.

use omadm_proto::element::{Event, EventSource as _, Name, ddf};
use omadm_proto::error::{DecodeError, DecodeErrorKind};
use omadm_tree::ddf::{Ddf, ReadDdf};
use omadm_tree::tnds::{Tnds, TndsError, TndsErrorKind, TndsLimits, TndsUse};

use crate::document::{Document, Problem};

/// A `MgmtTree` document.
pub(crate) enum MgmtTree<'a> {
    /// A device description.
    Description(ReadDdf),
    /// A serialized tree.
    Serialized(Tnds<'a>),
}

/// Reads `document`, which must be one.
pub(crate) fn read(document: &Document) -> Result<MgmtTree<'_>, Problem> {
    if is_description(document)? {
        Ok(MgmtTree::Description(ddf(document)?))
    } else {
        let mut limits = TndsLimits::DEFAULT;
        limits.nodes = usize::MAX;
        limits.bytes = usize::MAX;
        let read = Tnds::parse_for(TndsUse::Report, document.syntax, document.utf8_bytes(), &limits);
        Ok(MgmtTree::Serialized(read?))
    }
}

/// Reads `document` as a description, whatever it holds.
pub(crate) fn ddf(document: &Document) -> Result<ReadDdf, DecodeError> {
    Ddf::from_events(document.source()?, &document.reading)
}

/// Reads `document`, which must be a description.
pub(crate) fn description(document: &Document) -> Result<Ddf, Problem> {
    match read(document)? {
        MgmtTree::Description(read) => Ok(read.ddf),
        MgmtTree::Serialized(_) => Err(Problem::new(0, "this is a serialized tree, not a description")),
    }
}

impl From<TndsError> for Problem {
    fn from(error: TndsError) -> Self {
        match error.kind {
            TndsErrorKind::Document(kind) => DecodeError::new(kind, error.offset).into(),
            kind => Self::new(error.offset, kind.to_string()),
        }
    }
}

/// Whether the document, a `MgmtTree`, is a description: properties and values at run time alone make a serialized tree. A
/// damaged document is what its whole part says.
pub(crate) fn is_description(document: &Document) -> Result<bool, DecodeError> {
    let mut source = document.source()?;
    if source.next_event()? != Some(Event::Start(Name::Known(ddf::MGMT_TREE))) {
        return Err(DecodeError::new(DecodeErrorKind::UnexpectedRoot(ddf::MGMT_TREE), source.offset()));
    }
    let mut serialized = false;
    while let Ok(Some(event)) = source.next_event() {
        match event {
            Event::Start(Name::Known(ddf::DF_PROPERTIES)) => return Ok(true),
            Event::Start(Name::Known(ddf::RT_PROPERTIES | ddf::VALUE)) => serialized = true,
            _ => {}
        }
    }
    Ok(!serialized)
}
