//! The media types of the documents that device management exchanges \[wbxml 2\].
//!
//! Each kind of document has one type for XML and one for WBXML. They stand in Content-Type headers and, for documents inside
//! Data, in Meta/Type; whoever changes the syntax of such a document changes its type too \[wbxml 5\].

use crate::exchange::Syntax;

/// A kind of document that has a media type in each syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DocumentKind {
    /// A DM message.
    Message,
    /// A serialized management tree.
    Tnds,
    /// A description of a part of a tree.
    Ddf,
    /// The device information of data synchronisation.
    DevInf,
}

impl DocumentKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Message, Self::Tnds, Self::Ddf, Self::DevInf];

    /// The media type of such a document in `syntax`.
    #[must_use]
    pub const fn media_type(self, syntax: Syntax) -> &'static str {
        match (self, syntax) {
            (Self::Message, syntax) => syntax.media_type(),
            (Self::Tnds, Syntax::Xml) => "application/vnd.syncml.dmtnds+xml",
            (Self::Tnds, Syntax::Wbxml) => "application/vnd.syncml.dmtnds+wbxml",
            (Self::Ddf, Syntax::Xml) => "application/vnd.syncml.dmddf+xml",
            (Self::Ddf, Syntax::Wbxml) => "application/vnd.syncml.dmddf+wbxml",
            (Self::DevInf, Syntax::Xml) => "application/vnd.syncml-devinf+xml",
            (Self::DevInf, Syntax::Wbxml) => "application/vnd.syncml-devinf+wbxml",
        }
    }

    /// The kind and the syntax that a media type names. Case does not matter, and parameters are skipped.
    #[must_use]
    pub fn from_media_type(media_type: &str) -> Option<(Self, Syntax)> {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        let mut all = Self::ALL.into_iter().flat_map(|kind| [(kind, Syntax::Xml), (kind, Syntax::Wbxml)]);
        all.find(|(kind, syntax)| essence.eq_ignore_ascii_case(kind.media_type(*syntax)))
    }
}
