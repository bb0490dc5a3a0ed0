//! What to do about a document that cannot be read or written.

use omadm_proto::error::{DecodeErrorKind, EncodeError};

/// What to do about a document that cannot be read, if there is more to say than the rule itself.
pub(crate) fn about_reading(kind: DecodeErrorKind) -> Option<&'static str> {
    Some(match kind {
        DecodeErrorKind::UnexpectedEnd => "see whether the file is complete",
        DecodeErrorKind::TrailingBytes => "cut what follows the document off",
        DecodeErrorKind::InvalidUtf8 => "convert the document to UTF-8",
        DecodeErrorKind::Character(0) => "leave it out, or read with --repair",
        DecodeErrorKind::Character(_) => "leave it out, or send the value as base64 with Format b64",
        DecodeErrorKind::WbxmlVersion(_) => "see whether the file is WBXML at all",
        DecodeErrorKind::WbxmlCharset(_) => "have the sender write UTF-8",
        DecodeErrorKind::IntegerTooLong
        | DecodeErrorKind::StringTableIndex(_)
        | DecodeErrorKind::UnexpectedToken(_) => "`syncml hex` shows the bytes around it",
        DecodeErrorKind::XmlSyntax(text) if text.contains("ampersand") => "write it as &amp;, or read with --repair",
        DecodeErrorKind::UnknownEntity => "write the character itself, or its number",
        DecodeErrorKind::DtdDeclarations => "take the declarations out of the DOCTYPE",
        DecodeErrorKind::MissingElement { .. } | DecodeErrorKind::UnexpectedRoot(_) => {
            "`syncml decode` shows what is not a complete message"
        }
        _ => return None,
    })
}

/// What to do about an element that cannot be written.
pub(crate) fn about_writing(error: EncodeError) -> Option<&'static str> {
    Some(match error {
        EncodeError::NoToken => "see whether its name and its namespace are spelt right",
        EncodeError::NoAttributeToken => "only provisioning documents have attributes in WBXML",
        EncodeError::Name => "the WBXML has a name that no XML element can have",
        EncodeError::Character => "only Data may hold it",
        _ => return None,
    })
}

/// The rule that was broken, and what to do about it.
pub(crate) fn follow(rule: String, advice: Option<&str>) -> String {
    match advice {
        Some(advice) => format!("{rule}; {advice}"),
        None => rule,
    }
}
