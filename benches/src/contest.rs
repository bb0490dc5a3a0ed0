//! The operations, who takes part in each, and one piece of work of each of them.

use std::fmt;
use std::hint::black_box;

use omadm_proto::element::EventSource;
use omadm_proto::exchange::Syntax;
use omadm_proto::limits::Limits;
use omadm_proto::message::Message;
use omadm_proto::reading::Reading;
use omadm_proto::transcode::Transcoding;
use omadm_proto::{wbxml, xml};

use crate::floor;
use crate::inputs::Document;
#[cfg(any(libwbxml, expat))]
use crate::peers;

/// What is done with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// WBXML to element events.
    WbxmlEvents,
    /// WBXML to a message or a tree, freed.
    WbxmlDecode,
    /// A message or a tree to WBXML.
    WbxmlEncode,
    /// WBXML to compact XML.
    WbxmlToXml,
    /// XML to element events.
    XmlEvents,
    /// XML to a message or a tree, freed.
    XmlDecode,
    /// A message or a tree to compact XML.
    XmlEncode,
}

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contestant {
    /// The crates of this workspace.
    Ours,
    /// libwbxml.
    Libwbxml,
    /// expat, events only.
    Expat,
    /// quick-xml, plain events only.
    QuickXml,
    /// A floor: a walk over the tokens without validation.
    TokenWalk,
    /// A floor: an array of tokens to bytes.
    TokenArray,
    /// A floor: one copy of the bytes.
    Memcpy,
}

impl Operation {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 7] = [
        Self::WbxmlEvents,
        Self::WbxmlDecode,
        Self::WbxmlEncode,
        Self::WbxmlToXml,
        Self::XmlEvents,
        Self::XmlDecode,
        Self::XmlEncode,
    ];

    /// The name on command lines and in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WbxmlEvents => "wbxml-events",
            Self::WbxmlDecode => "wbxml-decode",
            Self::WbxmlEncode => "wbxml-encode",
            Self::WbxmlToXml => "wbxml-to-xml",
            Self::XmlEvents => "xml-events",
            Self::XmlDecode => "xml-decode",
            Self::XmlEncode => "xml-encode",
        }
    }

    /// The name in the head of a table.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::WbxmlEvents => "WBXML -> borrowed events, validating",
            Self::WbxmlDecode => "WBXML -> typed message (peer: tree), freed",
            Self::WbxmlEncode => "typed message (peer: tree) -> WBXML into a reused buffer",
            Self::WbxmlToXml => "WBXML -> compact XML",
            Self::XmlEvents => "XML -> borrowed events",
            Self::XmlDecode => "XML -> typed message (peer: tree, or events alone), freed",
            Self::XmlEncode => "typed message (peer: tree) -> compact XML into a reused buffer",
        }
    }

    /// Who takes part: ours first.
    #[must_use]
    pub const fn contestants(self) -> &'static [Contestant] {
        match self {
            Self::WbxmlEvents => &[Contestant::Ours, Contestant::Libwbxml, Contestant::TokenWalk],
            Self::WbxmlDecode | Self::WbxmlToXml | Self::XmlEncode => &[Contestant::Ours, Contestant::Libwbxml],
            Self::WbxmlEncode => &[Contestant::Ours, Contestant::Libwbxml, Contestant::TokenArray, Contestant::Memcpy],
            Self::XmlEvents => &[Contestant::Ours, Contestant::Expat, Contestant::QuickXml],
            Self::XmlDecode => &[Contestant::Ours, Contestant::Libwbxml, Contestant::Expat, Contestant::QuickXml],
        }
    }
}

impl Contestant {
    /// The name on command lines, in files and in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Libwbxml => "libwbxml",
            Self::Expat => "expat",
            Self::QuickXml => "quick-xml",
            Self::TokenWalk => "token-walk",
            Self::TokenArray => "token-array",
            Self::Memcpy => "memcpy",
        }
    }
}

/// One figure: an operation on a document by somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// What is done.
    pub operation: Operation,
    /// The name of the document.
    pub document: &'static str,
    /// Who does it.
    pub contestant: Contestant,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.operation.name(), self.document, self.contestant.name())
    }
}

/// One piece of work that can be done again and again. What it answers keeps the work from being optimised away.
pub type Work<'d> = Box<dyn FnMut() -> usize + 'd>;

/// All pieces of work of this build, document by document.
#[must_use]
pub fn program(documents: &[Document]) -> Vec<(Cell, &Document)> {
    let mut cells = Vec::new();
    for operation in Operation::ALL {
        for document in documents {
            for &contestant in operation.contestants() {
                let absent = (contestant == Contestant::Libwbxml && cfg!(not(libwbxml)))
                    || (contestant == Contestant::Expat && cfg!(not(expat)));
                if !absent {
                    cells.push((Cell { operation, document: document.name, contestant }, document));
                }
            }
        }
    }
    cells
}

/// The work of `cell` on `document`.
///
/// # Panics
/// When there is no such work in this build ([`program`] lists what there is), or somebody refuses the document.
#[must_use]
pub fn prepare(cell: Cell, document: &Document) -> Work<'_> {
    let Cell { operation, contestant, .. } = cell;
    match contestant {
        Contestant::Ours => ours(operation, document),
        #[cfg(libwbxml)]
        Contestant::Libwbxml => libwbxml(operation, document),
        #[cfg(expat)]
        Contestant::Expat => Box::new(|| peers::xml_events(black_box(&document.xml))),
        Contestant::QuickXml => Box::new(|| quick_xml_events(black_box(&document.xml))),
        Contestant::TokenWalk => Box::new(|| floor::walk(black_box(&document.wbxml))),
        Contestant::TokenArray => {
            let tokens = floor::tokens(&document.wbxml);
            into_reused_buffer(move |out| floor::write(black_box(&tokens), out))
        }
        Contestant::Memcpy => into_reused_buffer(|out| out.extend_from_slice(black_box(&document.wbxml))),
        #[cfg(not(all(libwbxml, expat)))]
        absent => panic!("{} is not in this build", absent.name()),
    }
}

fn ours(operation: Operation, document: &Document) -> Work<'_> {
    let limits = &Limits::DEFAULT;
    match operation {
        Operation::WbxmlEvents => {
            Box::new(|| drain(wbxml::Reader::new(black_box(&document.wbxml), limits).expect("a header")))
        }
        Operation::WbxmlDecode => Box::new(|| decode(Syntax::Wbxml, black_box(&document.wbxml))),
        Operation::WbxmlEncode => encode(Syntax::Wbxml, document),
        Operation::WbxmlToXml => into_reused_buffer(|out| {
            let transcoding = Transcoding::new(Reading::LENIENT);
            let written = transcoding.document(Syntax::Wbxml, black_box(&document.wbxml), Syntax::Xml, out);
            written.expect("a document that XML can carry");
        }),
        Operation::XmlEvents => Box::new(|| drain(xml::Reader::new(black_box(&document.xml), limits).expect("XML"))),
        Operation::XmlDecode => Box::new(|| decode(Syntax::Xml, black_box(&document.xml))),
        Operation::XmlEncode => encode(Syntax::Xml, document),
    }
}

fn drain<'a>(mut source: impl EventSource<'a>) -> usize {
    let mut events = 0;
    loop {
        // Looked at where it stands: a copy would be work of the bench.
        match source.next_event() {
            Ok(Some(ref event)) => {
                black_box(event);
                events += 1;
            }
            Ok(None) => return events,
            Err(error) => panic!("a document without faults: {error}"),
        }
    }
}

fn decoded(syntax: Syntax, bytes: &[u8]) -> Message<'_> {
    Message::decode_as(syntax, bytes, &Limits::DEFAULT).expect("a message")
}

fn decode(syntax: Syntax, bytes: &[u8]) -> usize {
    match Message::decode_as(syntax, bytes, &Limits::DEFAULT) {
        Ok(ref message) => black_box(message).commands.len(),
        Err(error) => panic!("a message: {error}"),
    }
}

fn encode(syntax: Syntax, document: &Document) -> Work<'_> {
    let message = decoded(Syntax::Wbxml, &document.wbxml);
    into_reused_buffer(move |out| black_box(&message).encode(syntax, out).expect("a message that can be written"))
}

/// Work that writes into a buffer, which is emptied and used again.
fn into_reused_buffer<'d>(mut write: impl FnMut(&mut Vec<u8>) + 'd) -> Work<'d> {
    let mut out = Vec::new();
    Box::new(move || {
        out.clear();
        write(&mut out);
        black_box(out.as_slice()).len()
    })
}

#[cfg(libwbxml)]
fn libwbxml(operation: Operation, document: &Document) -> Work<'_> {
    match operation {
        Operation::WbxmlEvents => Box::new(|| peers::wbxml_events(black_box(&document.wbxml))),
        Operation::WbxmlDecode => Box::new(|| {
            black_box(peers::Tree::from_wbxml(black_box(&document.wbxml)));
            0
        }),
        Operation::WbxmlEncode => {
            let mut tree = peers::Tree::from_wbxml(&document.wbxml);
            Box::new(move || tree.to_wbxml(<[u8]>::len))
        }
        Operation::WbxmlToXml => Box::new(|| peers::wbxml_to_xml(black_box(&document.wbxml), <[u8]>::len)),
        Operation::XmlDecode => Box::new(|| {
            black_box(peers::Tree::from_xml(black_box(&document.xml)));
            0
        }),
        Operation::XmlEncode => {
            let mut tree = peers::Tree::from_wbxml(&document.wbxml);
            Box::new(move || tree.to_xml(<[u8]>::len))
        }
        Operation::XmlEvents => panic!("libwbxml has no XML parser of its own"),
    }
}

fn quick_xml_events(xml: &[u8]) -> usize {
    let mut reader = quick_xml::Reader::from_reader(xml);
    let mut events = 0;
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => return events,
            Ok(ref event) => {
                black_box(event);
                events += 1;
            }
            Err(error) => panic!("well-formed XML: {error}"),
        }
    }
}

/// Does a piece of work once, in a function of its own, so that a profiler can tell it from everything around it.
#[inline(never)]
pub fn measured_once(work: &mut Work<'_>) -> usize {
    black_box(work())
}
