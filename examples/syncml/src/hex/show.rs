//! The rows of a dump as lines of text.

use std::fmt::Write as _;

use super::rows::{Dump, Kind, Row};
use crate::screen::{BAD, DOUBTFUL, FAINT, GOOD, NAME, paint, printable};

/// Bytes on one line.
const WIDTH: usize = 8;
/// Lines that the bytes of one row may take; the middle of longer ones is left out.
const MAX_LINES: usize = 16;
/// Characters of a meaning.
const MAX_MEANING: usize = 160;

/// The dump as lines.
pub(super) fn lines(document: &[u8], dump: &Dump) -> String {
    let mut out = String::new();
    for row in &dump.rows {
        if row.kind == Kind::Unread
            && let Some(error) = &dump.error
        {
            told(&mut out, error.offset, &error.kind.to_string());
        }
        line(&mut out, document.get(row.bytes.clone()).unwrap_or_default(), row);
    }
    if let Some(error) = &dump.error
        && dump.rows.last().is_none_or(|row| row.kind != Kind::Unread)
    {
        told(&mut out, error.offset, &error.kind.to_string());
    }
    out
}

fn told(out: &mut String, offset: usize, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{offset:06x}  {}", paint(BAD, format!("error at byte {offset}: {text}")));
}

fn line(out: &mut String, bytes: &[u8], row: &Row) {
    let style = match row.kind {
        Kind::Element | Kind::End => NAME,
        Kind::Text | Kind::Opaque | Kind::Attribute => GOOD,
        Kind::Header | Kind::Grammar => FAINT,
        Kind::Unread => DOUBTFUL,
    };
    let meaning = paint(style, printable(&row.meaning, MAX_MEANING));
    let token = if row.token.is_empty() { String::new() } else { format!("{} ", row.token) };
    let chunks: Vec<&[u8]> = bytes.chunks(WIDTH).collect();
    let first = hex(chunks.first().copied().unwrap_or_default());
    let blank = "  ".repeat(row.depth);
    let _ = writeln!(out, "{:06x}  {first:<23}  {blank}{token}{meaning}", row.bytes.start);
    let cut = if chunks.len() > MAX_LINES { MAX_LINES - 1..chunks.len() - 1 } else { 0..0 };
    for (index, chunk) in chunks.iter().enumerate().skip(1) {
        let offset = row.bytes.start + index * WIDTH;
        if !cut.contains(&index) {
            let _ = writeln!(out, "{offset:06x}  {}", hex(chunk));
        } else if index == cut.start {
            let _ = writeln!(out, "{offset:06x}  … {} bytes", cut.len() * WIDTH);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}
