//! Writing character data, and what XML calls a name and a character.

use alloc::vec::Vec;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::EncodeError;
use crate::message::is_xml_text;

/// Where the text will stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    Content,
    Attribute,
}

impl Context {
    /// The bytes that are not simply copied.
    #[inline]
    const fn is_special(self, byte: u8) -> bool {
        let markup = matches!(byte, b'&' | b'<' | b'>' | 0..=0x08 | 0x0B..=0x1F | 0xEF);
        markup || matches!(self, Self::Attribute) && matches!(byte, b'"' | b'\t' | b'\n')
    }
}

/// How bytes were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    Text,
    Base64,
}

const CHUNK: usize = 32;

/// What is looked at twice and then copied: little enough to stay in the nearest cache meanwhile.
const BLOCK: usize = 16 * 1024;

/// From what length on that is worth while.
const LONG: usize = 256;

/// Whether `chunk` holds nothing but printable ASCII without markup; without branches, so that it becomes vector
/// instructions.
#[inline]
fn is_plain<const LEN: usize>(chunk: &[u8; LEN]) -> bool {
    let odd = chunk.iter().fold(0, |odd, byte| {
        odd | u8::from(byte.cast_signed() < 0x20) | u8::from(*byte | 2 == b'>') | u8::from(*byte == b'&')
    });
    odd == 0
}

/// Appends the start of `bytes`, if they are many, up to the first markup or to a block with a byte that is not printable
/// ASCII; returns how many bytes that are.
fn copy_plain(out: &mut Vec<u8>, bytes: &[u8]) -> usize {
    if bytes.len() < LONG {
        return 0;
    }
    out.reserve(bytes.len());
    let mut copied = 0;
    // It does not matter where blocks begin, but chunks that no cache line cuts in two are loaded faster.
    let (first, rest) = bytes.split_at_checked(bytes.as_ptr().align_offset(CHUNK)).unwrap_or_default();
    for block in core::iter::once(first).chain(rest.chunks(BLOCK)) {
        let plain = first_markup(block).unwrap_or(block.len());
        let (plain, rest) = block.split_at_checked(plain).unwrap_or_default();
        if !is_printable(plain) {
            break;
        }
        out.extend_from_slice(plain);
        copied += plain.len();
        if !rest.is_empty() {
            break;
        }
    }
    copied
}

/// Where the first markup of `block` is.
#[cfg(feature = "xml")]
fn first_markup(block: &[u8]) -> Option<usize> {
    memchr::memchr3(b'&', b'<', b'>', block)
}

/// Where the first markup of `block` is. Without the reader there is no memchr; the writer is there in any case.
#[cfg(not(feature = "xml"))]
fn first_markup(block: &[u8]) -> Option<usize> {
    block.iter().position(|byte| matches!(byte, b'&' | b'<' | b'>'))
}

/// Whether `bytes` are printable ASCII or DEL.
fn is_printable(bytes: &[u8]) -> bool {
    let (chunks, rest) = bytes.as_chunks::<CHUNK>();
    let most = highest(chunks).into_iter().chain(rest.iter().map(|byte| byte.wrapping_sub(b' '))).max();
    most.unwrap_or_default() < 0x60
}

/// How high above the blank the bytes of each column are at most, controls being highest of all. A function of its own, so
/// that the loop becomes vector instructions whatever is done with the result.
#[inline(never)]
fn highest(chunks: &[[u8; CHUNK]]) -> [u8; CHUNK] {
    let mut highest = [0; CHUNK];
    for chunk in chunks {
        for (highest, byte) in highest.iter_mut().zip(chunk) {
            *highest = (*highest).max(byte.wrapping_sub(b' '));
        }
    }
    highest
}

/// Where the first special byte of `bytes` is.
#[inline]
pub(super) fn plain_len(bytes: &[u8], context: Context) -> usize {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let (chunks, _) = rest.as_chunks::<CHUNK>();
        if context == Context::Content {
            let plain = chunks.iter().position(|chunk| !is_plain(chunk)).unwrap_or(chunks.len());
            at += plain * CHUNK;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let near = rest.get(..CHUNK).unwrap_or(rest);
        match near.iter().position(|byte| context.is_special(*byte)) {
            Some(special) => return at + special,
            None if near.len() == rest.len() => return bytes.len(),
            None => at += near.len(),
        }
    }
}

/// Appends `text` with references for everything that would be read differently: markup, and the white space that a reader
/// normalises.
#[inline]
pub(super) fn escape(out: &mut Vec<u8>, text: &str, context: Context) -> Result<(), EncodeError> {
    let bytes = text.as_bytes();
    if context == Context::Content && push_if_plain(out, bytes) {
        return Ok(());
    }
    let copied = if context == Context::Content { copy_plain(out, bytes) } else { 0 };
    let bytes = bytes.get(copied..).unwrap_or_default();
    let (plain, rest) = bytes.split_at_checked(plain_len(bytes, context)).unwrap_or_default();
    out.extend_from_slice(plain);
    escape_from(out, rest, context)
}

/// Appends `bytes` if they are short and plain, as most values are. They are looked at in the output, where the rest of the
/// chunk is filled up, so that no byte is looked at by itself.
#[inline]
fn push_if_plain(out: &mut Vec<u8>, bytes: &[u8]) -> bool {
    if bytes.len() > CHUNK {
        return false;
    }
    let begin = out.len();
    out.reserve(2 * CHUNK);
    out.extend_from_slice(bytes);
    out.extend_from_slice(&[b' '; CHUNK]);
    let chunk = out.get(begin..).and_then(|written| written.first_chunk::<CHUNK>());
    let plain = chunk.is_some_and(is_plain);
    out.truncate(if plain { begin + bytes.len() } else { begin });
    plain
}

/// The same for `bytes` that begin with a special one.
fn escape_from(out: &mut Vec<u8>, mut bytes: &[u8], context: Context) -> Result<(), EncodeError> {
    while let Some((byte, rest)) = bytes.split_first() {
        let reference: &[u8] = match byte {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'\r' => b"&#13;",
            b'"' => b"&quot;",
            b'\t' => b"&#9;",
            b'\n' => b"&#10;",
            // U+FFFE and U+FFFF are the only characters above the controls that XML forbids.
            0xEF if !matches!(rest, [0xBF, 0xBE | 0xBF, ..]) => b"\xEF",
            _ => return Err(EncodeError::Character),
        };
        out.extend_from_slice(reference);
        let (plain, behind) = rest.split_at_checked(plain_len(rest, context)).unwrap_or_default();
        out.extend_from_slice(plain);
        bytes = behind;
    }
    Ok(())
}

/// The text that `bytes` are, if XML can carry them.
pub(crate) fn as_xml_text(bytes: &[u8]) -> Option<&str> {
    core::str::from_utf8(bytes).ok().filter(|text| is_xml_text(text))
}

/// Appends `bytes`: as text if they are text, else as base64.
pub(super) fn escape_bytes(out: &mut Vec<u8>, bytes: &[u8]) -> Result<Spelling, EncodeError> {
    let begin = out.len();
    // What is copied is ASCII, so the rest is text if all is.
    let copied = copy_plain(out, bytes);
    match as_xml_text(bytes.get(copied..).unwrap_or_default()) {
        Some(rest) => escape(out, rest, Context::Content).map(|()| Spelling::Text),
        None => {
            out.truncate(begin);
            push_base64(out, bytes);
            Ok(Spelling::Base64)
        }
    }
}

/// Appends `bytes` as base64.
pub(super) fn push_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    let begin = out.len();
    out.resize(begin + bytes.len().div_ceil(3) * 4, 0);
    let written = STANDARD.encode_slice(bytes, out.get_mut(begin..).unwrap_or_default());
    out.truncate(begin + written.unwrap_or_default());
}

/// Whether `name` is an XML name without a colon.
pub(super) fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(is_name_start)
        && characters.all(|c| {
            is_name_start(c)
                || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
        })
}

/// Whether `name` is an XML name, with or without a prefix.
pub(super) fn is_qualified_name(name: &str) -> bool {
    match name.split_once(':') {
        Some((prefix, local)) => is_name(prefix) && is_name(local),
        None => is_name(name),
    }
}

const fn is_name_start(c: char) -> bool {
    matches!(
        c,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
            | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
            | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
            | '\u{10000}'..='\u{EFFFF}'
    )
}
