//! The rows of an annotated dump: every byte of a document in exactly one of them.
//!
//! The library's reader decides what a token is; this only cuts the bytes between its events, so that the dump and the
//! decoder cannot disagree.

use std::ops::Range;

use omadm_proto::element::{Event, EventSource as _, Name};
use omadm_proto::error::DecodeError;
use omadm_proto::limits::Limits;
use omadm_proto::wbxml;
use serde_json::{Value, json};

use super::header;
use crate::json::hex;

/// What a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Header,
    /// SWITCH_PAGE, PI, the end of an attribute list.
    Grammar,
    Element,
    Attribute,
    Text,
    Opaque,
    End,
    /// Bytes behind an error.
    Unread,
}

/// One row.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) bytes: Range<usize>,
    pub(crate) depth: usize,
    pub(crate) kind: Kind,
    /// The name of the token, as the grammar calls it; empty for a tag token.
    pub(crate) token: &'static str,
    /// What it means here.
    pub(crate) meaning: String,
}

impl Row {
    pub(crate) fn to_json(&self, document: &[u8]) -> Value {
        json!({
            "offset": self.bytes.start,
            "bytes": hex(document.get(self.bytes.clone()).unwrap_or_default()),
            "depth": self.depth,
            "kind": format!("{:?}", self.kind).to_lowercase(),
            "token": self.token,
            "meaning": self.meaning,
        })
    }
}

/// The rows of a document, and where it is damaged if it is.
pub(crate) struct Dump {
    pub(crate) rows: Vec<Row>,
    pub(crate) error: Option<DecodeError>,
}

/// How deep documents inside documents are shown.
const NESTING: usize = 2;

/// The rows of `document`.
pub(crate) fn dump(document: &[u8], limits: &Limits) -> Dump {
    let mut rows = Vec::new();
    let error = Walk { document, base: 0, depth: 0, nesting: NESTING, limits, rows: &mut rows }.run().err();
    let shown = rows.last().map_or(0, |row| row.bytes.end);
    if shown < document.len() {
        let rest = shown..document.len();
        rows.push(Row { bytes: rest, depth: 0, kind: Kind::Unread, token: "", meaning: "not read".to_string() });
    }
    Dump { rows, error }
}

/// One document on its way to rows.
struct Walk<'a, 'r> {
    document: &'a [u8],
    /// Where the document stands in the outermost one.
    base: usize,
    depth: usize,
    nesting: usize,
    limits: &'r Limits,
    rows: &'r mut Vec<Row>,
}

impl Walk<'_, '_> {
    fn run(mut self) -> Result<(), DecodeError> {
        let fields = header::fields(self.document);
        let mut reader = match wbxml::Reader::new(self.document, self.limits) {
            Ok(reader) => reader,
            Err(error) => {
                for field in fields.into_iter().filter(|field| field.bytes.end <= error.offset) {
                    self.row(field.bytes, Kind::Header, field.token, field.meaning);
                }
                return Err(error);
            }
        };
        for field in fields {
            self.row(field.bytes, Kind::Header, field.token, field.meaning);
        }
        let mut open: Vec<String> = Vec::new();
        let mut attributes = false;
        loop {
            let behind = reader.position();
            let event = reader.next_event();
            let failed = event.is_err();
            let here = if failed { reader.offset().max(behind) } else { reader.offset() };
            self.gap(behind..here.min(self.document.len()), &mut attributes, failed);
            let Some(event) = event? else {
                let end = reader.position();
                self.gap(here..end, &mut attributes, false);
                return Ok(());
            };
            self.event(&event, here..reader.position(), &mut open);
            attributes = match event {
                Event::Start(_) => self.document.get(here).is_some_and(|token| token & 0x80 != 0),
                Event::Attribute(_) => attributes,
                _ => false,
            };
        }
    }

    /// The bytes between two events, which report nothing: SWITCH_PAGE, processing instructions, namespace declarations
    /// and the END of an attribute list. Behind an error there may be anything.
    fn gap(&mut self, bytes: Range<usize>, attributes: &mut bool, failed: bool) {
        let mut at = bytes.start;
        while at < bytes.end {
            let token = self.document[at];
            let (end, name, meaning) = match token {
                0x00 if at + 2 <= bytes.end => (at + 2, "SWITCH_PAGE", self.page(self.document[at + 1], *attributes)),
                0x01 if *attributes => {
                    *attributes = false;
                    (at + 1, "END", "end of the attributes".to_string())
                }
                0x43 => (bytes.end, "PI", "processing instruction, skipped".to_string()),
                _ if *attributes => {
                    let end = if self.document[bytes.end - 1] == 0x01 { bytes.end - 1 } else { bytes.end };
                    (end.max(at + 1), "", "namespace declaration, skipped".to_string())
                }
                _ if failed => return,
                _ => (bytes.end, "", "behind the document".to_string()),
            };
            self.row(at..end, Kind::Grammar, name, meaning);
            at = end;
        }
    }

    fn page(&self, page: u8, attributes: bool) -> String {
        if attributes { format!("attribute code page {page}") } else { format!("code page {page}") }
    }

    fn event(&mut self, event: &Event<'_>, bytes: Range<usize>, open: &mut Vec<String>) {
        match event {
            Event::Start(name) => {
                let (kind, token) = (Kind::Element, self.literal(&bytes));
                let meaning = start(*name, self.document.get(bytes.start).copied().unwrap_or_default());
                self.row(bytes, kind, token, meaning);
                open.push(name.to_text().into_owned());
                self.depth += 1;
            }
            Event::End => {
                self.depth = self.depth.saturating_sub(1);
                let name = open.pop().unwrap_or_default();
                // An element without content has no END.
                if !bytes.is_empty() {
                    self.row(bytes, Kind::End, "END", format!("</{name}>"));
                }
            }
            Event::Attribute(attribute) => {
                let meaning = format!("{}={:?}", attribute.name, attribute.value);
                self.row(bytes, Kind::Attribute, "", meaning);
            }
            Event::Text(text) => {
                let inline = self.document.get(bytes.start) == Some(&0x03);
                let (token, text) = (if inline { "STR_I" } else { "STR_T" }, format!("{text:?}"));
                self.row(bytes, Kind::Text, token, text);
            }
            Event::Char(character) => {
                let meaning = format!("{character:?} (U+{:04X})", u32::from(*character));
                self.row(bytes, Kind::Text, "ENTITY", meaning);
            }
            Event::Opaque(content) => self.opaque(content, bytes),
            _ => self.row(bytes, Kind::Grammar, "", String::new()),
        }
    }

    /// LITERAL, where a tag is spelled out in the string table.
    fn literal(&self, bytes: &Range<usize>) -> &'static str {
        match self.document.get(bytes.start).map(|token| token & 0x3F) {
            Some(0x04) => "LITERAL",
            _ => "",
        }
    }

    fn opaque(&mut self, content: &[u8], bytes: Range<usize>) {
        let start = bytes.end - content.len();
        if self.nesting > 0 && is_document(content, self.limits) {
            self.row(bytes.start..start, Kind::Opaque, "OPAQUE", format!("{} bytes: a WBXML document", content.len()));
            let inner = Walk {
                document: content,
                base: self.base + start,
                depth: self.depth + 1,
                nesting: self.nesting - 1,
                limits: self.limits,
                rows: self.rows,
            };
            // It was read once already, so it does not fail here.
            let _ = inner.run();
            return;
        }
        let meaning = match std::str::from_utf8(content) {
            Ok(text) => format!("{} bytes: {text:?}", content.len()),
            Err(_) => format!("{} bytes, no text", content.len()),
        };
        self.row(bytes, Kind::Opaque, "OPAQUE", meaning);
    }

    fn row(&mut self, bytes: Range<usize>, kind: Kind, token: &'static str, meaning: String) {
        let bytes = bytes.start + self.base..bytes.end + self.base;
        self.rows.push(Row { bytes, depth: self.depth, kind, token, meaning });
    }
}

/// A start tag as it would stand in XML, and what its token announces.
fn start(name: Name<'_>, token: u8) -> String {
    let empty = if token & 0x40 == 0 { "/" } else { "" };
    let more = if token & 0x80 == 0 { "" } else { " …" };
    match name {
        Name::Known(tag) => format!("<{tag}{more}{empty}>"),
        Name::Unknown(text) => {
            format!("<{}{more}{empty}> (no table has this name)", crate::screen::printable(text, 80))
        }
        Name::Token { page, token } => {
            format!("<{name}{more}{empty}> (no name for token 0x{token:02X} on page {page})")
        }
    }
}

/// Whether opaque bytes are a complete WBXML document whose root has a name.
fn is_document(bytes: &[u8], limits: &Limits) -> bool {
    // The shortest one has a header of four bytes and an element; plain bytes must not be taken for one.
    if bytes.len() < 5 || bytes[0] > 3 {
        return false;
    }
    let Ok(mut reader) = wbxml::Reader::new(bytes, limits) else { return false };
    if !matches!(reader.next_event(), Ok(Some(Event::Start(Name::Known(_))))) {
        return false;
    }
    loop {
        match reader.next_event() {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use omadm_proto::exchange::Syntax;
    use omadm_proto::message::Message;

    use super::dump;
    use crate::document::limits;

    /// The rows hold every byte once, in order.
    fn covers(document: &[u8]) {
        let dump = dump(document, &limits());
        let mut at = 0;
        for row in &dump.rows {
            assert_eq!(row.bytes.start, at, "{document:02X?}");
            at = row.bytes.end;
        }
        assert_eq!(at, document.len(), "{document:02X?}");
    }

    fn worked_message() -> Vec<u8> {
        let xml = include_bytes!("../../../../omadm-proto/tests/vectors/A2_s2c_challenge.xml");
        let mut wbxml = Vec::new();
        Message::decode(xml).unwrap().encode(Syntax::Wbxml, &mut wbxml).unwrap();
        wbxml
    }

    #[test]
    fn every_byte_of_a_cut_document_is_shown_once() {
        let document = worked_message();
        for len in 0..=document.len() {
            covers(&document[..len]);
        }
    }

    #[test]
    fn every_byte_of_a_damaged_document_is_shown_once() {
        let provisioning =
            b"\x03\x0B\x6A\x00\xC5\x46\x01\xC6\x00\x01\x55\x01\x87\x36\x00\x00\x06\x03w7\x00\x01\x01\x01";
        for document in [worked_message(), provisioning.to_vec()] {
            covers(&document);
            for at in 0..document.len() {
                for byte in [0x00, 0x01, 0x04, 0x43, 0x83, 0x84, 0xC3, 0xC4, 0xFF] {
                    let mut damaged = document.clone();
                    damaged[at] = byte;
                    covers(&damaged);
                }
            }
        }
    }
}
