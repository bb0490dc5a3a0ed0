//! Documents in the other syntax.

use clap::Args;
use omadm_proto::error::EncodeError;
use omadm_proto::exchange::Syntax;
use omadm_proto::transcode::{TranscodeError, Transcoding};

use crate::advice;
use crate::document::{Document, Problem};

/// How documents are converted.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Embedded {
    /// Convert documents inside Data too (DevInf, serialized trees), if their Type says what they are.
    #[arg(long)]
    embedded: bool,
}

/// A converted document.
pub(crate) struct Converted {
    pub(crate) bytes: Vec<u8>,
    /// What was left out.
    pub(crate) remark: Option<Problem>,
}

/// The document as XML with `indent` blanks a level, in one line if that is 0.
pub(crate) fn to_xml(document: &Document, indent: u8, embedded: Embedded) -> Result<Converted, Problem> {
    let mut transcoding = embedded.transcoding(document);
    if indent > 0 {
        transcoding = transcoding.indented(indent.into());
    }
    let mut bytes = transcode(document, transcoding, Syntax::Xml)?;
    bytes.push(b'\n');
    Ok(Converted { bytes, remark: None })
}

/// The document as canonical WBXML; attributes that have no tokens are left out.
pub(crate) fn to_wbxml(document: &Document, embedded: Embedded) -> Result<Converted, Problem> {
    let transcoding = embedded.transcoding(document);
    match transcode(document, transcoding, Syntax::Wbxml) {
        Err(TranscodeError::Encode { error: error @ EncodeError::NoAttributeToken, offset }) => {
            let bytes = transcode(document, transcoding.dropping_attributes(), Syntax::Wbxml)?;
            Ok(Converted {
                bytes,
                remark: Some(Problem::new(offset, format!("{error}; such attributes are left out"))),
            })
        }
        converted => Ok(Converted { bytes: converted?, remark: None }),
    }
}

impl Embedded {
    const fn transcoding(self, document: &Document) -> Transcoding {
        let transcoding = Transcoding::new(document.reading);
        if self.embedded { transcoding.opening_embedded() } else { transcoding }
    }
}

fn transcode(document: &Document, transcoding: Transcoding, to: Syntax) -> Result<Vec<u8>, TranscodeError> {
    let mut bytes = Vec::new();
    transcoding.document(document.syntax, &document.bytes, to, &mut bytes)?;
    Ok(bytes)
}

impl From<TranscodeError> for Problem {
    fn from(error: TranscodeError) -> Self {
        match error {
            TranscodeError::Decode(error) => error.into(),
            TranscodeError::Encode { error, offset } => {
                Self::new(offset, advice::follow(error.to_string(), advice::about_writing(error)))
            }
            other => Self::new(0, other.to_string()),
        }
    }
}
