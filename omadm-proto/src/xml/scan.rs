//! One look at every byte of a document before it is read: the characters that XML forbids, and what makes text less than
//! plain.
//!
//! The loops work on chunks of fixed size without branches inside, so that they become vector instructions.

use memchr::memchr;

use crate::error::DecodeErrorKind;

/// What a document holds; where it holds none of it, readers need not look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Traits {
    /// A carriage return, which XML reads as a line feed.
    pub(super) carriage_return: bool,
    /// A NUL, on request.
    pub(super) nul: bool,
    /// Where the first `]` is, and so perhaps a `]]>`; the length if there is none.
    pub(super) bracket: usize,
    /// A character that is not ASCII.
    pub(super) beyond_ascii: bool,
}

const CHUNK: usize = 128;

/// Looks at `text`; `strips_nul` takes NULs.
///
/// # Errors
/// Where the first character stands that XML forbids, and which it is.
pub(super) fn scan(text: &str, strips_nul: bool) -> Result<Traits, (DecodeErrorKind, usize)> {
    let bracket = memchr(b']', text.as_bytes()).unwrap_or(text.len());
    let mut traits = Traits { bracket, ..Traits::default() };
    let (chunks, rest) = text.as_bytes().as_chunks::<CHUNK>();
    for (number, chunk) in chunks.iter().enumerate() {
        if !is_plain(chunk) {
            traits.look_at(text, number * CHUNK, chunk, strips_nul)?;
        }
    }
    let mut last = [b' '; CHUNK];
    if let Some(filled) = last.get_mut(..rest.len()) {
        filled.copy_from_slice(rest);
    }
    if !is_plain(&last) {
        traits.look_at(text, chunks.len() * CHUNK, &last, strips_nul)?;
    }
    Ok(traits)
}

/// Whether there is nothing but printable ASCII.
fn is_plain(chunk: &[u8; CHUNK]) -> bool {
    let odd = chunk.iter().fold(0, |odd, byte| odd | u8::from(byte.cast_signed() < 0x20));
    odd == 0
}

impl Traits {
    /// Notes what `chunk`, which stands at `begin`, holds.
    fn look_at(
        &mut self,
        text: &str,
        begin: usize,
        chunk: &[u8; CHUNK],
        strips_nul: bool,
    ) -> Result<(), (DecodeErrorKind, usize)> {
        let any = |found: fn(u8) -> bool| chunk.iter().fold(0, |any, byte| any | u8::from(found(*byte))) != 0;
        self.beyond_ascii |= any(|byte| byte >= 0x80);
        self.carriage_return |= any(|byte| byte == b'\r');
        if any(|byte| byte < 0x20 && byte != b'\t' && byte != b'\n' && byte != b'\r' || byte == 0xEF) {
            for (at, byte) in (begin..).zip(chunk) {
                match byte {
                    0 if strips_nul => self.nul = true,
                    b'\t' | b'\n' | b'\r' => {}
                    0..0x20 => return Err((DecodeErrorKind::Character(u32::from(*byte)), at)),
                    0xEF => noncharacter(text, at)?,
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// Refuses U+FFFE and U+FFFF at `at`, the only characters above the controls that XML forbids.
fn noncharacter(text: &str, at: usize) -> Result<(), (DecodeErrorKind, usize)> {
    match text.get(at..).and_then(|rest| rest.chars().next()) {
        Some(character @ ('\u{FFFE}' | '\u{FFFF}')) => Err((DecodeErrorKind::Character(character.into()), at)),
        _ => Ok(()),
    }
}
