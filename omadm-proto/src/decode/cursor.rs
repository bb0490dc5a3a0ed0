//! Walking through the children of elements, and reading the leaves.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::cmd_ids::CmdIds;
use super::model::{Children, Irregular};
use crate::deviation::DeviationKind;
use crate::element::{Event, EventSource, Name, Step, Tag, Value};
use crate::error::{DecodeError, DecodeErrorKind, Limit};
use crate::limits::Limits;
use crate::message::Data;

/// A source of events with what holds for the message as a whole.
#[derive(Debug)]
pub(super) struct Cursor<'a, S> {
    pub(super) source: S,
    pub(super) max_items: usize,
    /// Commands that may still come.
    pub(super) commands_left: usize,
    /// Pieces of elements without types that may still come.
    pub(super) pieces_left: usize,
    pub(super) cmd_ids: CmdIds<'a>,
    /// The length of the document, 0 if nobody knows.
    len: usize,
}

impl<'a, S: EventSource<'a>> Cursor<'a, S> {
    /// A cursor over the events of a document of `len` bytes.
    pub(super) fn new(source: S, limits: &Limits, len: usize) -> Self {
        Self {
            source,
            max_items: limits.items,
            commands_left: limits.commands,
            pieces_left: limits.pieces,
            cmd_ids: CmdIds::default(),
            len,
        }
    }

    /// Begins the document, whose root must be `expected`.
    pub(super) fn root(&mut self, expected: Tag) -> Result<(), DecodeError> {
        match self.source.expect_event()? {
            Event::Start(Name::Known(tag)) if tag == expected => Ok(()),
            Event::Start(_) | Event::Attribute(_) | Event::Text(_) | Event::Char(_) | Event::Opaque(_) | Event::End => {
                Err(self.error(DecodeErrorKind::UnexpectedRoot(expected)))
            }
        }
    }

    /// Ends the document.
    pub(super) fn finish(&mut self) -> Result<(), DecodeError> {
        match self.source.next_event()? {
            None => Ok(()),
            Some(_) => Err(self.error(DecodeErrorKind::TrailingBytes)),
        }
    }

    #[cold]
    pub(super) fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.source.offset())
    }

    #[cold]
    pub(super) fn invalid(&self, tag: Tag) -> DecodeError {
        self.error(DecodeErrorKind::InvalidValue(tag))
    }

    #[cold]
    pub(super) fn exceeded(&self, limit: Limit) -> DecodeError {
        self.error(DecodeErrorKind::LimitExceeded(limit))
    }

    /// Notices `kind` where the source stands.
    #[cold]
    pub(super) fn notice(&mut self, kind: DeviationKind) -> Result<(), DecodeError> {
        let offset = self.source.offset();
        self.source.notice(kind, offset)
    }

    /// The next child of the open element that has a name; `None` when the element has ended. Unknown elements are noticed
    /// and skipped; one that should not stand here is noticed and given.
    #[inline(always)]
    pub(super) fn child(&mut self, children: &mut Children) -> Result<Option<Tag>, DecodeError> {
        match self.source.quick_child() {
            Step::Child(tag) => {
                if children.admit_next(tag) {
                    return Ok(Some(tag));
                }
                self.admit(children, tag)?;
                Ok(Some(tag))
            }
            Step::End => {
                self.complete(children)?;
                Ok(None)
            }
            Step::Other => self.any_child(children),
        }
    }

    #[inline(never)]
    fn any_child(&mut self, children: &mut Children) -> Result<Option<Tag>, DecodeError> {
        loop {
            match self.source.next_child()? {
                Some(Name::Known(tag)) => {
                    self.admit(children, tag)?;
                    return Ok(Some(tag));
                }
                None => {
                    self.complete(children)?;
                    return Ok(None);
                }
                Some(Name::Unknown(_) | Name::Token { .. }) => self.skip_unknown()?,
            }
        }
    }

    /// The next child of the open element, whatever it is called.
    #[inline(always)]
    pub(super) fn named_child(&mut self) -> Result<Option<Name<'a>>, DecodeError> {
        match self.source.quick_child() {
            Step::Child(tag) => Ok(Some(Name::Known(tag))),
            Step::End => Ok(None),
            Step::Other => self.source.next_child(),
        }
    }

    /// Takes `tag` as the next child.
    #[inline]
    pub(super) fn admit(&mut self, children: &mut Children, tag: Tag) -> Result<(), DecodeError> {
        match children.admit(tag) {
            None => Ok(()),
            Some(Irregular::Noticed(kind)) => self.notice(kind),
            Some(Irregular::Duplicate) => Err(self.error(DecodeErrorKind::DuplicateElement(tag))),
        }
    }

    /// Notices the children that are missing at the end of the element.
    #[inline]
    fn complete(&mut self, children: &Children) -> Result<(), DecodeError> {
        match children.missing() {
            Some(missing) => self.notice_missing(missing),
            None => Ok(()),
        }
    }

    #[cold]
    pub(super) fn notice_missing(&mut self, mut missing: super::model::Missing) -> Result<(), DecodeError> {
        missing.try_for_each(|kind| self.notice(kind))
    }

    /// Skips an element that no table has.
    #[cold]
    pub(super) fn skip_unknown(&mut self) -> Result<(), DecodeError> {
        self.notice(DeviationKind::UnknownElement)?;
        self.skip()
    }

    /// Skips the element that just began.
    pub(super) fn skip(&mut self) -> Result<(), DecodeError> {
        self.source.skip_element()
    }

    /// Reads an element whose presence is its meaning.
    pub(super) fn flag(&mut self) -> Result<bool, DecodeError> {
        self.skip().map(|()| true)
    }

    /// Puts the text of the element that just began to `place`: written where it belongs, it needs not be moved.
    #[inline(always)]
    pub(super) fn text_to(&mut self, place: &mut impl From<Cow<'a, str>>) -> Result<(), DecodeError> {
        match self.source.quick_text() {
            Some(text) => *place = Cow::Borrowed(text).into(),
            None => *place = self.source.leaf_text()?.into(),
        }
        Ok(())
    }

    /// The same without the white space at its ends.
    #[inline(always)]
    pub(super) fn trimmed_to(&mut self, place: &mut impl From<Cow<'a, str>>) -> Result<(), DecodeError> {
        match self.source.quick_text() {
            Some(text) if is_trim(text) => *place = Cow::Borrowed(text).into(),
            text => *place = self.trim(text)?.into(),
        }
        Ok(())
    }

    /// Trims the text of an element, which was read or not.
    #[inline(never)]
    fn trim(&mut self, text: Option<&'a str>) -> Result<Cow<'a, str>, DecodeError> {
        match text {
            Some(text) => Ok(Cow::Borrowed(text.trim())),
            None => {
                let text = self.source.leaf_text()?;
                Ok(if is_trim(&text) { text } else { trim(text) })
            }
        }
    }

    /// The text of the element that just began.
    #[inline]
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        match self.source.quick_text() {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => self.source.leaf_text(),
        }
    }

    /// The same without the white space at its ends, for values where that is layout.
    #[inline]
    pub(super) fn trimmed(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        match self.source.quick_text() {
            Some(text) if is_trim(text) => Ok(Cow::Borrowed(text)),
            text => self.trim(text),
        }
    }

    /// The number that the element `tag`, which just began, holds in decimal.
    #[inline(always)]
    pub(super) fn number<T: TryFrom<u64>>(&mut self, tag: Tag) -> Result<T, DecodeError> {
        let text = self.source.quick_text();
        let number = match text.and_then(|text| decimal(text.as_bytes())) {
            Some(number) => Some(number),
            None => decimal(self.trim(text)?.as_bytes()),
        };
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| self.invalid(tag))
    }

    /// The limit that the element `tag`, which just began, sets in decimal; one that is no number sets none \[X-MSG-12\].
    pub(super) fn limit(&mut self, tag: Tag) -> Result<Option<u64>, DecodeError> {
        let number = decimal(self.trimmed()?.as_bytes());
        if number.is_none() {
            self.notice(DeviationKind::InvalidValue(tag))?;
        }
        Ok(number)
    }

    /// The content of the element that just began: text, bytes as they came, or elements as XML.
    #[inline]
    pub(super) fn data(&mut self) -> Result<Data<'a>, DecodeError> {
        if let Some(text) = self.source.quick_text() {
            return Ok(Data::Text(Cow::Borrowed(text)));
        }
        match self.source.leaf_value()? {
            Value::Text(text) => Ok(Data::Text(text)),
            Value::Opaque(bytes) => Ok(Data::Opaque(bytes)),
            Value::Xml(xml) => {
                self.notice(DeviationKind::ElementsInData)?;
                Ok(Data::Xml(xml))
            }
        }
    }

    /// Where the source stands.
    pub(super) fn position(&self) -> usize {
        self.source.position()
    }

    /// Room for the first commands of a list: a command has at least about 56 bytes in WBXML, and more in XML.
    pub(super) fn first_room(&self) -> usize {
        (self.len.saturating_sub(self.source.position()) / 56).clamp(2, 8)
    }

    /// Makes room for more in the full `list`, whose first element began at `begin`: as much as the document may still hold
    /// at the average length so far, but never less than an eighth more.
    #[cold]
    pub(super) fn grow<T>(&self, list: &mut Vec<T>, begin: usize, growth: Growth) {
        let count = list.len();
        let position = self.source.position();
        let each = (position.saturating_sub(begin) / count.max(1)).max(1);
        let expected = self.len.saturating_sub(position) / each + 1;
        let most = match growth {
            Growth::Stepwise => count,
            // Twice the bytes of the document, which is more than real commands need.
            Growth::ToTheEnd => (self.len * 2 / size_of::<T>()).saturating_sub(count),
        };
        list.reserve_exact(expected.min(most).max(count / 8 + 4));
    }
}

/// How a list of parts of a document grows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Growth {
    /// It probably goes on to the end of the document.
    ToTheEnd,
    /// It may end soon.
    Stepwise,
}

/// Whether `text` has no white space at its ends, as nearly all have none; some that has none is not recognised.
#[inline]
fn is_trim(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes, [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'])
}

#[cold]
fn trim(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(String::from(text.trim())),
    }
}

/// The number that `digits` are; `None` for anything else, and for more than 64 bits.
#[inline]
fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    if digits.len() > 19 {
        return core::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_digit))?.parse().ok();
    }
    // Nineteen digits are less than 64 bits.
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit <= 9).then(|| number * 10 + u64::from(digit))
    })
}
