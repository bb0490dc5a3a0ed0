//! What the two writers have in common beyond element events, when they write messages.

use super::Finality;
use crate::element::EventSink;
use crate::error::EncodeError;
use crate::exchange::Syntax;
#[cfg(feature = "wbxml")]
use crate::wbxml;
use crate::xml;

/// The bytes that close a message, in parts.
pub(super) type Closing = [&'static [u8]; 3];

/// Final on its own in WBXML, and the END of SyncBody and of SyncML.
#[cfg(feature = "wbxml")]
const FINAL: [u8; 1] = [crate::element::syncml::FINAL.token()];
#[cfg(feature = "wbxml")]
const ENDS: [u8; 2] = [0x01, 0x01];

/// A writer of messages.
pub(super) trait Sink: EventSink {
    const SYNTAX: Syntax;

    /// Element content of Data, given as XML.
    fn element_content(&mut self, xml: &str) -> Result<(), EncodeError>;

    /// The open element has content, even if none is written.
    fn open_content(&mut self);

    /// What ends SyncBody and SyncML.
    fn closing(&self, finality: Finality) -> Closing;
}

impl Sink for xml::Writer {
    const SYNTAX: Syntax = Syntax::Xml;

    fn element_content(&mut self, xml: &str) -> Result<(), EncodeError> {
        self.markup(xml)
    }

    fn open_content(&mut self) {
        Self::open_content(self);
    }

    fn closing(&self, finality: Finality) -> Closing {
        let last: &[u8] = match finality {
            Finality::Final => b"<Final/>",
            Finality::More => b"",
        };
        [last, b"</SyncBody>", b"</SyncML>"]
    }
}

#[cfg(feature = "wbxml")]
impl Sink for wbxml::Writer {
    const SYNTAX: Syntax = Syntax::Wbxml;

    fn element_content(&mut self, xml: &str) -> Result<(), EncodeError> {
        self.event(crate::element::Event::Text(xml))
    }

    fn open_content(&mut self) {
        Self::open_content(self);
    }

    fn closing(&self, finality: Finality) -> Closing {
        match finality {
            Finality::Final => [self.switch_to_syncml(), &FINAL, &ENDS],
            Finality::More => [b"", b"", &ENDS],
        }
    }
}
