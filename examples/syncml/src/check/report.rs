//! The findings of a document as text and as JSON.

use std::fmt::Write as _;

use omadm_proto::exchange::Syntax;
use serde_json::{Value, json};

use super::finding::{Finding, Severity, Verdict};
use crate::document::Document;
use crate::screen::{BAD, DOUBTFUL, FAINT, GOOD, NAME, STRONG, count, paint};

/// The findings for people.
pub(super) fn in_words(document: &Document, verdict: &Verdict) -> String {
    let name = paint(STRONG, &document.name);
    let syntax = if document.syntax == Syntax::Xml { "XML" } else { "WBXML" };
    let outcome = match verdict.worst() {
        None => paint(GOOD, "clean"),
        Some(Severity::Remark) => paint(GOOD, format!("clean, {}", count(verdict.findings.len(), "remark"))),
        Some(Severity::Deviation) => paint(DOUBTFUL, count(verdict.deviations(), "deviation")),
        Some(Severity::Refused) => paint(BAD, "refused"),
    };
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{name}: {} in {syntax}, {}: {outcome}", verdict.kind, count(document.bytes.len(), "byte"));
    for finding in &verdict.findings {
        one(&mut text, document, finding);
    }
    if verdict.more > 0 {
        let _ = writeln!(text, "  and {} more", verdict.more);
    }
    text
}

fn one(text: &mut String, document: &Document, finding: &Finding) {
    let style = match finding.severity {
        Severity::Remark => FAINT,
        Severity::Deviation => DOUBTFUL,
        Severity::Refused => BAD,
    };
    let place = finding.offset.map(|offset| format!("{}: ", document.place(offset))).unwrap_or_default();
    let row = finding.row.map(|row| format!(" {}", paint(NAME, format!("[{row}]")))).unwrap_or_default();
    let _ = writeln!(text, "  {place}{}{row}", paint(style, &finding.text));
    let _ = writeln!(text, "      {}", finding.readers);
    for peer in &finding.peers {
        let _ = writeln!(text, "      {peer}");
    }
}

/// The findings for programs.
pub(super) fn to_json(document: &Document, verdict: &Verdict) -> Value {
    let findings: Vec<_> = verdict.findings.iter().map(|finding| finding_json(document, finding)).collect();
    json!({
        "file": document.name,
        "kind": verdict.kind,
        "syntax": if document.syntax == Syntax::Xml { "xml" } else { "wbxml" },
        "bytes": document.bytes.len(),
        "verdict": match verdict.worst() {
            None | Some(Severity::Remark) => "clean",
            Some(Severity::Deviation) => "deviates",
            Some(Severity::Refused) => "refused",
        },
        "findings": findings,
        "more": verdict.more,
    })
}

fn finding_json(document: &Document, finding: &Finding) -> Value {
    let place = finding.offset.and_then(|offset| document.line_and_column(offset));
    json!({
        "severity": match finding.severity {
            Severity::Remark => "remark",
            Severity::Deviation => "deviation",
            Severity::Refused => "refused",
        },
        "offset": finding.offset,
        "line": place.map(|place| place.0),
        "column": place.map(|place| place.1),
        "row": finding.row,
        "text": finding.text,
        "readers": finding.readers,
        "peers": finding.peers,
    })
}
