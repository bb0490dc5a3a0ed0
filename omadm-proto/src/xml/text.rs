//! Character data: where it ends, what of it is content, and the pieces in which it is reported.

use memchr::{memchr, memchr2};

use super::reader::{Last, Reader};
use super::scan::Traits;
use super::wellformed::resolve_reference;
use crate::deviation::DeviationKind;
use crate::element::Event;
use crate::error::{DecodeError, DecodeErrorKind};

/// Character data that is being reported.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Run<'a> {
    rest: &'a str,
    spelling: Spelling,
    /// The byte behind its markup: white space that was held back is not what was read last.
    end: usize,
}

/// How character data is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Spelling {
    /// Nothing in it stands for anything else.
    #[default]
    Plain,
    /// There may be references, line ends to normalise, and NULs.
    Marked,
    /// The same without references.
    Cdata,
}

impl Run<'_> {
    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Where its rest begins; `None` when nothing is left.
    pub(super) fn offset(&self) -> Option<usize> {
        let tail = match self.spelling {
            _ if self.rest.is_empty() => return None,
            Spelling::Plain | Spelling::Marked => self.rest.len(),
            Spelling::Cdata => self.rest.len() + CDATA_END.len(),
        };
        Some(self.end.saturating_sub(tail))
    }
}

const CDATA: &str = "<![CDATA[";
const CDATA_END: &str = "]]>";

impl Traits {
    /// Whether some text needs a closer look.
    const fn mark_text(self) -> bool {
        self.carriage_return || self.nul
    }

    /// Whether `text`, which ends at `end`, may hold `]]>`.
    const fn may_end_cdata(self, end: usize) -> bool {
        self.bracket < end
    }
}

/// Whether `text` holds `]]>`, which it may not.
fn has_cdata_end(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = memchr(b'>', rest.as_bytes()) {
        let (before, behind) = rest.split_at_checked(at).unwrap_or_default();
        if before.ends_with("]]") {
            return true;
        }
        rest = behind.get(1..).unwrap_or_default();
    }
    false
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}

impl<'a> Reader<'a> {
    /// The character data here if it is reported as it stands.
    pub(super) fn plain_text(&self) -> Option<&'a str> {
        if self.traits.mark_text() {
            return None;
        }
        let rest = self.rest();
        let len = memchr2(b'<', b'&', rest.as_bytes())?;
        let text = rest.get(..len)?;
        let refused = self.traits.may_end_cdata(self.at + len) && has_cdata_end(text);
        (rest.as_bytes().get(len) == Some(&b'<') && !refused).then_some(text)
    }

    /// Reads the character data that begins here.
    pub(super) fn character_data(&mut self) -> Result<(), DecodeError> {
        let rest = self.rest();
        let (text, spelling) = match memchr2(b'<', b'&', rest.as_bytes()) {
            Some(len) if rest.as_bytes().get(len) == Some(&b'<') => (rest.get(..len), Spelling::Plain),
            Some(len) => {
                let behind = rest.as_bytes().get(len..).unwrap_or_default();
                let more = memchr(b'<', behind).unwrap_or(behind.len());
                (rest.get(..len + more), Spelling::Marked)
            }
            None => (Some(rest), Spelling::Plain),
        };
        let text = text.unwrap_or_default();
        let spelling = if self.traits.mark_text() { Spelling::Marked } else { spelling };
        let run = Run { rest: text, spelling, end: self.at + text.len() };
        if self.traits.may_end_cdata(self.at + text.len()) && has_cdata_end(text) {
            return Err(self.fault(DecodeErrorKind::XmlSyntax("]]> in text")));
        }
        let behind = rest.get(text.len()..).unwrap_or_default();
        match self.last {
            _ if self.open.is_empty() && is_blank(text) => self.at += text.len(),
            Last::End if is_blank(text) => self.at += text.len(),
            Last::Start if !behind.starts_with("</") && is_blank(text) => {
                if behind.starts_with("<!") || behind.starts_with("<?") {
                    self.held.push_back(run);
                }
                self.at += text.len();
            }
            Last::Prolog | Last::Start | Last::Text | Last::End => return self.content(run, text.len()),
        }
        Ok(())
    }

    /// The run, whose markup takes `len` bytes, is content whatever it looks like; held white space goes first.
    fn content(&mut self, run: Run<'a>, len: usize) -> Result<(), DecodeError> {
        if self.open.is_empty() {
            return Err(self.fault(match self.last {
                Last::Prolog => DecodeErrorKind::XmlSyntax("text before the root element"),
                Last::Start | Last::Text | Last::End => DecodeErrorKind::TrailingBytes,
            }));
        }
        self.last = Last::Text;
        if self.held.is_empty() {
            self.run = run;
            self.at += len;
        } else {
            self.releasing = true;
        }
        Ok(())
    }

    /// Reads the CDATA section that begins here, if one does.
    pub(super) fn cdata(&mut self) -> Result<bool, DecodeError> {
        let Some(inner) = self.rest().strip_prefix(CDATA) else { return Ok(false) };
        let bytes = inner.as_bytes();
        // The document was searched for its first `]` before.
        let mut len = self.traits.bracket.saturating_sub(self.at + CDATA.len());
        while !bytes.get(len..).is_some_and(|behind| behind.starts_with(CDATA_END.as_bytes())) {
            let found = bytes.get(len + 1..).and_then(|behind| memchr(b']', behind));
            len += 1 + found.ok_or_else(|| self.fault(DecodeErrorKind::UnexpectedEnd))?;
        }
        let text = inner.get(..len).unwrap_or_default();
        let spelling = if self.traits.mark_text() { Spelling::Cdata } else { Spelling::Plain };
        let markup = CDATA.len() + len + CDATA_END.len();
        self.content(Run { rest: text, spelling, end: self.at + markup }, markup)?;
        if !self.remarked && !self.releasing {
            self.remarked = true;
            self.deviates(DeviationKind::Cdata)?;
        }
        Ok(true)
    }

    /// The next held white space is reported.
    pub(super) fn release(&mut self) {
        match self.held.pop_front() {
            Some(run) => self.run = run,
            None => self.releasing = false,
        }
    }

    /// The next piece of the run; `None` when nothing is left of what was looked at.
    pub(super) fn piece(&mut self) -> Result<Option<Event<'a>>, DecodeError> {
        let Run { rest, spelling, .. } = self.run;
        self.offset = self.run.offset().unwrap_or(self.at);
        let len = match spelling {
            Spelling::Plain => rest.len(),
            Spelling::Marked => rest.find(['&', '\r', '\0']).unwrap_or(rest.len()),
            Spelling::Cdata => rest.find(['\r', '\0']).unwrap_or(rest.len()),
        };
        let (text, behind) = rest.split_at_checked(len).unwrap_or_default();
        self.run.rest = behind;
        if !text.is_empty() {
            return Ok(Some(Event::Text(text)));
        }
        if let Some(reference) = behind.strip_prefix('&') {
            return self.reference(reference).map(Some);
        }
        self.run.rest = behind.get(1..).unwrap_or_default();
        if behind.starts_with('\0') {
            self.deviates(DeviationKind::NulByte)?;
            return Ok(None);
        }
        // Carriage returns, alone or before a line feed, are line feeds.
        self.run.rest = self.run.rest.strip_prefix('\n').unwrap_or(self.run.rest);
        Ok(Some(Event::Text("\n")))
    }

    /// The reference whose name begins `text`.
    fn reference(&mut self, text: &'a str) -> Result<Event<'a>, DecodeError> {
        let name = text.split_once(';').filter(|(name, _)| {
            let inner = name.strip_prefix('#').unwrap_or(name);
            !inner.is_empty() && inner.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'))
        });
        if let Some((name, behind)) = name {
            self.run.rest = behind;
            return resolve_reference(name).map(Event::Char).map_err(|kind| self.fault(kind));
        }
        if !self.reading.repairs_ampersands {
            return Err(self.fault(DecodeErrorKind::XmlSyntax("an ampersand that begins no reference")));
        }
        self.run.rest = text;
        self.repaired_at = Some(self.offset);
        self.deviates(DeviationKind::RawAmpersand)?;
        Ok(Event::Char('&'))
    }
}
