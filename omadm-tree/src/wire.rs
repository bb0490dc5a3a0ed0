//! Between Items of a message and values of the tree: transport format against stored format \[dm 2.3\].
//!
//! Binary data travels as base64 with Format `b64` in XML and as it is with Format `bin` in WBXML; stored it is `bin`.
//! Called by the client session: one call each way.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;
use omadm_proto::exchange::Syntax;
use omadm_proto::message::{Data, Format, Item, Meta, MetaFormat};
use omadm_proto::status::StatusCode;

use crate::command::Answer;
#[cfg(doc)]
use crate::query::List;
use crate::value::{NewNode, NewValue};

/// The type of a leaf that names none.
pub(crate) const TEXT_PLAIN: &str = "text/plain";

impl NewNode {
    /// What the Item of an Add brings; `command_meta` is the Meta of the command.
    ///
    /// # Errors
    /// The status to answer: 415 for a Format that nobody knows, 400 for data that is no base64.
    pub fn from_item(item: &Item<'_>, command_meta: Option<&Meta<'_>>) -> Result<Self, StatusCode> {
        let sent = NewValue::from_item(item, command_meta)?;
        let (format, value) = match (sent.format.unwrap_or_default(), sent.value) {
            (Format::B64, Some(text)) => (Format::Bin, Some(decode_base64(&text).ok_or(StatusCode::BAD_REQUEST)?)),
            other => other,
        };
        Ok(Self { format, type_name: sent.type_name, value })
    }
}

impl NewValue {
    /// What the Item of a Replace brings; `command_meta` is the Meta of the command.
    ///
    /// # Errors
    /// The status to answer: 415 for a Format that nobody knows.
    pub fn from_item(item: &Item<'_>, command_meta: Option<&Meta<'_>>) -> Result<Self, StatusCode> {
        let format = match item.effective_format(command_meta) {
            Some(MetaFormat::Known(format)) => Some(*format),
            Some(MetaFormat::Other(_)) => return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE_OR_FORMAT),
            None => None,
        };
        let type_name = item.effective_type(command_meta).map(String::from);
        let value = item.data.as_ref().map(|data| data.as_bytes().to_vec());
        Ok(Self { format, type_name, value })
    }
}

impl Answer<'_> {
    /// Meta and Data of the Item in Results. Meta has Format and Type only when they are not the defaults, and is `None`
    /// when both are. A live answer has neither: ask for its value first; a list has Items of its own, [`List::items`].
    #[must_use]
    pub fn to_meta_and_data(&self, syntax: Syntax) -> (Option<Meta<'_>>, Option<Data<'_>>) {
        match self {
            Self::Leaf { format, type_name, value } => {
                let (format, data) = leaf_data(*format, value, syntax);
                (meta(format, type_name), Some(data))
            }
            Self::Interior { names } => (meta(Format::Node, TEXT_PLAIN), Some(Data::text(names.as_str()))),
            Self::Property(text) => (None, Some(Data::text(text.as_str()))),
            Self::Live(_) | Self::List(_) => (None, None),
        }
    }
}

/// Meta with what is not the default; an interior node without an identifier has no Type.
pub(crate) fn meta(format: Format, type_name: &str) -> Option<Meta<'_>> {
    let mut meta = Meta::default();
    if format != Format::Chr {
        meta.format = Some(MetaFormat::Known(format));
    }
    if !type_name.is_empty() && !type_name.eq_ignore_ascii_case(TEXT_PLAIN) {
        meta.type_name = Some(Cow::Borrowed(type_name));
    }
    (meta != Meta::default()).then_some(meta)
}

/// The format and data as they travel. Text with characters that XML cannot carry goes as base64 too \[dm 19\].
pub(crate) fn leaf_data(format: Format, value: &[u8], syntax: Syntax) -> (Format, Data<'_>) {
    let as_base64 = || (Format::B64, Data::text(BASE64_STANDARD.encode(value)));
    match (format, syntax) {
        (Format::Bin, Syntax::Xml) => as_base64(),
        (Format::Bin, Syntax::Wbxml) => (Format::Bin, Data::Opaque(Cow::Borrowed(value))),
        _ => match (Data::from_bytes(value), syntax) {
            (Data::Opaque(_), Syntax::Xml) => as_base64(),
            (data, _) => (format, data),
        },
    }
}

/// The bytes that base64 text spells; line breaks and blanks are skipped as RFC 2045 wants.
pub(crate) fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &ALPHABET,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let blank = |byte: &u8| byte.is_ascii_whitespace();
    if text.iter().any(blank) {
        let dense: Vec<u8> = text.iter().copied().filter(|byte| !blank(byte)).collect();
        return LENIENT.decode(dense).ok();
    }
    LENIENT.decode(text).ok()
}

/// The child names of an interior node as Get answers them: escaped as in URIs, joined by `/`.
pub(crate) fn join_names<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut joined = String::new();
    for name in names {
        if !joined.is_empty() {
            joined.push('/');
        }
        crate::uri::encode_into(name, &mut joined);
    }
    joined
}
