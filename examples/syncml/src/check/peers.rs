//! What peers do with a deviation, as far as the sheets tell \[windows-quirks 1, 2, 3, 6; wbxml 5, 6; peers 1\].

use omadm_proto::deviation::DeviationKind;
use omadm_proto::error::{DecodeErrorKind, Limit};
use omadm_proto::exchange::Syntax;

/// What peers do with what a lenient reader takes.
pub(super) fn about_deviation(kind: DeviationKind) -> &'static [&'static str] {
    match kind {
        DeviationKind::NamespaceVersion => &["Windows sends and takes it; its own answers are in 1.2"],
        DeviationKind::NamespaceSpelling => {
            &["seen in real traffic of phones and servers; readers that compare exactly fail"]
        }
        DeviationKind::NoNamespace => {
            &["Windows shows it in its local interface; SyncML toolkits fall back to the element names"]
        }
        DeviationKind::MetInfNamespace(_) => {
            &["the SyncML reference toolkit falls back to MetInf", "Windows: send it with xmlns=\"syncml:metinf\" (W6)"]
        }
        DeviationKind::NamespaceMisspelt => &["seen in documentation of Windows"],
        DeviationKind::UndeclaredPrefix => {
            &["parsers with namespaces refuse the document, the others take the local name"]
        }
        DeviationKind::DeclaredEncoding => &["expat and libxml2 refuse the document or read it wrongly"],
        DeviationKind::RawAmpersand => &["every XML parser refuses the document; some Android test messages have it"],
        DeviationKind::NulByte => &["libdmclient sends it; every XML parser refuses the document"],
        DeviationKind::Cdata => {
            &["Windows: do not send CDATA, escape instead (W4)", "libwbxml makes opaque data of it"]
        }
        DeviationKind::RedundantSwitchPage => &["libwbxml: accepts"],
        DeviationKind::DanglingSwitchPage => &["libwbxml: accepts; a Nokia phone sends it"],
        DeviationKind::TokenVersion(_) => &["libwbxml: accepts with a warning"],
        DeviationKind::LiteralNamespace => &["libwbxml: accepts; Nokia phones send it"],
        DeviationKind::EmptyAttributeList => &["libwbxml: refuses"],
        DeviationKind::TrailingBytes => &["libwbxml: accepts"],
        DeviationKind::Order(_) => &[
            "Windows: its documentation asks for the order of the DTD (W2)",
            "servers and clients in the field send any order",
        ],
        DeviationKind::Missing { .. } => &["Windows leaves elements of Results out itself"],
        DeviationKind::Misplaced(_) => &["seen in documentation of Windows"],
        DeviationKind::UnknownElement => &[
            "Windows: answers 400 for the element and goes on",
            "the SyncML reference toolkit drops it; some of its users crash",
        ],
        DeviationKind::NotUsed(_) => &["a device may answer the command with 400 or 406"],
        DeviationKind::UnknownAttribute => &["Windows sends msft:originalerror in the Data of a Status"],
        DeviationKind::ElementsInData => &["Windows sends and takes it", "a converter to WBXML has to make text of it"],
        DeviationKind::UriWhiteSpace => &["Windows: blanks inside are part of the name"],
        DeviationKind::NoCmdId => &["Windows: answers 400 with an empty CmdRef"],
        DeviationKind::ZeroCmdId => {
            &["Windows: CmdID must not be 0 (W3); a Status for it looks like one for the SyncHdr"]
        }
        DeviationKind::DuplicateCmdId => &["Windows: CmdID must be unique (W3); a Status for it cannot be told apart"],
        DeviationKind::CmdIdOrder => &["fleet servers send UUIDs; Windows: numbers are safest (W3)"],
        DeviationKind::LongSessionId => &["Windows: at most four bytes, yet longer ones are seen"],
        _ => &[],
    }
}

/// What descriptions in the field look like.
pub(super) fn about_description(kind: DeviationKind) -> &'static [&'static str] {
    match kind {
        DeviationKind::Order(_) => &["descriptions of Windows and Android phones have any order"],
        DeviationKind::Missing { .. } => &["descriptions of Android phones leave elements out"],
        DeviationKind::Misplaced(_) => &["descriptions of Android phones have Type right in Node"],
        _ => &[],
    }
}

/// What peers do with what no reader of ours takes.
pub(super) fn about_error(syntax: Syntax, kind: DecodeErrorKind) -> &'static [&'static str] {
    if syntax == Syntax::Wbxml { about_wbxml(kind) } else { about_xml(kind) }
}

fn about_wbxml(kind: DecodeErrorKind) -> &'static [&'static str] {
    match kind {
        DecodeErrorKind::UnexpectedEnd => {
            &["libwbxml: refuses", "the SyncML reference toolkit may read behind the end of an unterminated string"]
        }
        DecodeErrorKind::InvalidUtf8 => &["libwbxml: accepts, and writes XML that no parser takes"],
        DecodeErrorKind::Character(_) => &["libwbxml: accepts, and writes ill-formed XML"],
        DecodeErrorKind::WbxmlVersion(_) => &["libwbxml: accepts"],
        DecodeErrorKind::WbxmlCharset(_) => &["libwbxml: depends on its iconv"],
        DecodeErrorKind::IntegerTooLong => {
            &["libwbxml: refuses a sixth byte, drops bits above 32", "the SyncML reference toolkit overflows"]
        }
        DecodeErrorKind::StringTableIndex(_) => &[
            "libwbxml: accepts it in content",
            "the SyncML reference toolkit accepts an index that is the length of the table",
        ],
        DecodeErrorKind::UnexpectedToken(_) => {
            &["libwbxml: skips tokens that mean nothing here, and takes END as a document"]
        }
        DecodeErrorKind::LimitExceeded(Limit::Depth) => {
            &["libwbxml: accepts, and overflows its stack at 50,000 levels"]
        }
        DecodeErrorKind::LimitExceeded(Limit::ExpandedBytes) => &["libwbxml: accepts, and takes the memory"],
        DecodeErrorKind::TrailingBytes => &["libwbxml: accepts"],
        _ => about_content(kind),
    }
}

fn about_xml(kind: DecodeErrorKind) -> &'static [&'static str] {
    match kind {
        DecodeErrorKind::DtdDeclarations => &["parsers that expand entities can be made to use all memory by it"],
        DecodeErrorKind::UnexpectedEnd
        | DecodeErrorKind::TrailingBytes
        | DecodeErrorKind::XmlSyntax(_)
        | DecodeErrorKind::UnknownEntity
        | DecodeErrorKind::Character(_)
        | DecodeErrorKind::InvalidUtf8 => {
            &["every XML parser refuses it; a server answers 400 in HTTP or ends the session"]
        }
        _ => about_content(kind),
    }
}

/// What is wrong with a message whose elements can be read.
fn about_content(kind: DecodeErrorKind) -> &'static [&'static str] {
    match kind {
        DecodeErrorKind::MissingElement { .. } => {
            &["no session can be held with it; a server answers 400 or ends the session"]
        }
        DecodeErrorKind::DuplicateElement(_) => &["two readers could disagree about who sent it"],
        DecodeErrorKind::InvalidValue(_) => &["the peer would have to guess the value; 400 is the usual answer"],
        DecodeErrorKind::LimitExceeded(_) => &["libdmclient and the reference toolkit have limits of their own"],
        _ => &[],
    }
}
