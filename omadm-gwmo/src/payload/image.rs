//! `<Image>`: an image is ready, or failed \[gwmo 4.1\].

use alloc::string::String;

use super::write::Xml;
use crate::code::{ImageState, ResultCode};

/// The payload of imageready (with URL, size, hash and kind) and imagefailed (with state and result code).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Image {
    /// ImageID.
    pub id: String,
    /// LocalURL.
    pub url: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// `sha256:` and 64 hexadecimal digits.
    pub hash: Option<String>,
    /// Kind: 1 firmware, 2 software, 3 configuration, 4 bootstrap, 5 other.
    pub kind: Option<u8>,
    /// Version.
    pub version: Option<String>,
    /// State of a failed image.
    pub state: Option<ImageState>,
    /// Result code of a failed image.
    pub code: Option<ResultCode>,
}

impl Image {
    /// The image `id`, with nothing known.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), url: None, size: None, hash: None, kind: None, version: None, state: None, code: None }
    }

    /// The image `id` that failed.
    #[must_use]
    pub fn failed(id: impl Into<String>, state: ImageState, code: ResultCode) -> Self {
        Self { state: Some(state), code: Some(code), ..Self::new(id) }
    }

    /// The payload as XML text.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = Xml::root("Image");
        xml.attribute("id", &self.id);
        xml.optional("url", self.url.as_ref());
        xml.optional("size", self.size);
        xml.optional("hash", self.hash.as_ref());
        xml.optional("kind", self.kind);
        xml.optional("ver", self.version.as_ref());
        xml.optional("state", self.state.map(ImageState::number));
        xml.optional("rc", self.code.map(ResultCode::as_u16));
        xml.empty();
        xml.finish()
    }

    /// Reads the payload.
    ///
    /// # Errors
    /// When `text` is no such payload or exceeds `limits`.
    #[cfg(feature = "xml")]
    pub fn parse(text: &str, limits: &super::PayloadLimits) -> Result<Self, super::PayloadError> {
        let root = super::read::document(text, "Image", limits)?;
        Ok(Self {
            id: root.required("id")?.into(),
            url: root.owned("url"),
            size: root.number("size")?,
            hash: root.owned("hash"),
            kind: root.number("kind")?,
            version: root.owned("ver"),
            state: match root.number("state")? {
                Some(number) => Some(ImageState::from_number(number).ok_or_else(|| root.bad_value("state"))?),
                None => None,
            },
            code: root.number("rc")?.map(ResultCode::from_u16),
        })
    }
}
