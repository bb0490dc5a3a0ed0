//! Whole elements in one go.
//!
//! Most of a message is leaves, and their callers know what they hold. So they take no event each for start, text and end,
//! and no content bit that is set afterwards. A short leaf is written into a slot of fixed size, which costs one check of
//! the capacity and no call, and its text is searched for NUL on the way. The bytes are those that the events would give.

use super::{CONTENT_BIT, END, Last, OPAQUE, STR_I, Writer, page_of, push_integer};
use crate::element::Tag;
use crate::error::EncodeError;

/// Bytes of a leaf that is written in one slot.
const SLOT: usize = 64;

/// Bytes of a leaf besides its text: token, `STR_I`, NUL, END.
const FRAME: usize = 4;

impl Writer {
    /// Begins the element `tag`, which is going to have content.
    #[inline]
    pub(crate) fn open(&mut self, tag: Tag) -> Result<(), EncodeError> {
        self.begin_element(page_of(tag)?)?;
        self.place.depth += 1;
        self.out.push(tag.token() | CONTENT_BIT);
        self.place.last = Last::Other;
        Ok(())
    }

    /// Ends an element that began with [`Self::open`].
    #[inline]
    pub(crate) fn close(&mut self) -> Result<(), EncodeError> {
        self.place.depth = self.place.depth.checked_sub(1).ok_or(EncodeError::Unbalanced)?;
        self.out.push(END);
        self.place.last = Last::Other;
        Ok(())
    }

    /// The element `tag` without content.
    #[inline]
    pub(crate) fn empty_leaf(&mut self, tag: Tag) -> Result<(), EncodeError> {
        self.begin_element(page_of(tag)?)?;
        self.out.push(tag.token());
        self.place.last = Last::Other;
        Ok(())
    }

    /// The element `tag` with the text `text`, or without content if that is empty.
    pub(crate) fn text_leaf(&mut self, tag: Tag, text: &str) -> Result<(), EncodeError> {
        let text = text.as_bytes();
        if text.is_empty() {
            return self.empty_leaf(tag);
        }
        self.begin_element(page_of(tag)?)?;
        self.place.last = Last::Other;
        let begin = self.out.len();
        let is_text = if text.len() + FRAME <= SLOT {
            self.out.extend_from_slice(&[0; SLOT]);
            self.out.truncate(begin + text.len() + FRAME);
            fill(self.out.get_mut(begin..).unwrap_or_default(), tag, text)
        } else if !has_nul(text) {
            self.out.reserve(text.len() + FRAME);
            self.out.extend_from_slice(&[tag.token() | CONTENT_BIT, STR_I]);
            self.out.extend_from_slice(text);
            self.out.extend_from_slice(&[0, END]);
            true
        } else {
            false
        };
        if is_text {
            return Ok(());
        }
        self.out.truncate(begin);
        self.push_opaque_leaf(tag, text)
    }

    /// The element `tag` with the decimal digits of `value`.
    #[inline]
    pub(crate) fn number_leaf(&mut self, tag: Tag, value: u16) -> Result<(), EncodeError> {
        self.begin_element(page_of(tag)?)?;
        self.place.last = Last::Other;
        let token = tag.token() | CONTENT_BIT;
        let digit = |power: u16| b'0' + (value / power % 10) as u8;
        match value {
            0..=9 => self.out.extend_from_slice(&[token, STR_I, digit(1), 0, END]),
            10..=99 => self.out.extend_from_slice(&[token, STR_I, digit(10), digit(1), 0, END]),
            100..=999 => self.out.extend_from_slice(&[token, STR_I, digit(100), digit(10), digit(1), 0, END]),
            1000..=9999 => {
                let digits = [token, STR_I, digit(1000), digit(100), digit(10), digit(1), 0, END];
                self.out.extend_from_slice(&digits);
            }
            _ => {
                let digits = [token, STR_I, digit(10000), digit(1000), digit(100), digit(10), digit(1), 0, END];
                self.out.extend_from_slice(&digits);
            }
        }
        Ok(())
    }

    /// The element `tag` with the opaque bytes `bytes`.
    pub(crate) fn opaque_leaf(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), EncodeError> {
        self.begin_element(page_of(tag)?)?;
        self.place.last = Last::Other;
        self.push_opaque_leaf(tag, bytes)
    }

    fn push_opaque_leaf(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), EncodeError> {
        let len = u32::try_from(bytes.len()).map_err(|_| EncodeError::TooLong)?;
        self.out.reserve(bytes.len() + 8);
        self.out.extend_from_slice(&[tag.token() | CONTENT_BIT, OPAQUE]);
        push_integer(&mut self.out, len);
        self.out.extend_from_slice(bytes);
        self.out.push(END);
        Ok(())
    }
}

/// Writes a leaf into `slot`, which holds zeros and is as long as the leaf, and tells that `text` holds no NUL.
#[inline]
fn fill(slot: &mut [u8], tag: Tag, text: &[u8]) -> bool {
    let Some(([token, string], rest)) = slot.split_first_chunk_mut() else { return false };
    let Some((body, [_, end])) = rest.split_last_chunk_mut() else { return false };
    (*token, *string, *end) = (tag.token() | CONTENT_BIT, STR_I, END);
    copy_without_nul(body, text)
}

/// Copies `text` to `to`, which is as long, and tells that it holds no NUL.
///
/// It goes in pieces of fixed size; the last one ends with the text and so may repeat bytes of the one before.
#[inline]
fn copy_without_nul(to: &mut [u8], text: &[u8]) -> bool {
    let mut nul = 0;
    if let Some(last) = text.last_chunk::<16>() {
        for (to, piece) in to.as_chunks_mut().0.iter_mut().zip(text.as_chunks::<16>().0) {
            *to = *piece;
            nul |= nul_bits(piece);
        }
        if let Some(to) = to.last_chunk_mut() {
            *to = *last;
        }
        nul |= nul_bits(last);
    } else if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        copy_ends(to, first, last);
        nul = nul_bits_of(u64::from_ne_bytes(*first)) | nul_bits_of(u64::from_ne_bytes(*last));
    } else if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        copy_ends(to, first, last);
        nul = nul_bits_of(u64::from(u32::from_ne_bytes(*first)) << 32 | u64::from(u32::from_ne_bytes(*last)));
    } else {
        match (to, text) {
            ([to], [only]) => {
                *to = *only;
                return *only != 0;
            }
            ([to, then], [one, two]) => {
                (*to, *then) = (*one, *two);
                return *one != 0 && *two != 0;
            }
            ([to, then, last], [one, two, three]) => {
                (*to, *then, *last) = (*one, *two, *three);
                return *one != 0 && *two != 0 && *three != 0;
            }
            _ => return false,
        }
    }
    nul == 0
}

#[inline]
fn copy_ends<const N: usize>(to: &mut [u8], first: &[u8; N], last: &[u8; N]) {
    if let Some(to) = to.first_chunk_mut() {
        *to = *first;
    }
    if let Some(to) = to.last_chunk_mut() {
        *to = *last;
    }
}

/// Not zero if one of the bytes is.
#[inline]
const fn nul_bits(bytes: &[u8; 16]) -> u64 {
    let both = u128::from_ne_bytes(*bytes);
    #[expect(clippy::cast_possible_truncation, reason = "the other half is taken as well")]
    let (low, high) = (both as u64, (both >> 64) as u64);
    nul_bits_of(low) | nul_bits_of(high)
}

/// Not zero if one of the bytes of `word` is.
#[inline]
const fn nul_bits_of(word: u64) -> u64 {
    const LOW: u64 = 0x0101_0101_0101_0101;
    word.wrapping_sub(LOW) & !word & (LOW << 7)
}

/// Whether `bytes` holds a NUL, 64 bytes at a time.
pub(in crate::wbxml) fn has_nul(bytes: &[u8]) -> bool {
    let (pieces, rest) = bytes.as_chunks::<64>();
    let in_piece = |piece: &[u8; 64]| piece.iter().fold(false, |found, byte| found | (*byte == 0));
    pieces.iter().any(in_piece) || rest.iter().fold(false, |found, byte| found | (*byte == 0))
}
