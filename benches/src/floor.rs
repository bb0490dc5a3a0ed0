//! The floors: the least work that somebody could do with a document, to see how far from it a codec is.
//!
//! They know the canonical form alone and validate nothing, so they are no codecs.

const SWITCH_PAGE: u8 = 0x00;
const END: u8 = 0x01;
const STR_I: u8 = 0x03;
const OPAQUE: u8 = 0xC3;
/// The length of the canonical header.
const HEADER: usize = 5;

/// One token with its operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// An element begins.
    Start(u8),
    /// The code page changes.
    Page(u8),
    /// Text.
    Text(&'a [u8]),
    /// Opaque bytes.
    Opaque(&'a [u8]),
    /// An element ends.
    End,
}

/// Takes the first token off `rest`.
#[inline]
fn next<'a>(rest: &mut &'a [u8]) -> Option<Token<'a>> {
    let (&token, tail) = rest.split_first()?;
    let (token, tail) = match token {
        END => (Token::End, tail),
        SWITCH_PAGE => (Token::Page(tail[0]), &tail[1..]),
        STR_I => {
            let length = tail.iter().position(|byte| *byte == 0)?;
            (Token::Text(&tail[..length]), &tail[length + 1..])
        }
        OPAQUE => {
            let prefix = tail.iter().position(|byte| byte & 0x80 == 0)? + 1;
            let length = tail[..prefix].iter().fold(0, |length, byte| length << 7 | usize::from(byte & 0x7F));
            let (bytes, tail) = tail[prefix..].split_at(length);
            (Token::Opaque(bytes), tail)
        }
        element => (Token::Start(element), tail),
    };
    *rest = tail;
    Some(token)
}

/// Walks over the tokens of a document and counts them.
#[must_use]
pub fn walk(document: &[u8]) -> usize {
    let (mut rest, mut count) = (&document[HEADER..], 0);
    while next(&mut rest).is_some() {
        count += 1;
    }
    count
}

/// The tokens of a document.
#[must_use]
pub fn tokens(document: &[u8]) -> Vec<Token<'_>> {
    let mut rest = &document[HEADER..];
    std::iter::from_fn(|| next(&mut rest)).collect()
}

/// Writes a document that consists of `tokens` to `out`, header first.
pub fn write(tokens: &[Token<'_>], out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x02, 0xA4, 0x01, 0x6A, 0x00]);
    for token in tokens {
        match token {
            Token::Start(element) => out.push(*element),
            Token::Page(page) => out.extend_from_slice(&[SWITCH_PAGE, *page]),
            Token::Text(text) => {
                out.push(STR_I);
                out.extend_from_slice(text);
                out.push(0);
            }
            Token::Opaque(bytes) => {
                out.push(OPAQUE);
                length(bytes.len(), out);
                out.extend_from_slice(bytes);
            }
            Token::End => out.push(END),
        }
    }
}

fn length(length: usize, out: &mut Vec<u8>) {
    for shift in [28, 21, 14, 7] {
        if length >> shift != 0 {
            out.push((length >> shift) as u8 | 0x80);
        }
    }
    out.push(length as u8 & 0x7F);
}
