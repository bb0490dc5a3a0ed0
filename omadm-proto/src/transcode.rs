//! From one syntax to the other without a typed message, for documents of any kind: messages, DevInf, descriptions and trees,
//! provisioning \[wbxml 5\].
//!
//! Element events are copied one by one, so nothing is lost that the other syntax can say: unknown elements, order, text
//! byte for byte. What the other syntax cannot say:
//!
//! * Opaque bytes that are no text become base64 in XML. For Data of an Item or a Cred the Format becomes `b64`, or a Meta that
//!   says so is added; the same is done for a NextNonce, which is base64 already only if its Format says so; in a serialized
//!   tree `<bin/>` becomes `<b64/>`. In other elements that have a name such bytes are an error, because nobody could tell
//!   what the base64 is. Size stays what it was. A typed [`Message`](crate::message::Message) does the same and more: it also
//!   takes text of Format `bin` for bytes.
//! * Element content of Data that WBXML has tokens for stays elements, other content becomes its XML text.
//! * Attributes of elements that have none in WBXML are an error, or left out on request.
//! * A nameless token `3F` of page 7 is the element `unknown_7_3F` in XML, and the other way round.
//!
//! The namespace of a message is that of its VerDTD.

mod copy;
mod places;
mod target;

use alloc::vec::Vec;

use crate::deviation::Deviations;
use crate::element::{EventSource as _, Space};
use crate::error::{DecodeError, EncodeError};
use crate::exchange::Syntax;
use crate::reading::Reading;
use crate::{wbxml, xml};
use copy::{Copier, Source};

/// How documents are written in another syntax.
///
/// ```
/// # fn main() -> Result<(), omadm_proto::transcode::TranscodeError> {
/// use omadm_proto::exchange::Syntax;
/// use omadm_proto::reading::Reading;
/// use omadm_proto::transcode::Transcoding;
///
/// let mut out = Vec::new();
/// let wbxml = b"\x02\xA4\x01\x6A\x00\x6B\x4B\x031\x00\x01\x12\x01";
/// Transcoding::new(Reading::LENIENT).document(Syntax::Wbxml, wbxml, Syntax::Xml, &mut out)?;
/// assert!(out.ends_with(br#"<SyncBody xmlns="SYNCML:SYNCML1.2"><CmdID>1</CmdID><Final/></SyncBody>"#));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Transcoding {
    reading: Reading,
    indent: Option<usize>,
    opens_embedded: bool,
    drops_attributes: bool,
}

/// Why a document could not be written in the other syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TranscodeError {
    /// It could not be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The other syntax cannot say what stands at a byte of the document.
    #[error("{error} (at byte {offset})")]
    Encode {
        /// What it cannot say.
        error: EncodeError,
        /// The byte.
        offset: usize,
    },
}

impl Transcoding {
    /// Reads as `reading` says, and writes the compact form of XML, the canonical form of WBXML.
    #[must_use]
    pub const fn new(reading: Reading) -> Self {
        Self { reading, indent: None, opens_embedded: false, drops_attributes: false }
    }

    /// The same with every element of XML on a line of its own, indented by `width` blanks a level; what stands inside Data
    /// stays as it is.
    #[must_use]
    pub const fn indented(mut self, width: usize) -> Self {
        self.indent = Some(width);
        self
    }

    /// The same, converting documents inside Data too: a WBXML document in OPAQUE whose Type ends with `+wbxml` becomes
    /// elements and its Type `+xml`, elements whose Type ends with `+xml` become such a document. One that cannot be
    /// converted stays as it is.
    #[must_use]
    pub const fn opening_embedded(mut self) -> Self {
        self.opens_embedded = true;
        self
    }

    /// The same, leaving out attributes that WBXML has no token for.
    #[must_use]
    pub const fn dropping_attributes(mut self) -> Self {
        self.drops_attributes = true;
        self
    }

    /// Appends `document`, which is in the syntax `from`, to `out` in the syntax `to`; both may be the same. After an error
    /// `out` is as before.
    ///
    /// # Errors
    /// The document cannot be read, or says something that the other syntax cannot.
    pub fn document(
        &self,
        from: Syntax,
        document: &[u8],
        to: Syntax,
        out: &mut Vec<u8>,
    ) -> Result<Deviations, TranscodeError> {
        match from {
            Syntax::Wbxml => {
                let mut source = wbxml::Reader::with(document, &self.reading)?;
                self.write(&mut source, to, out)?;
                Ok(source.take_deviations())
            }
            Syntax::Xml => {
                let text = xml::utf16_to_utf8(document, &self.reading.limits)?;
                let mut source = match &text {
                    Some(text) => xml::Reader::from_text(text, &self.reading)?,
                    None => xml::Reader::with(document, &self.reading)?,
                };
                self.write(&mut source, to, out)?;
                Ok(source.take_deviations())
            }
        }
    }

    fn write<'a, S: Source<'a>>(&self, source: &mut S, to: Syntax, out: &mut Vec<u8>) -> Result<(), TranscodeError> {
        let root = source.next_event()?;
        let before = out.len();
        let buffer = core::mem::take(out);
        let copied = match to {
            Syntax::Xml => {
                let mut writer = xml::Writer::new(buffer);
                if let Some(width) = self.indent {
                    writer = writer.indented(width);
                }
                let copied = Copier::new(source, &mut writer, self).run(root);
                *out = writer.into_bytes();
                copied
            }
            Syntax::Wbxml if target::root_space(root.as_ref()) == Some(Space::Provisioning) => {
                // Version 1.3 is what real encoders write.
                let (version, id) = (wbxml::Version::V1_3, wbxml::PublicId::Number(0x0B));
                let mut writer =
                    wbxml::DocumentWriter::with_header(buffer, wbxml::Vocabulary::PROVISIONING, version, id);
                let copied = copy::plainly(source, &mut writer, root);
                *out = writer.into_bytes();
                copied
            }
            Syntax::Wbxml => {
                let mut writer = target::wbxml_writer(root.as_ref(), buffer);
                let copied = Copier::new(source, &mut writer, self).run(root);
                *out = writer.into_bytes();
                copied
            }
        };
        if copied.is_err() {
            out.truncate(before);
        }
        copied
    }
}
