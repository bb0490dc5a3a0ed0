//! The table for people: a line a row, what was wrong below it, the counts at the end.

use std::fmt::{Display, Write as _};

use anstyle::{AnsiColor, Style};

use super::{Counts, Entry, Report, syntax_name};
use crate::row::Verdict;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
const FAINT: Style = Style::new().dimmed();

fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// One line about `entry`, and what was wrong below it.
pub fn line(entry: &Entry) -> String {
    let word = match entry.verdict {
        Verdict::Passed => paint(GOOD, "passed "),
        Verdict::Failed(_) => paint(BAD, "FAILED "),
        Verdict::Skipped(_) => paint(DOUBTFUL, "skipped"),
    };
    let syntax = paint(FAINT, format_args!("{:5}", syntax_name(entry.syntax)));
    let mut line = format!("{} {} {syntax} {word} {}\n", entry.id, entry.level.letter(), entry.title);
    match &entry.verdict {
        Verdict::Passed => {}
        Verdict::Skipped(reason) => fact(&mut line, "reason", reason),
        Verdict::Failed(finding) => {
            fact(&mut line, "expected", &finding.expected);
            fact(&mut line, "seen", &finding.seen);
            if !finding.place.is_empty() {
                fact(&mut line, "where", &finding.place);
            }
            fact(&mut line, "rule", entry.rule);
        }
    }
    line
}

fn fact(out: &mut String, name: &str, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "    {} {}", paint(FAINT, format_args!("{name:8}")), printable(text));
}

/// Text from a peer, fit for a terminal: control characters are spelled out, and a long text is cut.
fn printable(text: &str) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == 400 {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// The last line: how many rows came to what, and the rows that failed.
pub fn summary(report: &Report) -> String {
    let Counts { passed, failed, skipped } = report.counts();
    let style = if failed == 0 { GOOD } else { BAD };
    let mut text = format!("{}: {passed} passed, {} failed, {skipped} skipped\n", report.peer, paint(style, failed));
    if failed > 0 {
        let names: Vec<String> =
            report.failures().map(|entry| format!("{} ({})", entry.id, syntax_name(entry.syntax))).collect();
        let _ = writeln!(text, "failed: {}", names.join(", "));
    }
    text
}
