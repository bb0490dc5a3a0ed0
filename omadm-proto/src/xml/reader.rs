//! The pull reader.

use alloc::borrow::Cow;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::namespace::{Bound, Prefixes};
use super::scan::{Traits, scan};
use super::text::Run;
use crate::deviation::{DeviationKind, Deviations, Profile};
use crate::element::{Attribute, Event, EventSource, Name, Tag, Value, text_by_events, value_by_events};
use crate::error::{DecodeError, DecodeErrorKind, Limit};
use crate::limits::Limits;
use crate::reading::Reading;

/// Reads the element events of one XML document.
///
/// ```
/// # use omadm_proto::element::{Event, EventSource, Name, syncml};
/// # use omadm_proto::limits::Limits;
/// # fn main() -> Result<(), omadm_proto::error::DecodeError> {
/// let mut reader = omadm_proto::xml::Reader::new(b"<SyncML>hi</SyncML>", &Limits::DEFAULT)?;
/// assert_eq!(reader.next_event()?, Some(Event::Start(Name::Known(syncml::SYNC_ML))));
/// assert_eq!(reader.next_event()?, Some(Event::Text("hi")));
/// assert_eq!(reader.next_event()?, Some(Event::End));
/// assert_eq!(reader.next_event()?, None);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    /// The document.
    pub(super) text: &'a str,
    pub(super) traits: Traits,
    /// The next byte that was not looked at.
    pub(super) at: usize,
    /// Where the latest event began.
    pub(super) offset: usize,
    pub(super) open: Vec<Open<'a>>,
    pub(super) prefixes: Prefixes<'a>,
    /// Attributes of the current element that are still to be reported, last first.
    pub(super) attributes: Vec<Attribute<'a>>,
    /// Character data that is being reported; it ends at [`Self::at`], or before the `]]>` there.
    pub(super) run: Run<'a>,
    /// White space behind a start tag and before a comment: content if the end tag or text follows, indentation if another
    /// start tag does.
    pub(super) held: VecDeque<Run<'a>>,
    /// It was content.
    pub(super) releasing: bool,
    /// The current element was written as an empty-element tag.
    pub(super) empty: bool,
    pub(super) last: Last,
    /// A remark about CDATA in the current value was made.
    pub(super) remarked: bool,
    /// Where an ampersand was repaired last.
    pub(super) repaired_at: Option<usize>,
    /// The bytes were decoded before, so the encoding that the document declares is not theirs.
    pub(super) decoded: bool,
    pub(super) syncml_version: Option<&'static str>,
    pub(super) reading: Reading,
    pub(super) deviations: Deviations,
}

/// An open element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open<'a> {
    /// The name as written.
    pub(super) name: &'a str,
    pub(super) tag: Option<Tag>,
    /// The default namespace.
    pub(super) default: Bound,
    /// Declared prefixes when it began.
    pub(super) prefixes: usize,
    /// It stands inside Data, so its namespaces are not judged.
    pub(super) in_value: bool,
}

/// What was read last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    /// Nothing of the root yet.
    Prolog,
    Start,
    Text,
    End,
}

/// Elements that are open in a message at once: enough for one allocation.
const USUAL_DEPTH: usize = 12;

impl<'a> Reader<'a> {
    /// A lenient reader of the document `bytes`, which must be UTF-8.
    ///
    /// # Errors
    /// As for [`Self::with`].
    pub fn new(bytes: &'a [u8], limits: &Limits) -> Result<Self, DecodeError> {
        Self::with(bytes, &Reading::new(Profile::Lenient, *limits))
    }

    /// A reader of the document `bytes`, which must be UTF-8.
    ///
    /// # Errors
    /// The bytes are not UTF-8, hold a character that XML forbids, or are more than the limits allow.
    pub fn with(bytes: &'a [u8], reading: &Reading) -> Result<Self, DecodeError> {
        let max = reading.limits.message_bytes;
        if bytes.len() > max {
            return Err(DecodeError::new(DecodeErrorKind::LimitExceeded(Limit::MessageBytes), max));
        }
        match core::str::from_utf8(bytes) {
            Ok(text) => Self::of(text, false, reading),
            Err(error) => Err(DecodeError::new(DecodeErrorKind::InvalidUtf8, error.valid_up_to())),
        }
    }

    /// A reader of a document that was decoded before, as UTF-16 must be
    /// ([`utf16_to_utf8`](super::utf16_to_utf8)): the encoding that it declares does not matter.
    ///
    /// # Errors
    /// The text holds a character that XML forbids, or is longer than the limits allow.
    pub fn from_text(text: &'a str, reading: &Reading) -> Result<Self, DecodeError> {
        let max = reading.limits.message_bytes;
        if text.len() > max.saturating_mul(2) {
            return Err(DecodeError::new(DecodeErrorKind::LimitExceeded(Limit::MessageBytes), max));
        }
        Self::of(text, true, reading)
    }

    fn of(text: &'a str, decoded: bool, reading: &Reading) -> Result<Self, DecodeError> {
        let traits = scan(text, reading.strips_nul).map_err(|(kind, at)| DecodeError::new(kind, at))?;
        let begin = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        Ok(Self {
            text,
            traits,
            at: begin,
            offset: begin,
            open: Vec::with_capacity(USUAL_DEPTH),
            prefixes: Prefixes::default(),
            attributes: Vec::new(),
            run: Run::default(),
            held: VecDeque::new(),
            releasing: false,
            empty: false,
            last: Last::Prolog,
            remarked: false,
            repaired_at: None,
            decoded,
            syncml_version: None,
            reading: *reading,
            deviations: Deviations::new(),
        })
    }

    /// `kind`, noticed where the latest event began.
    #[cold]
    pub(super) const fn fault(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.offset)
    }

    /// The document from `at` on.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn step(&mut self) -> Result<Option<Event<'a>>, DecodeError> {
        if let Some(attribute) = self.attributes.pop() {
            return Ok(Some(Event::Attribute(attribute)));
        }
        loop {
            if !self.run.is_empty() {
                if let Some(piece) = self.piece()? {
                    return Ok(Some(piece));
                }
                continue;
            }
            if self.releasing {
                self.release();
                continue;
            }
            self.offset = self.at;
            if self.empty {
                return Ok(Some(self.leave()));
            }
            match self.text.as_bytes().get(self.at..) {
                Some([b'<', b'/', ..]) => {
                    if let Some(end) = self.end_tag()? {
                        return Ok(Some(end));
                    }
                }
                Some([b'<', b'!' | b'?', ..]) => self.other_markup()?,
                Some([b'<', ..]) => return self.start_tag().map(|name| Some(Event::Start(name))),
                Some([_, ..]) => self.character_data()?,
                Some([]) | None if self.open.is_empty() && self.last != Last::Prolog => return Ok(None),
                Some([]) | None => return Err(self.fault(DecodeErrorKind::UnexpectedEnd)),
            }
        }
    }

    /// The end tag that begins here; `None` when held white space has to be reported first.
    fn end_tag(&mut self) -> Result<Option<Event<'a>>, DecodeError> {
        let Some(open) = self.open.last() else {
            return Err(self.fault(DecodeErrorKind::XmlSyntax("an end tag without a start tag")));
        };
        if !self.held.is_empty() {
            self.last = Last::Text;
            self.releasing = true;
            return Ok(None);
        }
        let tag = self.text.get(self.at + 2..).unwrap_or_default();
        let Some(behind) = tag.strip_prefix(open.name) else {
            let complete = tag.contains('>');
            let mismatch = DecodeErrorKind::XmlSyntax("an end tag does not match its start tag");
            return Err(self.fault(if complete { mismatch } else { DecodeErrorKind::UnexpectedEnd }));
        };
        let skipped = behind.len() - behind.trim_ascii_start().len();
        match behind.as_bytes().get(skipped) {
            Some(b'>') => self.at += 2 + open.name.len() + skipped + 1,
            Some(_) => {
                return Err(self.fault(DecodeErrorKind::XmlSyntax("an end tag does not match its start tag")));
            }
            None => return Err(self.fault(DecodeErrorKind::UnexpectedEnd)),
        }
        Ok(Some(self.leave()))
    }

    /// The innermost open element has ended.
    fn leave(&mut self) -> Event<'a> {
        self.empty = false;
        if let Some(open) = self.open.pop() {
            self.prefixes.truncate(open.prefixes);
        }
        self.last = Last::End;
        self.remarked = false;
        Event::End
    }

    /// Notices a deviation of the latest event.
    pub(super) fn deviates(&mut self, kind: DeviationKind) -> Result<(), DecodeError> {
        self.deviations.notice(self.reading.profile, kind, self.offset)
    }

    /// The content of the element that just began if it is plain character data: then the element has ended.
    fn plain_content(&mut self) -> Option<&'a str> {
        if self.last != Last::Start || !self.attributes.is_empty() {
            return None;
        }
        if self.empty {
            self.leave();
            return Some("");
        }
        let open = self.open.last()?;
        let text = self.plain_text()?;
        let end = self.at + text.len();
        let behind = self.text.get(end..)?.strip_prefix("</")?.strip_prefix(open.name)?;
        if !behind.starts_with('>') {
            return None;
        }
        self.at = end + 2 + open.name.len() + 1;
        self.offset = end;
        self.leave();
        Some(text)
    }
}

impl<'a> EventSource<'a> for Reader<'a> {
    fn next_event(&mut self) -> Result<Option<Event<'a>>, DecodeError> {
        self.step()
    }

    fn offset(&self) -> usize {
        self.offset
    }

    fn position(&self) -> usize {
        self.run.offset().unwrap_or(self.at)
    }

    fn notice(&mut self, kind: DeviationKind, offset: usize) -> Result<(), DecodeError> {
        self.deviations.notice(self.reading.profile, kind, offset)
    }

    fn take_deviations(&mut self) -> Deviations {
        core::mem::take(&mut self.deviations)
    }

    fn syncml_version(&self) -> Option<&'static str> {
        self.syncml_version
    }

    fn foreign_namespace(&self) -> Option<&str> {
        let open = self.open.last()?;
        match open.name.split_once(':') {
            Some((prefix, _)) => self.prefixes.foreign(prefix),
            None if open.default == Bound::Foreign => self.prefixes.foreign(""),
            None => None,
        }
    }

    fn next_attribute(&mut self) -> Result<Option<Attribute<'a>>, DecodeError> {
        Ok(self.attributes.pop())
    }

    fn leaf_text(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        match self.plain_content() {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => text_by_events(self),
        }
    }

    fn leaf_value(&mut self) -> Result<Value<'a>, DecodeError> {
        match self.plain_content() {
            Some(text) => Ok(Value::Text(Cow::Borrowed(text))),
            None => value_by_events(self),
        }
    }

    fn inner_xml(&mut self, begin: usize, _before: &str, _first: Name<'a>) -> Result<Cow<'a, str>, DecodeError> {
        self.skip_element()?;
        self.skip_element()?;
        if let Some(at) = self.repaired_at.filter(|at| *at >= begin) {
            return Err(DecodeError::new(DecodeErrorKind::XmlSyntax("an ampersand that begins no reference"), at));
        }
        let inner = self.text.get(begin..self.offset).unwrap_or_default();
        Ok(if self.traits.nul { Cow::Owned(inner.replace('\0', "")) } else { Cow::Borrowed(inner) })
    }
}
